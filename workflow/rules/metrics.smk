WEIGHTS = f"{RESULTS}/weights/{{dataset}}/{{sample}}.hdf5"


rule metric:
    input:
        truth=held_out(),
        sample=SAMPLE,
        truth_observables=held_out("observables"),
        observables=OBSERVABLES,
        weights=WEIGHTS,
        others=lambda wildcards: [
            f"{RESULTS}/{reference}/{wildcards.dataset}/{wildcards.sample}.hdf5"
            for reference in study.others(wildcards.dataset, wildcards.sample)
        ],
        training=lambda wildcards: (
            part_of("memorisation", wildcards)
            if study.compares_training(**dict(wildcards.items()))
            else []
        ),
        exact=lambda wildcards: (
            EXACT if wildcards.sample in study.distorted(wildcards.dataset) else []
        ),
    output:
        rows=f"{RESULTS}/metrics/{{dataset}}/{{sample}}/{{metric}}.csv",
    log:
        f"{LOGS}/metric/{{dataset}}/{{sample}}/{{metric}}.log",
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(2000, 15),
    params:
        **tracked("metric"),
    message:
        "Compute {wildcards.metric} of {wildcards.sample}."
    shell:
        stage("metric")


rule compare:
    input:
        weights=lambda wildcards: [
            WEIGHTS.format(dataset=wildcards.dataset, sample=sample)
            for pair in study.pairs(wildcards.dataset)
            for sample in pair
        ],
        samples=lambda wildcards: [
            SAMPLE.format(dataset=wildcards.dataset, sample=sample)
            for pair in study.pairs(wildcards.dataset)
            for sample in pair
        ],
    output:
        rows=f"{RESULTS}/metrics/{{dataset}}/pairs.csv",
    log:
        f"{LOGS}/compare/{{dataset}}.log",
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(2000, 15),
    params:
        **tracked("compare"),
    message:
        "Compare samples of {wildcards.dataset} with each other on the same truth."
    shell:
        stage("compare")


rule find:
    input:
        truth=held_out(),
        sample=SAMPLE,
        truth_observables=held_out("observables"),
        observables=OBSERVABLES,
        weights=WEIGHTS,
    output:
        failures=f"{RESULTS}/failures/{{dataset}}/{{sample}}.csv",
    log:
        f"{LOGS}/find/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        dataset=one_of(study.searched),
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(2000, 15),
    params:
        **tracked("find"),
    message:
        "Find what is wrong with {wildcards.sample}."
    shell:
        stage("find")


rule aggregate:
    input:
        metrics=[
            f"{RESULTS}/metrics/{dataset}/{sample}/{metric}.csv"
            for dataset in study.datasets
            for sample in study.samples(dataset)
            for metric in study.metrics_of(dataset, sample)
        ]
        + [
            f"{RESULTS}/metrics/{dataset}/pairs.csv"
            for dataset in study.datasets
            if study.pairs(dataset)
        ]
        + [
            f"{RESULTS}/metrics/{dataset}/joint.csv"
            for dataset in study.judged_jointly
        ]
        + [
            f"{RESULTS}/models/{dataset}/{sample}/numbers.csv"
            for dataset in study.datasets
            for sample in study.examined(dataset)
        ]
        + [f"{RESULTS}/regression/{dataset}.csv" for dataset in study.regressed]
        + [f"{RESULTS}/reweighting/{name}.csv" for name in REWEIGHTED]
        + particles(study.particle_pairs)
        + [f"{RESULTS}/trials/{dataset}.csv" for dataset in study.tried],
        failures=[
            f"{RESULTS}/failures/{dataset}/{sample}.csv"
            for dataset in study.searched
            for sample in study.samples(dataset)
        ],
        costs=[
            f"{RESULTS}/models/{dataset}/{sample}/{name}.csv"
            for dataset in study.datasets
            for sample in study.generators(dataset)
            for name in ("costs", "sampling")
        ],
    output:
        metrics=f"{RESULTS}/metrics.csv",
        costs=f"{RESULTS}/costs.csv",
        failures=f"{RESULTS}/failures.csv",
        provenance=f"{RESULTS}/provenance.json",
    log:
        f"{LOGS}/aggregate.log",
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(1000, 10),
    params:
        **tracked("aggregate"),
    message:
        f"Collect all numbers of the study {study.name}."
    shell:
        stage("aggregate")
