# After the last rule: what is known of how the results were made?
from snakemake.persistence import RECORD_FORMAT_VERSION
from snakemake.settings.types import PersistenceBackend

from ultimetric.planning.records import adopt_notes, lost_records


def is_made_here(path):
    """Whether a rule makes a file; others may lie beside the results."""
    return any(output.match(path) for rule in workflow.rules for output in rule.output)


if (
    workflow.is_main_process
    and workflow.workflow_settings.persistence_backend is PersistenceBackend.FILE
):
    adopt_notes(Path(".snakemake"), RECORD_FORMAT_VERSION)
    if sentence := lost_records(Path(RESULTS), Path(".snakemake"), is_made_here):
        logger.warning(sentence)
