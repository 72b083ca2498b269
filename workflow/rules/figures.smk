rule figure:
    input:
        unpack(drawn_from),
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
        **tracked("figure", study.figure),
    message:
        "Draw the figure {wildcards.figure} of {wildcards.dataset}."
    shell:
        stage("figure")
