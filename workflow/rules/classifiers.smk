SCORES = f"{RESULTS}/scores/{{reference}}/{{dataset}}/{{sample}}/{{method}}/{{inputs}}/{{block}}.hdf5"


rule classify:
    input:
        truth=lambda wildcards: part_of(wildcards.reference, wildcards),
        sample=SAMPLE,
        observables=tables_of(lambda wildcards: [wildcards.sample]),
    output:
        scores=SCORES,
    log:
        f"{LOGS}/classify/{{reference}}/{{dataset}}/{{sample}}/{{method}}/{{inputs}}/{{block}}.log",
    wildcard_constraints:
        method=one_of(set(study.methods) - set(study.joint_methods)),
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("classify")
    resources:
        **of_card("classify"),
    params:
        **tracked("classify"),
    message:
        "Separate truth from {wildcards.sample} with {wildcards.method} on {wildcards.inputs}"
        " ({wildcards.reference})."
    shell:
        stage("classify", device=True)


rule weigh:
    input:
        scores=lambda wildcards: [
            (JOINT if method in study.joint_methods else SCORES).format(
                method=method, inputs=inputs, block=block, **dict(wildcards.items())
            )
            for method, inputs in study.pairs_of_tests(
                wildcards.reference, wildcards.dataset
            )
            for block in study.blocks
        ],
    output:
        weights=f"{RESULTS}/{{reference}}/{{dataset}}/{{sample}}.hdf5",
    log:
        f"{LOGS}/weigh/{{reference}}/{{dataset}}/{{sample}}.log",
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(2000, 15),
    params:
        **tracked("weigh"),
    message:
        "Calibrate the scores of {wildcards.sample} to {wildcards.reference}."
    shell:
        stage("weigh")
