"""Figures of regressors: their energies, and the cells that make their distances."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawing import draw, points, words
from photons import box_geometry

from ultimetric.analyses.given import DatasetFiles, SampleFiles
from ultimetric.analyses.numbers import number_table
from ultimetric.data.hdf5 import write_arrays
from ultimetric.figures.base import FigureInputs, NothingToShowError
from ultimetric.kinds.showers.figures.attribution import projections
from ultimetric.kinds.showers.figures.energy_reconstruction import estimates_at
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.kinds.showers.regression.estimates import Estimates, arrays_of
from ultimetric.kinds.showers.regression.predictions import HELD_OUT

BOX = (4, 3, 2)
CELLS = np.arange(24.0).reshape(BOX)


def test_cells_are_summed_along_one_axis_each() -> None:
    along_second, along_first, along_layers = projections(CELLS)
    assert along_second.shape == (3, 4)  # the first axis of the cells upwards, layers to the right
    assert along_second[2, 1] == CELLS[1, 2].sum()
    assert along_first.shape == (2, 4)
    assert along_first[1, 3] == CELLS[3, :, 1].sum()
    assert along_layers.shape == (3, 2)
    assert along_layers[0, 1] == CELLS[:, 0, 1].sum()


def test_estimates_near_an_energy() -> None:
    found = estimates_at(20.0, Estimates(np.array([18.5, 20, 23]), np.array([17.0, 21, 20])), 2)
    assert found.tolist() == [18.5, 21.0]


@pytest.fixture
def given(tmp_path: Path) -> FigureInputs:
    """Two entries of one analysis, of two regressors, and a sample that only one of them has."""
    energy = np.linspace(10, 100, 50)
    plain, kind = Estimates(energy, 1.1 * energy), ShowerKind.of(box_geometry(BOX))
    explained = replace(plain, attribution=CELLS.ravel())
    sets = {HELD_OUT: plain, "early": explained, "late": explained}
    entries = {
        "frd": ("regressor", sets),
        "frd_plus": ("regressor_plus", {x: sets[x] for x in (HELD_OUT, "early")}),
        "frd_untrained": ("regressor, untrained", {HELD_OUT: plain, "early": plain}),
    }
    for entry, found in entries.items():
        write_arrays(tmp_path / f"{entry}.hdf5", arrays_of(*found))
    samples = {name: SampleFiles(name, kind, {}) for name in ("early", "late")}
    rows = [
        {"dataset": "photons", "sample": "early", "inputs": "regressor_plus", "metric": "frd"}
        | {"value": 12.34, "error": 0.4}
    ]
    return FigureInputs(
        files=DatasetFiles("photons", kind, {}, samples),
        controls=(),
        style={"labels": {"early": "epoch 3"}, "colours": {}},
        rows=number_table(rows),
        arrays={
            ("frechet_regression", "photons", x): tmp_path / f"{x}.hdf5" for x in entries
        },
    )  # fmt: skip


def test_every_entry_has_its_row(given: FigureInputs) -> None:
    drawn = draw("linearity", given)
    assert len(drawn.axes) == 4
    assert "untrained" not in words(drawn)
    first, _, second, _ = drawn.axes
    assert [first.get_title("left"), second.get_title("left")] == ["regressor", "regressor plus"]
    assert drawn.axes[0].get_xlim() == (10, 100)


def test_points_are_cores_of_estimated_energies(calibrated) -> None:
    linearity, resolution = draw("linearity", calibrated, bins=1).axes
    means, widths = ([y for _, y in points(axes)] for axes in (linearity, resolution))
    assert len(means) == len(widths) == len(calibrated.samples)
    assert means == pytest.approx([1] * len(means), abs=0.02)
    assert widths == pytest.approx([0.789 * 0.1] * len(widths), rel=0.15)


def test_histograms_of_each_energy(given: FigureInputs) -> None:
    drawn = draw("energy_reconstruction", given, energies=[30, 60], width=5)
    assert len(drawn.axes) == 6
    stairs = [patch.get_data() for patch in drawn.axes[0].patches]
    assert [x.values.sum() for x in stairs] == pytest.approx([1, 1])
    low, high = ((x.edges[:-1] * x.values).sum() for x in stairs)
    assert (low, high) == pytest.approx((33, 66), abs=6)  # a bin
    assert len(drawn.axes[5].patches) == 0  # the sample `late` of the second regressor
    assert "30 GeV" in words(drawn)


def test_images_of_cells(given: FigureInputs) -> None:
    drawn = draw("attribution", given)
    image = drawn.axes[2].images[0].get_array()
    np.testing.assert_allclose(image, 100 * CELLS.sum(0) / CELLS.sum())
    assert "regressor plus: FRD 12.3(4)" in words(drawn)
    assert "epoch 3" in words(drawn)
    shown = [bool(axes.images) for axes in drawn.axes[:12]]
    assert shown == [True] * 9 + [False] * 3
    assert drawn.axes[0].images[0].norm.vmax == pytest.approx(
        max(abs(x).max() for x in projections(100 * CELLS / CELLS.sum()))
    )
    assert len(draw("attribution", given, regressors=["regressor"]).axes) == 6 + 1  # and the bar
    assert draw("attribution", given, percent=7).axes[0].images[0].norm.vmax == 7


def test_without_regressors(given: FigureInputs) -> None:
    for figure in ("linearity", "energy_reconstruction", "attribution"):
        with pytest.raises(NothingToShowError, match="no regressor was trained"):
            draw(figure, replace(given, arrays={}))
