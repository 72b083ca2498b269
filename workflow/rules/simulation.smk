from ultimetric.planning.simulation import HANDED_ON, hand_on

# A batch system hands on what is named as `envvars`; HTCondor and Kubernetes, nothing else.
if simulated := [name for name in study.datasets if study.simulated(name)]:
    if workflow.is_main_process:
        hand_on(
            {name: study.found(name) for name in simulated},
            {x for name in simulated for x in study.simulation(name).variables},
        )

        envvars:
            HANDED_ON,


SIMULATED = one_of(simulated)
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
        mem_mb=lambda wildcards: study.simulation(wildcards.dataset).memory_mb,
        runtime=lambda wildcards: study.simulation(wildcards.dataset).minutes(
            study.simulate(**wildcards)
        ),
    params:
        **tracked("simulate"),
    message:
        "Make the {wildcards.dataset} truth, shard {wildcards.shard}."
    shell:
        stage("simulate")


rule gather_truth:
    input:
        parts=lambda wildcards: [
            TRUTH_SHARD.format(dataset=wildcards.dataset, shard=shard)
            for shard in range(len(study.truth_shards(wildcards.dataset)))
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
        **tracked("gather_truth", "gather"),
    message:
        "Join the {wildcards.dataset} truth."
    shell:
        stage("gather")
