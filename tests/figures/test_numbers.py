"""Figures of the numbers that analyses found, and how numbers are written."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from drawing import draw, numbers, points

from ultimetric.errors import UserError
from ultimetric.figures.base import NothingToShowError
from ultimetric.figures.cross_training import PUBLISHED
from ultimetric.figures.labels import BASELINE
from ultimetric.figures.numbers import with_error
from ultimetric.figures.rows import value


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


def test_ranking_puts_samples_at_their_numbers(calibrated):
    axes = {"x": {"metric": "separation_sum"}, "y": {"metric": "auc"}}
    first, second = draw("auc_correlation", calibrated, **axes).axes
    assert points(first) == [(0.25, 0.5), (0.75, 0.91)]
    assert points(second) == [(0.75, 0.83)]
    with pytest.raises(NothingToShowError, match="both numbers"):
        draw("auc_correlation", replace(calibrated, rows=numbers()), **axes)


def test_rate_distortion_goes_along_the_rate(calibrated):
    shown = [
        {"x": {"metric": "rate"}, "y": {"metric": y}} for y in ("distortion", "separation_sum")
    ]
    left, right = draw("auc_correlation", calibrated, panels=shown, line=True).axes
    assert sorted(points(left)) == [(5, 33), (11, 22)]
    assert sorted(points(right)) == [(5, 0.35), (11, 0.75)]
    assert [5, 11] in [list(line.get_xdata()) for line in left.lines]


def several(values: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """AUCs of two sets of inputs for each sample."""
    return numbers(
        *(
            {"sample": name, "inputs": inputs, "metric": "auc", "value": value, "error": 0.01}
            for name, both in values.items()
            for inputs, value in zip(("unnormalised", "high_level"), both, strict=True)
        )
    )


def test_auc_correlation_puts_samples_at_their_numbers(calibrated):
    values = {BASELINE: (0.5, 0.51), "thinned": (0.9, 0.7), "planted": (0.6, 0.8)}
    inputs = replace(calibrated, rows=several(values))
    (axes,) = draw("auc_correlation", inputs).axes
    assert points(axes) == list(values.values())
    # Pairs in order: two of three.
    assert axes.get_title(loc="left") == "3 samples: Spearman 0.50, Kendall 0.33"
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_xlabel() == "AUC\nDNN, unnormalised voxels"
    with pytest.raises(NothingToShowError, match="both numbers"):
        draw("auc_correlation", replace(calibrated, rows=numbers()))


def test_auc_correlation_has_a_panel_for_each_choice(calibrated):
    auc = {"inputs": "high_level"}
    panels = [
        {"x": {"metric": "separation_sum"}, "y": auc},
        {"x": {"metric": "log_posterior", **auc}, "y": auc},
    ]
    first, second = draw("auc_correlation", calibrated, panels=panels).axes
    assert points(first) == [(0.25, 0.5), (0.75, 0.91)]
    assert first.get_xscale() == "log"
    assert first.get_title(loc="left") == "2 samples"
    assert points(second) == [(-3.5, 0.5), (-3.5, 0.91)]
    assert second.get_xlabel() == "mean log posterior (nats)\nDNN, high-level inputs"
    with pytest.raises(UserError, match="a panel has x and y"):
        draw("auc_correlation", calibrated, panels=[{"x": auc}])
    with pytest.raises(UserError, match="a panel has x and y"):
        draw("auc_correlation", calibrated, x={"feature": "high_level"})


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
    with pytest.raises(NothingToShowError, match="no log posteriors of DNN"):
        draw("consistency", replace(calibrated, rows=numbers()))


def test_cross_training_has_every_number_where_it_belongs(calibrated):
    values = {
        "truth_to_truth": 0.91, "truth_to_sample": 0.82,
        "sample_to_truth": 0.73, "sample_to_sample": 0.64,
    }  # fmt: skip
    common = {"dataset": "eplus_gamma", "sample": "thinned", "error": 0.01}
    rows = [common | {"metric": f"accuracy_{route}", "value": x} for route, x in values.items()]
    gamma = replace(calibrated.files, name="gamma")
    inputs = replace(calibrated, files=gamma, rows=numbers(*rows))
    ours, published = draw("cross_training", inputs).axes
    assert [text.get_text() for text in ours.texts] == [
        "91.0(1.0)",
        "82.0(1.0)",
        "73.0(1.0)",
        "64.0(1.0)",
    ]
    assert ours.get_ylabel().startswith("e⁺ or γ")
    assert "other data" in published.get_title(loc="left")
    assert published.texts[0].get_text() == "66.1 ± 1.2"
    assert set(PUBLISHED) == {"eplus_piplus", "eplus_gamma"}
    with pytest.raises(NothingToShowError, match="no particles were told apart"):
        draw("cross_training", replace(calibrated, rows=numbers()))


def test_auc_events_follows_the_number_of_entries(calibrated):
    rows = [
        {
            "dataset": f"eplus_{n}",
            "sample": "thinned",
            "metric": metric,
            "value": x,
            "n_test": 2 * n,
        }
        for n, ratios in ((1000, (0.9, 0.7)), (100, (0.8, 0.5)))
        for metric, x in zip(("auc_ratio", "auc_excess_ratio"), ratios, strict=True)
    ]
    inputs = replace(calibrated, rows=numbers(*rows))
    left, right = draw("auc_events", inputs).axes
    assert points(left) == [(100, 0.8), (1000, 0.9)]
    assert points(right) == [(100, 0.5), (1000, 0.7)]
    with pytest.raises(NothingToShowError, match="no weights were compared with exact ones"):
        draw("auc_events", replace(calibrated, rows=numbers()))


def test_recovered_faults_counts_trials(calibrated):
    left, right = draw("recovered_faults", calibrated).axes
    assert [text.get_text() for text in left.texts] == ["9 of 10", "1 of 10"]
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["planted fault", "no fault"]
    assert points(right) == [(0.58, 0), (0.5, 1)]


def test_numbers_are_looked_up_by_columns(calibrated):
    rows = calibrated.rows
    assert value(rows, "thinned", "closure", observable="E_0") == (0.1, 0.01)
    assert value(rows, "thinned", "auc", inputs="unnormalised") == (0.83, 0.01)
    assert np.isnan(value(rows, "thinned", "closure", observable="E_1")).all()
