GENERATORS = one_of(
    name for dataset in study.datasets for name in study.generators(dataset)
)
MODEL = f"{RESULTS}/models/{{dataset}}/{{sample}}"
SHARD = f"{RESULTS}/samples/.shards/{{dataset}}/{{sample}}/{{shard}}"


rule train:
    input:
        training=f"{RESULTS}/data/{{dataset}}/training.hdf5",
        validation=f"{RESULTS}/data/{{dataset}}/validation.hdf5",
        base=base_model,
    output:
        model=f"{MODEL}/model.safetensors",
        history=f"{MODEL}/history.csv",
        costs=f"{MODEL}/costs.csv",
    log:
        f"{LOGS}/train/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=GENERATORS,
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("train")
    resources:
        **of_card("train"),
    params:
        **tracked(
            "train",
            checkpoint=lambda wildcards: (
                f"{RESULTS}/.checkpoints/{wildcards.dataset}/{wildcards.sample}"
            ),
        ),
    message:
        "Train {wildcards.sample} on {wildcards.dataset}."
    shell:
        stage("train", device=True)


rule examine:
    input:
        model=f"{MODEL}/model.safetensors",
        truth=held_out(),
    output:
        rows=f"{MODEL}/numbers.csv",
    log:
        f"{LOGS}/examine/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=GENERATORS,
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("examine")
    resources:
        **of_card("examine"),
    params:
        **tracked("examine"),
    message:
        "Evaluate {wildcards.sample} on held-out truth."
    shell:
        stage("examine", device=True)


rule scan:
    input:
        model=f"{MODEL}/model.safetensors",
    output:
        scan=f"{RESULTS}/scans/{{dataset}}/{{sample}}.hdf5",
    log:
        f"{LOGS}/scan/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=GENERATORS,
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("scan")
    resources:
        **of_card("scan"),
    params:
        **tracked("scan"),
    message:
        "Scan the incident energy and the latent space of {wildcards.sample}."
    shell:
        stage("scan", device=True)


rule sample:
    input:
        model=f"{MODEL}/model.safetensors",
    output:
        sample=SAMPLE,
        costs=f"{MODEL}/sampling.csv",
    log:
        f"{LOGS}/sample/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        dataset=one_of(set(study.datasets) - set(SCATTERED)),
        sample=GENERATORS,
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("sample")
    resources:
        **of_card("sample"),
    params:
        **tracked("sample"),
    message:
        "Generate a sample of {wildcards.dataset} with {wildcards.sample}."
    shell:
        stage("sample", device=True)


use rule sample as sample_shard with:
    output:
        sample=temp(f"{SHARD}.hdf5"),
        costs=temp(f"{SHARD}.csv"),
    log:
        f"{LOGS}/sample/{{dataset}}/{{sample}}/{{shard}}.log",
    wildcard_constraints:
        dataset=one_of(SCATTERED),
        sample=GENERATORS,
        shard=r"\d+",
    message:
        "Generate a sample of {wildcards.dataset} with {wildcards.sample}, shard {wildcards.shard}."


rule gather:
    input:
        parts=shards(f"{SHARD}.hdf5"),
        costs=shards(f"{SHARD}.csv"),
    output:
        joined=SAMPLE,
        costs=f"{MODEL}/sampling.csv",
    log:
        f"{LOGS}/gather/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        dataset=one_of(SCATTERED),
        sample=GENERATORS,
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(1000, 60),
    params:
        **tracked("gather"),
    message:
        "Join the shards of {wildcards.sample}."
    shell:
        stage("gather")
