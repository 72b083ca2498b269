SCORES = f"{RESULTS}/scores/{{reference}}/{{dataset}}/{{sample}}/{{test}}/{{features}}/{{block}}.hdf5"


rule classify:
    input:
        truth=lambda wildcards: part_of(wildcards.reference, wildcards),
        sample=SAMPLE,
        observables=tables_of(lambda wildcards: [wildcards.sample]),
    output:
        SCORES,
    log:
        f"{LOGS}/classify/{{reference}}/{{dataset}}/{{sample}}/{{test}}/{{features}}/{{block}}.log",
    wildcard_constraints:
        test=one_of(set(study.tests) - set(study.joint_tests)),
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("classify")
    resources:
        **of_card("classify"),
    params:
        **tracked("classify"),
    message:
        "Separate truth from {wildcards.sample} with {wildcards.test} on {wildcards.features}"
        " ({wildcards.reference})."
    shell:
        stage("classify", "truth sample observables", "scores=", device=True)


rule weigh:
    input:
        lambda wildcards: [
            (JOINT if test in study.joint_tests else SCORES).format(
                test=test, features=features, block=block, **dict(wildcards.items())
            )
            for test, features in study.pairs_of_tests(
                wildcards.reference, wildcards.dataset
            )
            for block in study.blocks
        ],
    output:
        f"{RESULTS}/{{reference}}/{{dataset}}/{{sample}}.hdf5",
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
        stage("weigh", "scores=", "weights=")
