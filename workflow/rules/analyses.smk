# One rule for each analysis of the study, all of the same form: its module says what it needs.
FOLDER = f"{RESULTS}/analyses"
TAKEN = {"all", *(each.name for each in workflow.rules)}


for name, analysis in study.analyses.items():
    if name in TAKEN:
        raise WorkflowError(
            f"config, analyses.{name}: a rule of the workflow is called so; choose another name "
            "and say `module`"
        )

    rule:
        name:
            name
        input:
            unpack(given_to(analysis)),
        output:
            **{
                output: f"{FOLDER}/{name}/{{place}}.{ending}"
                for output, ending in analysis.outputs.items()
            },
        log:
            f"{LOGS}/{name}/{{place}}.log",
        wildcard_constraints:
            place=one_of(analysis.places),
        # On a batch system, jobs of seconds go together, with the `weigh` of their sample where the
        # profile puts it into the same group.
        group:
            "numbers" if analysis.per == "sample" and not analysis.trains else None
        conda:
            f"../../envs/conda/{'networks' if analysis.trains else 'numbers'}.yaml"
        threads: threads_of_job(analysis)
        resources:
            **resources_of_job(analysis),
        params:
            **tracked("analyse", partial(study.analyse, name)),
        message:
            f"Run the analysis {name} on {{wildcards.place}}."
        shell:
            stage("analyse", device=analysis.trains)
