"""Global random number generators, from which plug-ins may draw."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def seed_globally(seed: int) -> None:
    """Seed the global generators of Python, NumPy and torch on all devices."""
    random.seed(int(seed))
    np.random.seed(int(seed) % 2**32)
    torch.manual_seed(int(seed))


def global_state(device: torch.device) -> tuple[Any, ...]:
    """The state of all global generators, which changes with every number that is drawn."""
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
