"""What stands where on the page: chapters, questions, sections, tables and figures."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from ultimetric.report.costs import SECTION, TEXT, cost_tables
from ultimetric.report.declared import Declared, declared
from ultimetric.report.findings import Drawn, Found, found_in
from ultimetric.report.parts import Part, Parts
from ultimetric.report.sections import LAST, by_question
from ultimetric.report.tables import Names, Standing, Table, make_tables
from ultimetric.report.typeset import first_sentence, paragraphs

OF_ENTRY = ("analysis", "section", "options")  # what is no key of the table itself


@dataclass(frozen=True)
class Content:
    """The content of a report.

    Arguments:
        figures: The PNG of each figure, in the order of the settings.
        metrics: The rows of metrics.csv.
        costs: The rows of costs.csv.
        findings: The rows of findings.csv.
        pictures: The pictures of findings by dataset and sample, then by rank, as SVG in base64.
        provenance: The provenance, as plain data.
    """

    figures: list[Path]
    metrics: pd.DataFrame
    costs: pd.DataFrame
    findings: pd.DataFrame
    pictures: Drawn
    provenance: dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A figure.

    Arguments:
        link: The name of the link to it.
        title: The title.
        alt: The title, and the first sentence of the caption.
        png: The PNG as base64.
        samples: The names of the samples that it shows.
        caption: The caption; empty if there is none, or if it stands with an earlier figure.
        how: The name of the link to the caption; empty if there is none.
    """

    link: str
    title: str
    alt: str
    png: str
    samples: list[str]
    caption: Markup
    how: str


@dataclass(frozen=True)
class Block:
    """The tables that an analysis declares in one literal, or the list of findings."""

    form: Declared
    text: Markup
    tables: list[Table]
    findings: dict[str, list[Found]]


@dataclass(frozen=True)
class Section:
    """A section: its title, its link, tables, then figures."""

    title: str
    link: str
    blocks: list[Block] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


@dataclass(frozen=True)
class Question:
    """A question that some sections answer; its title and its link."""

    title: str
    link: str
    sections: list[Section]


@dataclass(frozen=True)
class Chapter:
    """A part of the page: its title, its link, its text, and its questions."""

    title: str
    link: str
    text: Markup
    questions: list[Question]


def chapters(cfg: dict[str, Any], content: Content, names: Names, parts: Parts) -> list[Chapter]:
    """The parts of the page; one that the study does not name only if something stands there.

    Arguments:
        cfg: The settings; see `page.render`.
        content: The content of the report.
        names: The labels, orders and roles of names.
        parts: The parts into which the study divides its report.
    """
    pictures = _pictures(cfg, content.figures, names)
    made = []
    for part in parts:
        here = partial(parts.standing, part)
        blocks = _blocks(cfg, content, names, parts.samples(part), here)
        blocks += _cost_blocks(content.costs, names, here)
        shown = [
            (figure["section"], picture)
            for figure, picture in zip(cfg["figures"], pictures, strict=True)
            if parts.of(figure["dataset"], figure["samples"]) is part
        ]
        questions = _questions(part, blocks, shown)
        if questions or part.named:
            made.append(Chapter(part.title, part.link, paragraphs(part.text), questions))
    return made


def _questions(
    part: Part, blocks: list[tuple[str, Block]], pictures: list[tuple[str, Picture]]
) -> list[Question]:
    found = []
    for question, titles in by_question(title for title, _ in [*blocks, *pictures]).items():
        sections = [
            Section(
                title,
                _link(part, "section", title),
                [block for of, block in blocks if (of or LAST) == title],
                [picture for of, picture in pictures if (of or LAST) == title],
            )
            for title in titles
        ]
        found.append(Question(question, _link(part, "question", question), sections))
    return found


def _link(part: Part, *words: str) -> str:
    name = re.sub(r"\W+", "-", "-".join(words).lower()).strip("-")
    return f"{part.link}-{name}" if part.link else name


def _blocks(
    cfg: dict[str, Any],
    content: Content,
    names: Names,
    samples: dict[str, list[str]],
    here: Standing,
) -> list[tuple[str, Block]]:
    """The tables of each literal in a part, and their section; equal literals give them once."""
    blocks: list[tuple[str, Block]] = []
    alike: dict[Declared, list[dict[str, Any]]] = {}
    for entry in cfg["tables"]:
        literal = {key: x for key, x in entry.items() if key not in OF_ENTRY}
        form = declared(literal, f"analysis {entry['analysis']}: tables")
        alike.setdefault(form, []).append(entry)
    for form, entries in alike.items():
        tables = make_tables(content.metrics, form, names, here)
        found = {}
        if form.findings:
            found = found_in(
                content.findings,
                names.label,
                samples,
                names.controls,
                cfg["searched"],
                content.pictures,
            )
        if tables or found:
            given = (pair for entry in entries for pair in entry["options"].items())
            options = [x for dataset, x in given if dataset in samples]
            text = paragraphs(_with_options(form.text, options, names))
            blocks.append((entries[0]["section"], Block(form, text, tables, found)))
    return blocks


def _cost_blocks(costs: pd.DataFrame, names: Names, here: Standing) -> list[tuple[str, Block]]:
    """The tables of costs in a part, and their section."""
    return [
        (SECTION, Block(Declared(title), paragraphs(TEXT[title]), tables, {}))
        for title, tables in cost_tables(costs, names, here).items()
    ]


def _with_options(text: str, options: list[dict[str, Any]], names: Names) -> str:
    """The text with the labels of the method and the inputs of entries for some datasets."""
    for option in ("method", "inputs"):
        values = [x.get(option) or [] for x in options]
        several = (x for value in values for x in ([value] if isinstance(value, str) else value))
        known = " or ".join(dict.fromkeys(map(names.label, several)))
        text = text.replace(f"{{{option}}}", known)
    return text


def _pictures(cfg: dict[str, Any], paths: list[Path], names: Names) -> list[Picture]:
    """The figures in their order; each caption stands with the first of its figures."""
    found, links = [], {"": ""}
    for figure, path in zip(cfg["figures"], paths, strict=True):
        link = f"{figure['dataset']}-{figure['name']}"
        title = f"{names.label(figure['dataset'])}: {figure['title']}"
        caption = figure["caption"]
        shown = "" if caption in links else caption
        found.append(
            Picture(
                link=link,
                title=title,
                alt=". ".join(filter(None, [title, first_sentence(caption)])),
                png=base64.b64encode(path.read_bytes()).decode(),
                samples=figure["samples"],
                caption=paragraphs(shown),
                how=links.setdefault(caption, f"how-{link}"),
            )
        )
    return found
