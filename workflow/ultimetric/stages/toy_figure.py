"""Draw one figure of toys as PDF and PNG."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from ultimetric.figures.base import checked_figure
from ultimetric.figures.style import PNG_DPI, look
from ultimetric.metrics.base import read_rows
from ultimetric.plugins import load_plugin
from ultimetric.stages.door import Paths, open_door
from ultimetric.toy_figures.base import Toyed, ToyFigure, ToyInputs


def toy_figure(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    options = dict(cfg["figure"])
    drawing = load_plugin(options.pop("plugin"), ToyFigure)(options)
    names = zip(cfg["toys"], cfg["samples"], inputs["events"], inputs["weights"], strict=True)
    files = ToyInputs(
        toys=[Toyed(*of_one) for of_one in names],
        rows=[row for path in inputs["rows"] for row in read_rows(path)],
        style={"labels": cfg["labels"]},
    )
    with look():
        drawn = checked_figure(drawing, drawing.draw(files))
        drawn.draw_without_rendering()  # axes within axes have their place from the second time on
        # Without dates, equal inputs give equal files.
        drawn.savefig(outputs["pdf"], format="pdf", metadata={"CreationDate": None})
        drawn.savefig(outputs["png"], format="png", dpi=PNG_DPI)


if __name__ == "__main__":
    # matplotlib's font subsetting logs every table it leaves out.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    open_door(toy_figure)
