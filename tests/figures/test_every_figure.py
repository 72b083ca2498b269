"""What holds for every figure, and what the stage writes."""

import inspect
import json
from copy import copy
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from drawing import (
    FIGURES,
    FOLDERS,
    KIND,
    NOTE,
    OF_SAMPLE,
    all_axes,
    declared,
    draw,
    figures_in,
    only,
    words,
)
from matplotlib.collections import QuadMesh

from ultimetric.analyses.numbers import write_numbers
from ultimetric.costs import write_costs
from ultimetric.errors import UserError
from ultimetric.figures.auc_energy import bins_of
from ultimetric.figures.base import FigureInputs, NothingToShowError
from ultimetric.figures.style import message
from ultimetric.findings.table import write_findings
from ultimetric.kinds.observables import Condition
from ultimetric.kinds.showers.geometry import geometry_config
from ultimetric.stages.figure import figure as figure_stage

# Figures of several datasets, of datasets of the CaloChallenge, and of boxes of cells.
OTHERS = {"auc_events", "published_correlation", "published_pareto", "attribution", "epochs"}
MODULES = sorted(set(FIGURES) - OTHERS)


def test_every_figure_has_a_caption():
    everything = figures_in(*FOLDERS, "kinds/jets/figures")
    assert len(everything) >= 25
    paths = [Path(inspect.getfile(figure)).with_suffix(".rst") for figure in everything.values()]
    assert [path for path in paths if len(path.read_text()) < 100] == []


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
def test_the_banner_stands_exactly_where_weights_failed(module, calibrated, make_inputs, tmp_path):
    failed = make_inputs(tmp_path, False)
    of_calibration = "WEIGHTS FAILED THEIR CHECK"
    banner = of_calibration if module == "calibration" else "WEIGHTS NOT TO BE TRUSTED"
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
        ("cost", "ms per shower"),
        ("cost_condition", r"$E_\mathrm{inc}$ (GeV)"),
    ],
)
def test_units(module, unit, calibrated):
    assert unit in words(draw(module, calibrated))


@pytest.mark.slow
def test_controls_are_left_out_unless_wanted(calibrated):
    assert "planted fault" not in words(draw("observables", calibrated))
    assert "planted fault" in words(draw("observables", calibrated, controls=True))
    assert "planted fault" not in words(draw("roc", calibrated, controls=False))
    alone = only(calibrated, "planted")
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
    with pytest.raises(UserError, match="no sample of eplus has weights of 'bdt'"):
        draw("roc", calibrated, method="bdt")


def test_inputs_that_nobody_tested_give_a_figure_that_says_so(calibrated):
    with pytest.raises(NothingToShowError, match="classifier on layer energies"):
        draw("clustering", calibrated, inputs="energies")


def test_conditions_of_any_kind(calibrated):
    flavour = Condition("flavour", "flavour", "flavours", classes=("light", "bottom"))
    assert bins_of(flavour, np.array([0.0, 1.0]), 6).tolist() == [-0.5, 0.5, 1.5]
    kind = copy(KIND)
    kind.condition = None
    with pytest.raises(NothingToShowError, match="the showers have no condition"):
        draw("auc_energy", replace(calibrated, files=replace(calibrated.files, kind=kind)))


def run_stage(given: FigureInputs, folder: Path, module: str, **options) -> list[bytes]:
    """The PDF and PNG that the stage writes."""
    given = declared(FIGURES[module], given)
    of_samples = [
        (OF_SAMPLE.get(kind, kind), [given.dataset, name], path)
        for name, sample in given.samples.items()
        for kind, path in sample.paths.items()
    ]
    of_truth = [(kind, [given.dataset], path) for kind, path in given.files.paths.items()]
    arrays = [("arrays", [*key], path) for key, path in given.arrays.items()]
    rows = folder / "rows.csv"
    write_numbers(rows, given.rows)
    files, keys = {"rows": [rows]}, {"rows": [["all", given.dataset]]}
    costs = folder / "costs.csv"
    write_costs(costs, given.costs)
    files["costs"], keys["costs"] = [costs], [["all", given.dataset]]
    if given.findings is not None:
        write_findings(folder / "findings.csv", given.findings)
        arrays.append(("findings", ["findings", given.dataset], folder / "findings.csv"))
    for role, key, path in of_truth + of_samples + arrays:
        files.setdefault(role, []).append(path)
        keys.setdefault(role, []).append(key)
    kind = {
        "plugin": "ultimetric.kinds.showers.kind",
        "options": {"geometry": geometry_config("calogan_coarse")},
        "observables": [{"plugin": "ultimetric.kinds.showers.observables"}],
    }
    cfg = {
        "datasets": [{"name": given.dataset, "kind": kind, "samples": list(given.samples)}],
        "files": keys,
        "figure": {"plugin": FIGURES[module].__module__, **options},
        "controls": list(given.controls),
        "style": given.style,
    }
    outputs = {kind: folder / f"figure.{kind}" for kind in ("pdf", "png")}
    figure_stage(json.loads(json.dumps(cfg)), files, outputs)
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
    nothing = replace(only(calibrated), controls=())
    _, png = run_stage(nothing, tmp_path, module)
    assert png.startswith(b"\x89PNG")
    reason = "no generator was trained" if module == "losses" else "no sample was chosen"
    assert sentences == [f"e⁺: nothing to show, {reason}"]
