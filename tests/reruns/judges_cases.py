"""Cases of observables, classifiers and the energy regression."""

from __future__ import annotations

from reruns.case import Case
from reruns.changes import add_observable, in_file, set_in_config
from reruns.graph import GRAPH, TWO_BLOCKS, scored_by
from reruns.mechanisms import PACKAGE

CASES = {
    # Observables
    "the module of the observables": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/kinds/showers/observables.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        # That of the inputs imports it, and the regression has inputs; figures have labels of it.
        GRAPH.after(*GRAPH.jobs("observe", "energy_regression", "figure")),
        "code",
        (("observe", "eplus", "training"), "module ultimetric.kinds.showers.observables changed"),
    ),
    "an observable of one's own": Case(
        add_observable,
        GRAPH.after(*(x for x in GRAPH.jobs("observe", "figure") if x[1] == "eplus")),
        "triggers",  # both parameters name it
        (("observe", "eplus", "caloflow"), "kind.observables: "),
    ),
    # Classifiers
    "a classifier's card": Case(
        in_file(f"{PACKAGE}/classifiers/dnn.yaml", "steps: 30", "steps: 40"),
        scored_by("dnn"),
        "cfg",
    ),
    "a classifier's module": Case(
        lambda space: space.rewrite(f"{PACKAGE}/classifiers/dnn.py", lambda x: f"{x}\nNEW = 1\n"),
        scored_by("dnn"),
        "code",
    ),
    "a classifier outside the repository": Case(
        in_file("plugins/means.py", "+ 1e-6", "+ 1e-5"), scored_by("means"), "code"
    ),
    "more blocks of repeats": Case(
        set_in_config("repeats.blocks", 2),
        TWO_BLOCKS.after(
            *(job for job in TWO_BLOCKS.jobs("classify") if job[-1] == "1"),
            *TWO_BLOCKS.jobs("memorisation"),
        ),
        "one block",
    ),
    "the size of a block": Case(
        set_in_config("repeats.size", 3), GRAPH.after(*GRAPH.jobs("classify")), "cfg"
    ),
    # Energy regression
    "the card of the energy regression": Case(
        set_in_config("analyses.energy_regression.override", {"train": {"lr": 2.0e-3}}),
        GRAPH.after(*GRAPH.jobs("energy_regression")),
        "cfg",
        (("energy_regression", "eplus"), "analysis.card.train.lr: 0.001 -> 0.002"),
    ),
    "the module of the energy regression": Case(
        in_file(f"{PACKAGE}/kinds/showers/regression/energy.py", "BOUND = 8.0", "BOUND = 9.0"),
        GRAPH.after(*GRAPH.jobs("energy_regression")),
        "code",
        (
            ("energy_regression", "eplus"),
            "module ultimetric.kinds.showers.regression.energy changed",
        ),
    ),
}
