from ultimetric.planning.simulation import HANDED_ON, hand_on

TRUTHS = [study.datasets[name] for name in study.truth_made_here]

# A batch system hands on what is named as `envvars`; HTCondor and Kubernetes, nothing else.
if TRUTHS:
    if workflow.is_main_process:
        hand_on(
            {dataset.name: dataset.found for dataset in TRUTHS},
            {name for dataset in TRUTHS for name in dataset.simulation.variables},
        )

        envvars:
            HANDED_ON,


SIMULATED = one_of(dataset.name for dataset in TRUTHS)
TRUTH_SHARD = f"{RESULTS}/simulated/.shards/{{dataset}}/{{shard}}.hdf5"


rule simulate:
    output:
        part=temp(TRUTH_SHARD),
    log:
        f"{LOGS}/simulate/{{dataset}}/{{shard}}.log",
    wildcard_constraints:
        dataset=SIMULATED,
        shard=r"\d+",
    conda:
        "../../envs/conda/simulation.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=lambda wildcards: study.datasets[wildcards.dataset].simulation.memory_mb,
        runtime=lambda wildcards: study.datasets[wildcards.dataset].simulation.minutes(
            settings.simulate(study.parts, **wildcards)
        ),
    params:
        **tracked("simulate", of_parts(settings.simulate)),
    message:
        "Make the {wildcards.dataset} truth, shard {wildcards.shard}."
    shell:
        stage("simulate")


rule gather_truth:
    input:
        parts=lambda wildcards: [
            TRUTH_SHARD.format(dataset=wildcards.dataset, shard=shard)
            for shard in range(len(study.datasets[wildcards.dataset].truth_shards()))
        ],
    output:
        joined=f"{RESULTS}/simulated/{{dataset}}.hdf5",
    log:
        f"{LOGS}/gather_truth/{{dataset}}.log",
    wildcard_constraints:
        dataset=SIMULATED,
    conda:
        "../../envs/conda/simulation.yaml"
    threads: 1
    resources:
        **small(1000, 60),
    params:
        **tracked("gather", of_parts(settings.gather_truth)),
    message:
        "Join the shards of the {wildcards.dataset} truth."
    shell:
        stage("gather")
