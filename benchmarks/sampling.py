"""Time to sample: every generator's published card in the CaloGAN geometry, by batch size.

    PYTHONPATH=workflow python benchmarks/sampling.py [generator ...]

Without names: CaloFlow's teacher and student, and CaloGAN. The protocol of the CaloFlow papers
(arXiv:2106.05285): wall time of a batch with its copy to the CPU, without loading the model; ms
per shower are in the note. Batches are those of CaloFlow, of CaloGAN (arXiv:1712.10321) and of
the CaloChallenge (arXiv:2410.21611); a batch that would take longer than LONGEST seconds is left
out. Networks have seen one epoch of few showers, which does not matter for time.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from harness import record, timed
from showers import bundled, plugin_and_card

from ultimetric.config import entries
from ultimetric.device import device
from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning.checks import Checks
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.recipes import resolved, shipped_recipes
from ultimetric.plugins import load_plugin

RECIPE = "noise_before"
DEFAULT = ("caloflow", "caloflow_student", "calogan")
BATCHES = (1, 4, 10, 100, 128, 512, 1000, 1024, 10000)
LONGEST = 30.0
FEW = 400  # showers of the training


def main() -> None:
    torch.set_num_threads(2)
    showers = bundled("calogan", np.arange(2 * FEW))
    entry, checks = entries.Dataset(geometry="calogan"), Checks(Path("results/.cache/checks.json"))
    dataset = Dataset("eplus", entry, "benchmarks", "classifier", checks)
    recipe = resolved(shipped_recipes()[RECIPE], dataset, RECIPE)
    for name in sys.argv[1:] or DEFAULT:
        measure(name, made(published(name, recipe), showers))


def published(name: str, recipe: Any) -> dict[str, Any]:
    """The module and its card `paper`, whose training is cut to one epoch."""
    found = one_epoch(plugin_and_card("generators", name, "paper"))
    found["card"]["preprocessing"] = recipe
    if found["card"].get("needs_base"):
        found["card"]["base"] = published("caloflow", recipe)
    return found


def one_epoch(card: Any) -> Any:
    if isinstance(card, dict):
        return {k: 1 if k == "epochs" else one_epoch(v) for k, v in card.items()}
    return card


def made(cfg: dict[str, Any], showers: Showers) -> Generator:
    torch.manual_seed(0)
    generator = load_plugin(cfg["plugin"], Generator)(cfg["card"], showers.kind).to(device())
    generator.fit(showers[:FEW], showers[FEW:], seed=1)
    return generator.eval()


def measure(name: str, generator: Generator) -> None:
    per_shower = 0.0
    for batch in BATCHES:
        if batch * per_shower > LONGEST:
            continue
        runs = 5 if batch * per_shower < 2 else 2
        times = timed(lambda batch=batch: generator.sample(batch, seed=1), runs)
        per_shower = times.median / batch
        note = (
            f"{1e3 * per_shower:.3g} ms per shower; {generator.n_parameters_generation} parameters"
        )
        record(f"sampling:{name}:{batch}", times, device=device().type, note=note)


if __name__ == "__main__":
    main()
