rule report:
    input:
        figures=figures(f"{RESULTS}/figures/{{dataset}}/{{figure}}.png"),
        metrics=f"{RESULTS}/metrics.csv",
        costs=f"{RESULTS}/costs.csv",
        findings=f"{RESULTS}/findings.csv",
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
