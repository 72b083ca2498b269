"""Draw a table of benchmarks: how much faster than the peer, how near to the machine's limit.

python benchmarks/draw.py [results/benchmarks.csv]
"""

from __future__ import annotations

import sys
from pathlib import Path

from harness import TABLE, read_table
from matplotlib.axes import Axes

from ultimetric.figures.palette import ACCENTS, GREY
from ultimetric.figures.style import PNG_DPI, look, new_figure

ROW_INCHES = 0.24


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLE
    rows = [row for row in read_table(path) if row["ratio"] or row["limit_fraction"]]
    if not rows:
        sys.exit(f"{path}: no comparison to draw")
    names = [f"{row['name']}  vs  {row['peer'] or 'limit'}" for row in rows]
    with look():
        height = 1.0 + ROW_INCHES * len(rows)
        devices, threads = (
            " and ".join(sorted({row[key] for row in rows})) for key in ("device", "threads")
        )
        figure = new_figure(12, height, f"Benchmarks on {devices}, {threads} threads")
        faster, limit = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2])
        bars(faster, [row["ratio"] for row in rows], ACCENTS[0])
        bars(limit, [row["limit_fraction"] for row in rows], ACCENTS[1])
        faster.set_xscale("log")
        faster.set_xlim(right=4 * faster.get_xlim()[1])  # room for the numbers
        faster.axvline(1, color=GREY, linewidth=0.8)
        faster.set_xlabel("time of the peer / our time")
        limit.set_xlim(0, 1.15)
        limit.axvline(1, color=GREY, linewidth=0.8)
        limit.set_xlabel("fraction of the measured limit")
        faster.set_yticks(range(len(rows)), names)
        faster.tick_params(axis="y", which="minor", length=0)
        limit.tick_params(axis="y", which="minor", length=0)
        faster.set_ylim(len(rows) - 0.4, -0.6)
        for suffix, options in ((".pdf", {"metadata": {"CreationDate": None}}), (".png", {})):
            figure.savefig(path.with_suffix(suffix), dpi=PNG_DPI, **options)
    print(path.with_suffix(".png"))


def bars(axes: Axes, texts: list[str], colour: str) -> None:
    """A bar for every row that has a number, with the number at its end."""
    for place, text in enumerate(texts):
        if text:
            axes.barh(place, float(text), color=colour, height=0.6)
            axes.annotate(
                f"{float(text):.0f}" if float(text) >= 100 else f"{float(text):.2g}",
                (float(text), place),
                xytext=(3, 0),
                textcoords="offset points",
                va="center",
                fontsize=8,
            )


if __name__ == "__main__":
    main()
