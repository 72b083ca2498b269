rule figure:
    input:
        truth=held_out(),
        samples=per_sample(SAMPLE, shown_in_figure),
        truth_observables=held_out("observables"),
        observables=per_sample(OBSERVABLES, shown_in_figure),
        weights=per_sample(
            f"{RESULTS}/weights/{{dataset}}/{{sample}}.hdf5", shown_in_figure
        ),
        histories=lambda wildcards: [
            f"{RESULTS}/models/{wildcards.dataset}/{sample}/history.csv"
            for sample in study.figure(wildcards.dataset, wildcards.figure)[
                "histories"
            ]
        ],
        scans=lambda wildcards: [
            f"{RESULTS}/scans/{wildcards.dataset}/{sample}.hdf5"
            for sample in study.scanned(wildcards.dataset, wildcards.figure)
        ],
        exact=lambda wildcards: [
            EXACT.format(dataset=wildcards.dataset, sample=sample)
            for sample in study.exactly_known(wildcards.dataset, wildcards.figure)
        ],
        rows=rows_for_figure,
        regression=lambda wildcards: (
            f"{RESULTS}/regression/{wildcards.dataset}.hdf5"
            if study.wants(wildcards.figure, "regression")
            else []
        ),
        failures=lambda wildcards: [
            f"{RESULTS}/failures/{wildcards.dataset}/{sample}.csv"
            for sample in shown_in_figure(wildcards)
            if study.wants(wildcards.figure, "failures")
        ],
    output:
        pdf=f"{RESULTS}/figures/{{dataset}}/{{figure}}.pdf",
        png=report(
            f"{RESULTS}/figures/{{dataset}}/{{figure}}.png",
            caption="../report/figure.rst",
            category="{dataset}",
            labels={"figure": "{figure}"},
        ),
    log:
        f"{LOGS}/figure/{{dataset}}/{{figure}}.log",
    conda:
        "../../envs/conda/figures.yaml"
    threads: 1
    resources:
        **small(2000, 15),
    params:
        **tracked("figure"),
    message:
        "Draw {wildcards.figure} of {wildcards.dataset}."
    shell:
        stage("figure")
