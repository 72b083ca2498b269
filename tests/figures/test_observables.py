"""Histograms of observables, their axes, and correlations between observables."""

from dataclasses import replace

import numpy as np
import pytest
from drawing import (
    KIND,
    THINNED,
    N,
    dataset_files,
    draw,
    steps,
    with_files,
    words,
)
from matplotlib.figure import Figure as Canvas
from scipy.stats import spearmanr

from ultimetric.classifiers.weights import write_weights
from ultimetric.errors import UserError
from ultimetric.figures.binning import shown_edges
from ultimetric.figures.correlations import correlation
from ultimetric.figures.histograms import Curve, Histogram, draw_panel, mark_beyond
from ultimetric.figures.numbered import stem
from ultimetric.figures.palette import BLACK
from ultimetric.figures.profiles import Profile, draw_profile
from ultimetric.figures.style import new_figure
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.observed import compute, write_table

RNG = np.random.default_rng(12)
CATALOGUE = KIND.observables


@pytest.mark.slow
def test_observables_ratio_and_reweighting(calibrated, showers):
    """The ratio panel holds sample over truth; weights 1/acceptance bring it back to 1."""
    drawn = draw("observables", calibrated, group="energies")
    panel = next(
        child
        for axes in drawn.axes
        for child in axes.child_axes
        if child.get_xlabel() == r"$E_\mathrm{tot}$ (GeV)"
    )
    values, edges, _ = steps(panel, THINNED, dashed=False)
    truth, sample = (compute(showers[k])["E_tot"] for k in ("reference", "thinned"))
    expected_truth, expected = (np.histogram(x, edges)[0] / N for x in (truth, sample))
    shown = np.isfinite(values)
    assert shown.sum() > 5
    np.testing.assert_allclose(values[shown], expected[shown] / expected_truth[shown])

    reweighted, _, _ = steps(panel, THINNED, dashed=True)
    low, high = edges[:-1][shown] < 30, edges[:-1][shown] > 70
    assert values[shown][low].mean() < 0.7
    assert values[shown][high].mean() > 1.3
    assert reweighted[shown][low].mean() == pytest.approx(1, abs=0.15)
    assert reweighted[shown][high].mean() == pytest.approx(1, abs=0.15)


@pytest.mark.slow
def test_observables_without_reweighting(calibrated):
    drawn = draw("observables", calibrated, reweighted=False)
    assert "reweighted" not in words(drawn)


@pytest.mark.slow
def test_weights_that_keep_few_showers_reweight_nothing(calibrated, tmp_path):
    weights = calibrated.samples["thinned"].weights("dnn", "high_level")
    w = np.full(len(weights.sample.w), 1e-6)
    w[:3] = 100
    path = tmp_path / "few.hdf5"
    few = replace(weights, sample=replace(weights.sample, w=w))
    write_weights(path, {("dnn", "high_level"): few})
    inputs = with_files(calibrated, "thinned", weights=path)
    drawn = draw("observables", inputs)
    assert "effective sample size is below 1 %: Thinned (0.3 %)" in words(drawn)
    assert "reweighted with w" not in words(drawn)
    assert "not reweighted" not in words(draw("observables", calibrated))


def test_ratios_beyond_the_axis_get_triangles_and_uncertain_bins_none():
    edges = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    truth = Histogram(np.array([100.0, 100.0, 100.0, 2.0]), np.array([10.0, 10.0, 10.0, 1.4]))
    sample = Histogram(np.array([300.0, 100.0, 10.0, 50.0]), np.ones(4))
    drawn = Canvas()
    place = drawn.add_gridspec(1, 1)[0]
    _, ratio = draw_panel(
        drawn, place, edges, truth, [Curve(sample, "#ff0000")], label="x", y_label="y"
    )
    points = {line.get_marker(): list(line.get_xdata()) for line in ratio.lines}
    assert points["^"] == [0.5]
    assert points["v"] == [2.5]
    values, _, _ = steps(ratio, "#ff0000", dashed=False)
    np.testing.assert_allclose(values, [3, 1, 0.1, np.nan])


@pytest.mark.parametrize(
    ("name", "truth", "low", "high"),
    [
        # The truth and a quarter of its range on either side, whatever one shower does.
        ("phi_0", np.r_[RNG.uniform(-4, 4, 3000), 110.0], -6, 6),
        ("response", RNG.uniform(0.98, 1.0, 3000), 0.975, 1.005),
        # Never beyond the observable's own edges; zeros have no place on a logarithmic axis.
        ("brightest_1_0", RNG.uniform(0.6, 1, 3000), 0.5, 1),
        ("E_2", np.r_[np.zeros(900), RNG.uniform(1, 1.001, 2000)], 0.99975, 1.00125),
        # Bins around whole numbers: layers, and voxels of 36.
        ("max_depth", RNG.integers(1, 3, 3000).astype(float), -0.5, 2.5),
        ("sparsity_0", RNG.integers(20, 31, 3000) / 36, 18.5 / 36, 31.5 / 36),
    ],
)
def test_the_axis_follows_the_truth(name, truth, low, high):
    edges = shown_edges(CATALOGUE[name], truth)
    width = edges[-1] - edges[0]
    assert edges[[0, -1]] == pytest.approx([low, high], abs=0.03 * width)
    assert (np.diff(edges) > 0).all()


def test_what_lies_beyond_the_axis_is_marked():
    edges = np.linspace(0, 1, 5)
    drawn = Canvas()
    axes = drawn.add_subplot()
    sets = [(np.full(10, 0.5), "#000000"), (np.r_[np.full(7, 0.5), 2, 3, -1], "#ff0000")]
    mark_beyond(axes, edges, sets)
    assert [(t.get_text(), t.get_color()) for t in axes.texts] == [
        ("◂ 10 %", "#ff0000"),
        ("20 % ▸", "#ff0000"),
    ]


def test_many_observables_of_one_name_share_a_panel(calibrated, tmp_path):
    layers, rng = 7, np.random.default_rng(8)
    kind = ShowerKind.of(
        Geometry(
            "many", ((2, 2),) * layers, (1,) * layers, 100, 0.01, (1, 100), ((1, 1),) * layers
        )
    )
    sets = {
        name: Showers(kind, np.full(50, 10.0), rng.gamma(scale, 1, (50, 4 * layers)))
        for name, scale in (("reference", 2), ("thinned", 3))
    }
    paths = {name: tmp_path / f"{name}.hdf5" for name in sets}
    for name, content in sets.items():
        write_table(paths[name], content)
    events = calibrated.samples["thinned"].paths["events"]
    of_sample = {"thinned": {"events": events, "observables": paths["thinned"]}}
    files = dataset_files({"truth_observables": paths["reference"]}, of_sample, kind)
    inputs = replace(calibrated, files=files)
    drawn = draw("observables", inputs, reweighted=False)
    energies, total, response = drawn.axes
    assert energies.get_ylabel() == "$E_{i}$ (GeV)"
    assert energies.child_axes[0].get_xlabel() == "layer $i$"
    assert total.get_ylabel() == response.get_ylabel() == "fraction of showers"
    for name, colour in (("reference", BLACK), ("thinned", THINNED)):
        median = np.median(sets[name].layer_energies, axis=0) / 1e3
        lines = [x.get_ydata() for x in energies.lines if x.get_color() == colour]
        assert any(np.allclose(line, median) for line in lines)


def test_correlations_of_chosen_observables(calibrated):
    drawn = draw("correlations", calibrated, names=["sigma", "E_tot"])
    ticks = [tick.get_text() for tick in drawn.axes[0].get_xticklabels()]
    names = ["sigma_0", "sigma_1", "sigma_2", "E_tot"]
    assert ticks == [KIND.observables[name].label for name in names]
    with pytest.raises(UserError, match="no observable E_22"):
        draw("correlations", calibrated, names=["E_22"])


def test_rank_correlation_of_showers(showers):
    energies = compute(showers["reference"])
    matrix = correlation(energies, ["E_0", "E_tot", "max_depth"])
    np.testing.assert_allclose(np.diag(matrix), 1)
    expected = spearmanr(energies["E_0"], energies["E_tot"]).statistic
    assert matrix[0, 1] == pytest.approx(expected)


def test_numbered_observables_stand_side_by_side_where_numbers_are_left_out():
    """Layers 0 to 3 and 12 to 14: no line crosses the layers between, which do not exist."""
    geometry = Geometry.from_config(geometry_config("calochallenge_1_pions"))
    family = [x for x in ShowerKind.of(geometry).observables.values() if stem(x.name) == "E"]
    truth = np.outer([1, 2, 3], np.arange(1.0, 8))
    figure = new_figure(4, 4, "profile")
    draw_profile(figure, figure.add_gridspec(1, 1)[0], family, truth, [Profile(truth, BLACK)])
    (top,) = figure.axes
    (bottom,) = top.child_axes
    np.testing.assert_array_equal(top.lines[0].get_xdata(), np.arange(7))
    ticks = [label.get_text() for label in bottom.get_xticklabels()]
    assert ticks == ["0", "1", "2", "3", "12", "13", "14"]
    np.testing.assert_array_equal(bottom.get_xticks(), np.arange(7))
