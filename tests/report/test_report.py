"""The page: what stands where."""

from __future__ import annotations

import base64
import json
import re
from itertools import pairwise

import pytest
from pages import FOUND, PNG, TABLES, TEMPLATE, page_in
from reported import CONTROLS, NOTE, ORDER, ROWS, Page

from ultimetric.analyses.numbers import number_table, write_numbers
from ultimetric.costs import COSTS, write_costs
from ultimetric.errors import UserError
from ultimetric.findings.table import FINDINGS, write_findings
from ultimetric.report.findings import found_in
from ultimetric.report.sections import by_question
from ultimetric.report.typeset import paragraphs
from ultimetric.report.verdict import CLEAR, HINT
from ultimetric.stages.report import report
from ultimetric.tables import frame_of


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_in(tmp_path_factory.mktemp("report"))


def test_the_page_loads_nothing_from_elsewhere(html):
    page = Page(html)
    forms = [source.partition(";base64,")[0] for source in page.loaded]
    assert forms == ["data:image/svg+xml"] * 2 + ["data:image/png"] * 2
    assert base64.b64decode(page.loaded[-1].partition(",")[2]) == PNG
    assert not {"link", "iframe"} & set(page.tags)
    assert not re.search(r"@import|url\(|fetch\(|https?://", html)


def test_what_differs_from_a_publication_is_told(html):
    told = html[html.index('<section id="departures">') :]
    assert "My &lt;flow&gt;: Its &lt;blocks&gt; are dense. The width is 256." in told


def test_links_lead_to_places_on_the_page(html):
    page = Page(html)
    assert len(page.links) >= 5
    assert {link[0] for link in page.links} == {"#"}
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)


def test_headings_are_in_order(html):
    levels = [level for level, _ in Page(html).headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= level + 1 for level, later in pairwise(levels))


def test_every_figure_says_in_words_what_it_is(html):
    images = Page(html).images
    assert [image["alt"] for image in images] == [
        "My <flow>, main fault: truth, sample and their ratio. E_1 <= 2 GeV is wrong",
        "My <flow>, energy, layer 1: truth, sample and their ratio. E_1 <= 2 GeV is wrong",
        "e⁺: weights. How to read w.",
        "e⁺: a figure of my own",
    ]


def test_every_row_and_figure_names_its_samples(html):
    page = Page(html)
    assert set(page.figures) == {"flow"}
    names = {name for row in page.rows for name in row.split()}
    assert names == {"truth", "planted", "flow", "inn"}
    assert "flow inn" in page.rows  # a pair
    assert re.findall(r'<input type="checkbox" checked value="(.*?)">', html) == ["inn", "flow"]


def test_numbers_stand_in_their_cells(html):
    lines = Page(html).lines["section-auc-and-jsd"]
    # Feature sets in the order of metrics.csv, AUC and JSD of each.
    assert lines["My <flow>"] == ["0.785(7) ‡", "0.200(10) ‡", "0.824(5) †", "–"]
    assert lines["Geant4 vs Geant4"][:2] == ["0.503(8)", "–"]
    assert lines["planted faultideal AUC 0.65"][0] == "0.610(12)"


def test_what_was_done_to_a_sample_stands_under_its_name(html):
    assert Page(html).lines["section-auc-and-jsd"][f"inn{NOTE}"][0] == "0.910(4) †"


def test_pairs_memory_and_training_size_have_tables(html):
    lines = Page(html).lines
    auc = ["0.785(7)", "0.910(4)", "−0.125(8)p = 1.3 × 10−12"]
    jsd = ["0.200(10)", "–", "−0.031(10)p = 0.002"]
    pair = lines["section-compared-on-the-same-truth"]["My <flow> − inn"]
    assert [x.rstrip("‡† ") for x in pair] == auc + jsd
    assert lines["section-memorisation"]["My <flow>"] == ["0.785(7) ‡", "0.780(7)", "0.005(3)"]
    assert lines["section-training-size"]["My <flow>"] == ["0.654(9)", "0.721(8)", "0.785(7) ‡"]


def test_the_page_has_the_order_of_the_config(html):
    scores = list(Page(html).lines["section-auc-and-jsd"])
    assert scores.index(f"inn{NOTE}") < scores.index("My <flow>")


def test_the_page_opens_with_a_verdict_on_every_sample(html):
    lines = Page(html).lines["verdict"]
    assert list(lines) == ["sample", "inn", "My <flow>"]
    auc = "0.785(7) ‡p < 10−300high-level inputs (DNN)"
    answer, *numbers, fault, time = lines["My <flow>"]
    assert [answer, *numbers] == ["yes", auc, "0.503(8)", "0.610(12) of 0.650"]
    assert fault == "E1 ≤ 2 GeV is wrong"
    assert time == "0.31(2) msthe job that made the sample, CPU, batch 1000, warm"
    assert lines["sample"][-1] == "time per shower"
    assert (
        "1 of 2 samples can be distinguished from truth. The lowest AUC is that of My &lt;" in html
    )
    assert f"below {CLEAR}, “perhaps” that it is below {HINT}, “no” that neither is" in html
    assert lines["inn"][0] == "not known"  # its classifier missed the positive control
    assert "†" in lines["inn"][1]
    assert html.index("<h2>Verdict</h2>") < html.index(">AUC and JSD</h3>")


def test_findings_stand_beside_their_p_values(html):
    page = Page(html)
    lines = page.lines["section-findings"]
    assert lines["1"] == ["energy, layer 1", "< 10−300", "E1 ≤ 2 GeV is wrong", ""]
    assert lines["2"][1] == "2.9 × 10−5"
    assert lines["6"][0] == "energy, layer 6"
    assert (
        html.index("E<sub>5</sub>") < html.index("1 more</summary>") < html.index("E<sub>6</sub>")
    )
    titles = [text for _, text in page.headings]
    assert "e⁺, Geant4 vs Geant4 (truth-vs-truth baseline): nothing found" in titles
    assert "e⁺, inn: nothing found" in titles
    assert "weights of the DNN on high-level inputs" in html


def test_every_sample_has_a_list_of_findings():
    samples = {"gamma": ["flow", "file"], **ORDER}
    searched = [["gamma", "flow"], *(["eplus", name] for name in ORDER["eplus"])]
    found = found_in(FOUND, str, samples, CONTROLS, searched, {})
    assert [x.label for x in found["eplus"]] == ["truth", "inn", "flow"]
    assert [x.role for x in found["eplus"]] == ["truth-vs-truth baseline", "", ""]
    assert [len(x.first) for x in found["eplus"]] == [0, 0, 5]
    assert [x.label for x in found["eplus"][2].others] == ["energy, layer 6"]
    assert [(x.sample, x.first) for x in found["gamma"]] == [("flow", [])]


def test_nothing_is_wrong_if_nobody_searched(tmp_path):
    write_numbers(tmp_path / "metrics", number_table(ROWS), published=True)
    write_costs(tmp_path / "costs", frame_of([], COSTS), published=True)
    write_findings(tmp_path / "findings", frame_of([], FINDINGS), published=True)
    rows = {"metrics": len(ROWS), "costs": 0, "findings": 0}
    (tmp_path / "provenance").write_text(json.dumps({"rows": rows}))
    paths = {name: [tmp_path / name] for name in ("metrics", "costs", "findings", "provenance")}
    paths |= {"figures": [], "pictures": [], "template": [TEMPLATE]}
    tables = [table for table in TABLES if "findings" not in table]
    cfg = {"study": "x", "figures": [], "style": {}, "tables": tables}
    cfg |= {"samples": ORDER, "controls": {}, "parts": [], "departs": {}, "searched": []}
    cfg |= {"pictures": [], "datasets": list(ORDER), "inputs_of_some": {}}
    report(cfg, paths, {"html": tmp_path / "report.html"})
    assert "nothing found" not in (tmp_path / "report.html").read_text(encoding="utf-8")
    write_numbers(tmp_path / "metrics", number_table(ROWS[1:]), published=True)
    with pytest.raises(UserError, match=f"metrics is damaged, it has .* of {len(ROWS)} rows"):
        report(cfg, paths, {"html": tmp_path / "other.html"})


def test_every_row_cost_and_version_is_there(html):
    assert f"{len(ROWS)} rows of metrics.csv" in html
    for text in ("separation", "E 2", "0.0123(11)", "2.9.1", "ab12", "99 &lt;bins&gt;"):
        assert text in html
    assert Page(html).lines["numbers"]["My <flow>"][:3] == ["sample", "time per shower", "0.31"]


def test_questions_and_sections_follow_the_reading_order(html):
    titles = [text for level, text in Page(html).headings if level in (2, 3)]
    assert [x for x in titles if x != "e⁺"] == [
        *("Verdict", "How different?", "AUC and JSD", "Compared on the same truth"),
        *("What is wrong?", "Findings", "Memorisation"),
        *("Can the weights be trusted?", "Classifier weights", "Training size"),
        *("Cost", "Costs", "More", "More", "What differs from publications"),
        *("Numbers", "Provenance"),
    ]
    assert html.index("a figure of my own") > html.index('id="question-more"')


def test_sections_that_nobody_knows_follow():
    found = by_question(["", "Mine", "Findings", "Mine", "AUC and JSD"])
    assert found["More"] == ["Mine", "More"]
    assert list(found) == ["How different?", "What is wrong?", "More"]


def test_a_caption_stands_once(html):
    (how,) = re.findall(r'<details class="how".*?</details>', html, re.DOTALL)
    assert "<p>How to read <code>w</code>.</p>" in how
    assert paragraphs("\n") == ""


def test_captions_are_escaped_paragraphs():
    assert paragraphs("One\nline of ``w``.\n\nTwo <b>.\n") == (
        "<p>One line of <code>w</code>.</p>\n<p>Two &lt;b&gt;.</p>"
    )
