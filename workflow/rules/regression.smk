rule regress:
    input:
        training=f"{RESULTS}/data/{{dataset}}/training.hdf5",
        validation=f"{RESULTS}/data/{{dataset}}/validation.hdf5",
        truth=lambda wildcards: part_of("weights", wildcards),
        samples=per_sample(
            f"{RESULTS}/samples/{{dataset}}/{{sample}}.hdf5",
            lambda wildcards: study.regress(wildcards.dataset)["samples"],
        ),
    output:
        predictions=f"{RESULTS}/regression/{{dataset}}.hdf5",
        rows=f"{RESULTS}/regression/{{dataset}}.csv",
    log:
        f"{LOGS}/regress/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(study.regressed),
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("regress")
    resources:
        gpu=resource("regress", "gpu"),
        mem_mb=resource("regress", "mem_mb"),
        runtime=resource("regress", "runtime"),
    params:
        cfg=cfg("regress"),
        code=code("regress"),
    message:
        "Estimate the incident energies of {wildcards.dataset}."
    shell:
        "ULTIMETRIC_GPUS={resources.gpu} python -m ultimetric.stages.regress --log {log:q}"
        " --cfg {params.cfg:q} --code {params.code:q}"
        " --in training {input.training:q} --in validation {input.validation:q}"
        " --in truth {input.truth:q} --in samples {input.samples:q}"
        " --out predictions {output.predictions:q} --out rows {output.rows:q}"
