"""Cases of numbers, figures and the report."""

from __future__ import annotations

from reruns.case import Case
from reruns.changes import set_in_config
from reruns.graph import EPLUS, GRAPH, ROC, WHOLE
from reruns.mechanisms import PACKAGE

CASES = {
    # Numbers, figures, report
    "an analysis's module": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/analyses/separation.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        GRAPH.after(*GRAPH.jobs("separation")),
        "code",
    ),
    "an analysis's option": Case(
        set_in_config("analyses.separation.replicas", 6),
        GRAPH.after(*GRAPH.jobs("separation")),
        "cfg",
    ),
    "the values searched for findings": Case(
        set_in_config("analyses.findings.values", 11),
        GRAPH.after(*GRAPH.jobs("findings")),
        "cfg",
        (("findings", "eplus/caloflow"), "analysis.options.values: 10 -> 11"),
    ),
    "a figure's module": Case(
        lambda space: space.rewrite(f"{PACKAGE}/figures/roc.py", lambda x: f"{x}\nNEW = 1\n"),
        GRAPH.after(ROC, ("figure", "gamma", "roc")),
        "code",
        (ROC, "module ultimetric.figures.roc changed"),
    ),
    "a caption": Case(
        lambda space: space.rewrite(
            "workflow/ultimetric/figures/roc.rst", lambda x: f"{x} Or so."
        ),
        {("report",)},
        "cfg",
    ),
    "a title": Case(set_in_config("figures.roc.title", "Curves"), {("report",)}, "cfg"),
    "the report's template": Case(
        lambda space: space.rewrite("workflow/report/report.html.j2", lambda x: f"{x}<p>End</p>"),
        {("report",)},
        "cfg",
        (("report",), "template.report.html.j2: "),
    ),
    "a label": Case(set_in_config("style.labels.caloflow", "Flow"), GRAPH.after(*EPLUS), "cfg"),
    "the order of samples": Case(
        set_in_config("style.order", {"samples": ["nearest", "mine"]}),
        GRAPH.after(*EPLUS),  # colours follow the order
        "cfg",
        (("report",), "samples.eplus: "),
    ),
    "a colour": Case(
        set_in_config("style.colours.nearest", "#000000"), GRAPH.after(*WHOLE), "cfg"
    ),
}
