"""Read the showers that the rule `scan` has generated along lines."""

from __future__ import annotations

from dataclasses import dataclass

from ultimetric.data.hdf5 import read_attributes
from ultimetric.events import Entries, read_events
from ultimetric.figures.base import FigureInputs, NothingToShowError


@dataclass(frozen=True)
class Scan:
    """Showers in the order (step, line).

    Arguments:
        lines, steps: The numbers of lines and of steps.
        energy: Showers of fixed noise along the incident energy.
        walk: Showers of fixed energy along the latent space; None if there is no such space.
    """

    lines: int
    steps: int
    energy: Entries
    walk: Entries | None


def scans(given: FigureInputs, samples: list[str]) -> dict[str, Scan]:
    """The scans of samples that have one.

    Raises:
        NothingToShowError: There are none.
    """
    found = {name: _read(given, name) for name in samples if "scan" in given.samples[name].paths}
    if not found:
        raise NothingToShowError("no sample was scanned")
    return found


def _read(given: FigureInputs, name: str) -> Scan:
    path = given.samples[name].paths["scan"]
    attributes = read_attributes(path)
    lines, steps = int(attributes["lines"]), int(attributes["steps"])
    showers = read_events(path, given.kind)
    cut = lines * steps
    walk = showers[cut:] if len(showers) > cut else None
    return Scan(lines, steps, showers[:cut], walk)
