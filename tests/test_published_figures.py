"""The pages docs/figures*.md name figures and tables that the studies make."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY, WORKFLOW

from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study

HEAD = ["module", "file", "study", "what differs"]
OUTPUTS = {"metrics.csv": "rows", "costs.csv": "costs", "findings.csv": "findings"}
MISSING = ["missing", "–", "–"]


def rows() -> list[list[str]]:
    """The rows of all tables: what was published, and the columns of HEAD."""
    pages = sorted((REPOSITORY / "docs").glob("figures*.md"))
    found, inside = [], False
    for line in "\n".join(page.read_text(encoding="utf-8") for page in pages).splitlines():
        cells = [x.strip() for x in line.strip("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif cells[1:] == HEAD:
            inside = True
        elif inside and not set(line) <= set("|-"):
            found.append(cells)
    return found


ROWS = rows()
MADE = [row for row in ROWS if row[1:4] != MISSING]


@cache
def study(name: str) -> Study:
    config = yaml.safe_load((WORKFLOW / "studies" / f"{name}.yaml").read_text(encoding="utf-8"))
    return load_study(config, Path("/nonexistent/cache.json"), plans=False)


def expanded(path: str) -> list[str]:
    """`{a,b}/c` as a/c and b/c."""
    if not (found := re.search(r"{(.*?)}", path)):
        return [path]
    return [path.replace(found[0], name, 1) for name in found[1].split(",")]


def test_every_row_is_complete() -> None:
    assert len(ROWS) > 50
    for row in ROWS:
        assert len(row) == 5, row
        assert all(row), row
        if row[1:4] != MISSING:
            assert all(re.fullmatch("`[^`]+`", cell) for cell in row[1:4]), row


@pytest.mark.parametrize("row", MADE, ids=[" ".join(row[1:4]).replace("`", "") for row in MADE])
def test_a_study_makes_what_is_named(row: list[str]) -> None:
    module, path, name = (cell.strip("`") for cell in row[1:4])
    planned = study(name)
    for file in expanded(path):
        if file.startswith("figures/"):
            _, dataset, figure = file.removesuffix(".png").split("/")
            assert planned.figures[figure].stem == module
            assert dataset in planned.figures[figure].datasets
        else:
            output = OUTPUTS[file]
            makers = [x for x in planned.analyses.values() if x.places and output in x.outputs]
            stems = {x.stem for x in makers}
            if output == "costs":  # those of the training and sampling of generators
                stems |= {
                    planned.generators[sample].stem
                    for dataset in planned.datasets
                    for sample in planned.samples.generated(dataset)
                }
            assert module in stems


def test_every_study_of_the_paper_is_named() -> None:
    """Each figure of the study of the paper stands in a table."""
    planned = study("weights-paper")
    named = {
        (file.split("/")[1], Path(file).stem)
        for row in MADE
        if row[3] == "`weights-paper`"
        for file in expanded(row[2].strip("`"))
        if file.startswith("figures/")
    }
    figures = {name for _, name in named}
    assert set(planned.figures) - figures <= {"findings", "losses"}
