REWEIGHTED = [
    f"{dataset}/{sample}"
    for dataset in study.datasets
    for sample in study.reweighted(dataset)
]


rule reweight:
    input:
        truth=lambda wildcards: part_of("weights", wildcards),
        sample=f"{RESULTS}/samples/{{dataset}}/{{sample}}.hdf5",
        independent=f"{RESULTS}/samples/{{dataset}}/{TRUTH}.hdf5",
    output:
        showers=f"{RESULTS}/reweighting/{{dataset}}/{{sample}}.hdf5",
        rows=f"{RESULTS}/reweighting/{{dataset}}/{{sample}}.csv",
    log:
        f"{LOGS}/reweight/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=one_of(
            name for dataset in study.datasets for name in study.reweighted(dataset)
        ),
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("reweight")
    resources:
        gpu=resource("reweight", "gpu"),
        mem_mb=resource("reweight", "mem_mb"),
        runtime=resource("reweight", "runtime"),
    params:
        cfg=cfg("reweight"),
        code=code("reweight"),
    message:
        "Refine {wildcards.sample} by its weights and judge it again."
    shell:
        "ULTIMETRIC_GPUS={resources.gpu} python -m ultimetric.stages.reweight --log {log:q}"
        " --cfg {params.cfg:q} --code {params.code:q}"
        " --in truth {input.truth:q} --in sample {input.sample:q}"
        " --in independent {input.independent:q}"
        " --out showers {output.showers:q} --out rows {output.rows:q}"
