# What a run shows on the terminal: one line per job, at its end the verdict or what failed.
from ultimetric.planning.conclusion import conclude
from ultimetric.planning.terminal import take_over


def wants_report():
    """Whether the report is among what was asked for."""
    return any(
        f"{RESULTS}/report.html" in map(str, job.output) for job in workflow.dag.jobs
    )


def conclusion():
    """The verdict and the path of the report, where the report was asked for."""
    return conclude(study, Path(RESULTS)) if wants_report() else ""


if (
    workflow.is_main_process
    and workflow.modifier.is_main_snakefile()
    and not workflow.output_settings.verbose
):
    terminal = take_over(logger, conclusion, workflow.output_settings.dryrun)
else:
    terminal = None


onsuccess:
    logger.info(conclusion())


onerror:
    if terminal:
        logger.error(terminal.failures())
