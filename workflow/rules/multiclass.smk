# Classifiers that see truth and all samples of a dataset at once.
JOINT = f"{RESULTS}/joint/{{dataset}}/{{method}}/{{inputs}}/{{block}}.hdf5"


rule classify_jointly:
    input:
        truth=held_out(),
        samples=per_sample(SAMPLE, sorted_samples),
        observables=tables_of(sorted_samples),
    output:
        scores=JOINT,
    log:
        f"{LOGS}/classify_jointly/{{dataset}}/{{method}}/{{inputs}}/{{block}}.log",
    wildcard_constraints:
        method=one_of(study.joint_methods),
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("classify_jointly")
    resources:
        **of_card("classify_jointly"),
    params:
        **tracked("classify_jointly"),
    message:
        "Tell truth and all samples of {wildcards.dataset} apart with {wildcards.method} on"
        " {wildcards.inputs}."
    shell:
        stage("classify_jointly", device=True)


rule consistency:
    input:
        joint=lambda wildcards: [
            JOINT.format(
                dataset=wildcards.dataset, method=method, inputs=inputs, block=block
            )
            for method, inputs in study.joint_pairs(wildcards.dataset)
            for block in study.blocks
        ],
    output:
        rows=f"{RESULTS}/metrics/{{dataset}}/joint.csv",
    log:
        f"{LOGS}/consistency/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(study.judged_jointly),
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(2000, 15),
    params:
        **tracked("consistency"),
    message:
        "Compute log posteriors of all samples of {wildcards.dataset}."
    shell:
        stage("consistency")
