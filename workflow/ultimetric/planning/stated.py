"""The costs that files state: of samples that come as files, and of the truth."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ultimetric.planning.parts import Parts

Rows = list[dict[str, Any]]


def stated(parts: Parts, dataset: str, samples: Iterable[str] | None = None) -> Rows:
    """The stated costs of samples of a dataset and of its truth, as plain data.

    Arguments:
        parts: The parts of the study.
        dataset: The dataset.
        samples: The samples; by default all, in the order of the alphabet.

    Raises:
        UserError: A file of costs is no table of costs.
    """
    of, entries = parts.datasets[dataset], parts.config.samples
    # A truth that is still to be made, or to come, states nothing yet.
    truth = of.source if of.source.exists() else None
    found = of.checks.costs_of_truth(truth, of.costs, of.kind)
    for name in sorted(parts.samples.of(dataset)) if samples is None else samples:
        if name in entries and (path := entries[name].costs) is not None:
            found = [*found, *of.checks.costs(Path(path), name, of.kind)]
    return found
