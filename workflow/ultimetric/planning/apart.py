"""Check that a truth in two files is two truths."""

from __future__ import annotations

from ultimetric.errors import UserError
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.downloads import GENERATOR


def check_apart(dataset: Dataset) -> None:
    """Refuse a file that is both for generators and for comparisons, under one name or two.

    Files with some common entries are found by the job that divides them.

    Raises:
        UserError: There is such a file.
    """
    if common := _common(dataset):
        raise UserError(
            f"{dataset.place}.source: the content of {common} is both `generator` and `held_out`, "
            f"so samples would be compared with the {dataset.kind.several} that generators were "
            "trained on"
        )


def _common(dataset: Dataset) -> str | None:
    """The name of a file of the held-out truth that is one for generators, too."""
    if found := dataset.download:
        known = [file.identity for file in found.files(GENERATOR)]
        files = found.files(found.compared)
        return next((file.name for file in files if file.identity in known), None)
    path = dataset.generator_source
    if path is None or dataset.checks.sha256(path) != dataset.checks.sha256(dataset.source):
        return None
    return str(dataset.source)
