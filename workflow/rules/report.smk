rule report:
    input:
        figures=figures(f"{RESULTS}/figures/{{dataset}}/{{figure}}.png"),
        metrics=f"{RESULTS}/metrics.csv",
        costs=f"{RESULTS}/costs.csv",
        failures=f"{RESULTS}/failures.csv",
        provenance=f"{RESULTS}/provenance.json",
    output:
        f"{RESULTS}/report.html",
    log:
        f"{LOGS}/report.log",
    conda:
        "../../envs/conda/figures.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=10,
    params:
        cfg=cfg("report"),
        code=code("report"),
        template=outside(lambda wildcards: TEMPLATE),
    message:
        "Write {output}."
    shell:
        "python -m ultimetric.stages.report --log {log:q}"
        " --cfg {params.cfg:q} --code {params.code:q}"
        " --in figures {input.figures:q} --in metrics {input.metrics:q}"
        " --in costs {input.costs:q} --in failures {input.failures:q}"
        " --in provenance {input.provenance:q} --in template {params.template:q}"
        " --out html {output:q}"
