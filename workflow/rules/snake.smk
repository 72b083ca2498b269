# After the last rule: what looks into Snakemake's inside, and what a run shows on the terminal.
with guarded("HTCondor's resources"):
    from ultimetric.snake.htcondor import fill_resources

    fill_resources(workflow)

if workflow.is_main_process:
    warn_if_newer()
    with guarded("the mending of records"):
        from ultimetric.snake.records import mend

        for sentence in mend(workflow, Path(RESULTS)):
            logger.warning(sentence)


def conclusion():
    """The verdict and the path of the report, where the report was asked for."""
    from ultimetric.snake.terminal import conclude

    made = {path for job in workflow.dag.jobs for path in map(str, job.output)}
    return conclude(study, Path(RESULTS)) if f"{RESULTS}/report.html" in made else ""


terminal = None
with guarded("the short display of jobs"):
    from ultimetric.snake.terminal import take_over

    if (
        workflow.is_main_process
        and workflow.modifier.is_main_snakefile()
        and not workflow.output_settings.verbose
    ):
        terminal = take_over(logger, conclusion, workflow.output_settings.dryrun)


onsuccess:
    with guarded("the verdict"):
        logger.info(conclusion())


onerror:
    if terminal:
        logger.error(terminal.failures())
