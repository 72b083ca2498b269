"""Figures for a paper are as narrow as its columns."""

import pytest
from drawing import draw

from ultimetric.figures.style import PAPERS

GRIDS = ("observables", "roc", "weight_profile", "response", "calibration", "voxel_spectrum")


@pytest.mark.slow
@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("module", GRIDS)
def test_a_grid_of_panels_is_no_wider_than_the_paper(module, paper, calibrated):
    drawn = draw(module, calibrated, paper)
    assert drawn.get_figwidth() <= PAPERS[paper] < draw(module, calibrated).get_figwidth()
    assert not drawn.texts[0].get_visible()
    renderer = drawn.canvas.get_renderer()
    for legend in drawn.legends:
        assert legend.get_window_extent(renderer).x1 <= drawn.bbox.x1


@pytest.mark.slow
def test_what_is_no_grid_takes_the_next_width_or_its_own(calibrated):
    assert draw("posterior_pulls", calibrated, "one_column").get_figwidth() == 7.0
    wide = draw("findings", calibrated).get_figwidth()
    assert 7.0 < draw("findings", calibrated, "two_columns").get_figwidth() <= wide
