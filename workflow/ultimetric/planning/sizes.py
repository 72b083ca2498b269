"""Whether the truths of a study have as many entries as their parts need."""

from __future__ import annotations

from ultimetric.errors import UserError
from ultimetric.planning.defaults import FEWEST_CLASSIFIER
from ultimetric.planning.samples import check_range, truth_entries
from ultimetric.planning.simulation import MOST_JOBS
from ultimetric.planning.study import Study


def check_sizes(study: Study) -> None:
    """The parts of each truth fit into its source, and samples of their size can be made.

    Raises:
        UserError: One sentence.
    """
    for dataset in study.datasets:
        entry, several = study.config["datasets"][dataset], study.kind(dataset).several
        within = check_range(study, dataset)
        if simulated := study.simulated(dataset):
            study.truth(dataset)
            n_entries = study.simulation(dataset).entries(simulated)
        else:
            n_entries = truth_entries(study, dataset)
        if study.n_entries(dataset) < FEWEST_CLASSIFIER:
            raise UserError(
                f"config, evaluate: final, but datasets.{dataset} has a final part of "
                f"{entry['final']} {several}, fewer than {FEWEST_CLASSIFIER}"
            )
        parts = [entry[part] for part in ("final", "generator", "classifier")]
        if sum(parts) > n_entries:
            raise UserError(
                f"config, datasets.{dataset}: {' + '.join(map(str, parts))} {several} are "
                f"asked for, {study.source(dataset)} has {n_entries}{within}"
            )
        if dataset in study.tried:
            _check_trials(study, dataset)
        if len(study.shards(dataset)) > MOST_JOBS:
            raise UserError(
                f"config, shard: {study.n_entries(dataset)} {several} of {dataset} are more "
                f"than {MOST_JOBS} shards"
            )
        if study.n_entries(dataset) > entry["generator"]:
            raise UserError(
                f"config, datasets.{dataset}: the baseline takes its {several} from the "
                f"generator part, {entry['generator']}, fewer than the "
                f"{study.n_entries(dataset)} that judge"
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
