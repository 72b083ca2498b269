GENERATED = of_any(study.samples.generated)
SCATTERED = [name for name in study.datasets if study.samples.scattered(name)]
SHARD = f"{RESULTS}/samples/.shards/{{dataset}}/{{sample}}/{{shard}}"


rule train:
    input:
        training=PATHS["training"],
        validation=PATHS["validation"],
        base=base_model,
    output:
        model=f"{MODEL}/model.safetensors",
        history=f"{MODEL}/history.csv",
        costs=f"{MODEL}/costs.csv",
    log:
        f"{LOGS}/train/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=GENERATED,
    conda:
        "../../envs/conda/networks.yaml"
    threads: lambda wildcards: threads_of(generator_card(wildcards))
    resources:
        **of_card(generator_card),
    params:
        **tracked(
            "train",
            of_parts(settings.train),
            checkpoint=lambda wildcards: (
                f"{RESULTS}/.checkpoints/{wildcards.dataset}/{wildcards.sample}"
            ),
        ),
    message:
        "Train {wildcards.sample} on {wildcards.dataset}."
    shell:
        stage("train", device=True)


rule scan:
    input:
        model=f"{MODEL}/model.safetensors",
    output:
        scan=PATHS["scan"],
    log:
        f"{LOGS}/scan/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=GENERATED,
    conda:
        "../../envs/conda/networks.yaml"
    threads: lambda wildcards: threads_of(generator_card(wildcards))
    resources:
        **of_card(generator_card),
    params:
        **tracked("scan", of_parts(settings.train)),
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
        sample=GENERATED,
    conda:
        "../../envs/conda/networks.yaml"
    threads: lambda wildcards: threads_of(generator_card(wildcards))
    resources:
        **of_card(generator_card),
    params:
        **tracked("sample", of_parts(settings.sample)),
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
        sample=GENERATED,
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
        sample=GENERATED,
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(1000, 60),
    params:
        **tracked("gather", of_parts(settings.gather)),
    message:
        "Join the shards of {wildcards.sample}."
    shell:
        stage("gather")
