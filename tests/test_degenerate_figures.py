"""Every figure in the folders has a picture where nothing differs, or where nothing is there."""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure as Canvas

from ultimetric.classifiers.weights import History, Side, Weights, write_weights
from ultimetric.events import read_events, write_events
from ultimetric.findings.table import Failure
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.labels import FLOOR
from ultimetric.figures.palette import colours
from ultimetric.figures.style import look
from ultimetric.figures.weight_axes import VARIANTS
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.showers.regression.predictions import JUDGED, Predictions, write_predictions
from ultimetric.metrics.base import Row
from ultimetric.observed import write_table as write_observables
from ultimetric.tables import write_table

ROOT = Path(__file__).parents[1]
KIND = ShowerKind.of(Geometry.from_config(geometry_config("calogan_coarse")))
N, SAMPLE, LINES, STEPS = 40, "model", 2, 3


def found(folder: str, interface: type) -> list[type]:
    """Every figure that a module of the folder defines."""
    names = sorted(p.stem for p in (ROOT / "workflow/ultimetric" / folder).glob("[a-z]*.py"))
    package = f"ultimetric.{folder.replace('/', '.')}"
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    return [
        member
        for module in modules
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, interface) and member.__module__ == module.__name__
        if not inspect.isabstract(member)
    ]


FIGURES = [x for folder in ("figures", "kinds/showers/figures") for x in found(folder, Figure)]
OPTIONS = [
    *((figure, {}) for figure in FIGURES),
    *((f, {"group": "shape"}) for f in FIGURES if "group" in f.defaults),
    *((f, {"variants": [*VARIANTS]}) for f in FIGURES if "variants" in f.defaults),
]


@dataclass(frozen=True)
class Case:
    """What truth and sample look like.

    Arguments:
        truth, sample: change N showers.
        w: weight of every shower of truth and of the sample.
        value: The value of every number in the table.
    """

    truth: Callable[[Showers], Showers] = lambda showers: showers
    sample: Callable[[Showers], Showers] = lambda showers: showers
    w: tuple[float, float] = (1.0, 1.0)
    value: float | None = 0.5


def without(*layers: int) -> Callable[[Showers], Showers]:
    def emptied(showers: Showers) -> Showers:
        voxels = showers.voxels.copy()
        for layer in layers:
            voxels[:, showers.geometry.slices[layer]] = 0
        return replace(showers, voxels=voxels)

    return emptied


def rows(*chosen: int) -> Callable[[Showers], Showers]:
    return lambda showers: showers[np.array(chosen)]


def one_energy(showers: Showers) -> Showers:
    return replace(showers, energy=np.full_like(showers.energy, 50))


last, everything = without(2), without(0, 1, 2)
CASES = {
    "nothing differs": Case(),
    "few showers, repeated, all weights small": Case(
        sample=rows(*np.tile(range(6), 10)), w=(1e-3, 1e-3)
    ),
    "one shower, no number known": Case(sample=rows(0), value=None),
    "one shower each": Case(rows(0), rows(1)),
    "one incident energy": Case(one_energy, one_energy),
    "all weights 0": Case(w=(0.0, 0.0), value=0.0),
    "all weights infinite": Case(w=(np.inf, np.inf), value=1.0),
    "no overlap": Case(w=(np.inf, 0.0), value=1.0),
    "a layer without deposit": Case(last, last),
    "a layer without deposit in truth": Case(truth=last),
    "a layer without deposit in the sample": Case(sample=last),
    "all of the sample empty": Case(sample=everything),
}


def side(w: float, n: int) -> Side:
    with np.errstate(divide="ignore"):
        logit = np.full(n, np.log(w))
    score = np.tile(np.clip(logit, -50, 50)[:, None], 2)
    fold, spread = np.zeros((n, 2), int), np.zeros(n)
    return Side(np.arange(n), fold, score, logit, spread, np.full(n, w), spread)


def weights_of(case: Case, n: tuple[int, int]) -> Weights:
    losses = np.full((4, 2, 3), np.log(2))
    history = History(np.arange(0, 400, 100), losses, losses)
    sides = [side(w, k) for w, k in zip(case.w, n, strict=True)]
    return Weights(*sides, history, n_train=N, ece=0.0, ece_limit=0.0, pvalue=1.0)


METRICS = (
    "auc", "auc_before", "auc_reweighted", "auc_reweighted_control", "auc_reweighted_floor",
    "ideal_auc_reweighted_control", "effective_size", "closure:E_0", "closure_before:E_0",
    "closure_floor:E_0", "separation:sum", "w1:sum", "rate", "distortion", "log_posterior",
    "consistency:model", "consistency:truth",
)  # fmt: skip


def make(case: Case, folder: Path, truth: Showers) -> FigureInputs:
    sets = {"reference": case.truth(truth), SAMPLE: case.sample(truth), FLOOR: truth}
    for name, showers in sets.items():
        write_events(folder / f"{name}.hdf5", showers, epoch="1")
        write_observables(folder / f"{name}-observables.hdf5", showers)
    weights = weights_of(case, (len(sets["reference"]), len(sets[SAMPLE])))
    floor = weights_of(CASES["nothing differs"], (len(sets["reference"]), len(truth)))
    for name, of in ((SAMPLE, weights), (FLOOR, floor)):
        tests = {("dnn", features): of for features in ("high_level",)}
        write_weights(folder / f"{name}-weights.hdf5", tests)
    columns = ("network", "epoch", "train", "validation", "lr", "seconds")
    epochs = [("flow", 1, 0, 0, 1e-3, 2), ("other", 1, "", "", 1e-3, 2)]
    write_table(folder / "history.csv", columns, epochs)
    some = sets[SAMPLE][np.zeros(2 * LINES * STEPS, int)]
    write_events(folder / "scan.hdf5", some, lines=str(LINES), steps=str(STEPS))
    estimated = {
        name: Predictions(x.energy, x.energy, 0.1 * x.energy)
        for name, x in {**sets, JUDGED: sets["reference"]}.items()
    }
    write_predictions(folder / "regression.hdf5", estimated)
    numbers = [
        Row("eplus", name, "dnn", features, metric, case.value, None, repeats=10)
        for name in (SAMPLE, FLOOR)
        for features in ("high_level", "unnormalised")
        for metric in METRICS
    ]
    numbers += [Row("eplus_gamma", SAMPLE, "dnn", "high_level", "accuracy:truth_to_truth", None)]
    for metric in ("trial_found_first", "trial_false_finds", "trial_auc", "trial_auc_bound"):
        value = 0.0 if case.value is None else case.value
        numbers += [Row("eplus", n, "dnn", "", metric, value, repeats=1) for n in (SAMPLE, FLOOR)]
    named = {"E_inc": "w > 2", "E_0 x E_1": "", "voxel_2_0_1": "", "max_depth": "w < 0.1"}
    failures = [
        Failure("eplus", SAMPLE, rank, name, tail, "0.05", "99", "1", "Something")
        for rank, (name, tail) in enumerate(named.items(), 1)
    ]
    return FigureInputs(
        dataset="eplus",
        kind=KIND,
        truth=folder / "reference.hdf5",
        samples={name: folder / f"{name}.hdf5" for name in (FLOOR, SAMPLE)},
        controls=(FLOOR,),
        truth_observables=folder / "reference-observables.hdf5",
        observables={n: folder / f"{n}-observables.hdf5" for n in (FLOOR, SAMPLE)},
        weights={name: folder / f"{name}-weights.hdf5" for name in (FLOOR, SAMPLE)},
        histories={SAMPLE: folder / "history.csv"},
        scans={SAMPLE: folder / "scan.hdf5"},
        rows=numbers,
        style={"labels": {}, "colours": colours([SAMPLE, FLOOR], [FLOOR])},
        regression=folder / "regression.hdf5",
        failures=failures,
    )


def place(drawn: Canvas) -> None:
    """Find the limits of all axes, where undefined data shows; ticks and texts take longer."""
    for axes in (x for panel in drawn.axes for x in (panel, *panel.child_axes)):
        for limits, scale in (
            (axes.get_xlim(), axes.get_xscale()),
            (axes.get_ylim(), axes.get_yscale()),
        ):
            assert np.isfinite(limits).all()
            assert scale == "linear" or min(limits) > 0 or scale == "symlog"


def reads_numbers(figure: type) -> bool:
    """Whether a figure may show anything but showers."""
    source = inspect.getsource(inspect.getmodule(figure))
    return any(word in source for word in ("tests", "weights", ".rows"))


@pytest.fixture(scope="module")
def truth() -> Showers:
    return read_events(ROOT / "workflow/resources/showers/eplus.hdf5", KIND)[:N]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_figure_has_a_picture(case: Case, truth: Showers, tmp_path: Path) -> None:
    inputs = make(case, tmp_path, truth)
    failed = {}
    unchanged = case.truth is case.sample is Case.sample
    for figure, options in OPTIONS:
        if unchanged and case.w != Case.w and not reads_numbers(figure):
            continue
        with look(), warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # what matplotlib cannot draw
            try:
                place(figure(options).draw(inputs))
            except NothingToShowError:
                pass
            except Exception as error:
                failed[f"{figure.__name__} {options}"] = repr(error)
    assert failed == {}
