"""Check that samples from files can be compared with their truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ultimetric.data.spectra import common_range
from ultimetric.errors import UserError
from ultimetric.events import EventFile
from ultimetric.kinds.base import Kind
from ultimetric.planning import settings
from ultimetric.planning.checks import Checks
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.study import Study
from ultimetric.seeds import seed_from


def check_range(dataset: Dataset) -> str:
    """Check the range to which a dataset is cut, and return its text for messages.

    Raises:
        UserError: It is not a range, or the truth is simulated.
    """
    kind = dataset.kind
    if kind.condition is None or kind.condition_range is None:
        return ""
    low, high = kind.condition_range
    place = f"{dataset.place}.{kind.range_option}"
    if dataset.simulated:
        raise UserError(f"{place}: this truth is made here; give the range in its source")
    if low > high:
        raise UserError(f"{place}: {low:g} is more than {high:g}")
    return f" of {low:g} to {high:g} {kind.condition.unit}".rstrip()


def entries_within(checks: Checks, path: Path, kind: Kind) -> int:
    """The number of entries of a file within the range to which its dataset is cut.

    Raises:
        UserError: The file does not fit.
    """
    n_entries = checks.entries(path, kind)
    if kind.condition_range is None:
        return n_entries
    return checks.entries_within(path, kind, kind.condition_range)


def check_samples(study: Study) -> list[str]:
    """Check that each sample from a file can be compared, and return remarks for users.

    If the truth is not here yet, the job that reads the sample makes the check.

    Raises:
        UserError: A sample has too few entries, or other conditions than its truth.
    """
    return [
        f"samples.{name}: {note}"
        for dataset in study.datasets.values()
        for name in study.samples.files(dataset.name)
        for note in _notes(study, dataset, name)
    ]


def proposed_range(kind: Kind, truth: Path, samples: Sequence[Path]) -> tuple[float, float] | None:
    """The range of the condition in which samples can be compared with a truth.

    Arguments:
        kind: The kind of all of them.
        truth: The checked file of the truth.
        samples: The checked files of the samples.

    Returns:
        Its lowest and highest value; None if they cover all of the truth, or nothing, or if there
        is no continuous condition.
    """
    if kind.condition is None or kind.condition.classes:
        return None
    first, *others = (EventFile(path, kind).condition[:, 0] for path in (truth, *samples))
    return common_range(first, others)


def _notes(study: Study, dataset: Dataset, sample: str) -> list[str]:
    truth = dataset.files
    if dataset.made_here and not all(path.exists() for path in truth):
        return []
    ingest = settings.ingest(study.parts, dataset.name, sample)
    return study.checks.match(
        truth,
        study.samples.file(sample),
        dataset.stored_as,
        n_entries=ingest["entries"],
        seed=seed_from(ingest["seed"], dataset.name, sample, "ingest"),
        limits=ingest.get("range"),
    )
