"""Live progress on a terminal, a line now and then in a file."""

from __future__ import annotations

import sys

from tqdm import tqdm


def progress(steps: range, name: str, unit: str, done: int, total: int) -> tqdm:
    """A bar over steps with rate and time left, gone when all are done."""
    live = sys.stderr.isatty()
    return tqdm(
        steps,
        desc=name,
        unit=unit,
        initial=done,
        total=total,
        leave=False,
        mininterval=1.0 if live else 60.0,
        maxinterval=10.0 if live else 120.0,
    )
