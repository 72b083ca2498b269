rule aggregate:
    input:
        rows=results_of("rows"),
        findings=results_of("findings"),
        costs=[
            f"{MODEL}/{table}.csv".format(dataset=dataset, sample=sample)
            for dataset in study.datasets
            for sample in study.samples.generated(dataset)
            for table in ("costs", "sampling")
        ]
        + results_of("costs"),
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


rule report:
    input:
        figures=figures(f"{RESULTS}/figures/{{dataset}}/{{figure}}.png"),
        metrics=f"{RESULTS}/metrics.csv",
        costs=f"{RESULTS}/costs.csv",
        findings=f"{RESULTS}/findings.csv",
        pictures=results_of("pictures"),
        provenance=f"{RESULTS}/provenance.json",
    output:
        html=f"{RESULTS}/report.html",
    log:
        f"{LOGS}/report.log",
    conda:
        "../../envs/conda/figures.yaml"
    threads: 1
    resources:
        **small(1000, 10),
    params:
        **tracked("report", study.report, template=lambda wildcards: TEMPLATE),
    message:
        "Write {output}."
    shell:
        stage("report")
