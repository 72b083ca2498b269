"""Compare a sample with the truth, in one call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from ultimetric.analyses.classifier import numbers_of
from ultimetric.analyses.findings import Findings, findings_of
from ultimetric.analyses.numbers import Where, number_rows, number_table, with_note
from ultimetric.by_name import classifier, load_kind
from ultimetric.classifiers.fitting import separated
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.comparison import Comparison
from ultimetric.data.matching import match_conditions
from ultimetric.data.spectra import within
from ultimetric.errors import UserError
from ultimetric.events import Entries, Events, read_events
from ultimetric.kinds.base import Kind
from ultimetric.kinds.observables import Columns
from ultimetric.observed import JoinedTables, compute
from ultimetric.randomness import generators_kept
from ultimetric.seeds import seed_from

Source = str | Path | Events | np.ndarray


def compare(
    truth: Source,
    sample: Source,
    kind: str | Kind = "showers",
    method: str = "dnn",
    inputs: str | None = None,
    *,
    card: str | None = None,
    repeats: int = 3,
    seed: int = 1,
    findings: bool = True,
    **options: Any,
) -> Comparison:
    """Train a classifier on truth against a sample, and find how and where they differ.

    The sample's conditions, such as incident energies, are matched to the truth's if they differ.
    Equal arguments give equal numbers on one machine.

    Arguments:
        truth, sample: The paths of files in a format of the kind; or entries in memory, as
            `read_events` or `Kind.entries` give them; or arrays (N, values) of a kind without a
            condition.
        kind: The kind of data: its name, the path of a .py file, or what `load_kind` returned.
            Entries in memory bring theirs.
        method: The classifier: its name, or the path of a .py file.
        inputs: What the classifier sees of an entry; by default the first inputs of the kind that
            are made of observables, else its first.
        card: The name of the classifier's hyper-parameters (default cpu).
        repeats: The number of trainings over which scores are averaged, each with folds of its
            own.
        seed: The random seed.
        findings: Whether observables are searched for differences.
        options: The options of the kind, such as `geometry` of showers.

    Raises:
        UserError: A file does not fit, there is no such name, or the two cannot be compared.

    >>> from ultimetric import bundled, load_kind, read_events
    >>> showers = read_events(bundled("eplus"), load_kind("showers"))
    >>> result = compare(showers[:300], showers[300:600], card="tiny", repeats=1)
    >>> abs(result.auc.value - 0.5) < 4 * result.auc.error, len(result.findings)
    (True, 0)
    """
    if repeats < 1:
        raise UserError(f"compare: repeats is {repeats}, at least 1 is needed")
    kind = _kind_of(kind, options, truth, sample)
    inputs = _default_inputs(kind) if inputs is None else inputs
    module, hyperparameters = classifier(method, card)
    settings = {"plugin": module, "card": hyperparameters, "inputs": inputs}
    true, drawn, notes = _matched(truth, sample, kind, seed)
    tables = compute(true), compute(drawn)
    seeds = [seed_from(seed, method, inputs, repeat) for repeat in range(repeats)]
    scores = _scored(settings, true, drawn, tables, seeds)
    weights = weigh(scores, seed_from(seed, method, inputs, "null"))
    numbers = numbers_of(weights, np.random.default_rng(seed_from(seed, "metric")))
    auc, jsd, pvalue = numbers["auc"], numbers["jsd_weights"], numbers["pvalue"].value
    where = Where(_name(truth, "truth"), _name(sample, "sample"), method, inputs)
    found = None
    if findings:
        values, seed_of_findings = Findings.defaults["values"], seed_from(seed, "find")
        number, found, _ = findings_of(
            where, true, drawn, tables, weights, values, seed_of_findings
        )
        numbers |= number
    table = with_note(number_table(number_rows(where, weights, numbers)), "; ".join(notes))
    return Comparison(
        truth=true,
        sample=drawn,
        method=method,
        inputs=inputs,
        auc=auc,
        jsd=jsd,
        pvalue=pvalue,
        weights=weights,
        table=table,
        findings=found,
        notes=tuple(notes),
    )


def _matched(
    truth: Source, sample: Source, kind: Kind, seed: int
) -> tuple[Entries, Entries, list[str]]:
    """The entries of both that are compared, and notes for the reader of the numbers."""
    notes = [note for source in (truth, sample) for note in _notes(source, kind)]
    true = _entries(truth, kind, "truth")
    if kind.condition_range is not None:
        true = true[within(true.condition, kind.condition_range)]
    drawn = _entries(sample, kind, "sample")
    match = match_conditions(
        true.condition,
        drawn.condition,
        len(true),
        seed_from(seed, "match"),
        "the sample",
        kind,
        kind.condition_range,
    )
    drawn = drawn[match.rows]
    return true, drawn, [*notes, *match.notes, *kind.oddities(drawn, true)]


def _scored(
    settings: dict[str, Any],
    true: Entries,
    drawn: Entries,
    tables: tuple[Columns, Columns],
    seeds: list[int],
) -> Scores:
    """The scores of a classifier, cross-fitted once for each seed; see `fitting.separated`."""
    with _threads(settings["card"].get("threads", 1)), generators_kept():
        return separated(settings, true, drawn, seeds, columns=JoinedTables(tables))


def _kind_of(kind: str | Kind, options: dict[str, Any], *sources: Source) -> Kind:
    """The kind of entries in memory, or the kind that is given or named."""
    known = [source.kind for source in sources if isinstance(source, Events)]
    if known and known[-1].title != known[0].title:
        raise UserError(f"compare: the truth has {known[0].title}, the sample {known[-1].title}")
    if not known and isinstance(kind, str):
        return load_kind(kind, **options)
    if options:
        names = ", ".join(options)
        raise UserError(f"compare: {names}: the kind is given with its options already")
    return known[0] if known else cast(Kind, kind)


def _default_inputs(kind: Kind) -> str:
    made_of_observables = (x for x, inputs in kind.inputs.items() if inputs.reads_observables)
    return next(made_of_observables, next(iter(kind.inputs), ""))


def _entries(source: Source, kind: Kind, role: str) -> Entries:
    """The entries of a file or an array, in memory."""
    if isinstance(source, Events):
        return source[:]
    if not isinstance(source, np.ndarray):
        return read_events(source, kind)
    if kind.condition is not None:
        raise UserError(
            f"compare: the array of the {role} has no {kind.condition.words}; give "
            "kind.entries(condition, data)"
        )
    if source.ndim != 2 or source.shape[1] != kind.n_values or not np.isfinite(source).all():
        raise UserError(
            f"compare: the array of the {role} has shape {source.shape}; finite numbers of shape "
            f"(N, {kind.n_values}) are needed"
        )
    return kind.entries(np.empty((len(source), 0)), source.astype(np.float32))


def _name(source: Source, role: str) -> str:
    """The name of a file or an array in tables."""
    return Path(source).stem if isinstance(source, str | Path) else role


def _notes(source: Source, kind: Kind) -> list[str]:
    """Notes on how a file was stored, for the reader of the numbers."""
    if isinstance(source, str | Path):
        return kind.format_of(source).notes(source, kind)
    return []


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """Use the number of torch threads of the hyper-parameters."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
