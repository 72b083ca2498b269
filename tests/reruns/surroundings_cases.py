"""Cases of packages, and of what changes nothing."""

from __future__ import annotations

from reruns.case import Case
from reruns.changes import (
    arguments,
    comment_everything,
    in_config,
    in_file,
    reversed_keys,
    set_in_config,
    version,
)
from reruns.graph import GRAPH, TORCH, TRAIN_CALOFLOW
from reruns.mechanisms import PACKAGE

CASES = {
    # Packages
    "a minor upgrade of torch": Case(
        version("torch", 0, 1), TORCH, "code", (TRAIN_CALOFLOW, "package torch: ")
    ),
    "a major upgrade of torch": Case(version("torch", 1, 0), TORCH, "code"),
    "a patch of torch": Case(version("torch", 0, 0, patch=99), set(), "major and minor"),
    "a minor upgrade of matplotlib": Case(
        version("matplotlib", 0, 1), GRAPH.after(*GRAPH.jobs("figure")), "code"
    ),
    # Nothing
    "no change": Case(lambda space: None, set(), None),
    "every file touched": Case(
        lambda space: space.touch("workflow", "plugins", "data", "results"), set(), "checksums"
    ),
    "the order of keys": Case(in_config(reversed_keys), set(), "sorted keys"),
    "the order of entries": Case(in_config(reversed_keys), set(), "order by name"),
    "comments, docstrings, formatting": Case(comment_everything, set(), "syntax trees"),
    "memory and time of a card": Case(
        in_file(
            f"{PACKAGE}/generators/flows/caloflow.yaml",
            "{gpu: 0, mem_mb: 1000, runtime: 5}",
            "{gpu: 1, mem_mb: 9000, runtime: 50}",
        ),
        set(),
        "resources apart",
    ),
    "memory of one generator": Case(
        set_in_config("generators.caloflow.override", {"resources": {"mem_mb": 9000}}),
        set(),
        "overrides apart",
    ),
    "memory, time and threads of Snakemake": Case(
        arguments(
            "--set-threads", "train=2", "--set-resources", "train:mem_mb=9000", "all:runtime=9"
        ),
        set(),
        None,
    ),
}
