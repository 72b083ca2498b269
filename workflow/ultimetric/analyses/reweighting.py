"""Refine a sample by its weights, and compare it with truth that was not used for them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.classifiers.fitting import out_of_fold, separated
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.subset import Subset
from ultimetric.data.duplicates import related_groups
from ultimetric.events import Entries, Events, Joined
from ultimetric.generators.base import Generator
from ultimetric.kinds.observables import Columns
from ultimetric.observed import ChosenRows, JoinedTables
from ultimetric.plugins import load_plugin
from ultimetric.reweighting.closure import closure
from ultimetric.reweighting.held_out import HeldOut, held_out_weights, learning_half
from ultimetric.reweighting.result import BASELINE, BEFORE, CONTROL, REWEIGHTED, Reweighted
from ultimetric.reweighting.second import second_test
from ultimetric.reweighting.unweighting import unweight, weight_numbers

log = logging.getLogger("ultimetric")


class Reweighting(Analysis):
    """Numbers of a sample before and after reweighting, on entries that did not train the weights.

    The weights are learned on one half of truth and sample. The other half gets the weights, is
    accepted or rejected by them, and is compared with the truth by a second classifier, which is
    trained on that half only.

    Options:
        method, inputs: The classifier, of both tests, and its inputs.
        largest: The largest weight; larger ones are clipped.
    """

    needs: ClassVar[tuple[str, ...]] = ("truth", "sample", "observables", "baseline", "control")
    writes: ClassVar[tuple[str, ...]] = ("events",)
    trains: ClassVar[bool] = True
    defaults: ClassVar[dict[str, Any]] = {"method": "", "inputs": "", "largest": 10.0}
    limits: ClassVar[dict[str, str]] = {"largest": "number > 0"}
    section: ClassVar[str] = "Samples after reweighting"
    tables: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "title": "Samples after reweighting",
            "text": "AUC of a second classifier against truth: of the sample as it is, of the "
            "sample accepted and rejected by its weights, of the baseline and of a positive "
            "control with its ideal AUC, all with as many entries. A sample whose weights are "
            "right has the AUC of the baseline. The last columns are the sums of the distances "
            "of all observables.",
            "columns": {
                "AUC before": "auc_before",
                "after": "auc_reweighted",
                "baseline": "auc_reweighted_baseline",
                "positive control": "auc_reweighted_control",
                "its ideal AUC": "ideal_auc_reweighted_control",
                "distance before": "closure_before_sum",
                "distance after": "closure_sum",
                "distance of the baseline": "closure_baseline_sum",
            },
            "needed": ["auc_reweighted"],
            "shaded": [
                "auc_before",
                "auc_reweighted",
                "auc_reweighted_baseline",
                "auc_reweighted_control",
            ],
        },
    )

    def run(self, given: Given) -> Result:
        torch.set_num_threads(given.classifier["card"].get("threads", 1))
        where = given.where(self.options["method"], self.options["inputs"])
        classifier = {**given.classifier, "inputs": where.inputs}
        seed = partial(given.seed_of, where.dataset, where.sample, "reweight")
        dataset, baseline = given.dataset, given.dataset.baseline
        assert baseline is not None  # as `needs` says
        tables = dataset.truth_observables, given.sample.observables, baseline.observables
        chosen = Subset.of(
            where.inputs,
            (dataset.truth, given.sample.events, baseline.events),
            JoinedTables(tables),
        )
        truth, sample, known = chosen.parts
        observed = [ChosenRows(x, rows) for x, rows in zip(tables, chosen.index, strict=True)]
        columns = JoinedTables(tuple(observed[:2]))
        seeds = [seed("weights", repeat) for repeat in range(given.repeats)]
        weights, truth_rows, sample_rows = _held_out(
            partial(out_of_fold, classifier, columns=columns), truth, sample, seeds, seed
        )
        truth, sample = truth[truth_rows], sample[sample_rows]
        unweighted = unweight(weights.sample, self.options["largest"], seed("unweight"))
        refined = sample[unweighted.kept]
        log.info("%d of %d %s kept", len(refined), len(sample), sample.kind.several)
        rng = np.random.default_rng(seed("independent"))
        others = rng.permutation(len(known))[: len(sample)]
        independent = known[others]
        faulty, ideal_auc = _planted(given.control, independent[: len(refined)], seed("control"))
        compared = {
            BEFORE: sample[rng.permutation(len(sample))[: len(refined)]],
            REWEIGHTED: refined,
            CONTROL: faulty,
            BASELINE: independent[: len(refined)],
        }
        scored = partial(separated, classifier)
        seeds = [seed("judge", repeat) for repeat in range(given.repeats)]  # of the second test
        found = Reweighted(
            tests={name: second_test(scored, truth, x, seeds) for name, x in compared.items()},
            ideal_auc=ideal_auc,
            weights=weights,
            unweighted=unweighted,
            numbers=weight_numbers(weights.truth, weights.sample, unweighted, seed("bootstrap")),
            closure=closure(
                _chosen(observed[0], truth_rows),
                _chosen(observed[1], sample_rows),
                _chosen(observed[2], others),
                weights.sample,
                seed("closure"),
            ),
        )
        note = f"accepted with the probability min(w / {unweighted.bound:.4g}, 1)"
        return Result(
            found.rows(where, given.repeats),
            events=refined,
            about={"sample": where.sample, "note": note},
        )


def _held_out(
    scored: Callable[..., Scores],
    truth: Events,
    sample: Events,
    seeds: list[int],
    seed: Callable[..., int],
) -> tuple[HeldOut, np.ndarray, np.ndarray]:
    """The weights of the half that trains no network, and its rows of truth and sample."""
    both = Joined((truth, sample))
    label = np.r_[np.ones(len(truth), np.int8), np.zeros(len(sample), np.int8)]
    groups = related_groups(both)
    learning = learning_half(label, groups, seed("halves"))
    scores = scored(both, label, groups, seeds, scored=~learning)
    weights = held_out_weights(scores, learning, seed("null"))
    truth_rows, sample_rows = (np.flatnonzero(~learning[label == side]) for side in (1, 0))
    return weights, truth_rows, sample_rows


def _planted(control: dict[str, Any], independent: Entries, seed: int) -> tuple[Entries, float]:
    """A positive control made of independent truth, and its ideal AUC."""
    generator = load_plugin(control["plugin"], Generator)(control["card"], independent.kind)
    generator.learn(independent, independent[:0], seed, None)
    ideal_auc = generator.ideal_auc
    assert ideal_auc is not None  # as of every planted fault
    return generator.sample(len(independent), seed), ideal_auc


def _chosen(table: Columns, rows: np.ndarray) -> Columns:
    """Chosen rows of a table of observables."""
    return {name: values[rows] for name, values in table.items()}
