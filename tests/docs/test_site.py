"""The documentation site: it builds, no link in it is broken, nothing comes from the network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from places import REPOSITORY

pytestmark = pytest.mark.slow
# What a browser fetches by itself: scripts, styles, fonts and images; links are not.
LOADED = re.compile(
    r"<(?:script|img|source|iframe)\b[^>]*\bsrc=\"(?P<script>[^\"]*)\""
    r"|<link\b[^>]*\bhref=\"(?P<link>[^\"]*)\""
    r"|(?:@import|url\()\s*[\"']?(?P<style>[^\"')\s]+)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The folder of the site, built as by `make docs`."""
    folder = tmp_path_factory.mktemp("site")
    command = [Path(sys.executable).parent / "sphinx-build", "--quiet", "--fail-on-warning"]
    run = subprocess.run(
        [*command, "--keep-going", REPOSITORY / "docs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-5000:]
    return folder


def test_every_page_is_there(site: Path) -> None:
    pages = {path.relative_to(REPOSITORY / "docs") for path in (REPOSITORY / "docs").rglob("*.md")}
    assert len(pages) > 40
    assert [page for page in pages if not (site / page).with_suffix(".html").is_file()] == []


def test_nothing_comes_from_the_network(site: Path) -> None:
    found = [
        (path.name, address)
        for path in site.rglob("*")
        if path.suffix in (".html", ".css")
        for match in LOADED.finditer(path.read_text(encoding="utf-8"))
        if (address := match["script"] or match["link"] or match["style"] or "")
    ]
    assert any(address.startswith("_static/") for _, address in found)
    assert [x for x in found if re.match(r"(https?:)?//", x[1])] == []


def test_reference_pages_come_from_the_package(site: Path) -> None:
    """A key, a card and a docstring stand on the page that is made of them."""
    page = (site / "reference" / "config.html").read_text()
    assert "The part of the truth that samples are compared with." in page
    assert "max_leaf_nodes" in (site / "reference" / "classifiers.html").read_text()
    page = (site / "reference" / "generators-flows.html").read_text()
    assert "ultimetric.generators.flows.caloflow" in page
