"""Cross-fit one classifier on events of two classes: its folds, its inputs, its ensemble."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.folds import assign_fold_parts, fold_of, scored_only
from ultimetric.classifiers.protocols import PROTOCOLS
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.subset import Subset
from ultimetric.classifiers.trained import Trained
from ultimetric.data.duplicates import related_groups
from ultimetric.errors import refusal
from ultimetric.events import Events
from ultimetric.kinds.observables import Columns
from ultimetric.models.quantiles import Quantiles
from ultimetric.observed import inputs_of
from ultimetric.plugins import load_plugin

log = logging.getLogger("ultimetric")


def out_of_fold(
    cfg: dict[str, Any],
    events: Events,
    label: np.ndarray,
    groups: np.ndarray,
    seeds: list[int],
    fraction: float = 1.0,
    scored: np.ndarray | None = None,
    columns: Columns | None = None,
) -> Scores:
    """Score every event with networks that did not learn from it.

    Arguments:
        cfg: {"plugin", "card", "inputs"}: the classifier and its inputs.
        events: The entries of both classes (N), which have the inputs.
        label: 1 for the first class, truth, 0 for the second (N,).
        groups: The groups (N,) of events that stay in one fold.
        seeds: The random seed of each repeat (R).
        fraction: The share of the training events to use.
        scored: The events that no network learns from (N,), bool; by default none.
        columns: Their observables by name (N,), for inputs made of them; computed if not given.
    """
    fold_parts = np.stack([assign_fold_parts(label, groups, seed) for seed in seeds], axis=1)
    if scored is not None:
        fold_parts = scored_only(fold_parts, scored)
    inputs = seen(cfg["inputs"], events, columns)
    fit = _made(cfg, events).fit(inputs, label, fold_parts, seeds, fraction)
    return Scores(label, fold_of(fold_parts), fit, groups)


def in_runs(
    cfg: dict[str, Any],
    events: Events,
    label: np.ndarray,
    groups: np.ndarray,
    seeds: list[int],
    columns: Columns | None = None,
) -> Scores:
    """Score events by a published protocol, with one network in each run.

    Arguments:
        cfg: As of `out_of_fold`, with the name of the "protocol".
        events, label, groups, seeds, columns: As of `out_of_fold`.

    Raises:
        UserError: The classifier is none that is trained in epochs.
    """
    protocol = PROTOCOLS[cfg["protocol"]]
    classifier, inputs = _made(cfg, events), inputs_of(cfg["inputs"], events, columns)
    if not isinstance(classifier, Trained):
        raise refusal(classifier, f"has protocol {cfg['protocol']}", "a subclass of Trained")
    part = np.stack([protocol.divide(label, seed) for seed in seeds], axis=1)
    fit = classifier.fit_parts(inputs, label, part, seeds)
    return Scores(label, np.zeros_like(part), fit, groups, part)


def seen(name: str, events: Events, columns: Columns | None) -> np.ndarray:
    """The inputs (N, D) as classifiers see them that are cross-fitted.

    Arguments:
        name: The name of the inputs.
        events: The entries of all classes.
        columns: Their observables by name (N,), for inputs made of them; computed if not given.
    """
    values = inputs_of(name, events, columns)
    return normal_scores(values) if events.kind.inputs[name].peaked else values


def normal_scores(x: np.ndarray) -> np.ndarray:
    """Inputs (N, D), each on its own mapped to a normal distribution over all entries.

    The map rises and is the same for all classes, so that it tells nothing, and takes away only
    the order of the outermost 2e-4 on either side.
    """
    found = torch.as_tensor(x)
    quantiles = Quantiles(x.shape[1])
    quantiles.fit(found)
    return quantiles(found).numpy().astype(x.dtype)


def _made(cfg: dict[str, Any], events: Events) -> Classifier:
    """The classifier of the settings."""
    layout = events.kind.inputs[cfg["inputs"]].layout(events.kind)
    return load_plugin(cfg["plugin"], Classifier)(cfg["card"], layout)


def separated(
    cfg: dict[str, Any],
    truth: Events,
    sample: Events,
    seeds: list[int],
    fraction: float = 1.0,
    columns: Columns | None = None,
) -> Scores:
    """Score truth and a sample, of which near or exact duplicates stay in one fold.

    Only entries that have the inputs are scored. With a "protocol" in the settings, the scores
    are those of its runs.

    Arguments:
        truth: The entries of the truth.
        sample: The entries of the sample.
        cfg, seeds, fraction, columns: As of `out_of_fold`.

    Raises:
        UserError: Too few entries of a class have the inputs.
    """
    chosen = Subset.of(cfg["inputs"], (truth, sample), columns)
    both, columns = chosen.joined, chosen.columns
    label = np.repeat(np.array([1, 0], np.int8), chosen.sizes)
    groups = related_groups(both)
    log.info("%d near or exact duplicates", len(both) - len(np.unique(groups)))
    if "protocol" in cfg:
        scores = in_runs(cfg, both, label, groups, seeds, columns)
    else:
        scores = out_of_fold(cfg, both, label, groups, seeds, fraction, columns=columns)
    return scores if chosen.whole else replace(scores, index=np.concatenate(chosen.index))
