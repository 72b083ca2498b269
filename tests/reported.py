"""Made-up numbers of a study, and its report as tests look at it."""

from __future__ import annotations

import re
from collections import defaultdict
from html.parser import HTMLParser

from ultimetric.analyses.numbers import Row
from ultimetric.classifiers.checks import UNTRUSTED

ORDER = {"eplus": ["truth", "inn", "flow"]}
CONTROLS = {"truth": "baseline", "planted": "positive control"}
NOTE = "incident energies differ, matched: 2000 showers; already summed to coarse cells"


def row(
    sample: str, inputs: str, metric: str, value: float, error: float | None = None, **others: str
) -> Row:
    """A row of the table."""
    common = {"dataset": "eplus", "sample": sample, "method": "dnn", "inputs": inputs}
    return common | {"metric": metric, "value": value, "error": error, "n_test": 4800} | others


ROWS = [
    row("truth", "high_level", "auc", 0.5031, 0.0083),
    row("flow", "high_level", "auc", 0.7852, 0.0071, note=UNTRUSTED),
    row("flow", "high_level", "pvalue", 0.0),
    row("flow", "high_level", "jsd_weights", 0.2003, 0.0102, note=UNTRUSTED),
    row("flow", "normalised", "auc", 0.8243, 0.0051, note="not sensitive"),
    row("planted", "high_level", "auc", 0.61, 0.012),
    row("planted", "high_level", "ideal_auc", 0.65),
    row("inn", "high_level", "auc", 0.91, 0.004, note=f"{NOTE}; not sensitive"),
    row("flow", "high_level", "delta_auc", -0.1248, 0.0081, other="inn", note="p = 1.3e-12"),
    row("flow", "high_level", "delta_jsd", -0.0312, 0.0101, other="inn", note="p = 0.002"),
    row("flow", "high_level", "auc_training_truth", 0.7801, 0.0072),
    row("flow", "high_level", "delta_auc_training_truth", 0.0051, 0.0032),
    row("flow", "high_level", "auc_at_share", 0.7213, 0.0081, bin="0.5"),
    row("flow", "high_level", "auc_at_share", 0.6542, 0.0092, bin="0.25"),
    row("flow", "", "separation", 0.0123, 0.0011, observable="E_2", note="99 <bins>")
    | {"method": "histogram"},
]


class Page(HTMLParser):
    """Collects what tests look at.

    Attributes:
        loaded: What the page loads.
        links: Where links lead.
        ids: The names of places.
        tags: The names of tags.
        headings: The level of each heading, and its text.
        images: The attributes of each image.
        lines: Cells of tables, by section and first cell.
        rows: The samples that each row of a table's body names, None where it names none.
        figures: The samples that each figure shows.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded, self.links, self.ids, self.tags = [], [], [], []
        self.headings: list[tuple[int, str]] = []
        self.images: list[dict[str, str]] = []
        self.lines: dict[str, dict[str, list[str]]] = defaultdict(dict)
        self.rows: list[str | None] = []
        self.figures: list[str | None] = []
        self.section = ""
        self.in_body = False
        self.heading: list[str] | None = None
        self.line: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        self.loaded += [values[name] for name in ("src", "srcset", "data") if name in values]
        if "href" in values:
            (self.links if tag == "a" else self.loaded).append(values["href"])
        if "id" in values:
            self.ids.append(values["id"])
        if re.fullmatch("h[1-6]", tag):
            self.heading = []
        if tag == "img" and "src" in values:
            self.images.append(values)
        if tag == "section":
            self.section = values["id"]
        if tag == "figure":
            self.figures.append(values.get("data-samples"))
        if tag in ("thead", "tbody"):
            self.in_body = tag == "tbody"
        if tag == "tr":
            self.line = []
            self.rows += [values.get("data-samples")] if self.in_body else []
        if tag in ("td", "th") and self.line is not None:
            self.line.append("")

    def handle_endtag(self, tag):
        if self.heading is not None and re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), "".join(self.heading).strip()))
            self.heading = None
        if tag == "tr":
            cells = [" ".join(cell.split()) for cell in self.line]
            self.lines[self.section].setdefault(cells[0], cells[1:])
            self.line = None

    def handle_data(self, data):
        if self.heading is not None:
            self.heading.append(data)
        if self.line:
            self.line[-1] += data
