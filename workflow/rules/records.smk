# After the last rule: what is known of how the results were made?
from snakemake.io import is_flagged
from snakemake.persistence import RECORD_FORMAT_VERSION
from snakemake.settings.types import PersistenceBackend

from ultimetric.planning.records import lost_records
from ultimetric.planning.unfinished import Records

OUTPUTS = [output for rule in workflow.rules for output in rule.output]


def is_made_here(path):
    """Whether a rule makes a file; others may lie beside the results."""
    return any(output.match(path) for output in OUTPUTS)


def is_temporary(path):
    """Whether a file is deleted when all that need it are made."""
    return any(is_flagged(output, "temp") for output in OUTPUTS if output.match(path))


if (
    workflow.is_main_process
    and workflow.workflow_settings.persistence_backend is PersistenceBackend.FILE
):
    records = Records(
        Path(".snakemake"), RECORD_FORMAT_VERSION, is_made_here, is_temporary
    )
    for sentence in (
        records.mend(Path(RESULTS)),
        lost_records(Path(RESULTS), Path(".snakemake"), is_made_here),
    ):
        if sentence:
            logger.warning(sentence)
