"""Generate showers along lines: incident energy with fixed noise, noise with fixed energy."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ultimetric.generators.base import Generator
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.trained import trained_generator
from ultimetric.kinds.showers.formats.calogan import shower_writer
from ultimetric.kinds.showers.showers import Showers
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, open_door

LINES = 64  # noise vectors of the energy scan, and pairs of them of the latent walk
STEPS = 33


def scan(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    generator = trained_generator(cfg, inputs["model"][0])
    seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "scan")
    layout = {"lines": str(LINES), "steps": str(STEPS)}
    with (
        torch.no_grad(),
        shower_writer(outputs["scan"], sample=cfg["sample"], **layout) as append,
    ):
        for showers in energy_scan(generator, seed):
            append(showers)
        if isinstance(generator, LatentGenerator):
            for showers in latent_walk(generator, seed):
                append(showers)


def energy_scan(generator: Generator, seed: int) -> Iterator[Showers]:
    """LINES showers at each of STEPS energies, evenly in the logarithm, always of one noise."""
    for energy in np.geomspace(*generator.geometry.energy_range_GeV, STEPS):
        energies = np.full(LINES, energy)
        rng = torch.Generator().manual_seed(seed)
        yield generator.finish(energies, generator.generate(generator.incident(energies), rng))


def latent_walk(generator: LatentGenerator, seed: int) -> Iterator[Showers]:
    """LINES showers at each of STEPS points between two latent vectors, at the middle energy.

    The arc z = cos(t) a + sin(t) b, t from 0 to pi/2, stays normal all along.
    """
    rng = torch.Generator().manual_seed(seed)
    a, b = torch.randn(2, LINES, generator.latent_size, generator=rng)
    energies = np.full(LINES, np.mean(generator.geometry.energy_range_GeV))
    incident = generator.incident(energies)
    for t in torch.linspace(0, pi / 2, STEPS):
        z = (t.cos() * a + t.sin() * b).to(incident.device)
        yield generator.finish(energies, generator.decode(incident, z))


if __name__ == "__main__":
    open_door(scan)
