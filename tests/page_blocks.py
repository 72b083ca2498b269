"""The code blocks of the pages that users read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from places import REPOSITORY

SAVED = re.compile(r"[Ss]ave (?:this|it) as\s+`(?P<name>[\w./]+)`")


@dataclass(frozen=True)
class Block:
    """A code block.

    Arguments:
        page: The page, relative to the repository.
        language: The language behind the fence; empty for output.
        text: What stands in it.
        saved: The name of the file that the reader is told to save it as; empty if none.
    """

    page: str
    language: str
    text: str
    saved: str

    def __str__(self) -> str:
        return f"{self.page}: {self.text.strip().splitlines()[0][:40]}"


def pages() -> list[Path]:
    """The pages that are written by hand."""
    folder = REPOSITORY / "docs"
    found = [x for x in folder.rglob("*.md") if x.relative_to(folder).parts[0] != "reference"]
    return sorted([*found, *REPOSITORY.glob("*.md")])


def blocks(page: Path) -> Iterator[Block]:
    """The code blocks of a page, in order."""
    name = page.relative_to(REPOSITORY).as_posix()
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.S | re.M):
        paragraph = text[: found.start()].rstrip().rpartition("\n\n")[2]
        saved = SAVED.search(paragraph)
        yield Block(name, found[1], found[2], saved["name"] if saved else "")


def all_blocks(*languages: str) -> list[Block]:
    """The blocks of all pages in some languages."""
    return [x for page in pages() for x in blocks(page) if x.language in languages]


def in_docs(name: str, language: str, containing: str) -> str:
    """The text of the one block of a page of docs that contains something."""
    (found,) = (
        x.text
        for x in blocks(REPOSITORY / "docs" / name)
        if x.language == language and containing in x.text
    )
    return found
