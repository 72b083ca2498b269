"""Refine a sample by its weights, and let a second classifier judge what that gave."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.fitting import out_of_fold
from ultimetric.data.duplicates import related_groups
from ultimetric.events import Entries, EventFile, Joined, write_events
from ultimetric.generators.base import Generator
from ultimetric.kinds.base import load_kind
from ultimetric.metrics.base import write_rows
from ultimetric.observed import Table
from ultimetric.plugins import load_plugin
from ultimetric.reweighting.closure import closure
from ultimetric.reweighting.held_out import HeldOut, held_out_weights, learning_half
from ultimetric.reweighting.judging import judge
from ultimetric.reweighting.result import CONTROL, Result
from ultimetric.reweighting.unweighting import unweight, weight_numbers
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths, log


def reweight(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    torch.set_num_threads(cfg["card"].get("threads", 1))
    kind = load_kind(cfg["kind"])
    truth, sample, independent = (
        EventFile(files[name][0], kind) for name in ("truth", "sample", "independent")
    )
    seed = partial(seed_from, cfg["seed"], cfg["dataset"], cfg["sample"], "reweight")
    weights, truth_rows, sample_rows = _held_out(cfg, truth, sample, seed)
    truth, sample = truth[truth_rows], sample[sample_rows]
    unweighted = unweight(weights.sample, cfg["largest"], seed("unweight"))
    refined = sample[unweighted.kept]
    log.info("%d of %d showers kept", len(refined), len(sample))
    rng = np.random.default_rng(seed("independent"))
    chosen = rng.permutation(len(independent))[: len(sample)]
    independent = independent[chosen]
    faulty, ideal_auc = _planted(cfg, independent[: len(refined)], seed("control"))
    judged = {
        "auc_before": sample[rng.permutation(len(sample))[: len(refined)]],
        "auc_reweighted": refined,
        CONTROL: faulty,
        "auc_reweighted_floor": independent[: len(refined)],
    }
    seeds = [seed("judge", repeat) for repeat in range(cfg["repeats"])]
    tables = (
        Table(files[name][0], rows)
        for name, rows in (
            ("truth_observables", truth_rows),
            ("observables", sample_rows),
            ("independent_observables", chosen),
        )
    )
    result = Result(
        verdicts={name: judge(cfg, truth, events, seeds) for name, events in judged.items()},
        ideal_auc=ideal_auc,
        weights=weights,
        unweighted=unweighted,
        numbers=weight_numbers(weights.truth, weights.sample, unweighted, seed("bootstrap")),
        closure=closure(*tables, weights.sample, seed("closure")),
    )
    write_rows(outputs["rows"], result.rows(cfg))
    note = f"accepted with the probability min(w / {unweighted.bound:.4g}, 1)"
    write_events(outputs["refined"], refined, sample=cfg["sample"], note=note)


def _held_out(
    cfg: dict[str, Any], truth: EventFile, sample: EventFile, seed: Callable[..., int]
) -> tuple[HeldOut, np.ndarray, np.ndarray]:
    """Weights of the half that networks do not learn from, and its rows of truth and sample."""
    both = Joined((truth, sample))
    label = np.r_[np.ones(len(truth), np.int8), np.zeros(len(sample), np.int8)]
    groups = related_groups(both)
    learning = learning_half(label, groups, seed("halves"))
    seeds = [seed("weights", repeat) for repeat in range(cfg["repeats"])]
    scores = out_of_fold(cfg, both, label, groups, seeds, scored=~learning)
    weights = held_out_weights(scores, learning, seed("null"))
    return weights, *(np.flatnonzero(~learning[label == side]) for side in (1, 0))


def _planted(cfg: dict[str, Any], independent: Entries, seed: int) -> tuple[Entries, float]:
    """A power control of independent truth, and its ideal AUC."""
    control = load_plugin(cfg["control"]["plugin"], Generator)(
        cfg["control"]["card"], independent.kind
    )
    control.learn(independent, independent[:0], seed, None)
    return control.sample(len(independent), seed), control.ideal_auc
