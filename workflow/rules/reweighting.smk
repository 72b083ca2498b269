REWEIGHTED = [
    f"{dataset}/{sample}"
    for dataset in study.datasets
    for sample in study.reweighted(dataset)
]


rule reweight:
    input:
        truth=held_out(),
        sample=SAMPLE,
        independent=SAMPLE.replace("{sample}", TRUTH),
        truth_observables=held_out("observables"),
        observables=OBSERVABLES,
        independent_observables=OBSERVABLES.replace("{sample}", TRUTH),
    output:
        refined=f"{RESULTS}/reweighting/{{dataset}}/{{sample}}.hdf5",
        rows=f"{RESULTS}/reweighting/{{dataset}}/{{sample}}.csv",
    log:
        f"{LOGS}/reweight/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=one_of(
            name for dataset in study.datasets for name in study.reweighted(dataset)
        ),
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("reweight")
    resources:
        **of_card("reweight"),
    params:
        **tracked("reweight"),
    message:
        "Refine {wildcards.sample} by its weights and judge it again."
    shell:
        stage("reweight", device=True)
