"""Compiled loops on torch's threads."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

import numpy as np
import torch


def in_parts(n: int, fewest: int, run: Callable[[int, int], None]) -> None:
    """Call run(first, behind) for the parts of n rows, each on one of torch's threads.

    Arguments:
        n, fewest: The number of rows, and the smallest one that is worth a thread.
        run: A function that lets other threads run meanwhile.
    """
    n_threads = max(1, min(torch.get_num_threads(), n // fewest))
    edges = np.linspace(0, n, n_threads + 1).astype(int).tolist()
    parts = list(pairwise(edges))
    others = [_threads(n_threads).submit(run, *part) for part in parts[1:]]
    run(*parts[0])
    for other in others:
        other.result()


@cache
def _threads(n_threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_threads, thread_name_prefix="compiled")
