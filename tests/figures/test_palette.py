"""Colours and lines of samples."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import yaml
from drawing import THINNED, draw
from matplotlib.colors import to_rgba
from places import REPOSITORY

from ultimetric.figures.labels import BASELINE
from ultimetric.figures.palette import ACCENTS, GREYS, colours, line_styles


def test_a_sample_keeps_its_colour(calibrated):
    assert calibrated.colour("thinned") == THINNED
    curves = [line for line in draw("roc", calibrated).axes[0].lines if "AUC" in line.get_label()]
    assert [line.get_color() for line in curves] == [GREYS[0], THINNED, GREYS[1]]
    assert [line.get_linestyle() for line in curves] == ["--", "-", "--"]


def oklab(colour: str, vision: list[list[float]]) -> np.ndarray:
    """A colour as a dichromat sees it, in Oklab, where equal distances look equal."""
    rgb = np.array(to_rgba(colour)[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    lms = np.cbrt(cones @ np.clip(vision @ linear, 0, 1))
    return [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]] @ lms


# Machado, Oliveira and Fernandes (2009), complete protanopia and deuteranopia.
@pytest.mark.parametrize(
    ("vision", "least"),
    [
        (np.eye(3), 0.12),
        ([[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]], 0.08),
        ([[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]], 0.08),
    ],
)
def test_accents_are_told_apart_by_any_vision(vision, least):
    assert len(ACCENTS) >= 14
    seen = [oklab(colour, vision) for colour in ACCENTS]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > least


def test_every_sample_of_a_large_study_has_its_own_colour():
    study = REPOSITORY / "workflow" / "studies" / "noise-injection.yaml"
    generators = yaml.safe_load(study.read_text())["generators"]
    controls = {BASELINE: "baseline", "positive_control": "positive control"}
    chosen = colours([BASELINE, *generators], controls)
    assert len(set(chosen.values())) == len(generators) + 1 >= 11
    assert [chosen[name] for name in controls] == list(GREYS[:2])


def test_a_second_round_of_colours_has_other_lines(calibrated):
    names = ["control", *(f"s{i}" for i in range(2 * len(ACCENTS) + 1))]
    chosen, lines = colours(names, ["control"]), line_styles(names, ["control"])
    looks = {(chosen[name], lines.get(name, "-")) for name in names}
    assert len(looks) == len(names)
    assert "control" not in lines
    second = replace(calibrated, style={**calibrated.style, "lines": {"thinned": "-."}})
    assert second.curve("thinned")["linestyle"] == "-."
    assert second.points("thinned")["marker"] == "s"
    assert calibrated.points("thinned")["marker"] == "o"
