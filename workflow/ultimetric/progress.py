"""Progress bars on a terminal; elsewhere, logs have the progress."""

from __future__ import annotations

import sys

from tqdm import tqdm

# Bars of several jobs share one line, as do the lines that Snakemake writes: each clears it.
BAR = "{l_bar}{bar}{r_bar}\x1b[K"


def progress(
    steps: range, name: str, unit: str, done: int, total: int, delay: float = 0.0
) -> tqdm:
    """A progress bar over steps with rate and time left, which vanishes at the end.

    Arguments:
        steps: The steps.
        name, unit: The names of the work and of one step.
        done, total: The number of steps before these, and of all.
        delay: The seconds before the bar is shown, so that short work shows none.
    """
    return tqdm(
        steps,
        desc=name,
        unit=unit,
        initial=done,
        total=total,
        leave=False,
        mininterval=1.0,
        delay=delay,
        bar_format=BAR,
        disable=not sys.stderr.isatty(),
    )


def progress_of_bytes(name: str, done: int, total: int) -> tqdm:
    """A progress bar of a transfer with rate and time left, which vanishes at the end.

    Arguments:
        name: The name of the file.
        done, total: The bytes that are there, and of all.
    """
    return tqdm(
        desc=name,
        unit="B",
        unit_scale=True,
        initial=done,
        total=total,
        leave=False,
        mininterval=1.0,
        bar_format=BAR,
        disable=not sys.stderr.isatty(),
    )
