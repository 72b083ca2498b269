"""Render the report page from tables, figures and captions."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from ultimetric.costs import cost_texts
from ultimetric.figures.labels import BASELINE, label
from ultimetric.report.chapters import Content, chapters
from ultimetric.report.opening import openings
from ultimetric.report.parts import Parts
from ultimetric.report.tables import Names
from ultimetric.report.typeset import typeset
from ultimetric.report.verdict import CLEAR, HINT, PERHAPS, YES, Label, number, verdicts
from ultimetric.tables import texts_of

ERRORS = ["error", "error_test", "error_train"]
LABELLED = ("dataset", "sample", "other", "method", "inputs", "metric", "observable", "quantity")


def render(template: Path, cfg: dict[str, Any], content: Content) -> str:
    """Return the page.

    Arguments:
        template: The template of the page (jinja2); style and script lie beside it.
        cfg: {"study", "parts": [{"title", "text", "datasets", "samples"}], "figures": [{"name",
            "dataset", "samples", "section", "title", "caption"}], "tables": [{"analysis",
            "section", "options": {dataset: options}, and the keys of `report.declared`}],
            "datasets": their names in their order, "samples": {dataset: samples in their order},
            "controls": {sample: "baseline" or "positive control"}, "inputs_of_some": {dataset:
            inputs that only some entries have}, "departs": {sample or classifier: sentences},
            "searched": [(dataset, sample)] of the samples that are searched for findings,
            "style"}; captions are texts and may be empty, and without parts the report is not
            divided.
        content: The content of the report.
    """
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FileSystemLoader(template.parent),
    )
    environment.filters["typeset"] = typeset
    name = partial(label, cfg["style"])
    found = verdicts(content.metrics, content.findings, cfg["searched"], cfg["inputs_of_some"])
    told = {(v.dataset, v.sample): v for v in found if v.by_auc in (YES, PERHAPS)}
    samples = {dataset: cfg["samples"][dataset] for dataset in cfg["datasets"]}
    names = Names(name, samples, cfg["controls"], told)
    parts = Parts(cfg["parts"], samples, cfg["controls"])
    return environment.get_template(template.name).render(
        study=cfg["study"],
        openings=openings(found, content.costs, content.pictures, names),
        baseline=name(BASELINE),
        levels={"yes": CLEAR, "perhaps": HINT},
        chapters=chapters(cfg, content, names, parts),
        choices=_choices(names),
        metrics=_labelled(_numbers(content.metrics), content.metrics, name),
        costs=_labelled(cost_texts(content.costs), content.costs, name),
        departs={name(x): said for x, said in cfg["departs"].items()},
        provenance=content.provenance,
        dump=partial(json.dumps, indent=2, ensure_ascii=False),
    )


def _choices(names: Names) -> dict[str, str]:
    """The labels of the samples that a reader may hide, by name: all but the controls."""
    known = dict.fromkeys(name for there in names.order.values() for name in there)
    return {name: names.label(name) for name in known if name not in names.controls}


def _numbers(metrics: pd.DataFrame) -> pd.DataFrame:
    """All numbers as texts, each with its error."""
    values = [number(row) for row in metrics.itertuples()]
    return texts_of(metrics).assign(value=values).drop(columns=ERRORS)


def _labelled(texts: pd.DataFrame, numbers: pd.DataFrame, name: Label) -> dict[str, Any]:
    """The columns of a table, and its rows with labels for names.

    Each row has the name of its sample in `of`, and its value in `number`.

    Arguments:
        texts: The rows as texts.
        numbers: The same rows.
        name: The function that gives the label of a name.
    """
    shown = {column: texts[column].map(name) for column in LABELLED if column in texts}
    rows = texts.assign(**shown, of=numbers["sample"], number=numbers["value"])
    return {"columns": list(texts), "rows": rows.to_dict("records")}
