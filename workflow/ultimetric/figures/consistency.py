"""Log posteriors of one classifier of all samples, as a matrix of samples."""

from __future__ import annotations

import matplotlib.figure
import numpy as np
from matplotlib.colors import PowerNorm

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.numbers import with_error
from ultimetric.figures.palette import BLACK
from ultimetric.figures.rows import chosen, value
from ultimetric.figures.style import grid_shape, new_figure, panels

CELL_INCHES = 0.74, 0.3
COLUMNS = 2
LABEL_INCHES = 1.9
# Nats below the largest number of a row, from the darkest colour to the lightest; small ones are
# drawn apart. Up to DARK, numbers are white.
RANGE, DARK = 5.0, 0.5


class Consistency(Figure):
    """Classes below, entries on the left: truth, then each sample; the largest of a row is bold.

    One panel per set of inputs. The option `method` names a classifier that sees all samples at
    once.
    """

    needs = ()
    analyses = ("consistency", "classifier")
    section = "Nearest sample"

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        samples = self.samples(given)
        matrices = {
            name: matrix
            for name in self._known(given)
            if np.isfinite(matrix := self._matrix(given, samples, name)).any()
        }
        if not matrices:
            method = given.label(self.options["method"])
            raise NothingToShowError(f"no log posteriors of {method}")
        rows, columns = grid_shape(len(matrices), COLUMNS)
        width, height = (n * len(samples) for n in CELL_INCHES)
        figure = new_figure(
            columns * (width + LABEL_INCHES),
            rows * (height + LABEL_INCHES),
            f"{given.label(given.dataset)}: mean log posterior (nats) of each sample, "
            f"{given.label(self.options['method'])} classifier",
        )
        labels = [given.label(name) for name in samples]
        for axes, (name, matrix) in zip(
            panels(figure, len(matrices), COLUMNS), matrices.items(), strict=True
        ):
            values = np.nan_to_num(matrix[..., 0], nan=-np.inf)
            below = values.max(1, keepdims=True) - values
            colours = {"cmap": "Blues_r", "norm": PowerNorm(0.5, 0, RANGE)}
            axes.imshow(np.ma.masked_invalid(below), aspect="auto", **colours)
            for (i, j), distance in np.ndenumerate(below):
                axes.text(
                    j,
                    i,
                    with_error(*matrix[i, j]).replace("-", "−"),
                    ha="center",
                    va="center",
                    size=7,
                    weight="bold" if distance == 0 else "normal",
                    color="white" if distance < DARK else BLACK,
                )
            axes.axhline(0.5, color=BLACK)
            axes.set_title(given.label(name), loc="left")
            axes.minorticks_off()
            axes.tick_params(top=False, right=False, length=0)
            axes.set_xticks(range(len(labels)), labels, rotation=40, ha="right")
            axes.set_yticks(range(1 + len(labels)), [given.truth_label, *labels])
            axes.set_xlabel("class")
            axes.set_ylabel(f"{given.kind.several} of")
        return figure

    def _known(self, given: FigureInputs) -> list[str]:
        """The inputs to show: as the config names them, else all of the classifier."""
        rows = chosen(given.rows, metric="log_posterior", method=self.options["method"])
        return self.wanted_inputs or list(rows["inputs"].unique())

    def _matrix(self, given: FigureInputs, samples: list[str], inputs: str) -> np.ndarray:
        """Values and errors (1 + n, n, 2), nan where there is none."""
        where = {"method": self.options["method"], "inputs": inputs}
        truth = [value(given.rows, name, "log_posterior", **where) for name in samples]
        others = [
            [value(given.rows, name, "consistency", other=other, **where) for other in samples]
            for name in samples
        ]
        return np.array([truth, *others])
