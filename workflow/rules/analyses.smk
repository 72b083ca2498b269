# One rule for each analysis of the study, all of the same form: its module says what it needs.
FOLDER = f"{RESULTS}/analyses"


def given_to(analysis):
    """The files of the jobs of an analysis, by what they hold."""

    def files(wildcards):
        place = analysis.places[wildcards.place]
        return study.parts.paths(analysis.files(place), RESULTS)

    return files


def results_of(output):
    """What all analyses write of some output, such as their numbers."""
    return [
        f"{FOLDER}/{name}/{place}.{analysis.outputs[output]}"
        for name, analysis in study.analyses.items()
        if output in analysis.outputs
        for place in analysis.places
    ]


for name, analysis in study.analyses.items():

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
        conda:
            f"../../envs/conda/{'networks' if analysis.trains else 'numbers'}.yaml"
        threads: analysis.threads
        resources:
            **analysis.resources,
        params:
            **tracked("analyse", partial(study.analyse, name)),
        message:
            f"Analyse {{wildcards.place}}: {name}."
        shell:
            stage("analyse", device=analysis.trains)


rule aggregate:
    input:
        rows=results_of("rows"),
        findings=results_of("findings"),
        costs=[
            f"{MODEL}/{table}.csv".format(dataset=dataset, sample=sample)
            for dataset in study.datasets
            for sample in study.samples.generated(dataset)
            for table in ("costs", "sampling")
        ],
    output:
        metrics=f"{RESULTS}/metrics.csv",
        costs=f"{RESULTS}/costs.csv",
        findings=f"{RESULTS}/findings.csv",
        provenance=f"{RESULTS}/provenance.json",
    log:
        f"{LOGS}/aggregate.log",
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(1000, 10),
    params:
        **tracked("aggregate", study.aggregate),
    message:
        f"Collect all numbers of the study {study.name}."
    shell:
        stage("aggregate")
