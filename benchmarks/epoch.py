"""CPU seconds of one epoch of training on 4,500 showers in all 504 cells, one thread.

    PYTHONPATH=workflow python benchmarks/epoch.py [generator:card:recipe ...]

Without names: CaloFlow and CaloINN with the networks of the publications, in double and in single
precision. The time of the processor is measured, so that other jobs do not count; it
contains the validation, on 500 showers.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
from sampling import one_epoch
from showers import bundled, plugin_and_card

from ultimetric.config import entries
from ultimetric.generators.base import Generator
from ultimetric.planning.checks import Checks
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.recipes import resolved, shipped_recipes
from ultimetric.plugins import load_plugin

DEFAULT = (
    "caloflow:paper:caloflow_paper",
    "caloflow:large:caloflow_paper",
    "caloinn:large:caloinn_paper",
)
TRAINING, VALIDATION = 4500, 500


def main() -> None:
    torch.set_num_threads(1)
    showers = bundled("calogan", np.arange(TRAINING + VALIDATION))
    entry, checks = entries.Dataset(geometry="calogan"), Checks(Path("results/.cache/checks.json"))
    dataset = Dataset("eplus", entry, "benchmarks", "classifier", checks)
    for chosen in sys.argv[1:] or DEFAULT:
        name, card, recipe = chosen.split(":")
        cfg = one_epoch(plugin_and_card("generators", name, card))
        cfg["card"]["preprocessing"] = resolved(shipped_recipes()[recipe], dataset, recipe)
        torch.manual_seed(0)
        generator = load_plugin(cfg["plugin"], Generator)(cfg["card"], showers.kind)
        start = time.process_time()
        generator.fit(showers[:TRAINING], showers[TRAINING:], seed=1)
        seconds = time.process_time() - start
        print(f"{chosen}: {seconds:.0f} CPU s, {generator.n_parameters} parameters", flush=True)


if __name__ == "__main__":
    main()
