"""Render the report page from tables, figures and captions."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from ultimetric.costs import cost_texts
from ultimetric.figures.labels import BASELINE, label
from ultimetric.report.captions import to_html
from ultimetric.report.costs import SECTION, TEXT, cost_tables
from ultimetric.report.declared import Declared, declared
from ultimetric.report.findings import Found, found_in
from ultimetric.report.parts import Part, Parts
from ultimetric.report.sections import LAST, ordered
from ultimetric.report.tables import Names, Standing, Table, make_tables
from ultimetric.report.verdict import (
    PERHAPS,
    YES,
    Label,
    by_dataset,
    control_text,
    fault_text,
    number,
    verdicts,
)
from ultimetric.statistics.pvalues import p_text
from ultimetric.tables import texts_of

OF_ENTRY = ("analysis", "section", "options")  # what is no key of the table itself
ERRORS = ["error", "error_test", "error_train"]


@dataclass(frozen=True)
class Content:
    """The content of a report.

    Arguments:
        figures: The PNG of each figure, in the order of the settings.
        metrics: The rows of metrics.csv.
        costs: The rows of costs.csv.
        findings: The rows of findings.csv.
        provenance: The provenance, as plain data.
    """

    figures: list[Path]
    metrics: pd.DataFrame
    costs: pd.DataFrame
    findings: pd.DataFrame
    provenance: dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A figure: its title, its PNG as base64 and its caption, which may be empty."""

    name: str
    title: str
    png: str
    caption: Markup


@dataclass(frozen=True)
class Block:
    """The tables that an analysis declares in one literal, or the list of findings."""

    form: Declared
    text: Markup
    tables: list[Table]
    findings: dict[str, list[Found]]


@dataclass(frozen=True)
class Section:
    """A section: its title, the link to its part, tables, then figures."""

    title: str
    part: str
    blocks: list[Block] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    @property
    def link(self) -> str:
        """The name of the link to it on the page."""
        name = "section-" + re.sub(r"\W+", "-", self.title.lower())
        return f"{self.part}-{name}" if self.part else name


@dataclass(frozen=True)
class Chapter:
    """A part of the page: its title, its link, its text, and its sections."""

    title: str
    link: str
    text: Markup
    sections: list[Section]


def render(template: Path, cfg: dict[str, Any], content: Content) -> str:
    """Return the page.

    Arguments:
        template: The template of the page (jinja2).
        cfg: {"study", "parts": [{"title", "text", "datasets", "samples"}], "figures": [{"name",
            "dataset", "samples", "section", "title", "caption"}], "tables": [{"analysis",
            "section", "options": {dataset: options}, and the keys of `report.declared`}],
            "samples": {dataset: samples in their order}, "controls": {sample: "baseline" or
            "positive control"}, "style"}; captions are texts and may be empty, and without
            parts the report is not divided.
        content: The content of the report.
    """
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FileSystemLoader(template.parent),
    )
    environment.filters |= {"number": number, "control": control_text, "fault": fault_text}
    environment.filters["pvalue"] = p_text
    name = partial(label, cfg["style"])
    searched = any(table.get("findings") for table in cfg["tables"])
    found = verdicts(content.metrics, content.findings, searched)
    told = {(v.dataset, v.sample): v for v in found if v.by_auc in (YES, PERHAPS)}
    names = Names(name, cfg["samples"], cfg["controls"], told)
    parts = Parts(cfg["parts"], cfg["samples"], cfg["controls"])
    return environment.get_template(template.name).render(
        study=cfg["study"],
        verdicts=by_dataset(found, cfg["samples"], cfg["controls"]),
        baseline=name(BASELINE),
        chapters=_chapters(cfg, content, names, parts),
        metrics=_numbers(content.metrics),
        costs=_costs(content.costs, name),
        provenance=content.provenance,
        label=name,
        dump=partial(json.dumps, indent=2, ensure_ascii=False),
    )


def _chapters(cfg: dict[str, Any], content: Content, names: Names, parts: Parts) -> list[Chapter]:
    """The parts of the page; one that the study does not name only if something stands there."""
    pictures = _pictures(cfg, content.figures, names.label)
    found = []
    for part in parts:
        here = partial(parts.standing, part)
        blocks = _blocks(cfg, content, names, parts.samples(part), here)
        blocks += _cost_blocks(content.costs, names, here)
        shown = [
            picture
            for figure, picture in zip(cfg["figures"], pictures, strict=True)
            if parts.of(figure["dataset"], figure["samples"]) is part
        ]
        sections = _sections(part, blocks, shown)
        if sections or part.named:
            found.append(Chapter(part.title, part.link, to_html(part.text), sections))
    return found


def _sections(
    part: Part, blocks: list[tuple[str, Block]], pictures: list[tuple[str, Picture]]
) -> list[Section]:
    titles = ordered(title for title, _ in [*blocks, *pictures])
    sections = {title: Section(title, part.link) for title in titles}
    for title, block in blocks:
        sections[title or LAST].blocks.append(block)
    for title, picture in pictures:
        sections[title or LAST].pictures.append(picture)
    return list(sections.values())


def _blocks(
    cfg: dict[str, Any],
    content: Content,
    names: Names,
    samples: dict[str, list[str]],
    here: Standing,
) -> list[tuple[str, Block]]:
    """The tables of each literal in a part, and their section; equal literals give them once."""
    blocks: list[tuple[str, Block]] = []
    for entry in cfg["tables"]:
        literal = {key: x for key, x in entry.items() if key not in OF_ENTRY}
        form = declared(literal, f"analysis {entry['analysis']}: tables")
        if any(block.form == form for _, block in blocks):
            continue
        tables = make_tables(content.metrics, form, names, here)
        found = {}
        if form.findings:
            found = found_in(content.findings, names.label, samples, names.controls)
        if tables or found:
            options = [x for dataset, x in entry["options"].items() if dataset in samples]
            text = to_html(_with_options(form.text, options, names))
            blocks.append((entry["section"], Block(form, text, tables, found)))
    return blocks


def _cost_blocks(costs: pd.DataFrame, names: Names, here: Standing) -> list[tuple[str, Block]]:
    """The tables of costs in a part, and their section."""
    return [
        (SECTION, Block(Declared(title), to_html(TEXT[title]), tables, {}))
        for title, tables in cost_tables(costs, names, here).items()
    ]


def _with_options(text: str, options: list[dict[str, Any]], names: Names) -> str:
    """The text with the labels of the method and the inputs of the entry for some datasets."""
    for option in ("method", "inputs"):
        values = [x.get(option) or [] for x in options]
        several = (x for value in values for x in ([value] if isinstance(value, str) else value))
        known = " or ".join(dict.fromkeys(map(names.label, several)))
        text = text.replace(f"{{{option}}}", known)
    return text


def _pictures(cfg: dict[str, Any], paths: list[Path], name: Label) -> list[tuple[str, Picture]]:
    """The figures, and their sections."""
    return [
        (
            figure["section"],
            Picture(
                name=f"{figure['dataset']}-{figure['name']}",
                title=f"{name(figure['dataset'])}: {figure['title']}",
                png=base64.b64encode(path.read_bytes()).decode(),
                caption=to_html(figure["caption"]),
            ),
        )
        for figure, path in zip(cfg["figures"], paths, strict=True)
    ]


def _numbers(metrics: pd.DataFrame) -> pd.DataFrame:
    """All numbers as texts, each with its error."""
    values = [number(row) for row in metrics.itertuples()]
    return texts_of(metrics).assign(value=values).drop(columns=ERRORS)


def _costs(costs: pd.DataFrame, name: Label) -> pd.DataFrame:
    """The costs as texts, with labels for names."""
    labelled = {column: costs[column].map(name) for column in ("sample", "quantity")}
    return cost_texts(costs).assign(**labelled)
