rule classify:
    input:
        truth=PART,
        sample=SAMPLE,
        observables=tables_of(lambda wildcards: [wildcards.sample]),
    output:
        scores=SCORES,
    log:
        f"{LOGS}/classify/{{dataset}}/{{sample}}/{{method}}/{{inputs}}/{{block}}.log",
    wildcard_constraints:
        method=one_of(set(study.methods.known) - set(study.methods.joint)),
    conda:
        "../../envs/conda/networks.yaml"
    threads: lambda wildcards: threads_of(classifier_card(wildcards))
    resources:
        **of_card(classifier_card),
    params:
        **tracked("classify", of_parts(settings.classify)),
    message:
        "Separate truth from {wildcards.sample} with {wildcards.method} on {wildcards.inputs}."
    shell:
        stage("classify", device=True)


rule classify_jointly:
    input:
        truth=PART,
        samples=lambda wildcards: expand(
            SAMPLE, dataset=wildcards.dataset, sample=sorted_samples(wildcards)
        ),
        observables=tables_of(sorted_samples),
    output:
        scores=JOINT,
    log:
        f"{LOGS}/classify_jointly/{{dataset}}/{{method}}/{{inputs}}/{{block}}.log",
    wildcard_constraints:
        method=one_of(study.methods.joint),
    conda:
        "../../envs/conda/networks.yaml"
    threads: lambda wildcards: threads_of(classifier_card(wildcards))
    resources:
        **of_card(classifier_card),
    params:
        **tracked("classify_jointly", of_parts(settings.classify_jointly)),
    message:
        "Tell truth and all samples of {wildcards.dataset} apart with {wildcards.method} on"
        " {wildcards.inputs}."
    shell:
        stage("classify_jointly", device=True)


rule weigh:
    input:
        scores=scores_of,
    output:
        weights=PATHS["weights"],
    log:
        f"{LOGS}/weigh/{{dataset}}/{{sample}}.log",
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(2000, 15),
    params:
        **tracked("weigh", of_parts(settings.weigh)),
    message:
        "Calibrate the scores of {wildcards.sample} and turn them into weights."
    shell:
        stage("weigh")
