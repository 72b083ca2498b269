DOWNLOADED = [name for name, dataset in study.datasets.items() if dataset.download]


rule download:
    output:
        receipt=temp(RECEIPT),
    log:
        f"{LOGS}/download/{{dataset}}/{{reader}}.log",
    wildcard_constraints:
        dataset=one_of(DOWNLOADED),
        reader=one_of([TRUTH, *study.samples.names]),
    # Nodes of a batch system may have no network.
    localrule: True
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    params:
        **tracked("download", of_parts(settings.download)),
    message:
        "Get the published {wildcards.dataset} truth, from the cache if it is there."
    shell:
        stage("download")
