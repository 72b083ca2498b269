def tables_to_regress(wildcards):
    """Observables of all that the regression learns from and is applied to, if it reads them."""
    dataset = wildcards.dataset
    inputs = study.regressor()["features"]
    if not any(study.reads_observables(dataset, name) for name in inputs):
        return []
    sets = ["training", "validation", study.judged_by("weights")]
    sets += study.regress(dataset)["samples"]
    return [OBSERVABLES.format(dataset=dataset, sample=name) for name in sets]


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
        stage(
            "regress",
            "training validation truth samples observables",
            "predictions rows",
            device=True,
        )
