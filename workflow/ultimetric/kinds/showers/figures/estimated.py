"""Energies that regressors estimated, as figures draw them."""

from __future__ import annotations

from ultimetric.figures.base import FigureInputs, NothingToShowError
from ultimetric.kinds.showers.regression.estimates import UNTRAINED, Estimates, read_estimates

ANALYSIS = "frechet_regression"
Sets = dict[str, Estimates]


def regressors(given: FigureInputs, untrained: bool = False) -> dict[str, Sets]:
    """The estimates of each set of showers by each regressor of the study.

    Arguments:
        given: What the figure is given.
        untrained: Whether regressors without training count, whose energies mean nothing.

    Raises:
        NothingToShowError: There is no regressor.
    """
    found = dict(map(read_estimates, given.arrays_of(ANALYSIS)))
    chosen = {x: sets for x, sets in found.items() if untrained or not x.endswith(UNTRAINED)}
    if not chosen:
        raise NothingToShowError("no regressor was trained")
    return chosen
