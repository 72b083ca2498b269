"""Every figure in the folders has a picture where nothing differs, or where nothing is there."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from drawing import (
    FIGURES,
    KIND,
    SHOWERS,
    dataset_files,
    declared,
    epochs,
    findings,
    numbers,
)
from matplotlib.figure import Figure as Canvas

from ultimetric.classifiers.weights import History, Side, Weights, write_weights
from ultimetric.data.hdf5 import write_arrays
from ultimetric.distortions.exact import Exact, write_exact
from ultimetric.events import read_events, write_events
from ultimetric.figures.base import FigureInputs, NothingToShowError
from ultimetric.figures.labels import BASELINE
from ultimetric.figures.palette import colours
from ultimetric.figures.style import look
from ultimetric.figures.weight_axes import VARIANTS
from ultimetric.history import write_history
from ultimetric.kinds.showers.kind import Showers
from ultimetric.kinds.showers.regression import estimates
from ultimetric.kinds.showers.regression.estimates import Estimates
from ultimetric.kinds.showers.regression.predictions import HELD_OUT, Predictions, arrays_of
from ultimetric.observed import write_table

N, SAMPLE, LINES, STEPS = 40, "model", 2, 3


OPTIONS = [
    *((figure, {}) for figure in FIGURES.values()),
    *((f, {"group": "shape"}) for f in FIGURES.values() if "group" in f.defaults),
    *((f, {"variants": [*VARIANTS]}) for f in FIGURES.values() if "variants" in f.defaults),
]


@dataclass(frozen=True)
class Case:
    """What truth and sample look like.

    Arguments:
        truth, sample: Functions that change N showers.
        w: The weight of every shower of truth and of the sample.
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
    "auc", "auc_before", "auc_reweighted", "auc_reweighted_control", "auc_reweighted_baseline",
    "ideal_auc_reweighted_control", "effective_size", "separation_sum", "w1_sum", "rate",
    "distortion", "log_posterior", "auc_ratio", "auc_excess_ratio",
)  # fmt: skip
CLOSURE = ("closure_before", "closure", "closure_baseline")
TRIALS = ("trial_found_first", "trial_false_finds", "trial_auc", "trial_auc_bound")


def rows_of(value: float | None) -> list[dict]:
    """Numbers for every figure, all of one value."""
    common = [{"sample": name, "value": value, "n_test": 2} for name in (SAMPLE, BASELINE)]
    of_inputs = [
        row | {"inputs": inputs} for row in common for inputs in ("high_level", "unnormalised")
    ]
    trial = [row | {"inputs": "", "value": value or 0.0, "repeats": 1} for row in common]
    pair = {"dataset": "eplus_gamma", "sample": SAMPLE, "metric": "accuracy_truth_to_truth"}
    return [
        *(row | {"metric": metric} for row in of_inputs for metric in METRICS),
        *(row | {"metric": x, "observable": "E_0"} for row in of_inputs for x in CLOSURE),
        *(
            row | {"metric": "consistency", "other": other}
            for row in of_inputs
            for other in (SAMPLE, BASELINE)
        ),
        *(row | {"metric": metric} for row in trial for metric in TRIALS),
        pair,
    ]


def make(case: Case, folder: Path, truth: Showers) -> FigureInputs:
    sets = {"reference": case.truth(truth), SAMPLE: case.sample(truth), BASELINE: truth}
    for name, showers in sets.items():
        write_events(folder / f"{name}.hdf5", showers, epoch="1")
        write_table(folder / f"{name}-observables.hdf5", showers)
    weights = weights_of(case, (len(sets["reference"]), len(sets[SAMPLE])))
    baseline = weights_of(CASES["nothing differs"], (len(sets["reference"]), len(truth)))
    for name, of in ((SAMPLE, weights), (BASELINE, baseline)):
        write_weights(folder / f"{name}-weights.hdf5", {("dnn", "high_level"): of})
    exact = Exact(weights.truth.logit, weights.sample.logit, 0.5)
    write_exact(folder / "exact.hdf5", exact)
    history = [*epochs("flow", (0, 0)), *epochs("other", (None, None))]
    write_history(folder / "history.csv", history)
    some = sets[SAMPLE][np.zeros(2 * LINES * STEPS, int)]
    write_events(folder / "scan.hdf5", some, lines=str(LINES), steps=str(STEPS))
    estimated = {
        name: Predictions(x.energy, x.energy, 0.1 * x.energy)
        for name, x in {**sets, HELD_OUT: sets["reference"]}.items()
    }
    write_arrays(folder / "regression.hdf5", arrays_of(estimated))
    cores = {name: Estimates(x.energy, x.mean) for name, x in estimated.items()}
    write_arrays(folder / "frd.hdf5", estimates.arrays_of("regressor", cores))
    named = {"E_inc": "w > 2", "E_0 x E_1": "", "voxel_2_0_1": "", "max_depth": "w < 0.1"}
    found = [
        {"sample": SAMPLE, "rank": rank, "observable": name, "tail": tail, "pvalue": 1.0}
        for rank, (name, tail) in enumerate(named.items(), 1)
    ]
    of_samples = {
        name: {
            "events": folder / f"{name}.hdf5",
            "observables": folder / f"{name}-observables.hdf5",
            "weights": folder / f"{name}-weights.hdf5",
        }
        for name in (BASELINE, SAMPLE)
    }
    own = ("history.csv", "scan.hdf5", "exact.hdf5")
    of_samples[SAMPLE] |= {name.partition(".")[0]: folder / name for name in own}
    of_truth = {
        "truth": folder / "reference.hdf5",
        "truth_observables": folder / "reference-observables.hdf5",
    }
    return FigureInputs(
        files=dataset_files(of_truth, of_samples),
        controls=(BASELINE,),
        style={"labels": {}, "colours": colours([SAMPLE, BASELINE], [BASELINE])},
        rows=numbers(*rows_of(case.value)),
        findings=findings(*found),
        arrays={
            ("energy_regression", "eplus", "energy_regression"): folder / "regression.hdf5",
            ("frechet_regression", "eplus", "frd"): folder / "frd.hdf5",
        },
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
    """Whether a figure may show anything but entries."""
    return bool(figure.analyses) or "weights" in figure.needs


@pytest.fixture(scope="module")
def truth() -> Showers:
    return read_events(SHOWERS, KIND)[:N]


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
                place(figure(options).draw(declared(figure, inputs)))
            except NothingToShowError:
                pass
            except Exception as error:
                failed[f"{figure.__name__} {options}"] = repr(error)
    assert failed == {}
