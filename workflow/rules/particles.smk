rule identify:
    input:
        truth=lambda wildcards: [
            f"{RESULTS}/data/{dataset}/{study.judged_by('weights')}.hdf5"
            for dataset in study.particle_pairs[wildcards.pair]
        ],
        sample=lambda wildcards: [
            f"{RESULTS}/samples/{dataset}/{wildcards.sample}.hdf5"
            for dataset in study.particle_pairs[wildcards.pair]
        ],
    output:
        rows=f"{RESULTS}/particles/{{pair}}/{{sample}}/{{inputs}}.csv",
    log:
        f"{LOGS}/identify/{{pair}}/{{sample}}/{{inputs}}.log",
    wildcard_constraints:
        pair=one_of(study.particle_pairs),
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("identify")
    resources:
        **of_card("identify"),
    params:
        **tracked("identify"),
    message:
        "Tell {wildcards.pair} apart, in truth and in {wildcards.sample}, on {wildcards.inputs}."
    shell:
        stage("identify", device=True)
