import json
from copy import copy
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import yaml
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure as Canvas
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KDTree

from ultimetric import events as events_module
from ultimetric.classifiers.calibration import calibration_error
from ultimetric.classifiers.weights import History, Side, Weights, write_weights
from ultimetric.errors import UserError
from ultimetric.events import concatenate, read_events, write_events
from ultimetric.findings.table import Failure
from ultimetric.figures.auc_correlation import SUMS
from ultimetric.figures.auc_energy import auc_in_bins, bins_of
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.binning import shown_edges
from ultimetric.figures.calibration import reliability
from ultimetric.figures.classifier_losses import used
from ultimetric.figures.clustering import find_tails, rank
from ultimetric.figures.correlations import correlation
from ultimetric.figures.histograms import Curve, Histogram, draw_panel, mark_beyond
from ultimetric.figures.labels import FLOOR
from ultimetric.figures.numbers import with_error
from ultimetric.figures.palette import ACCENTS, BLACK, GREYS, colours, line_styles
from ultimetric.figures.scores import auc_with_error
from ultimetric.figures.style import look, message
from ultimetric.figures.weight_axes import VARIANTS
from ultimetric.figures.weight_uncertainty import relative_spread
from ultimetric.figures.weights import BAND, DRAWS, band
from ultimetric.kinds.observables import Condition
from ultimetric.kinds.showers.figures.averages import mean_images
from ultimetric.kinds.showers.figures.neighbours import nearest
from ultimetric.kinds.showers.figures.response import central_width, response_moments
from ultimetric.kinds.showers.figures.voxel_spectrum import spectra
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.showers.regression.predictions import JUDGED, Predictions, write_predictions
from ultimetric.metrics.base import Row
from ultimetric.observed import compute
from ultimetric.observed import write_table as write_observables
from ultimetric.planning.declared import modules
from ultimetric.plugins import load_plugin
from ultimetric.stages.figure import figure as figure_stage
from ultimetric.tables import write_table

ROOT = Path(__file__).parents[1]
GEOMETRY = Geometry.from_config(geometry_config("calogan_coarse"))
KIND = ShowerKind.of(GEOMETRY)
PLUGINS = {
    path.stem: f"ultimetric.{folder}.{path.stem}"
    for folder in ("figures", "kinds.showers.figures")
    for path in (ROOT / "workflow/ultimetric" / folder.replace(".", "/")).glob("*.py")
    if path.stem in modules("figures") and "(Figure):" in path.read_text()
}
MODULES = sorted(PLUGINS)
NAMES = [FLOOR, "thinned", "planted"]
CONTROLS = (FLOOR, "planted")
NOTE = "incident energies differ, matched by stratified resampling: 450 showers"
N = 900
LINES, STEPS = 6, 5
HISTORY = ("network", "epoch", "train", "validation", "lr", "seconds")
ROWS = (
    [
        Row("eplus", name, test, features, metric, value, 0.01)
        for name, test, features, metric, value in (
            (FLOOR, "dnn", "high_level", "auc", 0.5),
            (FLOOR, "histogram", "", "separation:sum", 0.25),
            ("thinned", "dnn", "high_level", "auc", 0.91),
            ("thinned", "dnn", "unnormalised", "auc", 0.83),
            ("thinned", "histogram", "", "separation:sum", 0.75),
            ("thinned", "unbinned", "", "w1:sum", 3.5),
            ("thinned", "model", "shapes", "rate", 11.0),
            ("thinned", "model", "shapes", "distortion", 22.0),
            ("planted", "histogram", "", "separation:sum", 0.35),
            ("thinned", "dnn", "high_level", "auc_before", 0.9),
            ("thinned", "dnn", "high_level", "auc_reweighted", 0.52),
            ("thinned", "dnn", "high_level", "auc_reweighted_control", 0.58),
            ("thinned", "dnn", "high_level", "auc_reweighted_floor", 0.5),
            ("thinned", "dnn", "high_level", "ideal_auc_reweighted_control", 0.6),
            ("thinned", "dnn", "high_level", "effective_size", 0.7),
            ("thinned", "dnn", "high_level", "closure_before:E_0", 0.3),
            ("thinned", "dnn", "high_level", "closure:E_0", 0.1),
            ("thinned", "dnn", "high_level", "closure_floor:E_0", 0.05),
            ("planted", "model", "shapes", "rate", 5.0),
            ("planted", "model", "shapes", "distortion", 33.0),
            *(
                (name, "dnn", "high_level", metric, -1.5 - i - 2 * (name not in metric))
                for name in NAMES
                for i, metric in enumerate(["log_posterior", *(f"consistency:{x}" for x in NAMES)])
            ),
        )
    ]
    + [
        Row("eplus_gamma", "thinned", "dnn", "high_level", f"accuracy:{a}_to_{b}", 0.6, 0.01)
        for a in ("truth", "sample")
        for b in ("truth", "sample")
    ]
    + [
        Row("eplus", name, "dnn", "high_level", metric, value, 0.01, repeats=10)
        for name, metric, value in (
            (FLOOR, "trial_false_finds", 0.1),
            (FLOOR, "trial_auc", 0.5),
            (FLOOR, "trial_auc_bound", 0.5),
            ("planted", "trial_found_first", 0.9),
            ("planted", "trial_auc", 0.58),
            ("planted", "trial_auc_bound", 0.6),
        )
    ]
)

FAILURES = [
    Failure("eplus", "thinned", rank, name, "w > 2", "0.05", "99", "1e-9", "All is wrong")
    for rank, name in enumerate(("E_inc", "E_0 x E_1", "voxel_1_0_2", "max_depth", "E_2"), 1)
]


def make_side(logit: np.ndarray, score: np.ndarray) -> Side:
    index = np.arange(len(logit))
    scores = np.stack([score, score + 0.5 * np.sin(np.arange(len(score)))], axis=1)
    spread = np.full(len(logit), 0.1)
    fold = np.zeros((len(logit), 2), int)
    return Side(index, fold, scores, logit, spread, np.exp(logit), np.exp(logit) * 0.1)


def make_weights(truth_logit: np.ndarray, sample_logit: np.ndarray, calibrated: bool) -> Weights:
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


@pytest.fixture(scope="module")
def showers():
    """Truth, independent truth, and truth thinned by a known, energy-dependent acceptance."""
    full = read_events(ROOT / "workflow/resources/showers/eplus.hdf5", KIND)
    rng = np.random.default_rng(3)
    full = full[rng.permutation(len(full))]
    rest = full[2 * N :]
    accepted = rest[rng.random(len(rest)) < acceptance(rest.energy)]
    return {"reference": full[:N], FLOOR: full[N : 2 * N], "thinned": accepted[:N]}


def acceptance(energy: np.ndarray) -> np.ndarray:
    return 0.1 + 0.9 * energy / 100


@pytest.fixture(scope="module")
def calibrated(showers, tmp_path_factory) -> FigureInputs:
    return make_inputs(showers, tmp_path_factory.mktemp("calibrated"), calibrated=True)


def make_inputs(showers, folder: Path, calibrated: bool) -> FigureInputs:
    sets = {**showers, "planted": showers[FLOOR][: N // 2]}
    for name, content in sets.items():
        note = {"note": NOTE, "epoch": "7"} if name == "thinned" else {}
        write_events(folder / f"{name}.hdf5", content, **note)
        write_observables(folder / f"{name}-observables.hdf5", content)
    truth, rng = showers["reference"], np.random.default_rng(4)
    for name in NAMES:
        if name == "thinned":
            pair = [np.log(0.55 / acceptance(x.energy)) for x in (truth, sets[name])]
        else:
            pair = [rng.normal(shift, 0.3, len(x)) for shift, x in ((0.1, truth), (0, sets[name]))]
        weights = make_weights(*pair, calibrated=calibrated)
        tests = {("dnn", features): weights for features in ("high_level", "unnormalised")}
        write_weights(folder / f"{name}-weights.hdf5", tests)
    epochs = [("flow", i, 10 / i, 11 / i, 1e-3, 2) for i in range(1, 9)]
    write_table(folder / "thinned.csv", HISTORY, epochs)
    scan = concatenate([truth[: 2 * LINES * STEPS]])
    write_events(folder / "scan.hdf5", scan, lines=str(LINES), steps=str(STEPS))
    estimated = {JUDGED: truth, **{name: sets[name] for name in NAMES}}
    found = {}
    for name, content in estimated.items():
        mean = content.energy * (1 + 0.1 * rng.normal(size=len(content)))
        found[name] = Predictions(content.energy, mean, 0.1 * content.energy)
    write_predictions(folder / "regression.hdf5", found)
    return FigureInputs(
        dataset="eplus",
        kind=KIND,
        truth=folder / "reference.hdf5",
        samples={name: folder / f"{name}.hdf5" for name in NAMES},
        controls=CONTROLS,
        truth_observables=folder / "reference-observables.hdf5",
        observables={name: folder / f"{name}-observables.hdf5" for name in NAMES},
        weights={name: folder / f"{name}-weights.hdf5" for name in NAMES},
        histories={"thinned": folder / "thinned.csv"},
        scans={"thinned": folder / "scan.hdf5"},
        rows=ROWS,
        style={
            "labels": {"thinned": "Thinned", "planted": "planted fault"} | ShowerKind.labels,
            "colours": {**colours(NAMES, CONTROLS), "thinned": "#123456"},
        },
        regression=folder / "regression.hdf5",
        failures=FAILURES,
    )


def draw(module: str, inputs: FigureInputs, **options) -> Canvas:
    with look():
        drawn = load_plugin(PLUGINS[module], Figure)(options).draw(inputs)
        drawn.canvas.draw()
    return drawn


def all_axes(drawn: Canvas) -> list:
    return [axes for panel in drawn.axes for axes in (panel, *panel.child_axes)]


def words(drawn: Canvas) -> str:
    return "\n".join(text.get_text() for text in drawn.findobj(lambda x: hasattr(x, "get_text")))


def steps(axes, colour: str, dashed: bool) -> np.ndarray:
    """The stairs of a colour in an axes."""
    found = [
        patch
        for patch in axes.patches
        if patch.get_edgecolor() == to_rgba(colour)
        and (patch.get_linestyle() not in ("-", "solid")) == dashed
    ]
    assert len(found) == 1
    return found[0].get_data()


def test_every_figure_has_a_caption():
    assert len(MODULES) >= 15
    missing = [m for m in MODULES if not (ROOT / f"workflow/report/{m}.rst").is_file()]
    assert missing == []


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_every_figure_names_its_dataset_and_its_axes(module, calibrated):
    drawn = draw(module, calibrated)
    assert "e⁺" in drawn.texts[0].get_text()
    for axes in all_axes(drawn):
        labelled_below = bool(axes.child_axes)
        shared_axis = bool(axes.images) or axes.findobj(QuadMesh)
        assert axes.get_xlabel() or axes.get_ylabel() or labelled_below or shared_axis


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"inputs": "high_level"}])
@pytest.mark.parametrize("module", MODULES)
def test_the_legend_and_the_title_cover_nothing(module, options, calibrated):
    drawn = draw(module, calibrated, **options)
    renderer = drawn.canvas.get_renderer()
    boxes = [axes.get_tightbbox(renderer) for axes in drawn.axes if axes.get_visible()]
    header = [drawn.texts[0], *drawn.legends]
    for item in header:
        extent = item.get_window_extent(renderer)
        assert not any(extent.overlaps(box) for box in boxes if box)
        assert extent.x1 <= drawn.bbox.x1
    for axes in drawn.axes:
        if legend := axes.get_legend():
            assert not legend.get_window_extent(renderer).overlaps(
                axes.get_window_extent(renderer)
            )
    title, *legends = (item.get_window_extent(renderer) for item in header)
    assert not any(title.overlaps(legend) for legend in legends)


@pytest.mark.slow
@pytest.mark.parametrize(
    "module", ["weights", "calibration", "clustering", "findings", "weight_uncertainty"]
)
def test_the_banner_stands_exactly_where_weights_failed(module, calibrated, showers, tmp_path):
    failed = make_inputs(showers, tmp_path, calibrated=False)
    banner = "CALIBRATION FAILED" if module == "calibration" else "WEIGHTS NOT TO BE TRUSTED"
    assert banner not in words(draw(module, calibrated))
    assert banner in words(draw(module, failed))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "unit"),
    [
        ("averages", "mean deposit (MeV)"),
        ("gallery", "deposit (MeV)"),
        ("neighbours", "deposit (MeV)"),
        ("voxel_spectrum", "voxel energy (MeV)"),
        ("response", r"$E_\mathrm{inc}$ (GeV)"),
        ("energy_regression", r"$E_\mathrm{inc}$ (GeV)"),
        ("auc_energy", r"$E_\mathrm{inc}$ (GeV)"),
        ("observables", r"$E_\mathrm{tot}$ (GeV)"),
        ("findings", "energy of voxel (0, 2), layer 1 (MeV)"),
        ("classifier_losses", "binary cross-entropy (nats)"),
    ],
)
def test_units(module, unit, calibrated):
    assert unit in words(draw(module, calibrated))


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
    values, edges, _ = steps(panel, "#123456", dashed=False)
    truth, sample = (compute(showers[k])["E_tot"] for k in ("reference", "thinned"))
    expected_truth, expected = (np.histogram(x, edges)[0] / N for x in (truth, sample))
    shown = np.isfinite(values)
    assert shown.sum() > 5
    np.testing.assert_allclose(values[shown], expected[shown] / expected_truth[shown])

    reweighted, _, _ = steps(panel, "#123456", dashed=True)
    low, high = edges[:-1][shown] < 30, edges[:-1][shown] > 70
    assert values[shown][low].mean() < 0.7
    assert values[shown][high].mean() > 1.3
    assert reweighted[shown][low].mean() == pytest.approx(1, abs=0.15)
    assert reweighted[shown][high].mean() == pytest.approx(1, abs=0.15)


@pytest.mark.slow
def test_observables_without_reweighting(calibrated):
    drawn = draw("observables", calibrated, reweighted=False)
    assert "reweighted" not in words(drawn)


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


def test_roc_legend_states_the_auc(calibrated):
    drawn = draw("roc", calibrated)
    assert [axes.get_title() for axes in drawn.axes] == [
        "high-level features",
        "unnormalised voxels",
    ]
    texts = [text.get_text() for text in drawn.axes[0].get_legend().get_texts()]
    weights = calibrated.read_weights("thinned", "dnn", "high_level")
    aucs = [roc_auc_score(weights.label, score) for score in weights.joined("score").T]
    auc = np.mean(aucs)
    assert auc > 0.6
    (text,) = (text for text in texts if text.startswith("Thinned"))
    assert text.startswith(f"Thinned: AUC {auc:.3f}(")
    curve = next(line for line in drawn.axes[0].lines if line.get_label() == text)
    area = np.trapezoid(curve.get_ydata(), curve.get_xdata())
    assert area == pytest.approx(auc, abs=0.002)


def test_auc_error_joins_test_showers_and_repeats(calibrated):
    weights = calibrated.read_weights("thinned", "dnn", "high_level")
    columns = weights.joined("score").T
    spread = np.std([roc_auc_score(weights.label, score) for score in columns], ddof=1)
    _, error = auc_with_error(weights)
    assert spread > 0.005
    # Hanley and McNeil (1982) for AUCs of 0.6 to 0.7 with 900 showers each: 0.012 to 0.014.
    assert error == pytest.approx(np.hypot(0.013, spread / np.sqrt(len(columns))), rel=0.1)


def test_weight_histograms_count_every_shower(calibrated):
    """Weights beyond the axis are clipped into its end bins and the text says how many."""
    drawn = draw("weights", calibrated, inputs="high_level")
    linear, logarithmic = drawn.axes
    weights = calibrated.read_weights("thinned", "dnn", "high_level")
    for axes in (linear, logarithmic):
        values, _, _ = steps(axes, "#123456", dashed=False)
        assert values.sum() == pytest.approx(1)
    beyond = 100 * (weights.truth.w > 3).mean()
    assert beyond > 1
    assert f"{beyond:.1f} % of truth" in words(drawn)
    assert f"mean w over the sample {weights.sample.w.mean():.4g}" in words(drawn)


def test_every_kind_of_axis_counts_every_shower(calibrated):
    variants = ["linear", "clipped", "loglog", "decades"]
    drawn = draw("weights", calibrated, inputs="high_level", variants=variants)
    assert len(drawn.axes) == 4
    for axes in drawn.axes:
        values, _, _ = steps(axes, "#123456", dashed=False)
        assert values.sum() == pytest.approx(1)
    assert [len(steps(a, "#123456", dashed=False)[1]) for a in drawn.axes[:3]] == [50] * 3
    assert drawn.axes[2].get_xlim() == (0.01, 10)
    w = calibrated.read_weights("thinned", "dnn", "high_level").joined("w")
    _, high = drawn.axes[1].get_xlim()
    assert (w > high).sum() <= 1
    assert "correlated" not in words(drawn)
    with pytest.raises(UserError, match="no variant cubic; there are linear, clipped"):
        draw("weights", calibrated, variants=["cubic"])


def test_bands_of_weights_by_hand():
    """Log w = 0 of all showers with a spread of 1: a draw puts them all into one bin."""
    axis = VARIANTS["loglog"](np.ones(1))
    side = replace(make_side(np.zeros(100), np.zeros(100)), logit_std=np.ones(100))
    low, high = band(axis, side)
    assert (low == 0).all()
    moved = np.array([axis.fractions(np.exp([z]))[None] for z in DRAWS])[:, 0]
    assert np.allclose(high, np.quantile(moved, BAND[1], axis=0))
    low, high = band(axis, replace(side, logit_std=np.zeros(100)))
    assert low.max() == high.max() == 1
    assert band(axis, replace(side, logit_std=np.full(100, np.nan))) is None


def test_bands_are_drawn_if_wanted(calibrated):
    options = {"inputs": "high_level", "variants": ["loglog"]}
    plain, banded = (draw("weights", calibrated, band=x, **options) for x in (False, True))
    assert len(banded.axes[0].patches) == len(plain.axes[0].patches) + 2
    assert "fully correlated" in words(banded)


def test_spread_of_weights_in_bins():
    w = np.repeat([0.5, 1.0, 2.0], [100, 100, 5])
    share = np.concatenate([np.linspace(0, 0.2, 100), np.full(100, 0.3), np.full(5, 9.0)])
    side = replace(make_side(np.log(w), np.log(w)), w_std=w * share)
    centre, (low, middle, high) = relative_spread(side, np.array([0.1, 0.7, 1.5, 9.0]))
    assert centre[:2] == pytest.approx([0.5, 1])
    assert middle[:2] == pytest.approx([0.1, 0.3])
    assert [low[0], high[0]] == pytest.approx([0.2 * 0.1587, 0.2 * 0.8413], rel=0.02)
    assert np.isnan([centre[2], low[2], middle[2], high[2]]).all()


def test_weights_of_one_training_have_no_spread_to_show(calibrated, tmp_path):
    weights = calibrated.read_weights("thinned", "dnn", "high_level")
    sides = [replace(x, w_std=np.full(len(x.w), np.nan)) for x in (weights.truth, weights.sample)]
    path = tmp_path / "single.hdf5"
    alone = replace(weights, truth=sides[0], sample=sides[1])
    write_weights(path, {("dnn", "high_level"): alone})
    inputs = replace(
        calibrated,
        samples={"thinned": calibrated.samples["thinned"]},
        weights={"thinned": path},
    )
    with pytest.raises(NothingToShowError, match="without a posterior have no spread"):
        draw("weight_uncertainty", inputs)


@pytest.mark.slow
def test_weights_that_keep_few_showers_reweight_nothing(calibrated, tmp_path):
    weights = calibrated.read_weights("thinned", "dnn", "high_level")
    w = np.full(len(weights.sample.w), 1e-6)
    w[:3] = 100
    path = tmp_path / "few.hdf5"
    few = replace(weights, sample=replace(weights.sample, w=w))
    write_weights(path, {("dnn", "high_level"): few})
    inputs = replace(calibrated, weights={**calibrated.weights, "thinned": path})
    drawn = draw("observables", inputs)
    assert "effective sample size is below 1 %: Thinned (0.3 %)" in words(drawn)
    assert "reweighted with w" not in words(drawn)
    assert "not reweighted" not in words(draw("observables", calibrated))


def test_summary_and_roc_agree(calibrated):
    roc = words(draw("roc", calibrated))
    numbers = [text.get_text() for axes in draw("summary", calibrated).axes for text in axes.texts]
    assert len(numbers) == 2 * len(NAMES)
    assert all(f"AUC {number}" in roc for number in numbers)


def test_averages_title_is_the_mean_layer_energy(calibrated, showers):
    drawn = draw("averages", calibrated)
    mean = showers["reference"].layer_energies.mean(0)
    assert f"truth\n{mean[0] / 1e3:.2f} GeV" in words(drawn)
    assert f"{mean[2]:.1f} MeV" in words(drawn)


def test_a_sample_keeps_its_colour(calibrated):
    assert calibrated.colour("thinned") == "#123456"
    curves = [line for line in draw("roc", calibrated).axes[0].lines if "AUC" in line.get_label()]
    assert [line.get_color() for line in curves] == [GREYS[0], "#123456", GREYS[1]]
    assert [line.get_linestyle() for line in curves] == ["--", "-", "--"]


def oklab(colour: str, vision: list[list[float]]) -> np.ndarray:
    """A colour as a dichromat sees it, in Oklab, where equal distances look equal."""
    rgb = np.array(to_rgba(colour)[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    lms = np.cbrt(cones @ np.clip(vision @ linear, 0, 1))
    return [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]] @ lms


# Machado, Oliveira and Fernandes (2009), complete protanopia and deuteranopia.
@pytest.mark.parametrize(
    ("vision", "least"),
    [
        (np.eye(3), 0.12),
        ([[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]], 0.08),
        ([[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]], 0.08),
    ],
)
def test_accents_are_told_apart_by_any_vision(vision, least):
    assert len(ACCENTS) >= 14
    seen = [oklab(colour, vision) for colour in ACCENTS]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > least


def test_every_sample_of_a_large_study_has_its_own_colour():
    study = ROOT / "workflow" / "studies" / "noise-injection.yaml"
    generators = yaml.safe_load(study.read_text())["generators"]
    controls = {FLOOR: "floor", "positive_control": "power control"}
    chosen = colours([FLOOR, *generators], controls)
    assert len(set(chosen.values())) == len(generators) + 1 >= 11
    assert [chosen[name] for name in controls] == list(GREYS[:2])


def test_a_second_round_of_colours_has_other_lines(calibrated):
    names = ["control", *(f"s{i}" for i in range(2 * len(ACCENTS) + 1))]
    chosen, lines = colours(names, ["control"]), line_styles(names, ["control"])
    looks = {(chosen[name], lines.get(name, "-")) for name in names}
    assert len(looks) == len(names)
    assert "control" not in lines
    second = replace(calibrated, style={**calibrated.style, "lines": {"thinned": "-."}})
    assert second.curve("thinned")["linestyle"] == "-."
    assert second.points("thinned")["marker"] == "s"
    assert calibrated.points("thinned")["marker"] == "o"


@pytest.mark.slow
def test_controls_are_left_out_unless_wanted(calibrated):
    assert "planted fault" not in words(draw("observables", calibrated))
    assert "planted fault" in words(draw("observables", calibrated, controls=True))
    assert "planted fault" not in words(draw("roc", calibrated, controls=False))
    alone = replace(calibrated, samples={"planted": calibrated.samples["planted"]})
    assert "planted fault" in words(draw("weights", alone))


@pytest.mark.slow
@pytest.mark.parametrize("module", ["weights", "clustering", "observables", "voxel_spectrum"])
def test_what_was_done_to_a_sample_stands_above_it(module, calibrated):
    assert f"Thinned: {NOTE}" in words(draw(module, calibrated))


def test_unknown_options_are_refused(calibrated):
    with pytest.raises(UserError, match="unknown option gruop"):
        draw("observables", calibrated, gruop="shape")
    with pytest.raises(UserError, match="no E_22 in group 'energies'"):
        draw("observables", calibrated, names=["E_2", "E_22"])
    with pytest.raises(UserError, match="bins must be at least 5"):
        draw("auc_energy", calibrated, bins=4)
    with pytest.raises(UserError, match="no group 'colour'"):
        draw("observables", calibrated, group="colour")
    with pytest.raises(UserError, match="no weights file of eplus has test 'bdt'"):
        draw("roc", calibrated, test="bdt")


def run_stage(inputs: FigureInputs, folder: Path, module: str, **options) -> list[bytes]:
    """The PDF and PNG that the stage writes."""
    cfg = {
        "dataset": "eplus",
        "kind": {
            "plugin": "ultimetric.kinds.showers.kind",
            "options": {"geometry": geometry_config("calogan_coarse")},
            "observables": [{"plugin": "ultimetric.kinds.showers.observables"}],
        },
        "figure": {"plugin": PLUGINS[module], **options},
        "samples": list(inputs.samples),
        "controls": list(inputs.controls),
        "histories": list(inputs.histories),
        "scans": list(inputs.scans),
        "exact": list(inputs.exact),
        "style": inputs.style,
    }
    paths = {
        "truth": [inputs.truth],
        "samples": list(inputs.samples.values()),
        "truth_observables": [inputs.truth_observables],
        "observables": [inputs.observables[name] for name in inputs.samples],
        "weights": list(inputs.weights.values()),
        "histories": list(inputs.histories.values()),
        "scans": list(inputs.scans.values()),
        "regression": [inputs.regression] if inputs.regression else [],
    }
    outputs = {kind: folder / f"figure.{kind}" for kind in ("pdf", "png")}
    figure_stage(json.loads(json.dumps(cfg)), paths, outputs)
    return [path.read_bytes() for path in outputs.values()]


@pytest.mark.slow
def test_stage_writes_the_same_files_twice(calibrated, tmp_path):
    pdf, png = run_stage(calibrated, tmp_path, "weights", inputs="high_level")
    assert [pdf, png] == run_stage(calibrated, tmp_path, "weights", inputs="high_level")
    assert pdf.startswith(b"%PDF")
    assert png.startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_style_of_the_user_does_not_get_in(calibrated, tmp_path):
    pdf, png = run_stage(calibrated, tmp_path, "summary", inputs="high_level")
    users = {"axes.grid": True, "lines.marker": "x", "axes.facecolor": "0.9", "font.size": 20}
    with matplotlib.rc_context(users):
        again = run_stage(calibrated, tmp_path, "summary", inputs="high_level")
        assert matplotlib.rcParams["axes.grid"]
    assert [pdf, png] == again


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_no_samples_give_a_figure_that_says_so(module, calibrated, tmp_path, monkeypatch):
    sentences = []
    monkeypatch.setattr(
        "ultimetric.stages.figure.message", lambda text: sentences.append(text) or message(text)
    )
    nothing = replace(calibrated, samples={}, controls=(), weights={}, histories={}, scans={})
    _, png = run_stage(nothing, tmp_path, module)
    assert png.startswith(b"\x89PNG")
    reason = "no generator was trained" if module == "losses" else "no sample was chosen"
    assert sentences == [f"e⁺: nothing to show, {reason}"]


def test_features_that_nobody_tested_give_a_figure_that_says_so(calibrated):
    with pytest.raises(NothingToShowError, match="no DNN test has layer energies"):
        draw("clustering", calibrated, inputs="energies")


def test_tails_by_threshold_or_by_quantile():
    w = np.linspace(0.05, 3.05, 1001)
    low, high = find_tails(w, low=0.1, high=2, fewest=20)
    assert (w[high.chosen] > 2).all()
    assert high.chosen.sum() == (w > 2).sum()
    assert high.text == f"w > 2: {high.chosen.sum()} of 1001"
    # Only 17 showers pass the lower threshold.
    assert low.chosen.sum() == pytest.approx(50, abs=1)
    assert "w < 0.1: 17 of 1001, so 5 % at w < 0.2" in low.text


def test_the_observable_that_makes_the_tail_ranks_first():
    rng = np.random.default_rng(5)
    values = {"noise": rng.normal(size=2000), "cause": rng.normal(size=2000)}
    tails = find_tails(np.exp(values["cause"]), low=0.3, high=3, fewest=20)
    ranked = rank(values, tails, list(values))
    assert ranked[0][0] == "cause"
    assert ranked[0][1] > 0.8
    assert ranked[1][1] < 0.1


RNG = np.random.default_rng(12)
CATALOGUE = KIND.observables


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


def test_steps_that_networks_use_are_marked(calibrated, tmp_path):
    """Losses fall to step 200 and rise again; what comes later is pale and off the axis."""
    weights = calibrated.read_weights("thinned", "dnn", "high_level")
    step = np.array([0, 100, 200, 300])
    losses = np.tile(np.array([0.69, 0.6, 0.5, 2.0])[:, None, None], (1, 2, 3))
    for chosen in (None, np.full((2, 3), 200)):
        at, loss = used(History(step, losses, losses, chosen))
        assert (at.tolist(), loss.tolist()) == ([200] * 6, [0.5] * 6)
    assert used(History(step, losses, losses, np.full((2, 3), 100)))[1].tolist() == [0.6] * 6
    path = tmp_path / "w.hdf5"
    history = History(step, losses, losses, np.full((2, 3), 200))
    write_weights(path, {("dnn", "high_level"): replace(weights, history=history)})
    inputs = replace(calibrated, weights={**calibrated.weights, "thinned": path})
    axes = draw("classifier_losses", inputs, inputs="high_level").axes[0]
    (marks,) = (x for x in axes.lines if x.get_marker() == "o" and x.get_color() == "#123456")
    assert set(marks.get_xdata()) == {200}
    assert axes.get_ylim()[1] < 1


def test_nearest_neighbours_in_mev(showers):
    chosen = showers["reference"][:5]
    found, distance = nearest(showers[FLOOR], chosen)
    expected, index = KDTree(showers[FLOOR].voxels).query(chosen.voxels)
    np.testing.assert_allclose(distance, expected[:, 0], rtol=1e-4)
    np.testing.assert_array_equal(found.energy, showers[FLOOR].energy[index[:, 0]])


def test_figures_reduce_over_blocks(calibrated, monkeypatch):
    truth, sample = calibrated.truth_events, calibrated.events("thinned")
    edges = np.logspace(-2, 5, 20)
    expected = (mean_images(truth), nearest(sample, truth[:5]), spectra(sample, edges))
    monkeypatch.setattr(events_module, "BLOCK", 128)
    images, (neighbours, distances), found = (
        mean_images(truth), nearest(sample, truth[:5]), spectra(sample, edges)
    )  # fmt: skip
    for image, whole in zip(images, expected[0], strict=True):
        np.testing.assert_allclose(image, whole, rtol=1e-12)
    np.testing.assert_array_equal(neighbours.voxels, expected[1][0].voxels)
    np.testing.assert_allclose(distances, expected[1][1], rtol=1e-5)
    for layer, whole in zip(found, expected[2], strict=True):
        np.testing.assert_array_equal(layer.values, whole.values)
        np.testing.assert_array_equal(layer.errors, whole.errors)


def test_auc_in_bins_of_energy():
    rng = np.random.default_rng(6)
    weights = make_weights(rng.normal(1, 1, 400), rng.normal(0, 1, 300), calibrated=True)
    energy = rng.uniform(1, 100, 700)
    edges = np.array([1, 40, 99, 99.5, 100])
    value, error = auc_in_bins(weights, energy, edges)
    inside = energy < 40
    score = weights.joined("score").mean(1)
    assert value[0] == pytest.approx(roc_auc_score(weights.label[inside], score[inside]))
    assert 0.01 < error[0] < 0.05


def test_response_of_a_known_detector(showers):
    """Every second shower 20 % up or down; one in a hundred far off rules the deviation alone."""
    truth = showers["reference"]
    scaled = truth.voxels * (truth.energy * 1e3 / truth.voxels.sum(1))[:, None]
    factor = np.where(np.arange(N) % 2, 0.8, 1.2)
    edges = np.linspace(1, 100, 4)

    def response(factor: np.ndarray) -> np.ndarray:
        return compute(replace(truth, voxels=scaled * factor[:, None]))["response"]

    moments = response_moments(truth.energy, response(factor), edges)
    np.testing.assert_allclose(moments["mean"][0], 1, atol=0.03)
    np.testing.assert_allclose(moments["width"][0], 0.2, atol=0.02)
    np.testing.assert_allclose(moments["deviation"][0], 0.2, atol=0.02)
    factor[::100] = 5
    moments = response_moments(truth.energy, response(factor), edges)
    np.testing.assert_allclose(moments["width"][0], 0.2, atol=0.02)
    assert moments["deviation"][0].max() > 0.35


def test_central_width_of_normal_numbers():
    rng = np.random.default_rng(11)
    widths, errors = np.array([central_width(x) for x in rng.normal(3, 2, (400, 900))]).T
    assert widths.mean() == pytest.approx(2, rel=0.01)
    assert errors.mean() == pytest.approx(widths.std(), rel=0.15)
    assert central_width(np.ones(20)) == (1 - 1, 0)


def test_reliability_of_an_exact_classifier_lies_in_its_null():
    rng = np.random.default_rng(7)
    logit = rng.normal(0, 1.5, 20000)
    truth = rng.random(20000) < 1 / (1 + np.exp(-logit))
    mean, fraction, null = reliability(make_weights(logit[truth], logit[~truth], True), 20)
    pulls = (fraction - mean) / null
    assert np.abs(pulls).max() < 4
    assert 0.6 < np.sqrt((pulls**2).mean()) < 1.4
    mean, fraction, null = reliability(
        make_weights(2 * logit[truth], 2 * logit[~truth], False), 20
    )
    assert np.abs((fraction - mean) / null).max() > 5


def test_reliability_and_calibration_error_agree_at_unequal_numbers():
    rng = np.random.default_rng(8)
    logit = rng.normal(0, 1.5, 30000)
    truth = rng.random(30000) < 1 / (1 + np.exp(-logit))
    # The fraction of sample showers kept does not change the likelihood ratio.
    weights = make_weights(logit[truth], logit[~truth][:3000], True)
    mean, fraction, null = reliability(weights, 15)
    assert np.abs((fraction - mean) / null).max() < 4
    error, limit = calibration_error(weights.joined("logit"), weights.label, 1)
    assert np.abs(fraction - mean).mean() == pytest.approx(error, rel=1e-3)
    assert error < limit


def test_reliability_of_a_blind_classifier():
    mean, fraction, null = reliability(make_weights(np.zeros(3000), np.zeros(3000), True), 15)
    assert np.abs((fraction - mean) / null).max() < 4


def layer_spectrum(voxels: np.ndarray) -> Histogram:
    """Spectrum of the voxels (N, V) of a single layer."""
    shape = (voxels.shape[1], 1)
    geometry = Geometry("layer", (shape,), (1,), 100, 0.01, (1, 100), ((1, 1),))
    (found,) = spectra(
        Showers(ShowerKind.of(geometry), np.ones(len(voxels)), voxels), np.array([1.0, 1.5, 2.0])
    )
    return found


def test_errors_of_the_voxel_spectrum_know_that_voxels_of_a_shower_are_correlated():
    rng = np.random.default_rng(9)
    # All 10 voxels of a shower are filled, or none is.
    voxels = np.where(rng.random((4000, 1)) < 0.5, rng.uniform(1, 2, (4000, 10)), 0)
    found = layer_spectrum(voxels)
    assert found.values.sum() == pytest.approx(5, rel=0.1)
    # Per shower and bin n, binomial of 10 with chance 1/2, in half of the showers.
    np.testing.assert_allclose(found.errors, np.sqrt((27.5 / 2 - 2.5**2) / 4000), rtol=0.05)
    everything = layer_spectrum(np.full((10, 3), 1.2))
    np.testing.assert_array_equal(everything.values, [3, 0])
    np.testing.assert_array_equal(everything.errors, 0)


def test_rank_correlation_of_showers(showers):
    energies = compute(showers["reference"])
    matrix = correlation(energies, ["E_0", "E_tot", "max_depth"])
    np.testing.assert_allclose(np.diag(matrix), 1)
    expected = spearmanr(energies["E_0"], energies["E_tot"]).statistic
    assert matrix[0, 1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.7852, 0.0071, "0.785(7)"),
        (0.3451, 0.0124, "0.345(12)"),
        (0.756, 0.0198, "0.756(20)"),
        (0.5, 0.00961, "0.500(10)"),
        (0.99996, 0.00004, "0.99996(4)"),
        (-0.0012, 0.003, "-0.001(3)"),
        (12.34, 1.96, "12.3(2.0)"),
        (1234.5, 31.0, "1230(30)"),
        (0.5, float("nan"), "0.5"),
        (float("nan"), 0.1, "–"),
    ],
)
def test_value_with_error(value, error, text):
    assert with_error(value, error) == text


def points(axes) -> list[tuple[float, float]]:
    """Where error bars have their points."""
    return [
        (float(x), float(y))
        for container in axes.containers
        for x, y in zip(*container[0].get_data(), strict=True)
        if np.isfinite([x, y]).all()
    ]


def test_ranking_puts_samples_at_their_numbers(calibrated):
    axes = {"x": {"metric": "separation:sum"}, "y": {"metric": "auc"}}
    first, second = draw("auc_correlation", calibrated, **axes).axes
    assert points(first) == [(0.25, 0.5), (0.75, 0.91)]
    assert points(second) == [(0.75, 0.83)]
    with pytest.raises(NothingToShowError, match="inputs"):
        draw("auc_correlation", replace(calibrated, rows=[]), **axes)


def test_rate_distortion_goes_along_the_rate(calibrated):
    shown = [
        {"x": {"metric": "rate"}, "y": {"metric": y}} for y in ("distortion", "separation:sum")
    ]
    left, right = draw("auc_correlation", calibrated, panels=shown, line=True).axes
    assert sorted(points(left)) == [(5, 33), (11, 22)]
    assert sorted(points(right)) == [(5, 0.35), (11, 0.75)]
    assert [5, 11] in [list(line.get_xdata()) for line in left.lines]


def test_epochs_shows_samples_of_an_epoch_only(calibrated):
    shown = [{"x": {"metric": "epoch"}, "y": {"metric": y}} for y in ("auc", *SUMS)]
    first, second, separation, w1 = draw("auc_correlation", calibrated, panels=shown).axes
    assert [points(first), points(second)] == [[(7, 0.91)], [(7, 0.83)]]
    assert points(separation) == [(7, 0.75)]
    assert points(w1) == [(7, 3.5)]


def test_scan_curves_average_over_lines(calibrated):
    drawn = draw("scan_curves", calibrated, names=["E_tot", "s_d"])
    showers = calibrated.truth_events[: 2 * LINES * STEPS]
    total = compute(showers)["E_tot"].reshape(2, STEPS, LINES)
    for axes, expected in zip(drawn.axes[:2], total, strict=True):
        mean = next(line for line in axes.lines if line.get_linewidth() == 2)
        assert np.allclose(mean.get_ydata(), expected.mean(1))
        assert len(axes.lines) == 5
    assert list(drawn.axes[0].lines[0].get_xdata()) == pytest.approx(np.geomspace(1, 100, STEPS))


def test_scan_images_follow_one_line(calibrated):
    energies = calibrated.truth_events.condition[:, 0]
    for along, start in (("energy", 0), ("walk", LINES * STEPS)):
        drawn = words(draw("scan_images", calibrated, along=along, rows=3))
        for step in (0, 2, 4):
            energy = energies[start + step * LINES]
            assert f"E {energy:.2f} GeV" in drawn
    with pytest.raises(UserError, match="along 'noise' is not one of"):
        draw("scan_images", calibrated, along="noise")


def test_a_scan_without_latent_space_has_no_walk(calibrated, tmp_path):
    path = tmp_path / "scan.hdf5"
    attributes = {"lines": str(LINES), "steps": str(STEPS)}
    write_events(path, calibrated.truth_events[: LINES * STEPS], **attributes)
    inputs = replace(calibrated, scans={"thinned": path})
    assert not draw("scan_curves", inputs).axes[1].lines
    with pytest.raises(NothingToShowError, match="latent space"):
        draw("scan_images", inputs, along="walk")


@pytest.mark.slow
def test_losses_together_share_a_panel(calibrated, tmp_path):
    other = tmp_path / "planted.csv"
    other.write_text(calibrated.histories["thinned"].read_text().replace(",10", ",20"))
    inputs = replace(calibrated, histories={**calibrated.histories, "planted": other})
    assert len(draw("losses", inputs).axes) == 2
    (axes,) = draw("losses", inputs, together=True).axes
    assert axes.get_title(loc="left") == "flow"
    assert "planted fault" in words(draw("losses", inputs, together=True))


def test_widths_that_are_stated_right_lie_on_the_diagonal(calibrated):
    *_, known = draw("energy_regression", calibrated).axes
    expected, seen = np.array(points(known)).T
    assert expected == pytest.approx(0.1)
    assert seen == pytest.approx(0.1, rel=0.35)


def test_energies_that_nobody_estimated_give_a_figure_that_says_so(calibrated):
    with pytest.raises(NothingToShowError, match="no energy was estimated"):
        draw("energy_regression", replace(calibrated, regression=None))


def test_consistency_frames_the_truth_and_marks_the_largest_of_a_row(calibrated):
    (axes,) = draw("consistency", calibrated, inputs="high_level").axes
    (image,) = axes.images
    # Rows: truth (the log posteriors), then the showers of each sample; columns: classes.
    expected = [[-3.5, -3.5, -3.5], [-2.5, -5.5, -6.5], [-4.5, -3.5, -6.5], [-4.5, -5.5, -4.5]]
    below = np.max(expected, axis=1, keepdims=True) - expected
    np.testing.assert_allclose(image.get_array(), below)
    found = [
        [text.get_text() for text in axes.texts if text.get_position()[1] == i] for i in (1, 2)
    ]
    assert found == [
        ["−2.500(10)", "−5.500(10)", "−6.500(10)"],
        ["−4.500(10)", "−3.500(10)", "−6.500(10)"],
    ]
    assert axes.get_yticklabels()[0].get_text() == "truth"
    bold = {text.get_position() for text in axes.texts if text.get_weight() == "bold"}
    assert bold == {(0, 0), (1, 0), (2, 0), (0, 1), (1, 2), (0, 3), (2, 3)}
    with pytest.raises(NothingToShowError, match="inputs"):
        draw("consistency", replace(calibrated, rows=[]))


def several(values: dict[str, tuple[float, float]]) -> list[Row]:
    """AUCs of two feature sets for each sample."""
    return [
        Row("eplus", name, "dnn", features, "auc", value, 0.01)
        for name, both in values.items()
        for features, value in zip(("unnormalised", "high_level"), both, strict=True)
    ]


def test_auc_correlation_puts_samples_at_their_numbers(calibrated):
    values = {FLOOR: (0.5, 0.51), "thinned": (0.9, 0.7), "planted": (0.6, 0.8)}
    inputs = replace(calibrated, rows=several(values))
    (axes,) = draw("auc_correlation", inputs).axes
    assert points(axes) == list(values.values())
    # Pairs in order: two of three.
    assert axes.get_title(loc="left") == "3 samples: Spearman 0.50, Kendall 0.33"
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_xlabel() == "AUC\nDNN, unnormalised voxels"
    with pytest.raises(NothingToShowError, match="inputs"):
        draw("auc_correlation", replace(calibrated, rows=[]))


def test_auc_correlation_has_a_panel_for_each_choice(calibrated):
    auc = {"inputs": "high_level"}
    panels = [
        {"x": {"metric": "separation:sum"}, "y": auc},
        {"x": {"metric": "log_posterior", **auc}, "y": auc},
    ]
    first, second = draw("auc_correlation", calibrated, panels=panels).axes
    assert points(first) == [(0.25, 0.5), (0.75, 0.91)]
    assert first.get_xscale() == "log"
    assert first.get_title(loc="left") == "2 samples"
    assert points(second) == [(-3.5, 0.5), (-3.5, 0.91)]
    assert second.get_xlabel() == "mean log posterior (nats)\nDNN, high-level features"
    with pytest.raises(UserError, match="a panel has x and y"):
        draw("auc_correlation", calibrated, panels=[{"x": auc}])
    with pytest.raises(UserError, match="a panel has x and y"):
        draw("auc_correlation", calibrated, x={"feature": "high_level"})


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
        write_observables(paths[name], content)
    inputs = replace(
        calibrated,
        kind=kind,
        samples={"thinned": calibrated.samples["thinned"]},
        truth_observables=paths["reference"],
        observables={"thinned": paths["thinned"]},
    )
    drawn = draw("observables", inputs, reweighted=False)
    energies, total, response = drawn.axes
    assert energies.get_ylabel() == "$E_{i}$ (GeV)"
    assert energies.child_axes[0].get_xlabel() == "layer $i$"
    assert total.get_ylabel() == response.get_ylabel() == "fraction of showers"
    for name, colour in (("reference", BLACK), ("thinned", "#123456")):
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


def test_conditions_of_any_kind(calibrated):
    flavour = Condition("flavour", "flavour", "flavours", classes=("light", "bottom"))
    assert bins_of(flavour, np.array([0.0, 1.0]), 6).tolist() == [-0.5, 0.5, 1.5]
    kind = copy(KIND)
    kind.condition = None
    with pytest.raises(NothingToShowError, match="the showers have no condition"):
        draw("auc_energy", replace(calibrated, kind=kind))
