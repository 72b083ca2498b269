"""A report that is divided into parts: what stands in each."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from places import REPOSITORY
from reported import CONTROLS, Page, row

from ultimetric.analyses.classifier import ClassifierTest
from ultimetric.analyses.findings import Findings
from ultimetric.analyses.numbers import number_table
from ultimetric.analyses.pairs import Pairs
from ultimetric.costs import COSTS
from ultimetric.findings.table import FINDINGS
from ultimetric.report.chapters import Content
from ultimetric.report.page import render
from ultimetric.report.parts import Parts
from ultimetric.tables import frame_of

TEMPLATE = REPOSITORY / "workflow/report/report.html.j2"
SAMPLES = {
    "events": ["deficient", "inn", "truth"],
    "eplus": ["flow", "truth", "planted"],
    "gluon": ["cut", "truth"],
    "vectors": ["truth"],
}


def part(title: str, *datasets: str, samples: list[str] | None = None) -> dict[str, Any]:
    return {"title": title, "text": "", "datasets": list(datasets), "samples": samples}


PARTS = [
    part("Jets", "gluon") | {"text": "Known ``w``."},
    part("Deficient", "events", samples=["deficient"]),
    part("All events", "events"),
    part("Honest", "events", samples=["inn"]),
]


def auc(dataset: str, sample: str, value: float) -> dict[str, Any]:
    return row(sample, "high_level", "auc", value, 0.01) | {"dataset": dataset}


DELTA = row("deficient", "high_level", "delta_auc", 0.2, 0.01, other="inn")
ROWS = [
    *(auc(dataset, "truth", 0.5) for dataset in SAMPLES),
    auc("eplus", "planted", 0.6),
    auc("eplus", "flow", 0.7),
    auc("gluon", "cut", 0.51),
    auc("events", "deficient", 0.9),
    auc("events", "inn", 0.7),
    DELTA | {"dataset": "events"},
]
FIGURES = [
    ("gluon", "weights", ["cut", "truth"]),
    ("events", "peak", ["deficient", "truth"]),
    ("events", "summary", ["deficient", "inn"]),
    ("eplus", "weights", ["flow"]),
]


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    picture = tmp_path_factory.mktemp("report") / "figure.png"
    picture.write_bytes(b"PNG")
    cost = {"stage": "train", "quantity": "parameters", "value": 7}
    costs = [
        cost | {"sample": sample, "note": f"dataset {dataset}"}
        for dataset, sample in (("events", "inn"), ("eplus", "flow"))
    ]
    found = [
        {"dataset": "events", "sample": sample, "rank": 1, "pvalue": 0.0, "sentence": sample}
        for sample in ("deficient", "inn")
    ]
    cfg = {
        "study": "paper",
        "parts": PARTS,
        "figures": [
            {"dataset": dataset, "name": name, "samples": samples, "section": "Findings"}
            | {"title": name, "caption": "Weights in bins." if name == "weights" else ""}
            for dataset, name, samples in FIGURES
        ],
        "tables": [
            {"analysis": "mine", "section": analysis.section, **literal}
            | {"options": {x: {"method": "dnn", "inputs": f"of_{x}"} for x in datasets}}
            for analysis, datasets in (
                (Findings, ["eplus", "vectors"]),
                (Findings, ["gluon", "events"]),
                (ClassifierTest, SAMPLES),
                (Pairs, SAMPLES),
            )
            for literal in analysis.tables
        ],
        "datasets": ["gluon", "events", "eplus", "vectors"],
        "samples": SAMPLES,
        "inputs_of_some": {},
        "controls": CONTROLS,
        "departs": {},
        "searched": [[dataset, name] for dataset, names in SAMPLES.items() for name in names],
        "style": {"labels": {"truth": "truth"}},
    }
    tables = (frame_of(costs, COSTS), frame_of(found, FINDINGS))
    content = Content([picture] * len(FIGURES), number_table(ROWS), *tables, {}, {"seed": 1})
    return render(TEMPLATE, cfg, content)


def between(html: str, first: str, last: str) -> str:
    return html[html.index(first) : html.index(last)]


def test_parts_stand_in_their_order_after_the_verdict(html: str) -> None:
    titles = [text for level, text in Page(html).headings if level == 2]
    parts = ["Jets", "Deficient", "All events", "Honest", "More"]
    assert titles == ["Verdict", *parts, "Numbers", "Provenance"]
    assert "<p>Known <code>w</code>.</p>" in between(html, 'id="part-1"', 'id="part-1-question')


def test_the_verdict_has_the_datasets_in_their_order(html: str) -> None:
    verdict = between(html, 'id="verdict"', 'id="part-1"')
    assert re.findall("<h3>(.*?)</h3>", verdict) == ["gluon", "events", "e⁺", "vectors"]


def test_headings_are_in_order(html: str) -> None:
    levels = [level for level, _ in Page(html).headings]
    assert levels.count(1) == 1
    assert max(levels) == 5
    assert all(later <= level + 1 for level, later in pairwise(levels))


def test_a_caption_stands_with_the_first_of_its_figures(html: str) -> None:
    first, later = html.index('id="how-gluon-weights"'), html.index('href="#how-gluon-weights"')
    assert html.index('id="gluon-weights"') < first < later
    assert html.count("Weights in bins.") == 1 + 2  # and in the texts of both images


def test_every_link_has_one_place(html: str) -> None:
    page = Page(html)
    assert len(page.links) > 10
    assert len(set(page.ids)) == len(page.ids)
    assert {link[1:] for link in page.links} <= set(page.ids)


def test_each_part_has_the_numbers_of_its_samples_beside_the_controls(html: str) -> None:
    lines = Page(html).lines
    names = {
        section: {re.split("ideal", line)[0] for line in found if line not in ("", "sample")}
        for section, found in lines.items()
        if section.endswith("auc-and-jsd")
    }
    assert names == {
        "part-1-section-auc-and-jsd": {"cut", "truth"},
        "part-2-section-auc-and-jsd": {"deficient", "truth"},
        "part-4-section-auc-and-jsd": {"inn", "truth"},
        "part-last-section-auc-and-jsd": {"flow", "truth", "planted"},
    }


def test_what_is_of_several_samples_stands_where_all_are(html: str) -> None:
    (line,) = (
        found
        for section, found in Page(html).lines.items()
        if section == "part-3-section-compared-on-the-same-truth"
    )
    # The AUCs of both are shown although their own lines stand elsewhere.
    assert line["deficient − inn"] == ["0.900(10)", "0.700(10)", "0.200(10)"]
    assert 'id="events-summary"' in between(html, 'id="part-3"', 'id="part-4"')
    assert 'id="events-peak"' in between(html, 'id="part-2"', 'id="part-3"')
    assert 'id="gluon-weights"' in between(html, 'id="part-1"', 'id="part-2"')
    assert 'id="eplus-weights"' in html[html.index('id="part-last"') :]


def test_findings_costs_and_texts_are_of_the_part(html: str) -> None:
    lines = Page(html).lines
    assert lines["part-2-section-findings"]["1"][2].startswith("deficient")
    assert lines["part-4-section-findings"]["1"][2].startswith("inn")
    assert "part-3-section-findings" not in lines
    assert lines["part-4-section-costs"]["inn"] == ["7"]
    assert lines["part-last-section-costs"]["flow"] == ["7"]
    of_jets = between(html, 'id="part-1"', 'id="part-2"')
    assert "the weights of the DNN on of gluon." in of_jets
    assert "of events" not in of_jets


def test_an_undivided_report_has_everything_in_one_part() -> None:
    parts = Parts([], SAMPLES, CONTROLS)
    (only,) = parts
    assert not only.title
    assert parts.samples(only) == SAMPLES
    assert parts.of("events", ["inn"]) is only
    assert parts.standing(only, "unknown", [("x",), ()]) == [True, True]


def test_controls_stand_alone_only_where_there_is_nothing_else() -> None:
    parts = Parts(PARTS, SAMPLES, CONTROLS)
    _, deficient, rest, _, last = parts
    groups = [("deficient",), ("truth",), ("inn",)]
    assert parts.standing(deficient, "events", groups) == [True, True, False]
    assert parts.standing(rest, "events", groups) == [False, False, False]
    assert parts.standing(rest, "events", [("truth",)]) == [True]
    assert parts.standing(last, "vectors", [("truth",)]) == [True]
    assert parts.samples(last) == {
        "eplus": ["flow", "truth", "planted"],
        "vectors": ["truth"],
    }
