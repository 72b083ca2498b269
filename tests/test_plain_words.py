"""What a stranger reads is plain English in the field's terms."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "workflow" / "ultimetric"

# Words that have a plainer one, or another one in the field: what to say instead. For many
# readers English is a foreign language: a word in a rare sense, or a picture such as a player for
# a program, is hard to look up.
INSTEAD = {
    r"floors?": "truth-vs-truth baseline",
    r"power[ _]controls?": "positive control",
    r"failures\.csv|failure finder|failed finder": "findings",
    r"toys?": "exact-weights study, or vectors",
    r"judg(e|es|ed|ing|ement)": "compare, test, or held-out truth",
    r"high-level features": "high-level inputs",
    r"carriers?": "continuous-time transport",
    r"players?|competes?|competing": "optimiser group, alternating training",
    r"cohorts?": "ensemble",
    r"tenths?": "fold part",
    r"upright": "canonical orientation",
    r"orphan(s|ed)?": "watchdog",
    r"remember(s|ed)?": "cached, or memorised",
    r"teach(es|ing)?|taught": "train",
    r"honest|lucky": "what is meant",
    r"somebody|nobody": "outside the package; no one needs it",
    r"of everything random|of all random numbers": "the random seed",
}
BAD = {word: re.compile(rf"(?<![\w-])({word})(?![\w-])", re.IGNORECASE) for word in INSTEAD}
# Where such a word is right: names in files and on the command line, and other senses.
RIGHT = re.compile(
    r"make judge|judge: env|`judge`|run judge|studies/judge\.yaml|planning\.judge"
    r"|noise[ _]floor|\.floor\(|import floor|floor = |\+ floor"
    r"|players\.|`players`|judged truth|a tenth of"
)
SECTION = re.compile(r"\s*(Arguments|Attributes|Options|Raises):")
ITEM = re.compile(r"\s*[^:`\"'(]+: +(?P<text>\S.*)")


def test_no_word_that_has_a_plainer_one() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}, line {line}: {match[0]!r}: say {INSTEAD[word]!r}"
        for path in sorted(written())
        for line, text in texts(path)
        for word, bad in BAD.items()
        if (match := bad.search(RIGHT.sub("", text)))
    ]
    assert found == []


def test_lines_of_arguments_are_noun_phrases() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}: {name}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for name, docstring in docstrings(path)
        for line in argument_lines(docstring)
        if (match := ITEM.match(line)) and match["text"][0].islower()
    ]
    assert found == []


def written() -> Iterator[Path]:
    """The files with text that users or developers read."""
    for folder, ends in (
        (".", ("*.md", "Makefile", "Snakefile", "config.yaml", "pyproject.toml")),
        ("docs", ("*.md", "concepts/*.md", "howto/*.md", "tutorials/*.md", "**/*.py")),
        ("results", ("README.md",)),
        ("examples", ("*.py",)),
        ("benchmarks", ("*.py",)),
        ("profiles", ("**/*.yaml",)),
        ("workflow", ("**/*.py", "**/*.yaml", "**/*.smk", "**/*.rst", "**/*.j2")),
    ):
        for end in ends:
            yield from (REPOSITORY / folder).glob(end)


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of a file that are read as text: of Python, docstrings, comments and sentences."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from enumerate(source.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            for k, line in enumerate(node.value.splitlines()):
                yield node.lineno + k, line


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """The docstrings of a file by the name of what they describe."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield getattr(node, "name", "module"), ast.get_docstring(node) or ""


def argument_lines(docstring: str) -> Iterator[str]:
    """The first lines of the items below `Arguments:`, `Attributes:` and the like.

    >>> list(argument_lines("A.\\n\\nArguments:\\n    a: The one.\\n        More: it goes on."))
    ['    a: The one.']
    """
    indent = None
    inside = False
    for line in docstring.splitlines():
        here = len(line) - len(line.lstrip())
        if SECTION.fullmatch(line):
            inside, indent = True, None
        elif inside and line.strip():
            indent = here if indent is None else indent
            inside = here >= indent
            if here == indent:
                yield line


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("the floor", True),
        ("log_floor: 1e-7", False),
        ("a noise floor", False),
        ("make judge FILE=x", False),
        ("it is judged by", True),
        ("CaloFlow's teacher", False),
    ],
)
def test_words_in_their_sense(text: str, bad: bool) -> None:
    assert any(word.search(RIGHT.sub("", text)) for word in BAD.values()) == bad
