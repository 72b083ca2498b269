"""Remarks on the choices that were made for files on the command line."""

from __future__ import annotations

from typing import Any

from ultimetric.planning.dataset import Dataset
from ultimetric.planning.judge import BUNDLED, files_in, fitting_truths, takes_nearest
from ultimetric.planning.judge_sizes import ENOUGH, wanted_inputs


def remarks_on_files(
    config: dict[str, Any], datasets: dict[str, Dataset], inputs: list[str]
) -> list[str]:
    """Remarks on the bundled truth that was taken, if there are others, and on left out inputs.

    Arguments:
        config: The config as it was read.
        datasets: The datasets of the study.
        inputs: The inputs of the study.
    """
    if "file" not in config:
        return []
    ((name, dataset),) = datasets.items()
    several = dataset.kind.several
    remarks = [
        f"datasets.{name}: inputs {x} are left out: fewer than {ENOUGH} {several} of the truth or "
        "of a file have them"
        for x in wanted_inputs(config, dataset.kind)
        if x not in inputs
    ]
    return remarks + _on_choice(config, dataset)


def _on_choice(config: dict[str, Any], dataset: Dataset) -> list[str]:
    """A remark on the bundled truth, where no name of a dataset chose it and there are others."""
    if config.get("truth") not in (None, "", BUNDLED) or config.get("dataset"):
        return []
    bundled = fitting_truths(dataset)
    others = " or ".join(name for name in bundled if name != dataset.name)
    if not others:
        return []
    another = f"another one: dataset={others} (with make, DATASET=...)"
    if takes_nearest(config):
        taken = "this bundled truth is the nearest to the first file, of those that fit"
        return [f"datasets.{dataset.name}: {taken}; {another}"]
    nearest = dataset.checks.nearest(bundled, files_in(config["file"])[0], dataset.kind)
    but = f", but the first file is nearest to the bundled {nearest}" * (nearest != dataset.name)
    taken = f"no truth was named, so that it is the bundled {dataset.name}{but}"
    return [f"datasets.{dataset.name}: {taken}; {another}, or truth=... (TRUTH=...)"]
