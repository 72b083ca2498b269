"""Generate entries along lines: the condition with fixed noise, noise with a fixed condition."""

from __future__ import annotations

from collections.abc import Iterator
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.generators.base import Generator
from ultimetric.generators.latent import LatentGenerator
from ultimetric.generators.trained import trained_generator
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths

LINES = 64  # noise vectors of the energy scan, and pairs of them of the latent walk
STEPS = 33


def scan(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    generator = trained_generator(cfg, files["model"][0])
    kind = generator.kind
    if kind.condition is None or kind.condition.range is None:
        raise UserError(f"scan: {kind.several} of {cfg['dataset']} have no condition to scan")
    seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "scan")
    about = {"sample": cfg["sample"], "lines": str(LINES), "steps": str(STEPS)}
    with torch.no_grad(), kind.formats[0].writer(outputs["scan"], kind, **about) as append:
        for events in condition_scan(generator, seed):
            append(events)
        if isinstance(generator, LatentGenerator):
            for events in latent_walk(generator, seed):
                append(events)


def condition_scan(generator: Generator, seed: int) -> Iterator[Entries]:
    """LINES entries at each of STEPS conditions, evenly spaced in log, from the same noise."""
    for value in np.geomspace(*generator.kind.condition.range, STEPS):
        condition = np.full((LINES, 1), value)
        rng = torch.Generator().manual_seed(seed)
        made = generator.generate(generator.tensor(condition), rng)
        yield generator.finish(condition, made)


def latent_walk(generator: LatentGenerator, seed: int) -> Iterator[Entries]:
    """LINES entries at each of STEPS points between two latent vectors, at the middle condition.

    The points of the arc z = cos(t) a + sin(t) b, t from 0 to pi/2, are normal vectors, too.
    """
    rng = torch.Generator().manual_seed(seed)
    a, b = torch.randn(2, LINES, generator.latent_size, generator=rng)
    condition = np.full((LINES, 1), np.mean(generator.kind.condition.range))
    given = generator.tensor(condition)
    for t in torch.linspace(0, pi / 2, STEPS):
        z = (t.cos() * a + t.sin() * b).to(given.device)
        yield generator.finish(condition, generator.decode(given, z))
