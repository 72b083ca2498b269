"""AUC, ROC curves and calibration of classifiers, and how networks were trained."""

from dataclasses import replace

import numpy as np
import pytest
from drawing import NAMES, THINNED, draw, epochs, make_weights, with_files, words
from sklearn.metrics import roc_auc_score

from ultimetric.classifiers.calibration import calibration_error
from ultimetric.classifiers.weights import History, write_weights
from ultimetric.figures.auc_energy import auc_in_bins
from ultimetric.figures.calibration import reliability
from ultimetric.figures.classifier_losses import used
from ultimetric.figures.scores import auc_with_error
from ultimetric.history import write_history


def test_roc_legend_states_the_auc(calibrated):
    drawn = draw("roc", calibrated)
    assert [axes.get_title() for axes in drawn.axes] == [
        "unnormalised voxels",
        "high-level inputs",
    ]
    texts = [text.get_text() for text in drawn.axes[1].get_legend().get_texts()]
    weights = calibrated.samples["thinned"].weights("dnn", "high_level")
    aucs = [roc_auc_score(weights.label, score) for score in weights.joined("score").T]
    auc = np.mean(aucs)
    assert auc > 0.6
    (text,) = (text for text in texts if text.startswith("Thinned"))
    assert text.startswith(f"Thinned: AUC {auc:.3f}(")
    curve = next(line for line in drawn.axes[1].lines if line.get_label() == text)
    area = np.trapezoid(curve.get_ydata(), curve.get_xdata())
    assert area == pytest.approx(auc, abs=0.002)


def test_auc_error_joins_test_showers_and_repeats(calibrated):
    weights = calibrated.samples["thinned"].weights("dnn", "high_level")
    columns = weights.joined("score").T
    spread = np.std([roc_auc_score(weights.label, score) for score in columns], ddof=1)
    _, error = auc_with_error(weights)
    assert spread > 0.005
    # Hanley and McNeil (1982) for AUCs of 0.6 to 0.7 with 900 showers each: 0.012 to 0.014.
    assert error == pytest.approx(np.hypot(0.013, spread / np.sqrt(len(columns))), rel=0.1)


def test_summary_and_roc_agree(calibrated):
    roc = words(draw("roc", calibrated))
    numbers = [text.get_text() for axes in draw("summary", calibrated).axes for text in axes.texts]
    assert len(numbers) == 2 * len(NAMES)
    assert all(f"AUC {number}" in roc for number in numbers)


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


def test_steps_that_networks_use_are_marked(calibrated, tmp_path):
    """Losses fall to step 200 and rise again; what comes later is pale and off the axis."""
    weights = calibrated.samples["thinned"].weights("dnn", "high_level")
    step = np.array([0, 100, 200, 300])
    losses = np.tile(np.array([0.69, 0.6, 0.5, 2.0])[:, None, None], (1, 2, 3))
    for chosen in (None, np.full((2, 3), 200)):
        at, loss = used(History(step, losses, losses, chosen))
        assert (at.tolist(), loss.tolist()) == ([200] * 6, [0.5] * 6)
    assert used(History(step, losses, losses, np.full((2, 3), 100)))[1].tolist() == [0.6] * 6
    path = tmp_path / "w.hdf5"
    history = History(step, losses, losses, np.full((2, 3), 200))
    write_weights(path, {("dnn", "high_level"): replace(weights, history=history)})
    inputs = with_files(calibrated, "thinned", weights=path)
    axes = draw("classifier_losses", inputs, inputs="high_level").axes[0]
    (marks,) = (x for x in axes.lines if x.get_marker() == "o" and x.get_color() == THINNED)
    assert set(marks.get_xdata()) == {200}
    assert axes.get_ylim()[1] < 1


@pytest.mark.slow
def test_losses_together_share_a_panel(calibrated, tmp_path):
    other = tmp_path / "planted.csv"
    write_history(other, epochs("flow", *((20 / i, 21 / i) for i in range(1, 9))))
    inputs = with_files(calibrated, "planted", history=other)
    assert len(draw("losses", inputs).axes) == 2
    (axes,) = draw("losses", inputs, together=True).axes
    assert axes.get_title(loc="left") == "flow"
    assert "planted fault" in words(draw("losses", inputs, together=True))
