"""Global random number generators, which somebody's own code may draw from."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def seed_globally(seed: int) -> None:
    """Seed Python, NumPy and torch on all devices: initial weights, and whatever else draws."""
    random.seed(int(seed))
    np.random.seed(int(seed) % 2**32)
    torch.manual_seed(int(seed))


def global_state(device: torch.device) -> tuple[Any, ...]:
    """State of all global generators; equal exactly if nobody drew from them in between."""
    numbers = [torch.get_rng_state(), np.random.get_state()[1]]
    if device.type == "cuda":
        numbers.append(torch.cuda.get_rng_state(device))
    states = [np.asarray(x).tobytes() for x in numbers]
    return random.getstate(), np.random.get_state()[2:], *states


@contextmanager
def generators_kept() -> Iterator[None]:
    """Give all global generators back as they were, for a caller who draws from them."""
    states = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
