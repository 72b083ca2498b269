"""Small pictures of findings: truth, sample, and their ratio."""

from __future__ import annotations

import base64
from io import BytesIO

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ultimetric.figures.histograms import Curve, Histogram, draw_panel, integer_ticks
from ultimetric.figures.marginals import DOMINANT
from ultimetric.figures.style import look
from ultimetric.findings.pictures import Picture

INCHES = (2.8, 2.1)
PLACE = {"left": 0.24, "right": 0.96, "top": 0.97, "bottom": 0.48}  # without the ratio below
TICKS = 3  # the most intervals between numbers of an axis
RATIOS = (0.0, 2.0)
SETTINGS = {
    **dict.fromkeys(("font.size", "axes.labelsize"), 8),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize"), 10),
    "lines.linewidth": 1.2,
    "svg.hashsalt": "ultimetric",
    "xtick.minor.visible": False,
    "ytick.minor.visible": False,
}


def thumbnail(picture: Picture, colour: str) -> str:
    """The picture as SVG in base64; equal pictures give equal texts.

    Arguments:
        picture: The histograms.
        colour: The colour of the sample.
    """
    truth, sample = _shares(picture.truth), _shares(picture.sample)
    file = BytesIO()
    with look(), matplotlib.rc_context(SETTINGS):
        figure = Figure(figsize=INCHES)
        top, bottom = draw_panel(
            figure,
            figure.add_gridspec(1, 1, **PLACE)[0],
            picture.edges,
            truth,
            [Curve(sample, colour)],
            label=picture.label,
            y_label="fraction",
            x_scale=picture.scale,
            log_y=bool(truth.values.max() > DOMINANT),
            limits=RATIOS,
            whole=True,
        )
        for axis in (top.yaxis, bottom.xaxis):
            if axis.get_scale() == "linear":
                axis.set_major_locator(MaxNLocator(TICKS))
        bottom.set_yticks((0, 1))  # 2 would touch the numbers above
        integer_ticks(bottom, picture.edges, TICKS)
        figure.savefig(file, format="svg", metadata={"Date": None})
    return base64.b64encode(file.getvalue()).decode()


def _shares(counts: np.ndarray) -> Histogram:
    return Histogram(counts / counts.sum(), np.sqrt(counts) / counts.sum())
