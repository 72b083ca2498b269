"""Observables of jets: the high-level numbers of `measures.high_level`."""

from __future__ import annotations

from functools import partial

import numpy as np

from ultimetric.events import Entries
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.measures import NUMBERS
from ultimetric.kinds.observables import Catalogue, Measured, Observable

# Label, words and bin edges of each but the number of particles, which depends on the kind.
LOOKS: dict[str, tuple[str, str, np.ndarray]] = {
    "mass": (r"$m/p_T$", "relative mass", np.linspace(0, 0.4, 81)),
    "sum_pt": (r"$\sum p_T^\mathrm{rel}$", "sum of ptrel", np.linspace(0.4, 1.1, 71)),
    "hardest_pt": (r"largest $p_T^\mathrm{rel}$", "largest ptrel", np.linspace(0, 1, 51)),
    "width": (r"width, mean $\Delta R$", "width", np.linspace(0, 0.3, 61)),
    "dispersion": ("dispersion", "dispersion", np.linspace(0, 1, 51)),
    "spread": (r"spread, rms $\Delta R$", "spread of dR", np.linspace(0, 0.4, 81)),
}


class JetObservables(Catalogue):
    """The seven high-level numbers, which have no units."""

    def observables(self, kind: JetKind) -> list[Observable]:
        number = "number of particles"
        looks = LOOKS | {"particles": (number, number, np.arange(kind.n_particles + 2) - 0.5)}
        return [
            Measured(
                name=name,
                function=partial(_number, k),
                label=looks[name][0],
                words=looks[name][1],
                edges=looks[name][2],
                group="jet",
                log_y=name == "mass",
            )
            for k, name in enumerate(NUMBERS)
        ]


def _number(k: int, events: Entries) -> np.ndarray:
    return events.kind.numbers(events)[:, k].astype(np.float64)
