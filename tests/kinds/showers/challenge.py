"""The definitions of the CaloChallenge as its papers and files state them, shower by shower.

Nothing here knows the package: numbers of cells are typed from the published files, and sums are
loops over single voxels in Python, so that an error of the package cannot be one of this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin, sqrt


@dataclass(frozen=True)
class Layer:
    """One layer: its published number, the number of cells in alpha, and the edges in r (mm)."""

    number: int
    alpha: int
    r: list[float]

    def voxels(self) -> list[tuple[float, float]]:
        """Angle and radius of the middle of each voxel, r fastest, alpha from -pi on."""
        step = 2 * pi / self.alpha
        return [
            (-pi + (a + 0.5) * step, (self.r[k] + self.r[k + 1]) / 2)
            for a in range(self.alpha)
            for k in range(len(self.r) - 1)
        ]


FINE = [0, 10, 20, 30, 50, 80, 100, 130, 160, 200, 250, 300, 350, 400]
PRESAMPLER = [0, 5, 10, 30, 50, 100, 200, 400, 600]
BACK = [0, 50, 100, 200, 400, 600]
STRIPS = [0, 2, 4, 6, 8, 10, 12, 15, 20, 30, 40, 50, 70, 90, 120, 150, 200]
MIDDLE = [0, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 130, 160, 200, 250, 300, 350, 400]
LAYERS = {
    "calochallenge_1_photons": [
        Layer(0, 1, PRESAMPLER),
        Layer(1, 10, STRIPS),
        Layer(2, 10, MIDDLE),
        Layer(3, 1, BACK),
        Layer(12, 1, [0, 100, 200, 400, 1000, 2000]),
    ],
    "calochallenge_1_pions": [
        Layer(0, 1, PRESAMPLER),
        Layer(1, 10, [0, 1, 4, 7, 10, 15, 30, 50, 90, 150, 200]),
        Layer(2, 10, [0, 5, 10, 20, 30, 50, 80, 130, 200, 300, 400]),
        Layer(3, 1, BACK),
        Layer(12, 10, [*FINE, 1000, 2000]),
        Layer(13, 10, [*FINE, 600, 1000, 2000]),
        Layer(14, 1, [0, 50, 100, 150, 200, 250, 300, 400, 600, 1000, 2000]),
    ],
    "calochallenge_2": [Layer(i, 16, [4.65 * k for k in range(10)]) for i in range(45)],
    "calochallenge_3": [Layer(i, 50, [2.325 * k for k in range(19)]) for i in range(45)],
}


@dataclass(frozen=True)
class Features:
    """What is measured of one shower, in MeV and mm, by the number of the layer."""

    energy: dict[int, float]
    empty: dict[int, float]
    eta: dict[int, float]
    phi: dict[int, float]
    width_eta: dict[int, float]
    width_phi: dict[int, float]
    r: dict[int, float]
    width_r: dict[int, float]

    @property
    def total(self) -> float:
        return sum(self.energy.values())


def features(name: str, deposits: list[float]) -> Features:
    """Measure one shower of deposits in MeV, in a geometry."""
    found = Features({}, {}, {}, {}, {}, {}, {}, {})
    place = 0
    for layer in LAYERS[name]:
        i, voxels = layer.number, layer.voxels()
        part = deposits[place : place + len(voxels)]
        place += len(voxels)
        found.energy[i] = sum(part)
        # Not the share of empty voxels: values lie on the edges of bins, where rounding decides.
        found.empty[i] = 1 - sum(e > 0 for e in part) / len(part)
        found.r[i], found.width_r[i] = mean_and_width(part, [r for _, r in voxels])
        if layer.alpha > 1:
            etas = [r * cos(alpha) for alpha, r in voxels]
            phis = [r * sin(alpha) for alpha, r in voxels]
            found.eta[i], found.width_eta[i] = mean_and_width(part, etas)
            found.phi[i], found.width_phi[i] = mean_and_width(part, phis)
    assert place == len(deposits)
    return found


def mean_and_width(deposits: list[float], places: list[float]) -> tuple[float, float]:
    """Mean and standard deviation of places, weighted with deposits; 0 without any."""
    total = sum(deposits)
    if total == 0:
        return 0.0, 0.0
    mean = sum(e * x for e, x in zip(deposits, places, strict=True)) / total
    spread = sum(e * (x - mean) ** 2 for e, x in zip(deposits, places, strict=True)) / total
    return mean, sqrt(spread)
