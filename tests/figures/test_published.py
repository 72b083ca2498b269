"""Samples beside the submissions to the CaloChallenge: points, fronts and names."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from drawing import FIGURES, dataset_files, points, words
from matplotlib.text import Annotation

from ultimetric.analyses.numbers import number_table
from ultimetric.costs import cost_table
from ultimetric.figures.base import FigureInputs, NothingToShowError
from ultimetric.figures.style import look
from ultimetric.kinds.showers.figures.published_pareto import pareto
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.kinds.showers.published import datasets, models, values

HOME = "calochallenge_2"
KIND = ShowerKind.of(Geometry.from_config(geometry_config(HOME)))
OWN = {"auc_low": 0.71, "auc_high": 0.64, "separation_sum": 0.9}


def given(note: str = "", **others: dict[str, float]) -> FigureInputs:
    """What a figure is given of the sample `mine` and others, by quantity."""
    samples = {"mine": OWN, **others}
    rows = [
        {"dataset": "electrons", "sample": name, "method": "study", "value": number}
        | {"metric": f"challenge_{quantity}", "error": 0.01, "note": note}
        for name, numbers in samples.items()
        for quantity, number in numbers.items()
    ]
    files = replace(dataset_files({}, {name: {} for name in samples}, KIND), name="electrons")
    style = {"labels": {"mine": "my model"}, "colours": {}}
    return FigureInputs(files, (), style, number_table(rows))


def draw(module: str, inputs: FigureInputs, **options: Any):
    with look():
        drawn = FIGURES[module](options).draw(inputs)
        drawn.canvas.draw()
    return drawn


def test_submissions_and_the_sample_have_their_points() -> None:
    (axes,) = draw("published_correlation", given(), x="separation_sum", y="auc_high").axes
    x, y = (values(HOME, name)["value"] for name in ("separation_sum", "auc_high"))
    expected = {*zip(x, y[x.index], strict=True), (0.9, 0.64)}
    assert set(points(axes)) == expected
    assert len(expected) == 19
    assert axes.get_xscale() == "log"


def test_all_datasets_and_the_sample_in_its_own() -> None:
    options = {"x": "auc_low", "y": "auc_high", "tables": list(datasets())}
    drawn = draw("published_correlation", given(), **options)
    assert [(0.71, 0.64) in points(axes) for axes in drawn.axes] == [False, False, True, False]
    assert "dataset 1, pions" in words(drawn)
    assert "my model" in words(drawn)
    assert "12 submissions, Spearman" in words(drawn)


def test_a_correlation_is_that_of_ranks() -> None:
    def ranks(column: Any) -> np.ndarray:
        return np.array([(column < x).sum() + ((column == x).sum() - 1) / 2 for x in column])

    low, resnet = (values(HOME, x)["value"].drop("GEANT4") for x in ("auc_low", "auc_resnet"))
    expected = np.corrcoef(ranks(low), ranks(resnet[low.index]))[0, 1]
    drawn = draw("published_correlation", given(), x="auc_low", y="auc_resnet")
    assert f"17 submissions, Spearman {expected:.2f}" in words(drawn)


def test_the_resnet_saw_two_datasets() -> None:
    options = {"x": "auc_low", "y": "auc_resnet", "tables": list(datasets())}
    assert len(draw("published_correlation", given(), **options).axes) == 2


def test_log_posteriors_of_few_samples_have_a_panel_of_their_own() -> None:
    few = {f"s{i}": {"auc_low": 0.6, "log_posterior": -0.9} for i in range(2)}
    options = {"x": "log_posterior", "y": "auc_low"}
    published, own = draw("published_correlation", given(**few), **options).axes
    assert len(points(published)) == 17
    assert points(own) == [(0.9, 0.6)] * 2
    assert own.get_title(loc="left") == "this study, among 2 samples"

    many = {f"s{i}": {"auc_low": 0.6, "log_posterior": -2.9} for i in range(17)}
    (axes,) = draw("published_correlation", given(**many), **options).axes
    assert (2.9, 0.6) in points(axes)


@pytest.mark.parametrize(
    ("note", "n_train", "told"),
    [
        ("dnn on challenge_low", 120_000, "other protocol"),
        ("dnn; protocol calochallenge: parts", 120_000, "protocol of the challenge"),
        ("dnn; protocol calochallenge: parts", 600, "protocol of the challenge, fewer showers"),
    ],
)
def test_the_legend_names_the_protocol_of_aucs(note: str, n_train: int, told: str) -> None:
    inputs = given(note)
    inputs = replace(inputs, rows=inputs.rows.assign(n_train=n_train))
    drawn = draw("published_correlation", inputs, x="separation_sum", y="auc_high")
    assert drawn.legends[0].get_texts()[-1].get_text() == f"my model, {told}"


def cost(stage: str, device: str, value: float, **others: Any) -> dict[str, Any]:
    """A time per shower of the sample `mine`, in batches of 100."""
    known = {"sample": "mine", "quantity": "time_per_shower", "unit": "ms", "batch": 100}
    known["note"] = "dataset electrons; one run"
    return {**known, "stage": stage, "device": device, "value": value, "error": 0.1, **others}


def test_times_are_those_of_the_whole_way_on_the_device() -> None:
    rows = [
        cost("generate", "cpu", 3.0),
        cost("whole_way", "cpu", 5.0),
        cost("whole_way", "cpu", 9.0, batch=1),
        cost("whole_way", "cpu", 8.0, note="dataset others"),
        cost("generate", "cuda", 0.5),
        cost("whole_way", "cuda", float("nan")),
        cost("whole_way", "cuda", 0.7, sample="others"),
    ]
    inputs = replace(given(), costs=cost_table(rows))
    (axes,) = draw("published_correlation", inputs, x="time_cpu_100", y="time_gpu_100").axes
    assert (5.0, 0.5) in points(axes)
    assert len(points(axes)) == 17 + 1


def test_the_simulation_of_the_truth_is_a_line() -> None:
    row = cost("simulate", "cpu", 300.0, sample="Geant4", batch=None)
    inputs = replace(given(), costs=cost_table([row]))
    options = {"x": "time_cpu_100", "y": "auc_high", "tables": list(datasets())}
    drawn = draw("published_pareto", inputs, **options)
    lines = [
        [line.get_xdata() for line in axes.lines if line.get_linestyle() == "-."]
        for axes in drawn.axes
    ]
    assert [len(found) for found in lines] == [0, 0, 1, 0]
    assert list(lines[2][0]) == [300.0, 300.0]
    assert "Geant4 for the truth of this study" in words(drawn)
    assert "Geant4 for the truth" not in words(draw("published_pareto", inputs, x="time_gpu_100"))


def test_parameters_are_those_that_a_training_writes() -> None:
    found = {"parameters": 3e6, "parameters_generation": 2e6}
    rows = [
        {**cost("train", "cpu", value), "quantity": name, "batch": None}
        for name, value in found.items()
    ]
    inputs = replace(given(), costs=cost_table(rows))
    options = {"x": "parameters_generation", "y": "parameters_training"}
    (axes,) = draw("published_correlation", inputs, **options).axes
    assert (2e6, 3e6) in points(axes)


def test_pareto_front_by_definition() -> None:
    rng = np.random.default_rng(1)
    for found in (rng.integers(0, 6, (40, 2)), rng.normal(size=(40, 2))):
        beaten = [any((b <= a).all() and (b < a).any() for b in found) for a in found]
        np.testing.assert_array_equal(pareto(found), ~np.array(beaten))


@pytest.mark.parametrize("x", ["time_gpu_100", "parameters_generation"])
def test_models_on_the_front_are_named_and_no_name_covers_another(x: str) -> None:
    options = {"x": x, "y": "log_posterior", "tables": list(datasets())[1:]}
    drawn = draw("published_pareto", given(), **options)
    for axes in drawn.axes:
        found = [x for x in axes.texts if x.get_text() in models()]
        assert found
        boxes = [Annotation.get_window_extent(text) for text in found]
        assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
        inside = axes.get_window_extent()
        assert all(inside.contains(*box.p0) and inside.contains(*box.p1) for box in boxes)
    of_electrons = {text.get_text() for text in drawn.axes[1].texts}
    assert "CaloDREAM" in of_electrons
    assert "SuperCalo" not in of_electrons  # slower and larger than CaloDREAM, and worse


def test_a_model_has_one_look_in_all_figures() -> None:
    looks = {}
    for x in ("auc_low", "separation_sum"):
        drawn = draw("published_correlation", given(), x=x, y="auc_high")
        for line in drawn.legends[0].get_lines():
            looks.setdefault(line.get_label(), set()).add((line.get_color(), line.get_marker()))
    assert all(len(found) == 1 for found in looks.values())
    assert len(set.union(*looks.values())) == len(looks) == 19


def test_other_geometries_have_nothing_to_show() -> None:
    files = dataset_files({}, {"mine": {}})
    with pytest.raises(NothingToShowError, match="no submission"):
        draw("published_pareto", FigureInputs(files, (), {"colours": {}}, number_table([])))
