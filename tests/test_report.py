import base64
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ultimetric.metrics.base import Row, write_rows
from ultimetric.report.captions import to_html
from ultimetric.report.scores import score_tables
from ultimetric.stages.report import report

ROOT = Path(__file__).parents[1]
PNG = b"\x89PNG-not-really"


def row(sample: str, features: str, metric: str, value: float, error=None, note="") -> Row:
    return Row("eplus", sample, "dnn", features, metric, value, error, n_test=4800, note=note)


ROWS = [
    row("truth", "high_level", "auc", 0.5031, 0.0083),
    row("flow", "high_level", "auc", 0.7852, 0.0071),
    row("flow", "high_level", "jsd_calibrated", 0.2003, 0.0102),
    row("flow", "high_level", "ece", 0.05),
    row("flow", "high_level", "ece_limit", 0.02),
    row("flow", "normalised", "auc", 0.8243, 0.0051, note="not sensitive: control missed"),
    row("flow", "normalised", "ece", 0.01),
    row("flow", "normalised", "ece_limit", 0.02),
    row("power_control", "high_level", "auc", 0.61, 0.012),
    row("power_control", "high_level", "ideal_auc", 0.65),
    Row("eplus", "flow", "histogram", "", "separation:E_2", 0.0123, 0.0011, note="99 <bins>"),
]


class Page(HTMLParser):
    """Collects the sources, links and table cells of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded, self.links, self.tags = [], [], []
        self.lines: dict[str, list[str]] = {}
        self.line: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        self.loaded += [values[name] for name in ("src", "srcset", "data") if name in values]
        if "href" in values:
            (self.links if tag == "a" else self.loaded).append(values["href"])
        if tag == "tr":
            self.line = []
        if tag in ("td", "th") and self.line is not None:
            self.line.append("")

    def handle_endtag(self, tag):
        if tag == "tr":
            cells = [cell.strip() for cell in self.line]
            self.lines.setdefault(cells[0], cells)
            self.line = None

    def handle_data(self, data):
        if self.line:
            self.line[-1] += data


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("report")
    write_rows(folder / "metrics.csv", ROWS)
    (folder / "costs.csv").write_text(
        "sample,stage,quantity,value,error,unit,device,batch,threads,note\n"
        "flow,sample,time,0.31,0.02,ms/shower,cpu,1000,2,warm\n"
    )
    provenance = {"seed": 7, "versions": {"torch": "2.9.1"}, "data": {"eplus": {"sha256": "ab12"}}}
    (folder / "provenance.json").write_text(json.dumps(provenance))
    (folder / "weights.rst").write_text("How to read ``w``.\n\nSecond <paragraph>.\n")
    (folder / "mine.rst").write_text("Mine.\n")
    (folder / "figure.png").write_bytes(PNG)
    figures = [
        {"name": "mine", "dataset": "eplus", "module": "mine", "title": "a figure of my own"},
        {"name": "w", "dataset": "eplus", "module": "weights", "title": "weights"},
    ]
    report(
        {"study": "default", "figures": figures, "style": {"labels": {"flow": "My <flow>"}}},
        {
            "figures": [folder / "figure.png"] * 2,
            "captions": [folder / "mine.rst", folder / "weights.rst"],
            "metrics": [folder / "metrics.csv"],
            "costs": [folder / "costs.csv"],
            "provenance": [folder / "provenance.json"],
            "template": [ROOT / "workflow/report/report.html.j2"],
        },
        {"html": folder / "report.html"},
    )
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_page_loads_nothing_from_elsewhere(html):
    page = Page(html)
    assert len(page.loaded) == 2
    assert all(source.startswith("data:image/png;base64,") for source in page.loaded)
    assert base64.b64decode(page.loaded[0].partition(",")[2]) == PNG
    assert not {"script", "link", "iframe"} & set(page.tags)
    assert not re.search(r"@import|url\(", html)


def test_links_lead_to_places_on_the_page(html):
    links = Page(html).links
    assert len(links) >= 5
    for link in links:
        assert link.startswith("#")
        assert f'id="{link[1:]}"' in html


def test_numbers_stand_in_their_cells(html):
    lines = Page(html).lines
    # Feature sets in the order of metrics.csv, AUC and JSD of each.
    assert lines["My <flow>"] == ["My <flow>", "0.785(7) ‡", "0.200(10)", "0.824(5) †", "–"]
    assert lines["independent truth (floor)"][1:3] == ["0.503(8)", "–"]
    assert lines["power controlideal AUC 0.65"][1] == "0.610(12)"


def test_floor_first_and_control_last(html):
    (table,) = score_tables(ROWS, str)
    assert [line.kind for line in table.lines] == ["floor", "sample", "control"]


def test_marks_are_explained_only_where_they_stand():
    (table,) = score_tables(ROWS, str)
    assert set(table.marks) == {"†", "‡"}
    clean = [r for r in ROWS if r.features == "high_level" and not r.metric.startswith("ece")]
    (table,) = score_tables(clean, str)
    assert table.marks == {}


def test_an_untested_pair_is_a_dash():
    (table,) = score_tables(ROWS, str)
    control = table.lines[-1]
    assert [cell is None for cell in control.cells] == [False, True]


def test_every_row_cost_and_version_is_there(html):
    assert f"{len(ROWS)} rows of metrics.csv" in html
    for text in ("separation:E_2", "0.0123(11)", "ms/shower", "2.9.1", "ab12", "99 &lt;bins&gt;"):
        assert text in html


def test_sections_follow_the_reading_order(html):
    order = [
        "AUC and JSD</h2>",
        "Classifier weights</h2>",
        "More figures</h2>",
        "All numbers</h2>",
    ]
    places = [html.index(text) for text in order]
    assert places == sorted(places)
    assert html.index("a figure of my own") > html.index("More figures</h2>")


def test_captions_are_escaped_paragraphs():
    assert to_html("One\nline of ``w``.\n\nTwo <b>.\n") == (
        "<p>One line of <code>w</code>.</p>\n<p>Two &lt;b&gt;.</p>"
    )
