"""Mode collapse and memorisation: entries too near each other or the training truth."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number
from ultimetric.classifiers.subset import Subset
from ultimetric.events import Events
from ultimetric.observed import inputs_of
from ultimetric.statistics.nearest import beside, permuted, pool_of, pvalue, training_share, within
from ultimetric.statistics.pvalues import p_text

EVENTS = 4000
LEVEL = 0.01  # chance of each of the two verdicts on independent truth, at most
FEW = 0.01  # share of entries; truth may have as many near duplicates
COLLAPSED, COPIES = "collapsed", "copies of training showers"
MEMORISES = "memorises training showers"


class Neighbours(Analysis):
    """Nearest-neighbour distances in inputs, in units of the truth's standard deviations.

    Each entry is brought to its canonical orientation under the symmetries of its kind, such as
    mirror images, since generators may be trained on mirrored events. All sets have equal numbers
    of entries:

    - `within_ratio`, `within_close`, `repeated`: nearest neighbours within the sample compared
      with those within the truth (see `nearest.within`); `within_pvalue` is that of their
      Kolmogorov-Smirnov distance. Under the null hypothesis truth and sample are exchangeable;
      errors are the widths of its distribution. A sample without mode collapse has nearly no
      `repeated` entries: more than 1 %, with p below 1 %, is noted as collapsed.
    - `training_share`: the share of sample entries nearer to the generator's training truth than
      to held-out truth, 0.5 without memorisation. `training_log_ratio` and `training_copies`: see
      `nearest.beside`. Under the null hypothesis training and held-out truth are exchangeable. A
      share with p below 1 % is noted as memorisation, and with more than 1 % copies as copies.
      Generators that cannot memorise have none of these.

    Options:
        inputs: The inputs in which distances are measured, default high_level.
        events: The largest number of entries of each set, default 4000.
        training: Whether to compare with the training truth, default false.
    """

    optional: ClassVar = ("learned",)
    section: ClassVar = "Unusual entries"
    defaults: ClassVar = {"inputs": "high_level", "events": EVENTS, "training": False}
    limits: ClassVar = {"events": "whole >= 2"}
    tables: ClassVar = (
        {
            "title": "Mode collapse and memorisation",
            "text": "Nearest neighbours in the inputs. Without mode collapse nearly no entry of "
            "the sample is repeated, that is, at least twice as near to another entry of the "
            "sample as to any of the truth, and the ratio of the median distances, within the "
            "sample over within the truth, is 1. Without memorisation half of the sample is "
            "nearer to the generator's training truth than to held-out truth, and nearly no entry "
            "is a copy, at least twice as near to it. p is the chance of such a number if there "
            "is no such fault.",
            "name": "{dataset}, {inputs}",
            "where": {"method": ["neighbours"]},
            "columns": {
                "repeated": "repeated",
                "ratio of median distances": "within_ratio",
                "nearer to training truth": "training_share",
                "copies of training truth": "training_copies",
            },
            "notes": True,
        },
    )

    def run(self, given: Given) -> Result:
        """Three rows and a p-value on mode collapse, and three on memorisation."""
        name, seen = self.options["inputs"], given.dataset.training
        sets: list[Events] = [given.dataset.truth, given.sample.events]
        sets += [seen] if self.options["training"] and seen is not None else []
        sets = list(Subset.of(name, tuple(sets), None).parts)
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
    """The inputs (N, D) of the first entries in their canonical orientation."""
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
    note = _note(chance, COPIES if found["copies"] > FEW else MEMORISES)
    numbers = {f"training_{x}": Number(found[x], _width(null[x])) for x in found}
    return {"training_share": Number(share, error, note=note)} | numbers


def _width(null: np.ndarray) -> float:
    return float(null.std(ddof=1))


def _note(chance: float, verdict: str) -> str:
    """The p-value, with a verdict if it is small."""
    return p_text(chance) + (f"; {verdict}" if verdict and chance < LEVEL else "")
