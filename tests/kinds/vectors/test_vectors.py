"""Vectors: their files, what is measured of them, and samples whose weights are known exactly."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from ultimetric.distortions.exact import read_exact
from ultimetric.errors import UserError
from ultimetric.events import EventFile, read_events, write_events
from ultimetric.kinds.vectors.distortions.gaussian import Gaussian
from ultimetric.kinds.vectors.inputs import VectorInputs
from ultimetric.kinds.vectors.kind import VectorKind
from ultimetric.kinds.vectors.simulation import StandardNormal
from ultimetric.stages.distort import distort
from ultimetric.statistics.auc import auc

VECTORS = "ultimetric.kinds.vectors"


def kind_of(dimensions: int) -> VectorKind:
    parts = {"observables": [{"plugin": f"{VECTORS}.observables"}]}
    return VectorKind({"dimensions": dimensions}, parts)


def drawn(kind: VectorKind, events: int, seed: int):
    data = np.random.default_rng(seed).standard_normal((events, kind.n_values), dtype=np.float32)
    return kind.entries(np.empty((events, 0)), data)


def density(x: np.ndarray, mean: float, width: float) -> np.ndarray:
    """Of independent normal numbers (N, D), each around `mean`."""
    z = (x - mean) / width
    return np.prod(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / width, axis=1)


@pytest.mark.parametrize(
    ("dimensions", "options", "mean", "width"),
    [
        (1, {"shift": 0.7}, 0.7, 1.0),
        (4, {"shift": 1.0}, 0.5, 1.0),  # 1 along the diagonal: 0.5 each
        (3, {"width": 1.4}, 0.0, 1.4),
        (3, {"width": 0.8}, 0.0, 0.8),
    ],
)
def test_log_w_is_the_ratio_of_densities_and_its_auc_the_ideal_one(
    dimensions: int, options: dict, mean: float, width: float
) -> None:
    kind = kind_of(dimensions)
    truth, source = drawn(kind, 40_000, seed=1), drawn(kind, 50_000, seed=2)
    made = Gaussian(options, kind).distort(source, 40_000, np.random.default_rng(3))
    assert len(made.sample) == 40_000
    log_w = [made.log_w(events) for events in (truth, made.sample)]
    for events, found in zip((truth, made.sample), log_w, strict=True):
        x = events.data.astype(np.float64)
        expected = np.log(density(x, 0.0, 1.0) / density(x, mean, width))
        assert found == pytest.approx(expected, abs=1e-9)
    assert made.sample.data.mean() == pytest.approx(mean, abs=0.03)
    assert made.sample.data.std() == pytest.approx(width, abs=0.03)
    label = np.repeat([1, 0], 40_000)
    assert auc(label, np.concatenate(log_w)) == pytest.approx(made.ideal_auc, abs=0.008)
    assert np.exp(log_w[1]).mean() == pytest.approx(1, abs=0.05)


def test_ideal_auc_by_hand() -> None:
    def ideal_auc(dimensions: int, **options: float) -> float:
        return Gaussian(options, kind_of(dimensions)).ideal_auc()

    # |x| < |1.5 y| of two normal numbers: the angle of (x, y) is within arctan 1.5.
    assert ideal_auc(1, width=1.5) == pytest.approx(2 / np.pi * np.arctan(1.5))
    assert ideal_auc(1, width=2 / 3) == pytest.approx(2 / np.pi * np.arctan(1.5))
    # In two dimensions |x|^2 is exponential: P(t < s^2 t') = s^2 / (1 + s^2).
    assert ideal_auc(2, width=2.0) == pytest.approx(0.8)
    assert ideal_auc(1, shift=np.sqrt(2)) == pytest.approx(0.8413447)
    assert ideal_auc(500, shift=1.0) == pytest.approx(0.7602499)


@pytest.mark.parametrize("options", [{}, {"shift": 1.0, "width": 2.0}])
def test_distortions_that_cannot_be(options: dict) -> None:
    with pytest.raises(UserError, match="either `shift` or `width`"):
        Gaussian(options, kind_of(1))


def test_observables_and_inputs_by_hand() -> None:
    kind = kind_of(14)
    data = np.zeros((2, 14), np.float32)
    data[0, :2], data[1] = (3, -4), 2
    events = kind.entries(np.empty((2, 0)), data)
    names = list(kind.observables)
    assert names == [*(f"x_{k}" for k in range(1, 13)), "along", "length"]
    values = {name: x.values(events) for name, x in kind.observables.items()}
    assert values["x_2"] == pytest.approx([-4, 2])
    assert values["along"] == pytest.approx([-1 / np.sqrt(14), 2 * np.sqrt(14)])
    assert values["length"] == pytest.approx([5, 2 * np.sqrt(14)])
    (inputs,) = VectorInputs().inputs(kind).values()
    assert np.array_equal(inputs.values(events, {}), data)
    assert kind.value_names()[13] == "x_14"
    assert kind.value_words("x_14") == "component 14"


def test_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    kind = kind_of(3)
    events = drawn(kind, 5000, seed=4)
    write_events(tmp_path / "a.hdf5", events)
    assert np.array_equal(read_events(tmp_path / "a.hdf5", kind).data, events.data)
    rows = np.array([2, 4097, 4999])
    file = EventFile(tmp_path / "a.hdf5", kind, rows)
    assert np.array_equal(file.data, events.data[rows])
    assert file.condition.shape == (3, 0)
    assert kind.format_of(tmp_path / "a.hdf5").check(tmp_path / "a.hdf5", kind) == 5000


def test_files_of_something_else_are_refused(tmp_path: Path) -> None:
    write_events(tmp_path / "a.hdf5", drawn(kind_of(3), 50, seed=4))
    with pytest.raises(UserError, match=r"'vector' has the shape \(50, 3\), not \(N, 2\)"):
        read_events(tmp_path / "a.hdf5", kind_of(2))
    with h5py.File(tmp_path / "a.hdf5", "r+") as file:
        file["vector"][7, 1] = np.nan
    with pytest.raises(UserError, match=r"a\.hdf5: dataset 'vector', row 7 is not finite"):
        read_events(tmp_path / "a.hdf5", kind_of(3))


def test_draws_depend_on_seed_and_rows_only(tmp_path: Path) -> None:
    kind = {"plugin": f"{VECTORS}.kind", "options": {"dimensions": 2}}
    for name, seed, rows in (
        ("a", 1, [0, 9]),
        ("b", 1, [0, 9]),
        ("c", 2, [0, 9]),
        ("d", 1, [9, 18]),
    ):
        cfg = {"seed": seed, "kind": kind, "rows": rows}
        StandardNormal().run(cfg, tmp_path / name)
    data = {name: read_events(tmp_path / name, kind_of(2)).data for name in "abcd"}
    assert data["a"].shape == (9, 2)
    assert np.array_equal(data["a"], data["b"])
    assert not np.isin(data["a"], data["c"]).any()
    assert not np.isin(data["a"], data["d"]).any()


def test_a_short_sample_says_so(tmp_path: Path) -> None:
    kind = kind_of(2)
    for name, events in (("one", 30), ("two", 20), ("truth", 80)):
        write_events(tmp_path / name, drawn(kind, events, seed=events))
    cfg = {
        "dataset": "gauss",
        "sample": "wider",
        "kind": {"plugin": f"{VECTORS}.kind", "options": {"dimensions": 2}},
        "distortion": {"plugin": f"{VECTORS}.distortions.gaussian", "width": 1.5},
        "entries": 80,
        "seed": 1,
    }
    inputs = {"source": [tmp_path / "one", tmp_path / "two"], "truth": [tmp_path / "truth"]}
    distort(cfg, inputs, {"sample": tmp_path / "sample", "exact": tmp_path / "exact"})
    with h5py.File(tmp_path / "sample") as file:
        assert file.attrs["note"] == "only 50 of 80 vectors could be made"
    exact = read_exact(tmp_path / "exact")
    assert (len(exact.truth), len(exact.sample)) == (80, 50)
    square = (read_events(tmp_path / "sample", kind).data.astype(float) ** 2).sum(1)
    assert exact.sample == pytest.approx(2 * np.log(1.5) - (1 - 1.5**-2) * square / 2)
    assert exact.ideal_auc == pytest.approx(1.5**2 / (1 + 1.5**2))
