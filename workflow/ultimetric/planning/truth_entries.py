"""How many entries the truth of a dataset has."""

from __future__ import annotations

from ultimetric.downloads.published import GENERATOR
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.given_samples import entries_within


def held_out_entries(dataset: Dataset) -> int | None:
    """The number of entries of the truth, or of the held-out truth if that has files of its own.

    Returns:
        Those within the range to which the dataset is cut; None if a download has to tell.

    Raises:
        UserError: A file does not fit.
    """
    if dataset.simulated:
        return dataset.simulation.entries(dataset.simulated)
    if dataset.download:
        return _published(dataset, dataset.download.compared)
    return entries_within(dataset.checks, dataset.source, dataset.stored_as)


def generator_entries(dataset: Dataset) -> int | None:
    """The number of entries for generators where the held-out truth has files of its own.

    Returns and raises as `held_out_entries`; without such files there are 0.
    """
    if dataset.download:
        return _published(dataset, GENERATOR)
    file = dataset.generator_source
    return entries_within(dataset.checks, file, dataset.stored_as) if file else 0


def _published(dataset: Dataset, part: str) -> int | None:
    assert dataset.download is not None
    stated, kind = dataset.download.entries(part), dataset.stored_as
    if stated is not None and kind.condition_range is None:
        return stated
    paths = dataset.download.paths(part)
    if not all(path.exists() for path in paths):
        return None
    return sum(entries_within(dataset.checks, path, kind) for path in paths)
