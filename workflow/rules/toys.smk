from ultimetric.planning.toys import check_pythia

EVENTS = f"{RESULTS}/toys/{{toy}}/events.hdf5"
TOY_SCORES = f"{RESULTS}/toys/{{toy}}/scores/{{test}}/{{features}}/{{block}}.hdf5"
TOY_WEIGHTS = f"{RESULTS}/weights/{{toy}}/{{sample}}.hdf5"
TOY_ROWS = f"{RESULTS}/metrics/{{toy}}/{{sample}}.csv"
JETS = f"{RESULTS}/jets/{{jets}}.hdf5"
JET_SHARD = f"{RESULTS}/jets/.shards/{{jets}}/{{shard}}.hdf5"


if workflow.is_main_process and not workflow.deployment_settings.deployment_method:
    try:
        check_pythia(
            [x for x in study.jet_types if not Path(JETS.format(jets=x)).exists()]
        )
    except UserError as error:
        raise WorkflowError(str(error)) from None


wildcard_constraints:
    toy=one_of(study.toys),
    jets=one_of(study.jet_types),


rule jets:
    output:
        temp(JET_SHARD),
    log:
        f"{LOGS}/jets/{{jets}}/{{shard}}.log",
    wildcard_constraints:
        shard=r"\d+",
    conda:
        "../../envs/conda/simulation.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=60,
    params:
        cfg=cfg("jets"),
        code=code("jets"),
    message:
        "Simulate {wildcards.jets} jets with Pythia, shard {wildcards.shard}."
    shell:
        "python -m ultimetric.stages.jets --log {log:q}"
        " --cfg {params.cfg:q} --code {params.code:q} --out jets {output:q}"


rule gather_jets:
    input:
        lambda wildcards: [
            JET_SHARD.format(jets=wildcards.jets, shard=shard)
            for shard in range(len(study.jet_shards(wildcards.jets)))
        ],
    output:
        JETS,
    log:
        f"{LOGS}/gather_jets/{{jets}}.log",
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=15,
    params:
        cfg=cfg("gather_jets"),
        code=code("gather_jets"),
    message:
        "Join the simulated {wildcards.jets} jets."
    shell:
        "python -m ultimetric.stages.gather_jets --log {log:q}"
        " --cfg {params.cfg:q} --code {params.code:q}"
        " --in jets {input:q} --out jets {output:q}"


rule toy:
    input:
        lambda wildcards: (
            JETS.format(jets=study.toy_of(wildcards.toy).jets)
            if study.toy_of(wildcards.toy).jets
            else []
        ),
    output:
        EVENTS,
    log:
        f"{LOGS}/toy/{{toy}}.log",
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=15,
    params:
        cfg=cfg("toy"),
        code=code("toy"),
    message:
        "Draw the events of the toy {wildcards.toy}."
    shell:
        "python -m ultimetric.stages.toy --log {log:q}"
        " --cfg {params.cfg:q} --code {params.code:q}"
        " --in jets {input:q} --out events {output:q}"


rule classify_toy:
    input:
        EVENTS,
    output:
        TOY_SCORES,
    log:
        f"{LOGS}/classify_toy/{{toy}}/{{test}}/{{features}}/{{block}}.log",
    conda:
        "../../envs/conda/networks.yaml"
    threads: threads_of("classify")
    resources:
        gpu=resource("classify", "gpu"),
        mem_mb=resource("classify", "mem_mb"),
        runtime=resource("classify", "runtime"),
    params:
        cfg=cfg("classify_toy"),
        code=code("classify_toy"),
    message:
        "Separate truth from sample of the toy {wildcards.toy} with {wildcards.test} on"
        " {wildcards.features}."
    shell:
        "ULTIMETRIC_GPUS={resources.gpu} python -m ultimetric.stages.classify_toy --log {log:q}"
        " --cfg {params.cfg:q} --code {params.code:q}"
        " --in events {input:q} --out scores {output:q}"


rule judge_toy:
    input:
        events=EVENTS,
        scores=lambda wildcards: [
            TOY_SCORES.format(
                toy=wildcards.toy, test=test, features=features, block=block
            )
            for test, features in study.pairs_of_toy(wildcards.toy)
            for block in study.blocks
        ],
    output:
        weights=TOY_WEIGHTS,
        rows=TOY_ROWS,
    log:
        f"{LOGS}/judge_toy/{{toy}}/{{sample}}.log",
    wildcard_constraints:
        sample=one_of(study.toy_of(toy).sample for toy in study.toys),
    conda:
        "../../envs/conda/numbers.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=15,
    params:
        cfg=cfg("judge_toy"),
        code=code("judge_toy"),
    message:
        "Compare the weights of the toy {wildcards.toy} with the exact ones."
    shell:
        "python -m ultimetric.stages.judge_toy --log {log:q}"
        " --cfg {params.cfg:q} --code {params.code:q}"
        " --in events {input.events:q} --in scores {input.scores:q}"
        " --out weights {output.weights:q} --out rows {output.rows:q}"


rule toy_figure:
    input:
        events=of_toys_shown(EVENTS),
        weights=of_toys_shown(TOY_WEIGHTS),
        rows=of_toys_shown(TOY_ROWS),
    output:
        pdf=f"{RESULTS}/figures/toys/{{figure}}.pdf",
        png=report(
            f"{RESULTS}/figures/toys/{{figure}}.png",
            caption="../report/toy_figure.rst",
            category="toys",
            labels={"figure": "{figure}"},
        ),
    log:
        f"{LOGS}/toy_figure/{{figure}}.log",
    wildcard_constraints:
        figure=one_of(study.toy_figures),
    conda:
        "../../envs/conda/figures.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=15,
    params:
        cfg=cfg("toy_figure"),
        code=code("toy_figure"),
    message:
        "Draw {wildcards.figure} of toys."
    shell:
        "python -m ultimetric.stages.toy_figure --log {log:q}"
        " --cfg {params.cfg:q} --code {params.code:q}"
        " --in events {input.events:q} --in weights {input.weights:q} --in rows {input.rows:q}"
        " --out pdf {output.pdf:q} --out png {output.png:q}"
