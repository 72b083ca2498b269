import base64
import json
import re
from collections import defaultdict
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from ultimetric.classifiers.checks import UNTRUSTED
from ultimetric.costs import write_costs
from ultimetric.errors import UserError
from ultimetric.findings.table import Failure, write_failures
from ultimetric.metrics.base import Row, write_rows
from ultimetric.report.captions import to_html
from ultimetric.report.findings import verdicts
from ultimetric.report.scores import (
    distance_tables,
    memory_tables,
    own_tables,
    pair_tables,
    score_tables,
    size_tables,
)
from ultimetric.stages.report import report

ROOT = Path(__file__).parents[1]
ORDER = {"eplus": ["truth", "inn", "flow"]}
CONTROLS = {"truth": "floor", "planted": "power control"}
LABELS = {"truth": "Geant4 vs Geant4", "flow": "My <flow>", "planted": "planted fault"}
STYLE = {"labels": LABELS}
NOTE = "incident energies differ, matched: 2000 showers; already summed to coarse cells"
PNG = b"\x89PNG-not-really"


def row(sample: str, features: str, metric: str, value: float, error=None, note="") -> Row:
    return Row("eplus", sample, "dnn", features, metric, value, error, n_test=4800, note=note)


ROWS = [
    row("truth", "high_level", "auc", 0.5031, 0.0083),
    row("flow", "high_level", "auc", 0.7852, 0.0071, note=UNTRUSTED),
    row("flow", "high_level", "pvalue", 0.0),
    row("flow", "high_level", "jsd_weights", 0.2003, 0.0102, note=UNTRUSTED),
    row("flow", "normalised", "auc", 0.8243, 0.0051, note="not sensitive"),
    row("planted", "high_level", "auc", 0.61, 0.012),
    row("planted", "high_level", "ideal_auc", 0.65),
    row("inn", "high_level", "auc", 0.91, 0.004, note=f"{NOTE}; not sensitive"),
    row("flow", "high_level", "delta_auc:inn", -0.1248, 0.0081, note="p = 1.3e-12"),
    row("flow", "high_level", "delta_jsd:inn", -0.0312, 0.0101, note="p = 0.002"),
    row("flow", "high_level", "auc_training_truth", 0.7801, 0.0072),
    row("flow", "high_level", "delta_auc_training_truth", 0.0051, 0.0032),
    row("flow", "high_level", "auc_at:0.5", 0.7213, 0.0081),
    row("flow", "high_level", "auc_at:0.25", 0.6542, 0.0092),
    Row("eplus", "flow", "histogram", "", "separation:E_2", 0.0123, 0.0011, note="99 <bins>"),
]
FAILURES = [
    Failure(
        *("eplus", "flow", k, f"E_{k}", "w > 2", "0.02", "50", p, f"E_{k} <= 2 GeV is wrong"),
        label=f"energy, layer {k}",
    )
    for k, p in enumerate(("0", "2.87653e-05", "0.001", "0.002", "0.003", "0.004"), 1)
]


class Page(HTMLParser):
    """Collects the sources, links and table cells (by section and first cell) of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded, self.links, self.tags = [], [], []
        self.lines: dict[str, dict[str, list[str]]] = defaultdict(dict)
        self.section = ""
        self.line: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        self.loaded += [values[name] for name in ("src", "srcset", "data") if name in values]
        if "href" in values:
            (self.links if tag == "a" else self.loaded).append(values["href"])
        if tag == "section":
            self.section = values["id"]
        if tag == "tr":
            self.line = []
        if tag in ("td", "th") and self.line is not None:
            self.line.append("")

    def handle_endtag(self, tag):
        if tag == "tr":
            cells = [cell.strip() for cell in self.line]
            self.lines[self.section].setdefault(cells[0], cells[1:])
            self.line = None

    def handle_data(self, data):
        if self.line:
            self.line[-1] += data


def figure(name: str, module: str, title: str, caption: str) -> dict[str, str]:
    return {
        "name": name,
        "dataset": "eplus",
        "module": module,
        "title": title,
        "caption": caption,
    }


@pytest.fixture(scope="module")
def html(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("report")
    write_rows(folder / "metrics.csv", ROWS, published=True)
    (folder / "costs.csv").write_text(
        "sample,stage,quantity,value,error,unit,device,batch,threads,note\n"
        "flow,sample,time,0.31,0.02,ms/shower,cpu,1000,2,warm\n"
    )
    write_failures(folder / "failures.csv", FAILURES, published=True)
    provenance = {"seed": 7, "versions": {"torch": "2.9.1"}, "data": {"eplus": {"sha256": "ab12"}}}
    provenance["rows"] = {"metrics": len(ROWS), "costs": 1, "failures": len(FAILURES)}
    (folder / "provenance.json").write_text(json.dumps(provenance))
    (folder / "figure.png").write_bytes(PNG)
    figures = [
        figure("mine", "mine", "a figure of my own", ""),
        figure("w", "weights", "weights", "How to read ``w``.\n\nSecond <paragraph>.\n"),
    ]
    report(
        {
            "study": "default",
            "figures": figures,
            "style": STYLE,
            "samples": ORDER,
            "controls": CONTROLS,
            "failures": {"method": "dnn", "inputs": "high_level"},
        },
        {
            "figures": [folder / "figure.png"] * 2,
            "metrics": [folder / "metrics.csv"],
            "costs": [folder / "costs.csv"],
            "failures": [folder / "failures.csv"],
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
    lines = Page(html).lines["scores"]
    # Feature sets in the order of metrics.csv, AUC and JSD of each.
    assert lines["My <flow>"] == ["0.785(7) ‡", "0.200(10) ‡", "0.824(5) †", "–"]
    assert lines["Geant4 vs Geant4"][:2] == ["0.503(8)", "–"]
    assert lines["planted faultideal AUC 0.65"][0] == "0.610(12)"


def test_what_was_done_to_a_sample_stands_under_its_name(html):
    assert Page(html).lines["scores"][f"inn{NOTE}"][0] == "0.910(4) †"


def test_pairs_memory_and_training_size_have_tables(html):
    lines = Page(html).lines
    auc = ["0.785(7)", "0.910(4)", "-0.125(8)p = 1.3e-12"]
    jsd = ["0.200(10)", "–", "-0.031(10)p = 0.002"]
    assert [x.rstrip("‡† ") for x in lines["pairs"]["My <flow> − inn"]] == auc + jsd
    assert lines["memory"]["My <flow>"] == ["0.785(7) ‡", "0.780(7)", "0.005(3)"]
    assert lines["sizes"]["My <flow>"] == ["0.654(9)", "0.721(8)", "0.785(7) ‡"]
    (table,) = size_tables(ROWS, str, ORDER)
    assert table.columns == ["25 %", "50 %", "100 %"]
    assert table.inputs == ["high_level"]


def test_tables_without_rows_do_not_show():
    rows = [r for r in ROWS if r.metric == "auc"]
    assert pair_tables(rows, str, {}) == memory_tables(rows, str, {}) == []
    assert size_tables(rows, str, {}) == []


def test_a_study_without_power_control_says_so():
    rows = [row("flow", "high_level", "auc", 0.6, 0.01, note="no power control")]
    (table,) = score_tables(rows, str, {}, {})
    assert table.lines[0].cells[0][0].marks == "°"
    assert list(table.marks) == ["°"]
    assert table.lines[0].remark == ""


def test_controls_come_last():
    (table,) = score_tables(ROWS, str, {}, CONTROLS)
    kinds = [line.kind for line in table.lines]
    assert kinds == ["sample", "sample", "floor", "power control"]


def test_samples_stand_in_the_order_of_the_config():
    """Before the controls, whatever metrics.csv does; those not named come last."""
    (table,) = score_tables(ROWS, str, ORDER, CONTROLS)
    assert [line.label for line in table.lines] == ["inn", "flow", "truth", "planted"]
    (table,) = score_tables(ROWS, str, {"eplus": ["inn"], "gamma": ["flow", "inn"]}, {})
    assert [line.label for line in table.lines] == ["inn", "truth", "flow", "planted"]


def test_every_table_has_the_order_of_the_config(html):
    rows = [
        replace(r, sample=sample, metric=r.metric.replace(":inn", f":{other}"))
        for r in ROWS
        if r.sample == "flow" and r.inputs == "high_level"
        for sample, other in (("a", "b"), ("a", "c"), ("b", "a"), ("c", "b"))
    ]
    order = {"eplus": ["c", "b", "a"]}
    for tables in (memory_tables, size_tables):
        assert [line.label for line in tables(rows, str, order)[0].lines] == ["c", "b", "a"]
    (pairs,) = pair_tables(rows, str, order)
    assert [line.label for line in pairs.lines] == ["c − b", "b − a", "a − c", "a − b"]
    scores = list(Page(html).lines["scores"])
    assert scores.index(f"inn{NOTE}") < scores.index("My <flow>")


def test_the_page_opens_with_a_verdict_on_every_sample(html):
    lines = Page(html).lines["verdict"]
    assert set(lines) == {"sample", "inn", "My <flow>", ""}
    inputs = ["high-level features (DNN)", "–", "0.503(8)", "0.610(12) of 0.650"]
    assert lines["My <flow>"] == ["yes", "0.785(7)", "p < 1e-300", *inputs]
    assert lines["inn"][0] == "not known"  # its classifier missed the positive control
    assert html.index("<h2>Verdict</h2>") < html.index("<h2>AUC and JSD</h2>")
    assert "E_1 &lt;= 2 GeV is wrong" in html


def test_the_most_telling_inputs_are_marked():
    rows = [
        row("flow", features, metric, value, 0.01)
        for features, auc in (("high_level", 0.9), ("energies", 0.88), ("normalised", 0.6))
        for metric, value in (("auc", auc), ("pvalue", 1e-9))
    ]
    (table,) = score_tables(rows, str, {}, {})
    cells = [of_features[0] for of_features in table.lines[0].cells]
    assert [cell.strong for cell in cells] == [True, False, False]
    assert [cell.remark for cell in cells] == ["", "", "less sensitive"]
    unclear = [replace(r, value=0.5) if r.metric == "pvalue" else r for r in rows]
    (table,) = score_tables(unclear, str, {}, {})
    assert not any(c.strong or c.remark for cells in table.lines[0].cells for c in cells)


def test_marks_are_explained_only_where_they_stand():
    (table,) = score_tables(ROWS, str, {}, CONTROLS)
    assert set(table.marks) == {"†", "‡"}
    clean = [r for r in ROWS if not r.note]
    (table,) = score_tables(clean, str, {}, CONTROLS)
    assert table.marks == {}


def test_an_untested_pair_is_a_dash():
    (table,) = score_tables(ROWS, str, {}, CONTROLS)
    control = table.lines[-1]
    assert [[cell.text for cell in cells] for cells in control.cells][1] == ["–", "–"]


def test_findings_stand_beside_their_p_values(html):
    lines = Page(html).lines["wrong"]
    assert lines["1"] == ["energy, layer 1", "< 1e-300", "E_1 <= 2 GeV is wrong"]
    assert lines["2"][1] == "2.9e-05"
    assert lines["6"][0] == "energy, layer 6"
    assert html.index("E_5 &lt;= 2") < html.index("1 more</summary>") < html.index("E_6 &lt;= 2")
    assert re.search(r"baseline\) ?</span>: nothing found", html)
    assert "inn: nothing found" in html
    assert "weights of the DNN\non high-level features" in html


def test_every_sample_has_a_verdict():
    found = verdicts(FAILURES, str, {"gamma": ["flow"], **ORDER}, CONTROLS)
    assert [x.label for x in found["eplus"]] == ["truth", "inn", "flow"]
    assert [x.role for x in found["eplus"]] == ["floor", "", ""]
    assert [len(x.first) for x in found["eplus"]] == [0, 0, 5]
    assert [x.observable for x in found["eplus"][2].others] == ["energy, layer 6"]
    assert found["gamma"][0].first == []


def test_nothing_is_wrong_if_nobody_searched(tmp_path):
    write_rows(tmp_path / "metrics", ROWS, published=True)
    write_costs(tmp_path / "costs", [], published=True)
    write_failures(tmp_path / "failures", [], published=True)
    rows = {"metrics": len(ROWS), "costs": 0, "failures": 0}
    (tmp_path / "provenance").write_text(json.dumps({"rows": rows}))
    paths = {name: [tmp_path / name] for name in ("metrics", "costs", "failures", "provenance")}
    paths |= {"figures": [], "template": [ROOT / "workflow/report/report.html.j2"]}
    cfg = {"study": "x", "figures": [], "style": {}, "samples": ORDER, "controls": {}}
    report(cfg, paths, {"html": tmp_path / "report.html"})
    write_rows(tmp_path / "metrics", ROWS[1:], published=True)
    with pytest.raises(UserError, match=f"metrics is damaged, it has .* of {len(ROWS)} rows"):
        report(cfg, paths, {"html": tmp_path / "other.html"})
    assert "nothing found" not in (tmp_path / "report.html").read_text(encoding="utf-8")


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


def test_a_figure_without_caption_shows_none(html):
    assert html.count("<figcaption>") == 1
    assert "<figcaption><p>How to read <code>w</code>.</p>" in html
    assert to_html("\n") == ""


def test_captions_are_escaped_paragraphs():
    assert to_html("One\nline of ``w``.\n\nTwo <b>.\n") == (
        "<p>One line of <code>w</code>.</p>\n<p>Two &lt;b&gt;.</p>"
    )


def test_distances_rank_samples() -> None:
    sums = [
        Row("eplus", sample, test, "", metric, value, 0.01)
        for sample, s, w in (("truth", 0.2, 1.0), ("flow", 2.5, 18.0), ("inn", 0.3, 2.0))
        for test, metric, value in (("histogram", "separation:sum", s), ("unbinned", "w1:sum", w))
    ]
    (table,) = distance_tables([*ROWS, *sums], str, ORDER, CONTROLS)
    assert table.name == "eplus, all observables"
    assert [line.label for line in table.lines] == ["inn", "flow", "truth"]
    assert [cell.text for cell in table.lines[1].cells[0]] == ["2.500(10)", "18.000(10)"]


def test_own_numbers_have_a_table_for_each_space() -> None:
    rows = [
        Row("eplus", sample, test, space, metric, 7.0, 0.1, n_test=100)
        for sample, test, space, metric in (
            ("flow", "likelihood", "noise 1", "nll"),
            ("inn", "likelihood", "noise 2", "nll"),
            ("vae", "model", "noise 1", "rate"),
        )
    ]
    first, second = own_tables([*ROWS, *rows], str, ORDER)
    assert [first.name, second.name] == ["eplus, noise 1", "eplus, noise 2"]
    assert first.columns == ["nll", "rate"]
    cells = [[cell.text for cell in line.cells[0]] for line in first.lines]
    assert cells == [["7.00(10)", "–"], ["–", "7.00(10)"]]
    assert [line.label for line in second.lines] == ["inn"]
