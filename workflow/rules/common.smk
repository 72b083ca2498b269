import re
import sys
from functools import lru_cache, partial
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# This file is parsed on every node: jobs find the same Python and the same package there. Another
# workflow may use this one as a module: its Snakefile lies elsewhere.
REPOSITORY = Path(str(workflow.current_basedir)).parents[1]
sys.path.insert(0, f"{REPOSITORY}/workflow")

from ultimetric.errors import UserError
from ultimetric.planning import settings
from ultimetric.planning.generator import TRUTH
from ultimetric.planning.load import load_study
from ultimetric.planning.methods import RESOURCES, resources_of, threads_of
from ultimetric.planning.parts import PLACES
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
PATHS = {name: f"{RESULTS}/{path}" for name, path in PLACES.items()}


def truth_part(part):
    """The path of a part of the truth."""
    return PATHS["truth"].replace("{part}", part)


PART = truth_part(study.config.evaluate)
SAMPLE = PATHS["events"]
OBSERVABLES = PATHS["observables"]
MODEL = str(Path(PATHS["model"]).parent)
SCORES = f"{RESULTS}/scores/{{dataset}}/{{sample}}/{{method}}/{{inputs}}/{{block}}.hdf5"
# Of classifiers that see truth and all samples of a dataset at once.
JOINT = PATHS["scores"]
# One for each job that reads a downloaded truth, so that a new sample makes no other job run again.
RECEIPT = f"{RESULTS}/downloaded/{{dataset}}/{{reader}}.json"
LOGS = f"{RESULTS}/logs"
ALL_CORES = 10_000  # Snakemake gives a job no more than there are.


def one_of(names):
    """Regular expression for exactly these names."""
    return "|".join(map(re.escape, sorted(set(names)))) or "(?!)"


def of_any(names):
    """Regular expression for the names that a function gives for each dataset."""
    return one_of(name for dataset in study.datasets for name in names(dataset))


wildcard_constraints:
    dataset=one_of(study.datasets),
    sample=one_of(study.samples.names),
    method=one_of(study.methods.known),
    inputs=one_of(study.config.inputs),
    block=r"\d+",
    figure=one_of(study.figures),


def tracked(stage, made, **outside):
    """The parameters of a rule.

    `cfg` is the canonical JSON of exactly what the stage uses, `code` the fingerprint of all code
    that it runs. Snakemake compares both. It compares no parameter whose function also takes
    `output`: `files` names the files of the job.

    Arguments:
        stage: The stage, or the stages, that run.
        made: Makes the settings of the wildcards.
        outside: Functions of the wildcards that list files that are no inputs. Their content is in
            `cfg`; where they lie and what they are called must rerun nothing.
    """

    @lru_cache(maxsize=1)
    def settings_of(*wildcards):
        return made(**dict(wildcards))

    def cfg(wildcards):
        warn_of_triggers(workflow)
        return shortened(
            canonical(settings_of(*wildcards.items())), CACHE.joinpath("settings")
        )

    def files(wildcards, input, output):
        more = {name: path(wildcards) for name, path in outside.items()}
        return shortened(files_of(input, output, more), CACHE.joinpath("jobs"))

    return {
        "cfg": cfg,
        "code": lambda wildcards: study.code(stage, settings_of(*wildcards.items())),
        "files": files,
    }


def of_parts(stage):
    """The settings of a stage, from the parts of the study and the wildcards."""
    return partial(stage, study.parts)


def small(mem_mb, runtime):
    """Resources of a job without networks: memory in MB and minutes."""
    return {"gpu": 0, "mem_mb": mem_mb, "runtime": runtime}


def of_card(card):
    """Resources of the card that a function gives for the wildcards."""

    def resource(name):
        return lambda wildcards: resources_of(card(wildcards))[name]

    return {name: resource(name) for name in ("gpu", "mem_mb", "runtime")}


def generator_card(wildcards):
    """The card of the generator in use."""
    return study.generators[wildcards.sample].card


def classifier_card(wildcards):
    """The card of the classifier in use."""
    return study.methods.known[wildcards.method].card


def tables_of(samples):
    """Observables of the truth and of some samples, where inputs of classifiers are made of them.

    Arguments:
        samples: Lists the samples for the wildcards.
    """

    def tables(wildcards):
        dataset = study.datasets[wildcards.dataset]
        if not dataset.reads_observables(wildcards.inputs):
            return []
        return [
            OBSERVABLES.format(dataset=dataset.name, sample=name)
            for name in (dataset.part, *samples(wildcards))
        ]

    return tables


def sorted_samples(wildcards):
    """All samples of a dataset; their order is a matter of looks."""
    return sorted(study.samples.of(wildcards.dataset))


def truth_made_here(wildcards):
    """The truth of a dataset if it is made here, or the receipt of a downloaded one."""
    dataset = study.datasets[wildcards.dataset]
    if dataset.download:
        reader = getattr(wildcards, "sample", TRUTH)
        return RECEIPT.format(dataset=dataset.name, reader=reader)
    return dataset.source if dataset.simulated else []


def given_truth(wildcards):
    """The truth of a dataset if it is a file from outside."""
    dataset = study.datasets[wildcards.dataset]
    return [] if dataset.made_here else dataset.source


def given_generator_truth(wildcards):
    """The truth that generators learn from, if it has a file of its own."""
    return study.datasets[wildcards.dataset].generator_source or []


def results_of(output):
    """What all analyses write of some output, such as their numbers."""
    return [
        f"{RESULTS}/analyses/{name}/{place}.{analysis.outputs[output]}"
        for name, analysis in study.analyses.items()
        if output in analysis.outputs
        for place in analysis.places
    ]


def given_to(analysis):
    """The files of the jobs of an analysis, by what they hold."""

    def files(wildcards):
        place = analysis.places[wildcards.place]
        return study.parts.paths(analysis.files(place), RESULTS)

    return files


def threads_of_job(analysis):
    """The threads of a job of an analysis; more than a workstation has, where it runs alone."""

    def threads(wildcards):
        if analysis.alone and workflow.local_exec and not workflow.remote_exec:
            return ALL_CORES
        return analysis.threads(analysis.places[wildcards.place])

    return threads


def resources_of_job(analysis):
    """The resources of a job of an analysis."""

    def resource(name):
        return lambda wildcards: analysis.resources(analysis.places[wildcards.place])[
            name
        ]

    return {name: resource(name) for name in RESOURCES}


def figures(pattern):
    """A path for every figure of every dataset."""
    return [
        pattern.format(dataset=dataset, figure=figure)
        for dataset in study.datasets
        for figure in study.figures_of(dataset)
    ]


def drawn_from(wildcards):
    """The files that a figure draws, by what they hold."""
    files = study.figures[wildcards.figure].files(wildcards.dataset)
    return study.parts.paths(files, RESULTS)


def base_model(wildcards):
    """The model that a generator builds on, if there is one."""
    base = study.generators[wildcards.sample].base
    if base is None:
        return []
    return [PATHS["model"].format(dataset=wildcards.dataset, sample=base.name)]


def shards(path):
    """A path for each job that makes a part of a sample."""
    return lambda wildcards: [
        path.format(shard=shard, **dict(wildcards.items()))
        for shard in range(len(study.samples.shards(**dict(wildcards.items()))))
    ]


def scores_of(wildcards):
    """The scores of all classifiers for a sample."""
    return [
        (JOINT if method in study.methods.joint else SCORES).format(
            method=method, inputs=inputs, block=block, **dict(wildcards.items())
        )
        for method, inputs in study.methods.tests(wildcards.dataset)
        for block in study.methods.blocks()
    ]
