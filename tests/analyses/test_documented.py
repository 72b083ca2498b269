"""The analysis and the figures of docs/tutorials do what their pages say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from given import given_of
from page_blocks import blocks
from places import REPOSITORY

from ultimetric.analyses.base import Analysis
from ultimetric.analyses.numbers import number_table
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.kinds.showers.kind import Showers
from ultimetric.plugins import load_plugin
from ultimetric.report.declared import declared

FILES = {
    block.text.partition("class ")[2].partition("(")[0]: block.text
    for page in ("analysis.md", "figure.md")
    for block in blocks(REPOSITORY / "docs" / "tutorials" / page)
    if block.language == "python"
}


def plugin(folder: Path, name: str, interface: type) -> Any:
    path = folder / f"{name.lower()}.py"
    path.write_text(FILES[name])
    return load_plugin(str(path), interface)


@pytest.fixture(scope="module")
def given(eplus: Showers):
    dimmed = eplus[500:1000]
    return given_of(eplus[:500], replace(dimmed, voxels=0.9 * dimmed.voxels))


def test_analysis(given, tmp_path: Path) -> None:
    analysis = plugin(tmp_path, "LostEnergy", Analysis)
    rows = analysis({"below": 0.97}).result(given).table.set_index("metric")
    assert rows.loc["lost", "value"] == 1
    assert rows.loc["lost_truth", "value"] < 0.05
    for literal in analysis.tables:
        shown = [column.metrics[0] for column in declared(literal, "table").columns]
        assert set(shown) == set(rows.index)


def test_figure(given, tmp_path: Path) -> None:
    rows = plugin(tmp_path, "LostEnergy", Analysis)({}).result(given).table
    style = {"labels": {}, "colours": {}}
    drawing = plugin(tmp_path, "LostEnergyFigure", Figure)({})
    (axes,) = drawing.drawn(FigureInputs(given.dataset, (), style, rows)).axes
    assert axes.get_ylabel() == "share of showers"


def test_scatter_of_two_observables(given, tmp_path: Path) -> None:
    style = {"labels": {}, "colours": {}}
    drawing = plugin(tmp_path, "Scatter", Figure)({"showers": 40})
    inputs = FigureInputs(given.dataset, (), style, number_table([]))
    panels = drawing.drawn(inputs).axes
    assert len(panels) == len(given.dataset.samples)
    assert panels[0].get_xlabel() == "$E_{0}$ (GeV)"
    assert [len(line.get_xdata()) for line in panels[0].lines] == [40, 40]
