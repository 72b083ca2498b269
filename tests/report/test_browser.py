"""What the page does in a browser; skipped where no Chromium is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
from pages import page_in

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
]
ACTIONS = """
const found = {};
const shown = (selector) => all(selector).filter((x) => x.checkVisibility()).length;
const names = () => all("#section-auc-and-jsd tbody tr").map((row) => row.dataset.samples);
const heading = document.querySelector("#section-auc-and-jsd thead tr:last-child th:nth-child(2)");
heading.querySelector("button").click();
found.ascending = [heading.ariaSort, ...names()];
heading.querySelector("button").click();
found.descending = [heading.ariaSort, ...names()];

const next = heading.nextElementSibling.querySelector("button");
found.first = [1, 2].map(() => {
  next.click();
  return names()[0];
});

found.figures = shown("figure");
document.querySelector("#samples input[value=flow]").click();
found.without = [shown("figure"), shown("[data-samples~=flow]")];
document.querySelector("#samples input[value=flow]").click();
found.again = shown("figure");

for (const details of all("details")) details.open = true;
const field = document.querySelector("#numbers input[type=search]");
field.value = "PLANTED auc";
field.dispatchEvent(new Event("input"));
const numbers = document.querySelector("#numbers tbody");
found.filtered = all("tr:not(.filtered)", numbers).map((row) => row.dataset.samples);

const button = document.querySelector("figure .enlarge");
button.focus();
button.click();
found.enlarged = [dialog.open, dialog.querySelector("img").alt];
dialog.close();

const colours = document.getElementById("colours");
found.paper = ["light", "dark"].map((value) => {
  colours.value = value;
  colours.dispatchEvent(new Event("change"));
  return getComputedStyle(document.body).backgroundColor;
});
found.wide = document.documentElement.scrollWidth > innerWidth;
setTimeout(() => {
  found.focus = document.activeElement === button;
  document.body.replaceChildren(JSON.stringify(found));
}, 100);
"""


@pytest.fixture(scope="module", params=[1400, 500])
def found(request, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the actions find, in a window of some width."""
    folder = tmp_path_factory.mktemp("browser")
    page = page_in(folder).replace("</body>", f"<script>{ACTIONS}</script></body>")
    (folder / "page.html").write_text(page, encoding="utf-8")
    done = subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"),
            *("--virtual-time-budget=3000", f"--window-size={request.param},900"),
            *(f"--user-data-dir={folder}", "--dump-dom", f"file://{folder}/page.html"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert re.findall(r".*CONSOLE.*", done.stderr) == []
    return json.loads(re.search(r"<body.*?>(\{.*\})</body>", done.stdout, re.DOTALL)[1])


def test_tables_sort(found: dict) -> None:
    assert found["ascending"] == ["ascending", "truth", "planted", "flow", "inn"]
    assert found["descending"] == ["descending", "inn", "flow", "planted", "truth"]


def test_what_is_no_number_comes_last(found: dict) -> None:
    assert found["first"] == ["flow", "flow"]  # ascending and descending


def test_a_sample_is_hidden_everywhere(found: dict) -> None:
    assert (found["figures"], found["without"], found["again"]) == (2, [0, 0], 2)


def test_rows_are_filtered_by_words(found: dict) -> None:
    assert set(found["filtered"]) == {"planted"}


def test_figures_enlarge_and_give_the_focus_back(found: dict) -> None:
    assert found["enlarged"] == [True, "e⁺: weights. How to read w."]
    assert found["focus"]


def test_colours_are_light_or_dark(found: dict) -> None:
    light, dark = found["paper"]
    assert light == "rgb(255, 255, 255)"
    assert dark != light


def test_nothing_is_wider_than_the_window(found: dict) -> None:
    assert not found["wide"]
