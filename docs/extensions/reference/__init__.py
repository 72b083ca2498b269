"""Reference pages, written into docs/reference before each build: no list is kept by hand."""

from __future__ import annotations

from pathlib import Path

from reference.modules import modules_page, python_page
from reference.plugins import plugin_pages
from reference.schemas import schema_pages
from reference.texts import commands_page, recipes_page, studies_page

FOLDER = Path(__file__).parents[2] / "reference"


def pages() -> dict[str, str]:
    """The text of every page, by the name of its file."""
    return {
        "commands": commands_page(),
        "studies": studies_page(),
        **schema_pages(),
        "recipes": recipes_page(),
        **plugin_pages(),
        "python": python_page(),
        "modules": modules_page(),
    }


def write(*_) -> None:
    """Write the pages that changed; delete those that are no longer made."""
    FOLDER.mkdir(exist_ok=True)
    made = {FOLDER / f"{name}.md": text for name, text in pages().items()}
    for path in set(FOLDER.glob("*.md")) - made.keys():
        path.unlink()
    for path, text in made.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app):
    """Write the pages when Sphinx starts, before it looks for files."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
