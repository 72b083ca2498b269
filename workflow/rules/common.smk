import re
import sys
from functools import lru_cache
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# This file is parsed on every node: jobs find the same Python and the same package there. Another
# workflow may use this one as a module: its Snakefile lies elsewhere.
REPOSITORY = Path(str(workflow.current_basedir)).parents[1]
sys.path.insert(0, f"{REPOSITORY}/workflow")

from ultimetric.errors import UserError
from ultimetric.planning.catalogue import TRUTH
from ultimetric.planning.load import load_study
from ultimetric.planning.slices_of_classifiers import REFERENCES
from ultimetric.planning.study import TEMPLATE, canonical
from ultimetric.snake.command import files_of, shortened, stage
from ultimetric.snake.environment import prepare_jobs
from ultimetric.snake.inside import guarded, warn_if_newer, warn_of_triggers
from ultimetric.snake.start import check_profile, hold_folder

prepare_jobs(
    f"{REPOSITORY}/workflow",
    deployed=bool(workflow.deployment_settings.deployment_method),
    remote=workflow.remote_exec,
)

CACHE = Path("results/.cache")

if workflow.is_main_process and not workflow.output_settings.dryrun:
    if sentence := hold_folder():
        logger.warning(sentence)

try:
    if workflow.is_main_process:
        check_profile(sys.argv[1:], Path(workflow.rundir), REPOSITORY)
    study = load_study(
        config,
        cache=CACHE.joinpath("checks.json"),
        plans=workflow.is_main_process,
        files=map(Path, workflow.configfiles),
    )
except UserError as error:
    raise WorkflowError(str(error)) from None

for remark in study.remarks:
    logger.warning(f"{remark}.")

RESULTS = f"results/{study.name}"
SAMPLE = f"{RESULTS}/samples/{{dataset}}/{{sample}}.hdf5"
EXACT = f"{RESULTS}/exact/{{dataset}}/{{sample}}.hdf5"
OBSERVABLES = f"{RESULTS}/observables/{{dataset}}/{{sample}}.hdf5"
LOGS = f"{RESULTS}/logs"


def one_of(names):
    """Regular expression for exactly these names."""
    return "|".join(map(re.escape, sorted(set(names)))) or "(?!)"


wildcard_constraints:
    dataset=one_of(study.datasets),
    sample=one_of(name for dataset in study.datasets for name in study.samples(dataset)),
    method=one_of(study.methods),
    inputs=one_of(study.inputs),
    reference=one_of(REFERENCES),
    block=r"\d+",
    metric=one_of(study.metrics),
    figure=one_of(study.figures),


# Datasets whose samples take several jobs.
SCATTERED = [name for name in study.datasets if study.scattered(name)]


def figures(pattern):
    """A path for every figure of every dataset."""
    return [
        pattern.format(dataset=dataset, figure=figure)
        for dataset in study.datasets
        for figure in study.figures_of(dataset)
    ]


def tracked(stage, *runs, **outside):
    """The parameters of a rule.

    `cfg` is the canonical JSON of exactly what the stage uses, `code` the fingerprint of all code
    that it, or the stages `runs`, run. Snakemake compares both. It compares no parameter whose
    function also takes `output`: `files` names the files of the job. There, `outside` adds those
    that are no inputs, as functions of the wildcards that list paths. Their content is in `cfg`;
    where they lie and what they are called must rerun nothing.
    """

    @lru_cache(maxsize=1)
    def slice_of(*wildcards):
        return getattr(study, stage)(**dict(wildcards))

    def cfg(wildcards):
        warn_of_triggers(workflow)
        return shortened(
            canonical(slice_of(*wildcards.items())), CACHE.joinpath("settings")
        )

    def files(wildcards, input, output):
        more = {name: path(wildcards) for name, path in outside.items()}
        return shortened(files_of(input, output, more), CACHE.joinpath("jobs"))

    return {
        "cfg": cfg,
        "code": lambda wildcards: study.code(
            runs or stage, slice_of(*wildcards.items())
        ),
        "files": files,
    }


def threads_of(stage):
    """torch threads of the card in use."""
    return lambda wildcards: study.threads(stage, **dict(wildcards.items()))


def of_card(stage):
    """Resources of the card in use."""

    def resource(name):
        return lambda wildcards: study.resources(stage, **dict(wildcards.items()))[name]

    return {name: resource(name) for name in ("gpu", "mem_mb", "runtime")}


def small(mem_mb, runtime):
    """Resources of a job without networks: memory in MB and minutes."""
    return {"gpu": 0, "mem_mb": mem_mb, "runtime": runtime}


def part_of(reference, wildcards, folder="data"):
    """The part of the truth that a reference means: its entries, or their observables."""
    return f"{RESULTS}/{folder}/{wildcards.dataset}/{study.judged_by(reference)}.hdf5"


def held_out(folder="data"):
    """The truth that samples are compared with: its entries, or their observables."""
    return lambda wildcards: part_of("weights", wildcards, folder)


def tables_of(sets, reference="weights"):
    """Observables of the truth and of some samples, where inputs of classifiers are made of them.

    Arguments:
        sets: function of the wildcards that lists samples.
        reference: the reference, where it is no wildcard.
    """

    def tables(wildcards):
        if not study.reads_observables(wildcards.dataset, wildcards.inputs):
            return []
        truth = part_of(
            getattr(wildcards, "reference", reference), wildcards, "observables"
        )
        return [truth, *per_sample(OBSERVABLES, sets)(wildcards)]

    return tables


def per_sample(path, names):
    """One path for each sample that `names` lists for the wildcards."""
    return lambda wildcards: [
        path.format(dataset=wildcards.dataset, sample=sample)
        for sample in names(wildcards)
    ]


def shards(path):
    """A path for each job that makes a part of a sample."""
    return lambda wildcards: [
        path.format(shard=shard, **dict(wildcards.items()))
        for shard in range(len(study.shards(wildcards.dataset, wildcards.sample)))
    ]


def base_model(wildcards):
    """The model that a generator builds on, if there is one."""
    base = study.base_of(wildcards.sample)
    return (
        [f"{RESULTS}/models/{wildcards.dataset}/{base}/model.safetensors"]
        if base
        else []
    )


def rows_for_figure(wildcards):
    """Tables of numbers that a figure draws."""
    dataset, figure = wildcards.dataset, wildcards.figure
    wanted = study.rows_of(dataset, figure)
    samples = [(dataset, sample) for sample in wanted["metrics"]]
    rows = [
        f"{RESULTS}/metrics/{of}/{sample}/{metric}.csv"
        for of, sample in samples + study.rows_beside(figure)
        for metric in study.metrics_of(of, sample)
    ]
    rows += [
        f"{RESULTS}/models/{dataset}/{sample}/numbers.csv"
        for sample in wanted["examined"]
    ]
    if wanted["metrics"] and dataset in study.judged_jointly:
        rows.append(f"{RESULTS}/metrics/{dataset}/joint.csv")
    if study.wants(figure, "trials"):
        rows.append(f"{RESULTS}/trials/{dataset}.csv")
    rows += [
        f"{RESULTS}/reweighting/{dataset}/{sample}.csv"
        for sample in study.shown_reweighted(dataset, figure)
    ]
    return rows + particles(study.shown_pairs(dataset, figure))


def particles(pairs):
    """Tables of the particle identification of some pairs."""
    return [
        f"{RESULTS}/particles/{pair}/{sample}/{inputs}.csv"
        for pair in pairs
        for sample in study.config["particles"]["samples"]
        for inputs in study.config["particles"]["inputs"]
    ]


def simulated_truth(wildcards):
    """The truth of a dataset if it is made here."""
    return study.source(wildcards.dataset) if study.simulated(wildcards.dataset) else []


def given_truth(wildcards):
    """The truth of a dataset if it is a file from outside."""
    return [] if study.simulated(wildcards.dataset) else study.source(wildcards.dataset)


def given_generator_truth(wildcards):
    """The truth that generators learn from, if it has a file of its own."""
    return study.generator_source(wildcards.dataset) or []


def shown_in_figure(wildcards):
    """Samples that a figure shows, in its order."""
    return study.shown(wildcards.dataset, wildcards.figure)


def sorted_samples(wildcards):
    """All samples of a dataset; their order is a matter of looks."""
    return sorted(study.samples(wildcards.dataset))


def tables_to_regress(wildcards):
    """Observables of all that the regression learns from and is applied to, if it reads them."""
    dataset = wildcards.dataset
    inputs = study.regressor()["inputs"]
    if not any(study.reads_observables(dataset, name) for name in inputs):
        return []
    sets = ["training", "validation", study.judged_by("weights")]
    sets += study.regress(dataset)["samples"]
    return [OBSERVABLES.format(dataset=dataset, sample=name) for name in sets]
