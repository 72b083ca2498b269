"""Pages made of comments: what make offers, the ready studies, the recipes."""

from __future__ import annotations

import re
from pathlib import Path

from ultimetric.folders import WORKFLOW

REPOSITORY = Path(__file__).parents[3]


def commands_page() -> str:
    """What make offers, from the comments of the Makefile."""
    text = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    found = re.findall(r"^([\w-]+):.*?## (.*)$", text, re.MULTILINE)
    rows = "".join(f"| `make {name}` | {about} |\n" for name, about in found)
    return f"# Commands\n\n| command | what it does |\n|---|---|\n{rows}"


def studies_page() -> str:
    """The ready studies, from the comments at their heads."""
    text = "# Ready studies\n\nEach is a `--configfile` in `workflow/studies`.\n"
    for path in sorted((WORKFLOW / "studies").glob("*.yaml")):
        head = re.match(r"(#.*\n)*", path.read_text(encoding="utf-8"))[0]
        about = "\n".join(line.removeprefix("#").removeprefix(" ") for line in head.splitlines())
        text += f"\n## {path.stem}\n\n```text\n{about}\n```\n"
    return text


def recipes_page() -> str:
    """The recipes of preprocessing that come with the package."""
    text = (WORKFLOW / "resources" / "recipes.yaml").read_text(encoding="utf-8")
    return f"# Recipes of preprocessing\n\n```yaml\n{text}```\n"
