GENERATORS = one_of(
    name for dataset in study.datasets for name in study.generators(dataset)
)
MODEL = f"{RESULTS}/models/{{dataset}}/{{sample}}"


rule train:
    input:
        training=f"{RESULTS}/data/{{dataset}}/training.hdf5",
        validation=f"{RESULTS}/data/{{dataset}}/validation.hdf5",
    output:
        model=f"{MODEL}/model.safetensors",
        history=f"{MODEL}/history.csv",
        costs=f"{MODEL}/costs.csv",
    log:
        f"{LOGS}/train/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=GENERATORS,
    conda:
        "../../envs/conda.yaml"
    threads: threads_of("train")
    resources:
        gpu=resource("train", "gpu"),
        mem_mb=resource("train", "mem_mb"),
        runtime=resource("train", "runtime"),
    params:
        cfg=cfg("train"),
        code=code("train"),
    message:
        "Train {wildcards.sample} on {wildcards.dataset}."
    shell:
        "python -m ultimetric.stages.train --cfg {params.cfg:q} --log {log:q}"
        " --in training {input.training:q} --in validation {input.validation:q}"
        f" --in checkpoint {RESULTS}/.checkpoints/{{wildcards.dataset}}/{{wildcards.sample}}"
        " --out model {output.model:q} --out history {output.history:q}"
        " --out costs {output.costs:q}"


rule sample:
    input:
        f"{MODEL}/model.safetensors",
    output:
        sample=f"{RESULTS}/samples/{{dataset}}/{{sample}}.hdf5",
        costs=f"{MODEL}/sampling.csv",
    log:
        f"{LOGS}/sample/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=GENERATORS,
    conda:
        "../../envs/conda.yaml"
    threads: threads_of("sample")
    resources:
        gpu=resource("sample", "gpu"),
        mem_mb=resource("sample", "mem_mb"),
        runtime=resource("sample", "runtime"),
    params:
        cfg=cfg("sample"),
        code=code("sample"),
    message:
        "Generate {wildcards.dataset} showers with {wildcards.sample}."
    shell:
        "python -m ultimetric.stages.sample --cfg {params.cfg:q} --log {log:q}"
        " --in model {input:q} --out sample {output.sample:q} --out costs {output.costs:q}"
