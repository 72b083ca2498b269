"""The histograms of findings, for small pictures of them."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np

from ultimetric.findings.pictures import Picture, picture, read_pictures, write_pictures
from ultimetric.findings.population import of_kind
from ultimetric.kinds.showers.kind import Showers
from ultimetric.report.thumbnails import thumbnail


def test_a_picture_counts_every_entry_that_has_the_observable(eplus: Showers) -> None:
    response = np.linspace(0.5, 1.0, 300)
    of_truth, of_sample = response.copy(), 1.05 * response
    of_sample[:7] = np.nan
    truth, sample = (
        of_kind(eplus.kind, np.ones(300), {"response": x}, np.ones(300))
        for x in (of_truth, of_sample)
    )
    found = picture("response", eplus.kind, truth, sample)
    assert (found.truth.sum(), found.sample.sum()) == (300, 293)
    assert found.edges.shape == (len(found.truth) + 1,)
    assert found.label == eplus.kind.observables["response"].label


def test_pictures_are_read_as_they_were_written(tmp_path: Path) -> None:
    counts = np.array([3.0, 40.0, 7.0])
    written = {
        rank: Picture("$E_1$ (GeV), µ", "log", np.geomspace(1, 8, 4), counts, rank * counts)
        for rank in (1, 2, 11)
    }
    write_pictures(tmp_path / "pictures.hdf5", written)
    found = read_pictures(tmp_path / "pictures.hdf5")
    assert found.keys() == written.keys()
    assert (found[11].label, found[11].scale) == ("$E_1$ (GeV), µ", "log")
    for name in ("edges", "truth", "sample"):
        np.testing.assert_array_equal(getattr(found[11], name), getattr(written[11], name))
    write_pictures(tmp_path / "none.hdf5", {})
    assert read_pictures(tmp_path / "none.hdf5") == {}


def test_equal_pictures_are_drawn_alike() -> None:
    one = Picture("x", "linear", np.arange(4.0), np.array([5, 90, 5]), np.array([0, 50, 50]))
    drawn = thumbnail(one, "#e76300")
    assert drawn == thumbnail(one, "#e76300")
    svg = base64.b64decode(drawn).decode()
    assert svg.count("#e76300") >= 2  # the histogram and the ratio of the sample
