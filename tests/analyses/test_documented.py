"""The analysis and the figure of docs/tutorials/analysis.md do what the page says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from given import given_of
from page_blocks import blocks
from places import REPOSITORY

from ultimetric.analyses.base import Analysis
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.kinds.showers.kind import Showers
from ultimetric.plugins import load_plugin
from ultimetric.report.declared import declared

FILES = {
    block.text.partition("class ")[2].partition("(")[0]: block.text
    for block in blocks(REPOSITORY / "docs" / "tutorials" / "analysis.md")
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
