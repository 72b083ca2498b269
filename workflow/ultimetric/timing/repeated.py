"""Time a call: once without a clock, then several times between synchronisations."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ultimetric.timing.memory import peak_memory_MiB

# What torch says in a plain RuntimeError where a CPU has no more memory.
NO_MEMORY = ("can't allocate memory", "not enough memory")


@dataclass(frozen=True)
class Timed:
    """The seconds of each repeat, and the peak memory in MiB.

    On a GPU the memory is what torch had there, on a CPU the process's since its start.
    """

    seconds: np.ndarray
    memory_MiB: float

    @property
    def mean(self) -> float:
        """The mean over the repeats."""
        return float(self.seconds.mean())


def timed(call: Callable[[], object], device: torch.device, repeats: int, limit_s: float) -> Timed:
    """Time a call on a device.

    Arguments:
        call: The call, which runs once more than it is timed: the first run compiles, fills caches
            and makes the memory of a GPU.
        device: The device; a GPU has finished all work before the clock is read.
        repeats: The largest number of repeats.
        limit_s: The seconds after which no further repeat begins; there is at least one.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    seconds: list[float] = []
    call()
    while len(seconds) < repeats and (not seconds or sum(seconds) < limit_s):
        _finish(device)
        start = time.perf_counter()
        call()
        _finish(device)
        seconds.append(time.perf_counter() - start)
    memory = peak_memory_MiB()
    if device.type == "cuda":
        memory = torch.cuda.max_memory_allocated(device) / 2**20
    return Timed(np.array(seconds), memory)


def out_of_memory(error: Exception) -> bool:
    """Whether an error says that a device has no more memory."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(x in str(error) for x in NO_MEMORY)


def foreseen(known: Sequence[tuple[int, float]], n: int) -> float:
    """The need of n entries if it goes on growing as it did last.

    Arguments:
        known: Numbers of entries, ascending, with what they needed.
        n: A larger number of entries.

    Returns:
        The value at n of the line through the last two points, which never falls; that of the
        only point, or 0 without any.

    >>> foreseen([(1, 10.0), (11, 15.0)], 101)
    60.0
    >>> foreseen([(1, 10.0)], 100), foreseen([], 100)
    (10.0, 0.0)
    """
    if len(known) < 2:
        return known[-1][1] if known else 0.0
    (a, first), (b, last) = known[-2:]
    return last + max(0.0, last - first) / (b - a) * (n - b)


def _finish(device: torch.device) -> None:
    """Wait until a GPU has done all that it was asked to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
