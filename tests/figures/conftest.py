"""Truth, samples and all that is known of them, for every figure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from drawing import (
    CONTROLS,
    KIND,
    LINES,
    NAMES,
    NOTE,
    SHOWERS,
    STEPS,
    THINNED,
    N,
    acceptance,
    dataset_files,
    epochs,
    findings,
    make_weights,
    numbers,
)

from ultimetric.analyses.pulls import LOG_SPREAD, SPREAD
from ultimetric.classifiers.weights import write_weights
from ultimetric.costs import cost_table
from ultimetric.data.hdf5 import write_arrays
from ultimetric.distortions.exact import Exact, write_exact
from ultimetric.events import concatenate, read_events, write_events
from ultimetric.figures.base import FigureInputs
from ultimetric.figures.labels import BASELINE
from ultimetric.figures.palette import colours
from ultimetric.history import write_history
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.showers.regression import estimates
from ultimetric.kinds.showers.regression.estimates import Estimates
from ultimetric.kinds.showers.regression.predictions import HELD_OUT, Predictions, arrays_of
from ultimetric.observed import write_table

OTHER = {  # numbers of methods that are no classifiers
    "histogram": {"separation_sum": {BASELINE: 0.25, "thinned": 0.75, "planted": 0.35}},
    "unbinned": {"w1_sum": {"thinned": 3.5}},
    "model": {
        "rate": {"thinned": 11.0, "planted": 5.0},
        "distortion": {"thinned": 22.0, "planted": 33.0},
    },
}
REWEIGHTED = {
    "auc_before": 0.9,
    "auc_reweighted": 0.52,
    "auc_reweighted_control": 0.58,
    "auc_reweighted_baseline": 0.5,
    "ideal_auc_reweighted_control": 0.6,
    "effective_size": 0.7,
}
CLOSURE = {"closure_before": 0.3, "closure": 0.1, "closure_baseline": 0.05}
TRIALS = {
    BASELINE: {"trial_false_finds": 0.1, "trial_auc": 0.5, "trial_auc_bound": 0.5},
    "planted": {"trial_found_first": 0.9, "trial_auc": 0.58, "trial_auc_bound": 0.6},
}


def all_rows() -> list[dict]:
    """A number for every figure."""
    thinned = {"sample": "thinned", "error": 0.01}
    sources = [(a, b) for a in ("truth", "sample") for b in ("truth", "sample")]
    rows = [
        {"sample": BASELINE, "metric": "auc", "value": 0.5, "error": 0.01},
        thinned | {"metric": "auc", "value": 0.91},
        thinned | {"metric": "auc", "value": 0.83, "inputs": "unnormalised"},
        *(thinned | {"metric": metric, "value": x} for metric, x in REWEIGHTED.items()),
        *(
            thinned | {"metric": metric, "value": x, "observable": "E_0"}
            for metric, x in CLOSURE.items()
        ),
        *(
            thinned | {"dataset": "eplus_gamma", "metric": f"accuracy_{a}_to_{b}", "value": 0.6}
            for a, b in sources
        ),
        *(
            {"sample": name, "method": method, "inputs": "", "metric": metric, "value": x}
            for method, metrics in OTHER.items()
            for metric, values in metrics.items()
            for name, x in values.items()
        ),
        *(
            {"sample": name, "metric": metric, "value": x, "error": 0.01, "repeats": 10}
            for name, values in TRIALS.items()
            for metric, x in values.items()
        ),
        *(
            thinned | {"metric": metric, "value": 0.9, "n_test": 1800}
            for metric in ("auc_ratio", "auc_excess_ratio")
        ),
    ]
    for name in NAMES:
        of_sample = {"sample": name, "error": 0.01}
        rows.append(of_sample | {"metric": "log_posterior", "value": -3.5})
        for i, other in enumerate(NAMES, 1):
            value = -1.5 - i - 2 * (name != other)
            rows.append(of_sample | {"metric": "consistency", "other": other, "value": value})
    return rows


def all_costs() -> list[dict]:
    """Times of a measured and of a submitted sample, and of the simulation."""
    common = {"quantity": "time_per_shower", "unit": "ms", "note": "dataset eplus"}
    at = [common | {"quantity": f"time_per_shower_at_{x}_GeV"} for x in (1, 50, 100)]
    geant4 = {"sample": "Geant4", "stage": "simulate", "device": "cpu"}
    rows = [
        common | {"sample": "thinned", "stage": "generate", "device": "cpu", "batch": 10**i}
        | {"value": 30 / 10**i, "error": 2 / 10**i}
        for i in range(4)
    ]  # fmt: skip
    rows.append(rows[0] | {"batch": 10**4, "value": np.nan})  # too large
    rows.append(rows[0] | {"sample": BASELINE, "stage": "sample"})  # not for its own sake
    rows.append(rows[0] | {"stage": "whole_way", "batch": 100, "value": 7.0})
    rows += [common | {"sample": "planted", "device": "cuda", "batch": 100, "value": 0.5}]
    rows += [rows[0] | x | {"batch": 100, "value": 0.3} for x in at]
    rows += [common | geant4 | {"value": 1772}]
    rows += [x | geant4 | {"value": 30.0 * i} for i, x in enumerate(at, 1)]
    return rows


def found() -> list[dict]:
    """Findings of every kind of observable."""
    names = ("E_inc", "E_0 x E_1", "voxel_1_0_2", "max_depth", "E_2")
    common = {"sample": "thinned", "tail": "w > 2", "fraction": 0.05}
    return [common | {"rank": rank, "observable": name} for rank, name in enumerate(names, 1)]


@pytest.fixture(scope="session")
def showers() -> dict[str, Showers]:
    """Truth, independent truth, and truth thinned by a known, energy-dependent acceptance."""
    full = read_events(SHOWERS, KIND)
    rng = np.random.default_rng(3)
    full = full[rng.permutation(len(full))]
    rest = full[2 * N :]
    accepted = rest[rng.random(len(rest)) < acceptance(rest.energy)]
    return {"reference": full[:N], BASELINE: full[N : 2 * N], "thinned": accepted[:N]}


@pytest.fixture(scope="session")
def make_inputs(showers: dict[str, Showers]) -> Callable[[Path, bool], FigureInputs]:
    """Writes all files into a folder; the weights are calibrated, or not."""

    def make(folder: Path, calibrated: bool) -> FigureInputs:
        sets = {**showers, "planted": showers[BASELINE][: N // 2]}
        for name, content in sets.items():
            note = {"note": NOTE, "epoch": "7"} if name == "thinned" else {}
            write_events(folder / f"{name}-events.hdf5", content, **note)
            write_table(folder / f"{name}-observables.hdf5", content)
        truth, rng = showers["reference"], np.random.default_rng(4)
        known = [np.log(0.55 / acceptance(x.energy)) for x in (truth, sets["thinned"])]
        for name in NAMES:
            pair = known
            if name != "thinned":
                both = ((0.1, truth), (0, sets[name]))
                pair = [rng.normal(shift, 0.3, len(x)) for shift, x in both]
            weights = make_weights(*pair, calibrated=calibrated)
            tests = {("dnn", inputs): weights for inputs in ("high_level", "unnormalised")}
            write_weights(folder / f"{name}-weights.hdf5", tests)
        write_history(
            folder / "thinned-history.csv",
            epochs("flow", *((10 / i, 11 / i) for i in range(1, 9))),
        )
        scan = concatenate([truth[: 2 * LINES * STEPS]])
        write_events(folder / "thinned-scan.hdf5", scan, lines=str(LINES), steps=str(STEPS))
        write_exact(folder / "thinned-exact.hdf5", Exact(*known, 0.7))
        estimated = {}
        for name, content in {HELD_OUT: truth, **{name: sets[name] for name in NAMES}}.items():
            mean = content.energy * (1 + 0.1 * rng.normal(size=len(content)))
            estimated[name] = Predictions(content.energy, mean, 0.1 * content.energy)
        write_arrays(folder / "regression.hdf5", arrays_of(estimated))
        cores = {name: Estimates(x.energy, x.mean) for name, x in estimated.items()}
        write_arrays(folder / "frd.hdf5", estimates.arrays_of("regressor_bn", cores))
        spread = rng.lognormal(-1.5, 0.4, len(sets["thinned"]))
        write_arrays(folder / "posterior.hdf5", {SPREAD: spread, LOG_SPREAD: 1.1 * spread})
        of_samples = {
            name: {
                path.stem.removeprefix(f"{name}-"): path
                for path in sorted(folder.glob(f"{name}-*"))
            }
            for name in NAMES
        }
        of_truth = {
            "truth": folder / "reference-events.hdf5",
            "truth_observables": folder / "reference-observables.hdf5",
        }
        return FigureInputs(
            files=dataset_files(of_truth, of_samples),
            controls=CONTROLS,
            style={
                "labels": {"thinned": "Thinned", "planted": "planted fault"} | ShowerKind.labels,
                "colours": {**colours(NAMES, CONTROLS), "thinned": THINNED},
                "inputs": ["unnormalised", "normalised", "high_level"],
            },
            rows=numbers(*all_rows()),
            findings=findings(*found()),
            costs=cost_table(all_costs()),
            arrays={
                ("energy_regression", "eplus", "energy_regression"): folder / "regression.hdf5",
                ("frechet_regression", "eplus", "frd"): folder / "frd.hdf5",
                ("posterior", "eplus/thinned", "posterior"): folder / "posterior.hdf5",
            },
        )

    return make


@pytest.fixture(scope="session")
def calibrated(
    make_inputs: Callable[[Path, bool], FigureInputs], tmp_path_factory: pytest.TempPathFactory
) -> FigureInputs:
    """What figures are given, with weights that are calibrated."""
    return make_inputs(tmp_path_factory.mktemp("calibrated"), True)
