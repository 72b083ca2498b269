"""Draw the figures of the documentation: `.venv/bin/python docs/draw.py`.

Each function of FIGURES draws one, from formulas and a few random numbers; no study is needed.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from scipy.stats import norm

FOLDER = Path(__file__).parent / "concepts"
TRUTH, SAMPLE, OTHER = "black", "tab:red", "tab:blue"
SETTINGS = {
    "svg.hashsalt": "ultimetric",  # equal runs make equal files
    "svg.fonttype": "none",  # letters stay letters
    "font.size": 9,
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}
WIDE = 1.25  # the width of the sample of these figures; the truth has 1


def panels(n: int = 2) -> list[Axes]:
    """Panels beside each other."""
    _, axes = plt.subplots(1, n, figsize=(3.2 * n, 2.3), squeeze=False)
    return list(axes[0])


def densities(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The densities of truth and of a sample that is too wide."""
    return norm.pdf(x), norm.pdf(x, scale=WIDE)


def classifier() -> None:
    """The densities of truth and sample, and the score of an ideal classifier."""
    x = np.linspace(-4, 4, 200)
    truth, sample = densities(x)
    left, right = panels()
    left.plot(x, truth, color=TRUTH, label="truth")
    left.plot(x, sample, color=SAMPLE, label="sample")
    left.set(xlabel="observable x", ylabel="density", ylim=(0, 0.52))
    left.legend(ncols=2)
    right.plot(x, truth / (truth + sample), color=OTHER)
    right.axhline(0.5, color="grey", linestyle=":")
    right.set(xlabel="observable x", ylabel="ideal score C(x)", ylim=(0, 1))


def weights() -> None:
    """The weight of each value of x, and the sample before and after reweighting."""
    x = np.linspace(-4, 4, 200)
    truth, sample = densities(x)
    drawn = np.random.default_rng(1).normal(scale=WIDE, size=20_000)
    p, q = densities(drawn)
    left, right = panels()
    left.semilogy(x, truth / sample, color=OTHER)
    left.axhline(1, color="grey", linestyle=":")
    left.set(xlabel="observable x", ylabel="weight w(x)")
    bins = np.linspace(-4, 4, 33)
    right.hist(drawn, bins, density=True, histtype="step", color=SAMPLE, label="sample")
    right.hist(
        drawn, bins, weights=p / q, density=True, histtype="step", color=OTHER, label="reweighted"
    )
    right.plot(x, truth, color=TRUTH, label="truth")
    right.set(xlabel="observable x", ylabel="density", ylim=(0, 0.62))
    right.legend(ncols=2, fontsize=8)


def baseline() -> None:
    """AUCs of truth against truth scatter around 0.5; a sample stands beside them."""
    n = 4000
    error = np.sqrt((2 * n + 1) / (12 * n * n))
    aucs = np.random.default_rng(1).normal(0.5, error, 2000)
    (axes,) = panels(1)
    axes.hist(aucs, 40, histtype="stepfilled", color="lightgrey", label="truth vs truth")
    axes.axvline(0.5, color=TRUTH, linestyle=":")
    axes.axvline(0.53, color=SAMPLE, label="a sample")
    axes.set(xlabel="AUC with 4,000 entries of each class", ylabel="trials", xlim=(0.47, 0.54))
    axes.legend(fontsize=7, loc="upper left")


def control() -> None:
    """The AUC of an ideal classifier against the share of entries with the planted fault."""
    share = np.linspace(0, 1, 50)
    (axes,) = panels(1)
    axes.plot(share, 0.5 + share / 2, color=TRUTH, label="ideal classifier")
    axes.plot(0.2, 0.6, "o", color=OTHER, label="positive control")
    axes.fill_between(share, 0.5, 0.5 + share / 2, color="lightgrey", alpha=0.5)
    axes.text(0.62, 0.6, "less sensitive", fontsize=8)
    axes.set(xlabel="share f of faulty entries", ylabel="AUC", ylim=(0.5, 1), xlim=(0, 1))
    axes.legend(fontsize=8)


def calibration() -> None:
    """Scores of a network that is too sure of itself, before and after Platt's map."""
    score = np.linspace(0.001, 0.999, 200)
    logit = np.log(score / (1 - score))
    share = 1 / (1 + np.exp(-0.5 * logit))  # of truth among entries with this score
    (axes,) = panels(1)
    axes.plot(score, share, color=SAMPLE, label="raw score")
    axes.plot(share, share, color=OTHER, label="calibrated")
    axes.set(xlabel="score C", ylabel="share of truth", xlim=(0, 1), ylim=(0, 1))
    axes.legend(fontsize=8)


def noise() -> None:
    """The width of the noise on a cell, for the two published orders."""
    layer = np.geomspace(0.01, 100, 100)  # GeV
    (axes,) = panels(1)
    axes.loglog(layer, np.full_like(layer, 1), color=SAMPLE, label="before: 1 keV")
    axes.loglog(layer, layer, color=OTHER, label=r"after: $10^{-6}$ of the layer")
    axes.axhline(10, color="grey", linestyle=":", label="readout threshold")
    axes.set(xlabel="energy of the layer (GeV)", ylabel="width of the noise (keV)")
    axes.legend(fontsize=7)


# What the data pass on their way: the place of each, and what it reads. Rules have a box.
GIVEN = ("bundled or published", "your file", "truth and samples")
FLOW = {
    "bundled or published": (0, 3, ()),
    "simulate": (0, 2, ()),
    "your file": (1.3, 0, ()),
    "preprocess": (1.3, 2, ("simulate", "bundled or published")),
    "train": (2.3, 3, ("preprocess",)),
    "distort": (2.8, 1, ("preprocess",)),
    "ingest": (2.8, 0, ("your file",)),
    "sample": (3.3, 3, ("train",)),
    "truth and samples": (4.6, 2, ("preprocess", "sample", "distort", "ingest")),
    "observe": (6, 3, ("truth and samples",)),
    "classify": (6, 1, ("truth and samples",)),
    "weigh": (7, 1, ("classify",)),
    "analyses": (7.8, 2, ("observe", "weigh")),
    "figure": (8.8, 2, ("analyses",)),
    "report": (9.7, 2, ("figure",)),
}


def flow() -> None:
    """The rules of the workflow, and the way of the data through them."""
    _, axes = plt.subplots(figsize=(9, 2.6))
    box = {"boxstyle": "round,pad=0.4", "edgecolor": OTHER, "facecolor": "#eaf2fa"}
    arrow = {"arrowstyle": "-|>", "color": "grey", "linewidth": 0.8}
    centred = {"ha": "center", "va": "center", "zorder": 3}
    drawn = {}
    for name, (x, y, _) in FLOW.items():
        look = {"style": "italic"} if name in GIVEN else {"bbox": box}
        drawn[name] = axes.text(x, y, name.replace(" or ", " or\n"), **centred, **look)
    for name, (_, _, read) in FLOW.items():
        for other in read:
            ends = arrow | {"patchA": drawn[other].get_bbox_patch(), "shrinkA": 4, "shrinkB": 4}
            ends |= {"patchB": drawn[name].get_bbox_patch()}
            if other in GIVEN:
                ends["shrinkA"] = 36
            if name in GIVEN:
                ends["shrinkB"] = 46
            axes.annotate("", FLOW[name][:2], FLOW[other][:2], arrowprops=ends)
    axes.set(xlim=(-0.6, 10.1), ylim=(-0.4, 3.4))
    axes.axis("off")


FIGURES = (classifier, weights, baseline, control, calibration, noise, flow)

if __name__ == "__main__":
    for draw in FIGURES:
        with plt.rc_context(SETTINGS):
            draw()
            path = FOLDER / f"{draw.__name__}.svg"
            plt.savefig(path, facecolor="white", metadata={"Date": None})
            plt.close()
        print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
