"""The looks of samples in all figures of a study, and all labels."""

from __future__ import annotations

from typing import Any

from ultimetric.figures.palette import FOREMOST, colours, line_styles
from ultimetric.planning.generator import TRUTH
from ultimetric.planning.parts import Parts


def style_of(parts: Parts, dataset: str, shown: list[str]) -> dict[str, Any]:
    """Labels, colours, line styles and widths, without those of samples that are not shown.

    Arguments:
        parts: The parts of the study.
        dataset: The dataset of the figure.
        shown: The samples that it shows.
    """
    samples = parts.samples
    controls = _controls(parts)
    looks: dict[str, dict[str, Any]] = {
        "labels": labels(parts, [dataset]),
        "colours": colours_of(parts),
        "lines": line_styles(samples.names, controls),
        "widths": {name: FOREMOST for name in samples.names if name in parts.config.samples},
    }
    others = set(looks["colours"]) - set(shown)
    paper = parts.config.style.paper
    return {
        part: {name: look for name, look in found.items() if name not in others}
        for part, found in looks.items()
    } | ({"paper": paper} if paper else {})


def colours_of(parts: Parts) -> dict[str, str]:
    """The colour of each sample."""
    return colours(parts.samples.names, _controls(parts)) | parts.config.style.colours


def labels(parts: Parts, datasets: list[str]) -> dict[str, str]:
    """The labels of samples, inputs and more; that of the baseline names the truth's program."""
    kinds = [parts.datasets[dataset].kind for dataset in datasets]
    made_by = {kind.made_by for kind in kinds}
    name = made_by.pop() if len(made_by) == 1 else "truth"
    of_kinds = {name: text for kind in kinds for name, text in kind.labels.items()}
    return {**of_kinds, TRUTH: f"{name} vs {name}", **parts.config.style.labels}


def words(parts: Parts) -> dict[str, str]:
    """The names of all observables in sentences, such as "sparsity, layer 1"."""
    kinds = [dataset.kind for dataset in parts.datasets.values()]
    return {name: x.words or name for kind in kinds for name, x in kind.observables.items()}


def _controls(parts: Parts) -> list[str]:
    return [name for dataset in parts.datasets for name in parts.samples.controls(dataset)]
