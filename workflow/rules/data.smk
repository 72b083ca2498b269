from ultimetric.data.splits import PARTS


rule preprocess:
    input:
        truth=truth_made_here,
    output:
        training=truth_part("training"),
        validation=truth_part("validation"),
        classifier=truth_part("classifier"),
        final=truth_part("final"),
    log:
        f"{LOGS}/preprocess/{{dataset}}.log",
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(2000, 15),
    params:
        **tracked(
            "preprocess",
            of_parts(settings.preprocess),
            truth=given_truth,
            generator=given_generator_truth,
        ),
    message:
        "Divide the {wildcards.dataset} truth into training, held-out and final truth."
    shell:
        stage("preprocess")


rule ingest:
    input:
        truth=truth_made_here,
    output:
        sample=SAMPLE,
    log:
        f"{LOGS}/ingest/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=of_any(study.samples.files),
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(2000, 60),
    params:
        **tracked(
            "ingest",
            of_parts(settings.ingest),
            truth=given_truth,
            file=lambda wildcards: study.samples.file(wildcards.sample),
        ),
    message:
        "Read the sample {wildcards.sample} and match its conditions to the truth."
    shell:
        stage("ingest")


rule distort:
    input:
        source=[PATHS["training"], PATHS["validation"]],
        truth=PART,
    output:
        sample=SAMPLE,
        exact=PATHS["exact"],
    log:
        f"{LOGS}/distort/{{dataset}}/{{sample}}.log",
    wildcard_constraints:
        sample=of_any(study.samples.exact),
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(2000, 15),
    params:
        **tracked("distort", of_parts(settings.distort)),
    message:
        "Make {wildcards.sample} of independent {wildcards.dataset} truth, with exact weights."
    shell:
        stage("distort")


use rule distort as distort_without_weights with:
    output:
        sample=SAMPLE,
    wildcard_constraints:
        sample=of_any(study.samples.inexact),
    message:
        "Make {wildcards.sample} of independent {wildcards.dataset} truth."


rule observe:
    input:
        events=lambda wildcards: (
            truth_part(wildcards.events)
            if wildcards.events in PARTS
            else SAMPLE.format(dataset="{dataset}", sample=wildcards.events)
        ),
    output:
        table=OBSERVABLES.replace("{sample}", "{events}"),
    log:
        f"{LOGS}/observe/{{dataset}}/{{events}}.log",
    wildcard_constraints:
        events=r"\w+",
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        **small(2000, 15),
    params:
        **tracked("observe", of_parts(settings.observe)),
    message:
        "Compute the observables of {wildcards.dataset}: {wildcards.events}."
    shell:
        stage("observe")
