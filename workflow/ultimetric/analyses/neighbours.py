"""Mode collapse and memorisation: events that are too near to each other or to the training."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number
from ultimetric.events import Events
from ultimetric.observed import inputs_of
from ultimetric.statistics.nearest import beside, permuted, pool_of, pvalue, training_share, within
from ultimetric.statistics.pvalues import p_text

EVENTS = 4000
LEVEL = 0.01  # chance of each of the two verdicts on independent truth, at most
FEW = 0.01  # share of events; below, the truth has as many near duplicates here and there
COLLAPSED, COPIES = "collapsed", "copies of training showers"
REMEMBERS = "remembers training showers"


class Neighbours(Analysis):
    """Euclidean distances in inputs in units of the truth's standard deviations.

    Each event stands for all its images under the symmetries of its kind, such as the mirror
    images of a shower, since generators may mirror what they learn from. Rows, all from equal
    numbers of events:

    - `within_ratio`, `within_close`, `repeated`: nearest neighbours within the sample beside those
      within the truth (see `nearest.within`); `within_pvalue` is that of their
      Kolmogorov-Smirnov distance. The null exchanges truth and sample; errors are its widths.
      Smooth samples repeat next to nothing, whatever else is wrong with them: more than 1 %
      `repeated`, with p below 1 %, is noted as collapsed.
    - `training_share`: share of sample events nearer to the generator's training truth than to
      unseen truth, 0.5 for an honest generator. `training_log_ratio` and `training_copies`: see
      `nearest.beside`; the null exchanges training and unseen truth. For generators with a memory
      only. With p of the share below 1 % the generator is noted to remember; to hand out copies
      if they are more than 1 % as well.

    Options:
        inputs: The inputs in which distances are measured, default high_level.
        events: The largest number of each kind, default 4000.
        training: Whether there are rows of the memory, default false.
    """

    optional: ClassVar = ("learned",)
    section: ClassVar = "Unusual entries"
    defaults: ClassVar = {"inputs": "high_level", "events": EVENTS, "training": False}
    limits: ClassVar = {"events": "whole >= 2"}

    def run(self, given: Given) -> Result:
        """Three rows and a p-value on collapse; three on memory if there is training truth."""
        name, seen = self.options["inputs"], given.dataset.training
        sets: list[Events] = [given.dataset.truth, given.sample.events]
        sets += [seen] if self.options["training"] and seen is not None else []
        n_events = min(self.options["events"], *map(len, sets))
        points = [_inputs(name, events, n_events) for events in sets]
        centre, width = points[0].mean(0), points[0].std(0)
        truth, sample, *training = [(x - centre) / np.where(width > 0, width, 1) for x in points]
        rng = given.rng("metric")
        numbers = _collapse(truth, sample, rng)
        for points_seen in training:
            numbers |= _memory(truth, sample, points_seen, rng)
        where = given.where("neighbours", name)
        rows = [x.row(where, metric, n_test=2 * n_events) for metric, x in numbers.items()]
        return Result(rows)


def _inputs(name: str, events: Events, most: int) -> np.ndarray:
    """Inputs (N, D) of the first events, each turned to the image that stands for all."""
    return inputs_of(name, events.kind.canonical(events[slice(most)])).astype(np.float64)


def _collapse(
    truth: np.ndarray, sample: np.ndarray, rng: np.random.Generator
) -> dict[str, Number]:
    kind = np.repeat([False, True], [len(truth), len(sample)])
    found, null = permuted(within, pool_of(np.concatenate([truth, sample])), kind, rng)
    numbers = {f"within_{x}": Number(found[x], _width(null[x])) for x in ("ratio", "close")}
    numbers["within_pvalue"] = Number(pvalue(found["ks"], null["ks"]))
    repeated, others = found["repeated"], null["repeated"]
    note = _note(pvalue(repeated, others), COLLAPSED if repeated > FEW else "")
    return numbers | {"repeated": Number(repeated, _width(others), note=note)}


def _memory(
    unseen: np.ndarray, sample: np.ndarray, training: np.ndarray, rng: np.random.Generator
) -> dict[str, Number]:
    kind = np.repeat([False, True], [len(unseen), len(training)])
    pool = pool_of(np.concatenate([unseen, training]), sample)
    share, error, chance = training_share(pool, kind)
    found, null = permuted(beside, pool, kind, rng)
    note = _note(chance, COPIES if found["copies"] > FEW else REMEMBERS)
    numbers = {f"training_{x}": Number(found[x], _width(null[x])) for x in found}
    return {"training_share": Number(share, error, note=note)} | numbers


def _width(null: np.ndarray) -> float:
    return float(null.std(ddof=1))


def _note(chance: float, verdict: str) -> str:
    """The p-value, and what it means if it is small."""
    return p_text(chance) + (f"; {verdict}" if verdict and chance < LEVEL else "")
