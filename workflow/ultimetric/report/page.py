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
from ultimetric.report.sections import LAST, ordered
from ultimetric.report.tables import Names, Table, make_tables
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
    """A section: its title, the name that links use, tables, then figures."""

    title: str
    blocks: list[Block] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    @property
    def link(self) -> str:
        """The name of the link to it on the page."""
        return "section-" + re.sub(r"\W+", "-", self.title.lower())


def render(template: Path, cfg: dict[str, Any], content: Content) -> str:
    """Return the page.

    Arguments:
        template: The template of the page (jinja2).
        cfg: {"study", "figures": [{"name", "dataset", "section", "title", "caption"}],
            "tables": [{"analysis", "section", "options", and the keys of `report.declared`}],
            "samples": {dataset: samples in their order}, "controls": {sample: "baseline" or
            "positive control"}, "style"}; captions are texts and may be empty.
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
    told = {(v.dataset, v.sample): v for v in found if v.answer in (YES, PERHAPS)}
    names = Names(name, cfg["samples"], cfg["controls"], told)
    return environment.get_template(template.name).render(
        study=cfg["study"],
        verdicts=by_dataset(found, cfg["samples"], cfg["controls"]),
        baseline=name(BASELINE),
        sections=_sections(
            [*_blocks(cfg, content, names), *_cost_blocks(content.costs, names)],
            _pictures(cfg, content.figures, name),
        ),
        metrics=_numbers(content.metrics),
        costs=_costs(content.costs, name),
        provenance=content.provenance,
        label=name,
        dump=partial(json.dumps, indent=2, ensure_ascii=False),
    )


def _sections(
    blocks: list[tuple[str, Block]], pictures: list[tuple[str, Picture]]
) -> list[Section]:
    titles = ordered(title for title, _ in [*blocks, *pictures])
    sections = {title: Section(title) for title in titles}
    for title, block in blocks:
        sections[title or LAST].blocks.append(block)
    for title, picture in pictures:
        sections[title or LAST].pictures.append(picture)
    return list(sections.values())


def _blocks(cfg: dict[str, Any], content: Content, names: Names) -> list[tuple[str, Block]]:
    """The tables of each literal, and their section; equal literals give them once."""
    blocks: list[tuple[str, Block]] = []
    for entry in cfg["tables"]:
        literal = {key: x for key, x in entry.items() if key not in OF_ENTRY}
        form = declared(literal, f"analysis {entry['analysis']}: tables")
        if any(block.form == form for _, block in blocks):
            continue
        tables = make_tables(content.metrics, form, names)
        found = {}
        if form.findings:
            found = found_in(content.findings, names.label, names.order, names.controls)
        if tables or found:
            text = to_html(_with_options(form.text, entry["options"], names))
            blocks.append((entry["section"], Block(form, text, tables, found)))
    return blocks


def _cost_blocks(costs: pd.DataFrame, names: Names) -> list[tuple[str, Block]]:
    """The tables of costs, and their section."""
    return [
        (SECTION, Block(Declared(title), to_html(TEXT[title]), tables, {}))
        for title, tables in cost_tables(costs, names).items()
    ]


def _with_options(text: str, options: dict[str, Any], names: Names) -> str:
    """The text with the labels of the method and the inputs of the entry."""
    for option in ("method", "inputs"):
        value = options.get(option, [])
        several = [value] if isinstance(value, str) else value
        text = text.replace(f"{{{option}}}", " or ".join(map(names.label, several)))
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
