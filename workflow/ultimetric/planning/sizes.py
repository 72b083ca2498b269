"""Whether the truths of a study have as many entries as their parts need."""

from __future__ import annotations

from ultimetric.errors import UserError
from ultimetric.planning.catalogue import TRUTH
from ultimetric.planning.datasets import FEWEST
from ultimetric.planning.defaults import FEWEST_GENERATOR
from ultimetric.planning.samples import check_range, entries_within
from ultimetric.planning.simulation import MOST_JOBS
from ultimetric.planning.study import Study


def check_sizes(study: Study) -> None:
    """The parts of each truth fit into its source, and samples of their size can be made.

    Raises:
        UserError: One sentence.
    """
    for dataset in study.datasets:
        entry, several = study.config["datasets"][dataset], study.kind(dataset).several
        if study.n_entries(dataset) < FEWEST:
            raise UserError(
                f"config, evaluate: final, but datasets.{dataset} has a final part of "
                f"{entry['final']} {several}, fewer than {FEWEST}"
            )
        _check_source(study, dataset)
        _check_samples_of_truth(study, dataset)
        if dataset in study.tried:
            _check_trials(study, dataset)
        shards = -(-study.n_entries(dataset) // study.config["shard"])
        if shards > MOST_JOBS:
            raise UserError(
                f"config, shard: {study.n_entries(dataset)} {several} of {dataset} are more "
                f"than {MOST_JOBS} shards"
            )


def remarks_on_sizes(study: Study) -> list[str]:
    """What users should know of baselines that are missing, or smaller than what judges."""
    remarks = []
    for dataset in study.datasets:
        several, place = study.kind(dataset).several, f"datasets.{dataset}"
        judging, left = study.n_entries(dataset), study.sample_entries(dataset, TRUTH)
        if left < FEWEST:
            remarks.append(
                f"{place}: no truth-vs-truth baseline and no positive control, which would take "
                f"the {several} that are left of the truth: {left}, at least {FEWEST} are needed"
            )
        elif left < judging:
            remarks.append(
                f"{place}: the truth-vs-truth baseline has {left} {several}, fewer than the "
                f"{judging} that judge"
            )
    return remarks


def _check_source(study: Study, dataset: str) -> None:
    """All parts fit into the file, or the files, of a truth."""
    within, kind = check_range(study, dataset), study.stored_as(dataset)
    path = study.source(dataset)
    if simulated := study.simulated(dataset):
        study.truth(dataset)
        has = study.simulation(dataset).entries(simulated)
    else:
        has = entries_within(study.checks, path, kind)
    words = f"{path} has {has}{within}"
    if not study.in_parts(dataset):
        _check_parts(study, dataset, ("final", "generator", "classifier"), words, has)
        return
    _check_parts(study, dataset, ("final", "classifier"), words, has)
    file = study.generator_source(dataset)
    has = entries_within(study.checks, file, kind) if file else 0
    words = f"{file} has {has}{within}" if file else "there is no file `generator` in the source"
    _check_parts(study, dataset, ("generator",), words, has)


def _check_parts(study: Study, dataset: str, parts: tuple[str, ...], words: str, has: int) -> None:
    """Some parts are together no more than a file has."""
    asked = [study.config["datasets"][dataset][part] for part in parts]
    if sum(asked) > has:
        raise UserError(
            f"config, datasets.{dataset}: {' + '.join(map(str, asked))} "
            f"{study.kind(dataset).several} are asked for, {words}"
        )


def _check_samples_of_truth(study: Study, dataset: str) -> None:
    """The generator part has what generators, distortions and reweighting need."""
    several = study.kind(dataset).several
    part = study.config["datasets"][dataset]["generator"]
    has = f"the generator part of {dataset} has {part} {several}"
    for name in study.generators(dataset):
        fewest = FEWEST if study.hands_on(name) else FEWEST_GENERATOR
        if part < fewest:
            raise UserError(f"config, generators.{name}: {has}, fewer than {fewest}")
    for name in study.distorted(dataset):
        if part < FEWEST:
            raise UserError(f"config, samples.{name}: {has}, fewer than {FEWEST}")
    if study.reweighted(dataset) and part < study.n_entries(dataset):
        raise UserError(
            f"config, reweighting: {has}, fewer than the {study.n_entries(dataset)} that judge"
        )


def _check_trials(study: Study, dataset: str) -> None:
    """The truth that no study keeps for its end can be divided as trials divide it."""
    entry, n_entries = study.config["datasets"][dataset], study.n_entries(dataset)
    most = max((study.card(name)["fraction"] for name in study.faulty(dataset)), default=0)
    left = (1 - most) * (entry["generator"] + entry["classifier"] - n_entries)
    if left < n_entries:
        raise UserError(
            f"config, trials: {n_entries} {study.kind(dataset).several} of {dataset} judge, and "
            f"{left:.0f} are left for a sample of as many"
        )
