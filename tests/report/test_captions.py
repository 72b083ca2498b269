"""Texts of the report, as they stand on the page of a real study."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY

from ultimetric.analyses.numbers import number_table
from ultimetric.costs import COSTS
from ultimetric.findings.table import FINDINGS
from ultimetric.planning.load import load_study
from ultimetric.planning.study import TEMPLATE
from ultimetric.report.chapters import Content
from ultimetric.report.page import render
from ultimetric.tables import frame_of

WRONG = re.compile(r":\w+:`|\\\\|[ ] | [.,;]|[{}]|the on ")


def texts_of(study: str, tmp_path: Path) -> Iterable[str]:
    """The paragraphs of a study's report without numbers."""
    config = yaml.safe_load((REPOSITORY / f"workflow/studies/{study}.yaml").read_text())
    cfg = load_study(config, tmp_path / "checks.json").report()
    picture = tmp_path / "figure.png"
    picture.write_bytes(b"PNG")
    tables = frame_of([], COSTS), frame_of([], FINDINGS)
    content = Content([picture] * len(cfg["figures"]), number_table([]), *tables, {}, {})
    page = render(TEMPLATE, cfg, content)
    found = re.findall("<p>(.*?)</p>", page[page.index("<main") : page.index('id="numbers"')])
    return [re.sub("<.*?>", "", text) for text in found]


@pytest.mark.parametrize("study", ["weights-paper", "caloflow"])
def test_texts_have_no_gap_and_no_markup(study: str, tmp_path: Path) -> None:
    texts = texts_of(study, tmp_path)
    assert len(texts) > 10
    assert any("weights of the DNN on high-level inputs." in text for text in texts)
    assert [text for text in texts if WRONG.search(text)] == []


def test_no_caption_has_markup_that_the_page_does_not_know() -> None:
    paths = (REPOSITORY / "workflow/ultimetric").rglob("*.rst")
    assert [x.name for x in paths if re.search(r":\w+:`|\\", x.read_text(encoding="utf-8"))] == []
