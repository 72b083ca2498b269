"""Generate proton-proton collisions at 13 TeV with Pythia 8, and find their jets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import Any

import pythia8mc

from ultimetric.errors import UserError

VERSION = f"Pythia {metadata.version('pythia8mc')}"
LARGEST_SEED = 900_000_000
# The number of failed events that are tolerated, and their share of the wanted ones.
TOLERATED, TOLERATED_SHARE = 100, 0.1
ANTI_KT, RADIUS = -1, 0.4
VISIBLE, MASSIVE = 2, 2  # the final particles of which jets consist, and their masses
COMMON = ("Print:quiet = on", "Beams:eCM = 13000", "Random:setSeed = on")


def collisions(what: str, settings: Sequence[str], number: int, seed: int) -> Iterator[Any]:
    """Generate the records of events; each is overwritten by the next one.

    Arguments:
        what: What the events are, for messages.
        settings: Settings of Pythia, such as those of the process.
        number: The number of events, failed ones not included.
        seed: The random seed.

    Raises:
        UserError: Pythia refuses a setting, or too many events fail.
    """
    pythia, failed = _started(what, settings, seed), 0
    for _ in range(number):
        while not pythia.next():
            failed += 1
            if failed > TOLERATED + TOLERATED_SHARE * number:
                raise UserError(f"{what}: Pythia fails in too many events")
        yield pythia.event


def jet_finder(smallest_pt: float, largest_eta: float) -> Any:
    """A finder of anti-kT jets of R = 0.4, of visible particles with their masses.

    Arguments:
        smallest_pt: The smallest pT of jets, in GeV.
        largest_eta: The largest |eta| of particles.
    """
    return pythia8mc.SlowJet(ANTI_KT, RADIUS, smallest_pt, largest_eta, VISIBLE, MASSIVE)


def _started(what: str, settings: Sequence[str], seed: int) -> Any:
    pythia = pythia8mc.Pythia("", False)
    for setting in (*COMMON, f"Random:seed = {seed % LARGEST_SEED + 1}", *settings):
        if not pythia.readString(setting):
            raise UserError(f"{what}: Pythia refuses {setting!r}")
    if not pythia.init():
        raise UserError(f"{what}: Pythia does not start")
    return pythia
