TRIALS = f"{RESULTS}/trials/{{dataset}}/{{sample}}/{{block}}.csv"


rule trial:
    input:
        truth=[
            f"{RESULTS}/data/{{dataset}}/{part}.hdf5"
            for part in ("training", "validation", "classifier")
        ],
    output:
        trials=TRIALS,
    log:
        f"{LOGS}/trial/{{dataset}}/{{sample}}/{{block}}.log",
    wildcard_constraints:
        dataset=one_of(study.tried),
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("trial")
    resources:
        **of_card("trial"),
    params:
        **tracked("trial"),
    message:
        "Plant {wildcards.sample} in {wildcards.dataset} and look for it."
    shell:
        stage("trial", device=True)


rule prove:
    input:
        trials=lambda wildcards: [
            TRIALS.format(dataset=wildcards.dataset, sample=sample, block=block)
            for sample, blocks in study.trial_blocks(wildcards.dataset)
            for block in range(blocks)
        ],
    output:
        rows=f"{RESULTS}/trials/{{dataset}}.csv",
    log:
        f"{LOGS}/prove/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(study.tried),
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(1000, 5),
    params:
        **tracked("prove"),
    message:
        "Count what was found of what was planted in {wildcards.dataset}."
    shell:
        stage("prove")
