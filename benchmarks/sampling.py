"""Time to sample: every generator's published card in the CaloGAN geometry, by batch size.

    python benchmarks/sampling.py [generator ...]

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

import torch
import yaml
from harness import record, timed
from ultimetric.kinds.showers.showers import Showers

from ultimetric.device import device
from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.formats.calogan import read_showers
from ultimetric.kinds.showers.geometry import FOLDER, Geometry
from ultimetric.plugins import load_plugin

REPOSITORY = Path(__file__).parents[1]
GENERATORS = REPOSITORY / "workflow" / "ultimetric" / "generators"
RESOURCES = REPOSITORY / "workflow" / "resources"
SHOWERS = RESOURCES / "showers" / "eplus.hdf5"
RECIPE = "noise_before"
DEFAULT = ("caloflow", "caloflow_student", "calogan")
BATCHES = (1, 4, 10, 100, 128, 512, 1000, 1024, 10000)
LONGEST = 30.0
FEW = 400  # showers of the training


def main() -> None:
    torch.set_num_threads(2)
    recipes = yaml.safe_load((RESOURCES / "recipes.yaml").read_text())
    recipe = [step(entry) for entry in recipes[RECIPE]]
    geometry = Geometry.from_config(yaml.safe_load((FOLDER / "calogan.yaml").read_text()))
    showers = read_showers(SHOWERS, geometry)
    for name in sys.argv[1:] or DEFAULT:
        measure(name, made(name, published(name, recipe), geometry, showers))


def step(entry: str | dict[str, Any]) -> dict[str, Any]:
    """A preprocessing step as generators receive it."""
    ((name, options),) = ({entry: {}} if isinstance(entry, str) else entry).items()
    return {"plugin": f"ultimetric.preprocessing.{name}", **options}


def published(name: str, recipe: Any) -> dict[str, Any]:
    """The card `paper`, its training cut to one epoch."""
    cards = yaml.safe_load((GENERATORS / f"{name}.yaml").read_text())
    card = one_epoch(cards["paper"]) | {"preprocessing": recipe}
    if card.get("needs_base"):
        base = published("caloflow", recipe)
        card["base"] = {"plugin": "ultimetric.generators.caloflow", "card": base}
    return card


def one_epoch(card: Any) -> Any:
    if isinstance(card, dict):
        return {k: 1 if k == "epochs" else one_epoch(v) for k, v in card.items()}
    return card


def made(name: str, card: dict[str, Any], geometry: Geometry, showers: Showers) -> Generator:
    torch.manual_seed(0)
    plugin = load_plugin(f"ultimetric.generators.{name}", Generator)
    generator = plugin(card, geometry).to(device())
    generator.fit(showers[:FEW], showers[FEW : 2 * FEW], seed=1)
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
