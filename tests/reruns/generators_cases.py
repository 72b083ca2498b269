"""Cases of generators and their preprocessing."""

from __future__ import annotations

from reruns.case import Case
from reruns.changes import in_config, in_file, remove, set_in_config, swap_steps
from reruns.graph import (
    END,
    FLOWS,
    GRAPH,
    ROC,
    TRAIN_CALOFLOW,
    TRAIN_CALOINN,
    WITHOUT_NEAREST,
    ZFLOW,
    trained,
    with_sample,
)
from reruns.mechanisms import PACKAGE

CASES = {
    # Generators
    "a hyper-parameter of one generator": Case(
        set_in_config("generators.caloflow.override", {"train_shapes": {"lr": 2.0e-3}}),
        trained("caloflow"),
        "cfg",
        (TRAIN_CALOFLOW, "card.train_shapes.lr: 0.001 -> 0.002"),
    ),
    "the card in use": Case(
        in_file(f"{PACKAGE}/generators/flows/caloinn.yaml", "{blocks: 2,", "{blocks: 3,"),
        trained("caloinn"),
        "cfg",
        (TRAIN_CALOINN, "card.flow.blocks: 2 -> 3"),
    ),
    "another card of the same file": Case(
        in_file(f"{PACKAGE}/generators/flows/caloinn.yaml", "{blocks: 8,", "{blocks: 9,"),
        set(),
        "the card in use",
    ),
    "the choice of a card": Case(
        set_in_config("generators.caloflow.card", "cpu"), trained("caloflow"), "cfg"
    ),
    "two values of one type swapped": Case(
        in_file(
            f"{PACKAGE}/generators/flows/caloflow.yaml",
            "train_shapes: {epochs: 1, batch: 100,",
            "train_shapes: {epochs: 100, batch: 1,",
        ),
        trained("caloflow"),
        "cfg",
        (TRAIN_CALOFLOW, "card.train_shapes.epochs: 1 -> 100"),
    ),
    "a whole number with a point": Case(
        set_in_config("generators.caloflow.override", {"train_shapes": {"epochs": 1.0}}),
        END,  # the provenance tells the whole config
        "cfg",
    ),
    "the module of one generator": Case(
        in_file(
            f"{PACKAGE}/generators/flows/caloinn.py", "import zuko\n", "import zuko\n\nNEW = 1\n"
        ),
        trained("caloinn"),
        "code",
        (TRAIN_CALOINN, "module ultimetric.generators.flows.caloinn changed"),
    ),
    "a flow module that generators share": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/models/flows/build.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        trained(*FLOWS),
        "code",
        (TRAIN_CALOFLOW, "module ultimetric.models.flows.build changed"),
    ),
    "a module of no use here": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/generators/controls/independent_voxels.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        set(),
        "modules in use",
    ),
    "a module of planning": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/snake/environment.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        set(),
        None,  # only the command line of stages imports it
    ),
    "a module that checks what YAML says": Case(
        lambda space: space.rewrite(f"{PACKAGE}/forms/names.py", lambda x: f"{x}\nNEW = 1\n"),
        set(),
        "forms apart",
    ),
    "the progress bar": Case(
        lambda space: space.rewrite(f"{PACKAGE}/progress.py", lambda x: f"{x}\nNEW = 1\n"),
        set(),
        "looks of the terminal apart",
    ),
    "a generator outside the repository": Case(
        in_file("plugins/nearest.py", "argmin(1)", "argmax(1)"),
        trained("nearest"),
        "code",
        (("train", "eplus", "nearest"), "module nearest changed"),
    ),
    "a module beside it": Case(
        in_file("plugins/scaling.py", "voxels * wanted", "2 * voxels * wanted"),
        trained("nearest"),
        "code",
        (("train", "eplus", "nearest"), "module scaling changed"),
    ),
    "what a generator builds on": Case(
        set_in_config("generators.upon.builds_on", "caloflow"),
        trained("upon"),
        None,  # Several: the new base may by chance be younger than what is built on it.
        (("train", "eplus", "upon"), "builds_on.sample: caloinn -> caloflow"),
    ),
    "a generator more": Case(
        set_in_config("generators.zflow", ZFLOW),
        with_sample("zflow").after(("train", "eplus", "zflow")),
        "looks of those shown",
        (("train", "eplus", "zflow"), "no output yet"),
    ),
    "a generator less": Case(
        remove("nearest"),
        WITHOUT_NEAREST.after(("aggregate",), ("energy_regression", "eplus"), ROC),
        "triggers",
        (("aggregate",), "no longer an input: results/small/models/eplus/nearest/costs.csv"),
    ),
    # Preprocessing
    "the order of preprocessing": Case(
        in_config(swap_steps),
        trained("caloflow"),
        "cfg",
        (TRAIN_CALOFLOW, "card.preprocessing: threshold, mirror"),
    ),
    "the width of the noise": Case(
        lambda space: space.configure(
            lambda config: config["preprocessing"]["noise_after"][4]["noise"].update(width=5.0e-7)
        ),
        trained("caloinn"),
        "cfg",
        (TRAIN_CALOINN, "card.preprocessing.noise.width: 1e-06 -> 5e-07"),
    ),
    "a recipe of no use here": Case(
        in_config(
            lambda config: config["preprocessing"]["noise_before_subtracted"].pop() and None
        ),
        GRAPH.after(("aggregate",)),  # the provenance tells the whole config
        "cfg",
    ),
    "a step's module": Case(
        lambda space: space.rewrite(
            f"{PACKAGE}/preprocessing/logit.py", lambda x: f"{x}\nNEW = 1\n"
        ),
        trained(*FLOWS),
        "code",
        (TRAIN_CALOINN, "module ultimetric.preprocessing.logit changed"),
    ),
}
