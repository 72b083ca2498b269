"""Figures of synthetic samples: what they are given, and what is found in them."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure as Canvas
from places import REPOSITORY

from ultimetric.analyses.given import DatasetFiles, SampleFiles
from ultimetric.analyses.numbers import number_table
from ultimetric.classifiers.weights import History, Side, Weights
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.labels import BASELINE
from ultimetric.figures.style import look
from ultimetric.findings.table import FINDINGS
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.tables import frame_of

PACKAGE = REPOSITORY / "workflow" / "ultimetric"
FOLDERS = ("figures", "kinds/showers/figures")
SHOWERS = REPOSITORY / "workflow" / "resources" / "showers" / "eplus.hdf5"
GEOMETRY = Geometry.from_config(geometry_config("calogan_coarse"))
KIND = ShowerKind.of(GEOMETRY)
THINNED = "#123456"  # the colour of the sample `thinned`
NAMES = [BASELINE, "thinned", "planted"]
CONTROLS = (BASELINE, "planted")
NOTE = "incident energies differ, matched by stratified resampling: 450 showers"
N, LINES, STEPS = 900, 6, 5
# Roles of files that are called otherwise among those of the truth, or of a sample.
OF_TRUTH = {"truth": "truth", "observables": "truth_observables"}
OF_SAMPLE = {"sample": "events"}


def acceptance(energy: np.ndarray) -> np.ndarray:
    """The share of showers of an energy that `thinned` keeps."""
    return 0.1 + 0.9 * energy / 100


def figures_in(*folders: str) -> dict[str, type[Figure]]:
    """Every figure that a module of the folders defines, by the name of the module."""
    found = {}
    for folder in folders:
        for path in sorted((PACKAGE / folder).glob("[a-z]*.py")):
            module = importlib.import_module(f"ultimetric.{folder.replace('/', '.')}.{path.stem}")
            for _, member in inspect.getmembers(module, inspect.isclass):
                own = issubclass(member, Figure) and member.__module__ == module.__name__
                if own and not inspect.isabstract(member):
                    found[path.stem] = member
    return found


FIGURES = figures_in(*FOLDERS)


def dataset_files(
    truth: Mapping[str, Path], samples: Mapping[str, Mapping[str, Path]], kind: ShowerKind = KIND
) -> DatasetFiles:
    """The dataset `eplus`: files of the truth, and of each sample, by what they hold."""
    of_samples = {name: SampleFiles(name, kind, dict(paths)) for name, paths in samples.items()}
    return DatasetFiles("eplus", kind, dict(truth), of_samples)


def numbers(*rows: Mapping[str, Any]) -> Any:
    """A table of numbers of `eplus` by the DNN on high-level inputs, where a row says no other."""
    common = {"dataset": "eplus", "method": "dnn", "inputs": "high_level"}
    return number_table(common | dict(row) for row in rows)


def findings(*rows: Mapping[str, Any]) -> Any:
    """A table of findings in `eplus`, as good as none where a row says nothing."""
    common = {"fraction": 0.1, "statistic": 99.0, "pvalue": 1e-9, "sentence": "It is wrong"}
    return frame_of(({"dataset": "eplus"} | common | dict(row) for row in rows), FINDINGS)


def with_files(given: FigureInputs, sample: str, **paths: Path) -> FigureInputs:
    """What a figure is given, with other files of a sample."""
    files = given.samples[sample]
    changed = replace(files, paths={**files.paths, **paths})
    return replace(given, files=replace(given.files, samples={**given.samples, sample: changed}))


def only(given: FigureInputs, *names: str) -> FigureInputs:
    """What a figure is given of some samples."""
    samples = {name: given.samples[name] for name in names}
    return replace(given, files=replace(given.files, samples=samples))


def declared(figure: type[Figure], given: FigureInputs) -> FigureInputs:
    """What a figure is given of all that there is: only what it declares."""
    roles = figure.needs + figure.optional
    of_truth = {name for role in roles if (name := OF_TRUTH.get(role))}
    of_samples = {OF_SAMPLE.get(role, role) for role in roles}
    samples = {
        name: replace(sample, paths={k: x for k, x in sample.paths.items() if k in of_samples})
        for name, sample in given.samples.items()
    }
    truth = {name: path for name, path in given.files.paths.items() if name in of_truth}
    return replace(
        given,
        files=replace(given.files, paths=truth, samples=samples),
        rows=given.rows if figure.analyses else given.rows[:0],
        costs=given.costs if "costs" in roles else given.costs[:0],
        findings=given.findings if "findings" in figure.analyses else None,
        arrays={key: x for key, x in given.arrays.items() if key[0] in figure.analyses},
    )


def draw(module: str, given: FigureInputs, paper: str | None = None, **options: Any) -> Canvas:
    """The figure of a module, given what it declares; for a paper, if its width is named."""
    figure = FIGURES[module]
    with look(paper):
        drawn = figure(options).draw(declared(figure, given))
        drawn.canvas.draw()
    return drawn


def all_axes(drawn: Canvas) -> list[Axes]:
    """Axes, and axes within them."""
    return [axes for panel in drawn.axes for axes in (panel, *panel.child_axes)]


def words(drawn: Canvas) -> str:
    """All texts of a figure."""
    return "\n".join(text.get_text() for text in drawn.findobj(lambda x: hasattr(x, "get_text")))


def steps(axes: Axes, colour: str, dashed: bool) -> Any:
    """The stairs of a colour in an axes."""
    found = [
        patch
        for patch in axes.patches
        if patch.get_edgecolor() == to_rgba(colour)
        and (patch.get_linestyle() not in ("-", "solid")) == dashed
    ]
    assert len(found) == 1
    return found[0].get_data()


def points(axes: Axes) -> list[tuple[float, float]]:
    """Where error bars have their points."""
    return [
        (float(x), float(y))
        for container in axes.containers
        if isinstance(container, ErrorbarContainer)
        for x, y in zip(*container[0].get_data(), strict=True)
        if np.isfinite([x, y]).all()
    ]


def make_side(logit: np.ndarray, score: np.ndarray) -> Side:
    """Weights of two repeats, with a spread of 10 %."""
    index = np.arange(len(logit))
    scores = np.stack([score, score + 0.5 * np.sin(np.arange(len(score)))], axis=1)
    spread = np.full(len(logit), 0.1)
    fold = np.zeros((len(logit), 2), int)
    return Side(index, fold, scores, logit, spread, np.exp(logit), np.exp(logit) * 0.1)


def make_weights(truth_logit: np.ndarray, sample_logit: np.ndarray, calibrated: bool) -> Weights:
    """Weights of a test whose calibration is good, or has failed."""
    step = np.arange(0, 400, 100)
    losses = np.full((4, 2, 3), np.log(2))
    return Weights(
        make_side(truth_logit, truth_logit),
        make_side(sample_logit, sample_logit),
        History(step, losses - 0.05, losses),
        n_train=600,
        ece=0.01 if calibrated else 0.09,
        ece_limit=0.02,
        pvalue=0.5 if calibrated else 1e-4,
    )


def epochs(network: str, *losses: Iterable[float | None]) -> list[dict[str, Any]]:
    """Rows of a history: training and validation loss of each epoch."""
    return [
        {"network": network, "epoch": i, "train": train, "validation": validation}
        for i, (train, validation) in enumerate(losses, 1)
    ]
