"""The panels of findings, against numbers that are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawing import GEOMETRY, KIND, SHOWERS, dataset_files, findings, numbers, only, with_files
from matplotlib.colors import to_rgba

from ultimetric.classifiers.weights import History, Side, Weights, write_weights
from ultimetric.events import read_events, write_events
from ultimetric.figures.base import FigureInputs, NothingToShowError
from ultimetric.figures.findings import Findings
from ultimetric.figures.found import described
from ultimetric.figures.marginals import flat, marginal
from ultimetric.figures.palette import HIGH, LOW
from ultimetric.figures.style import look
from ultimetric.findings.candidates import candidates, values_of
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import compute, write_table

COLOUR = "#123456"
N = 2000


def acceptance(energy: np.ndarray) -> np.ndarray:
    """The sample has no shower above 40 GeV that it should have, but for one in ten."""
    return np.where(energy > 40, 0.1, 1.0)


def side(w: np.ndarray) -> Side:
    none = np.full((len(w), 1), 0.0)
    return Side(np.arange(len(w)), none, none, np.log(w), 0.1 * w, w, 0.1 * w)


def finding(rank: int, name: str, tail: str = "w > 2") -> dict[str, int | str]:
    return {"sample": "thinned", "rank": rank, "observable": name, "tail": tail}


FOUND = findings(
    finding(1, "E_inc"),
    finding(2, "E_0 x E_1"),
    finding(3, "voxel_1_0_2", ""),
    finding(4, "sparsity_1"),
    finding(5, "E_tot"),
)


@pytest.fixture(scope="module")
def showers() -> dict[str, Showers]:
    full = read_events(SHOWERS, KIND)
    rng = np.random.default_rng(3)
    full = full[rng.permutation(len(full))]
    rest = full[N:]
    return {
        "reference": full[:N],
        "thinned": rest[rng.random(len(rest)) < acceptance(rest.energy)],
    }


@pytest.fixture(scope="module")
def inputs(showers: dict[str, Showers], tmp_path_factory: pytest.TempPathFactory) -> FigureInputs:
    folder = tmp_path_factory.mktemp("findings")
    sets = {**showers, "clean": showers["reference"]}
    total = acceptance(showers["reference"].energy).mean()
    exact = {name: total / acceptance(x.energy) for name, x in sets.items()}
    exact["clean"] = np.ones(N)
    history = History(np.arange(1), np.zeros((1, 1, 5)), np.zeros((1, 1, 5)))
    for name, content in sets.items():
        write_events(folder / f"{name}.hdf5", content)
        write_table(folder / f"{name}-observables.hdf5", content)
        truth = exact["reference"] if name == "thinned" else np.ones(N)
        weights = Weights(side(truth), side(exact[name]), history, 9, 0.01, 0.02, 0.5)
        write_weights(folder / f"{name}-weights.hdf5", {("dnn", "high_level"): weights})
    of_samples = {
        name: {
            "events": folder / f"{name}.hdf5",
            "observables": folder / f"{name}-observables.hdf5",
            "weights": folder / f"{name}-weights.hdf5",
        }
        for name in ("clean", "thinned")
    }
    of_truth = {
        "truth": folder / "reference.hdf5",
        "truth_observables": folder / "reference-observables.hdf5",
    }
    return FigureInputs(
        files=dataset_files(of_truth, of_samples),
        controls=(),
        style={"labels": {}, "colours": {"thinned": COLOUR}},
        rows=numbers(),
        findings=FOUND,
    )


def test_ratio_and_marginal_weight_by_hand() -> None:
    """Two bins of 60; of the second one, a share of the sample's weight is on one shower."""
    truth, sample = np.repeat([0.5, 1.5], [40, 20]), np.repeat([0.5, 1.5], [20, 40])
    w = np.repeat([2.0, 1.0, 0.0], [20, 1, 39])
    found = marginal(np.array([0.0, 1.0, 2.0]), truth, sample, w, (120, 60))
    assert found.ratio == pytest.approx([40 / 120 / (20 / 60), 20 / 120 / (40 / 60)])
    assert found.ratio_error[0] == pytest.approx(np.sqrt(1 / 40 + 1 / 20))
    assert found.w[0] == 2
    assert found.w_error[0] == 0
    assert np.isnan(found.w[1])
    w[20:] = np.repeat([0.0, 3.0], 20)
    found = marginal(np.array([0.0, 1.0, 2.0]), truth, sample, w, (120, 60))
    assert found.w == pytest.approx([2, 1.5])
    assert found.w_error[1] == pytest.approx(1.5 / np.sqrt(40))


def test_a_fault_beside_a_full_bin_has_a_bin_of_its_own() -> None:
    """300 showers of either kind; 57 of the sample lie apart."""
    edges = np.linspace(0.9, 1.2, 31)
    truth, sample = np.full(300, 0.995), np.repeat([0.995, 1.095], [243, 57])
    found = marginal(edges, truth, sample, np.ones(300), (300, 300))
    assert found.ratio == pytest.approx([300 / 243, 0])


def test_a_flat_ratio_is_told_from_one_that_is_not() -> None:
    edges = np.linspace(0, 1, 21)
    rng = np.random.default_rng(1)
    x, y = rng.random((2, 2000))
    assert flat(edges, x, y) > 0.01
    assert flat(edges, x, y**1.3) < 1e-6
    assert flat(edges, x, y[:0]) == 1


def test_names_lead_to_the_values_that_were_tested(showers: dict[str, Showers]) -> None:
    truth, sample = showers["reference"][:700], showers["thinned"][:600]
    tables = compute(truth), compute(sample)
    of_truth, of_sample = candidates(truth, sample, *tables, 12)
    names = ["E_2", *[name for name in of_truth if " x " in name or "voxel" in name][::5]]
    again = values_of([*names, "E_inc"], truth, sample, *tables)
    for values, expected, energy in zip(
        again, (of_truth, of_sample), (truth.energy, sample.energy), strict=True
    ):
        assert list(values) == [*names, "E_inc"]
        assert all(np.array_equal(values[name], expected[name]) for name in names)
        assert np.array_equal(values["E_inc"], energy)
    layer = 1
    start = GEOMETRY.slices[layer].start + 0 * GEOMETRY.shapes[layer][1] + 2
    found, _ = values_of(["voxel_1_0_2"], truth, sample, *tables)
    assert np.array_equal(found["voxel_1_0_2"], truth.voxels[:, start].astype(float))


def test_every_candidate_has_an_axis(showers: dict[str, Showers]) -> None:
    sets = showers["reference"], showers["thinned"]
    of_truth, _ = candidates(*sets, *map(compute, sets), 5)
    units = {name: x.unit for name, x in KIND.observables.items()} | {"E_inc": "GeV"}
    for name, values in [*of_truth.items(), ("E_inc", showers["reference"].energy)]:
        found = described(name, KIND, values)
        assert (np.diff(found.edges) > 0).all()
        assert found.unit == units.get(name, "MeV" if name.startswith("voxel") else "")
    for name in ("E_0 x E_1", "voxel_1_0_2"):
        assert (np.diff(described(name, KIND, np.zeros(9)).edges) > 0).all()
    assert described("E_2", KIND, np.ones(1)) is KIND.observables["E_2"]


def drawn(inputs: FigureInputs, **options) -> tuple[list, str]:
    """Upper and lower axes of the panels, and all words."""
    with look():
        figure = Findings(options).draw(inputs)
        figure.canvas.draw()
    texts = figure.findobj(lambda x: hasattr(x, "get_text"))
    axes = [(top, top.child_axes[0]) for top in figure.axes if top.child_axes]
    return axes, "\n".join(text.get_text() for text in texts)


def stairs(axes, colour: str) -> list:
    return [
        patch.get_data()
        for patch in axes.patches
        if to_rgba(colour)[:3] in (patch.get_edgecolor()[:3], patch.get_facecolor()[:3])
    ]


def test_panels_show_the_ratio_and_the_exact_weight(
    inputs: FigureInputs, showers: dict[str, Showers]
) -> None:
    panels, words = drawn(inputs)
    assert len(panels) == 4
    assert "thinned\n5 findings, the first 4 shown" in words
    assert "Nothing found: clean" in words
    assert "1  $E_\\mathrm{inc}$\np = 1e-09; w > 2 (" in words
    top, bottom = panels[0]
    assert bottom.get_xlabel() == r"$E_\mathrm{inc}$ (GeV)"
    (values, edges, _), *_ = stairs(top, COLOUR)
    counts = np.histogram(showers["thinned"].energy, edges)[0]
    assert np.allclose(values, counts / len(showers["thinned"]))
    points = bottom.containers[0][0].get_xydata()
    expected = acceptance(showers["reference"].energy).mean() / acceptance(points[:, 0])
    assert len(points) > 8
    far = np.abs(points[:, 0] - 40) > 5
    assert points[far, 1] == pytest.approx(expected[far], rel=0.35)
    w, edges, _ = next(x for x in stairs(bottom, COLOUR) if x[2] is None)
    centres = (edges[1:] + edges[:-1]) / 2
    far = np.isfinite(w) & (np.abs(centres - 40) > 6)
    exact = acceptance(showers["reference"].energy).mean() / acceptance(centres)
    assert w[far] == pytest.approx(exact[far], rel=1e-6)


def test_the_tail_is_part_of_its_more_frequent_kind(
    inputs: FigureInputs, showers: dict[str, Showers]
) -> None:
    (first, *_, last), words = drawn(inputs, panels=5)
    assert not stairs(first[0], LOW)
    (values, edges, _) = stairs(first[0], HIGH)[0]
    truth = showers["reference"].energy
    assert np.allclose(values, np.histogram(truth[truth > 40], edges)[0] / N)
    assert values.sum() == pytest.approx((truth > 40).mean())
    assert "shown" not in words
    total = compute(showers["reference"])["E_tot"]
    (values, edges, _) = stairs(last[0], HIGH)[0]
    assert np.allclose(values, np.histogram(total[truth > 40], edges)[0] / N, atol=2 / N)


def test_a_fault_of_some_energies_is_drawn_there(
    inputs: FigureInputs, showers: dict[str, Showers], tmp_path: Path
) -> None:
    """Above 40 GeV the sample's last layer is too bright."""
    sample = showers["reference"]
    voxels = sample.voxels.copy()
    high = sample.energy > 40
    voxels[np.ix_(high, np.arange(GEOMETRY.n_voxels)[GEOMETRY.slices[2]])] *= 1.5
    local = Showers(KIND, sample.energy, voxels)
    write_events(tmp_path / "local.hdf5", local)
    write_table(tmp_path / "observables.hdf5", local)
    w = np.where(high, 0.05, 1.6)
    half = np.where(high & (np.arange(N) % 4 > 0), 1.0, w)
    history = History(np.arange(1), np.zeros((1, 1, 5)), np.zeros((1, 1, 5)))
    weights = Weights(side(half), side(w), history, 9, 0.01, 0.02, 0.5)
    write_weights(tmp_path / "weights.hdf5", {("dnn", "high_level"): weights})
    changed = with_files(
        only(inputs, "thinned"),
        "thinned",
        events=tmp_path / "local.hdf5",
        observables=tmp_path / "observables.hdf5",
        weights=tmp_path / "weights.hdf5",
    )
    ((top, _),), words = drawn(replace(changed, findings=findings(finding(1, "E_2", "w < 0.1"))))
    assert r"$E_\mathrm{inc}$ ≥ 40" in words
    values = stairs(top, COLOUR)[0][0]
    assert values.sum() == pytest.approx(high.mean(), abs=0.01)
    assert stairs(top, LOW)[0][0] == pytest.approx(values)


def test_samples_without_findings_are_said_in_one_line(inputs: FigureInputs) -> None:
    with pytest.raises(NothingToShowError, match="nothing was found wrong with clean, thinned"):
        drawn(replace(inputs, findings=FOUND[:0]))
    with pytest.raises(NothingToShowError, match="the study does not search for findings"):
        drawn(replace(inputs, findings=None))
