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
        f"{RESULTS}/particles/{{pair}}/{{sample}}/{{features}}.csv",
    log:
        f"{LOGS}/identify/{{pair}}/{{sample}}/{{features}}.log",
    wildcard_constraints:
        pair=one_of(study.particle_pairs),
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("identify")
    resources:
        gpu=resource("identify", "gpu"),
        mem_mb=resource("identify", "mem_mb"),
        runtime=resource("identify", "runtime"),
    params:
        cfg=cfg("identify"),
        code=code("identify"),
    message:
        "Tell {wildcards.pair} apart, in truth and in {wildcards.sample}, on {wildcards.features}."
    shell:
        stage("identify", "truth sample", "rows=", device=True)
