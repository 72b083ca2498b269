"""Which inputs, and how much truth, a comparison of files on the command line takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.data.splits import FEWEST
from ultimetric.kinds.base import Kind
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.given_samples import proposed_range

MOST = 4000  # entries per class, so that the answer takes a minute
# Entries with inputs that not all have, so that hardly any random part has fewer than FEWEST.
ENOUGH = 75
SHARE_LEFT = 0.1  # of the truth, at least, for baseline and positive control


def wanted_inputs(config: dict[str, Any], kind: Kind) -> list[str]:
    """The inputs of a config, if they are default inputs of the kind; else all of these."""
    own = [name for name, inputs in kind.inputs.items() if inputs.by_default]
    given = config.get("inputs") or own
    return given if set(given) <= set(own) else own


def inputs_of_too_few(dataset: Dataset, files: list[Path], inputs: list[str]) -> list[str]:
    """Those of the inputs that fewer than ENOUGH entries of the truth or of a file have."""
    known = files if dataset.download else [dataset.source, *files]
    return [
        x
        for x in _of_some(dataset, inputs)
        if min(_with(dataset, x, path) for path in known) < ENOUGH
    ]


def _of_some(dataset: Dataset, inputs: list[str]) -> list[str]:
    """Those of the inputs that only some entries have."""
    return [name for name in inputs if not dataset.kind.inputs[name].of_all]


def _with(dataset: Dataset, inputs: str, path: Path) -> int:
    return dataset.checks.entries_with(inputs, path, dataset.kind)


def sizes_of_parts(dataset: Dataset, files: list[Path], inputs: list[str]) -> dict[str, Any]:
    """The sizes of the parts of the truth, and the range of conditions if it is cut.

    Arguments:
        dataset: The dataset.
        files: The files to compare.
        inputs: Inputs, of which the baseline has enough entries.
    """
    if dataset.download:
        return {"classifier": MOST, "generator": MOST, "final": 0}
    kind, truth = dataset.stored_as, dataset.source
    has = dataset.checks.entries(truth, kind)
    part: dict[str, Any] = {}
    if found := proposed_range(kind, truth, files):
        part[kind.range_option] = list(found)
        has = dataset.checks.entries_within(truth, kind, found)
    # A study with too few entries for a baseline has none.
    fewest = max(
        [FEWEST, *(ENOUGH * has // _with(dataset, x, truth) for x in _of_some(dataset, inputs))]
    )
    left = max(fewest, int(SHARE_LEFT * has)) if has >= fewest / SHARE_LEFT / 2 else 0
    tested = min(MOST, has - left)
    return part | {"classifier": tested, "generator": min(has - tested, MOST), "final": 0}
