rule regress:
    input:
        training=f"{RESULTS}/data/{{dataset}}/training.hdf5",
        validation=f"{RESULTS}/data/{{dataset}}/validation.hdf5",
        truth=held_out(),
        samples=per_sample(
            SAMPLE,
            lambda wildcards: study.regress(wildcards.dataset)["samples"],
        ),
        observables=tables_to_regress,
    output:
        predictions=f"{RESULTS}/regression/{{dataset}}.hdf5",
        rows=f"{RESULTS}/regression/{{dataset}}.csv",
    log:
        f"{LOGS}/regress/{{dataset}}.log",
    wildcard_constraints:
        dataset=one_of(study.regressed),
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("regress")
    resources:
        **of_card("regress"),
    params:
        **tracked("regress"),
    message:
        "Estimate the incident energies of {wildcards.dataset}."
    shell:
        stage("regress", device=True)
