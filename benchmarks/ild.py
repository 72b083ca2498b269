"""The bundled photons in the calorimeter of ILD: do they behave as electromagnetic showers?

    PYTHONPATH=workflow python benchmarks/ild.py [FILE]

Prints a table with a row per incident energy, as markdown, and the most probable hit energy. The
file has showers of the geometry `ild` at a few energies (default: the bundled ones).
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from ultimetric import bundled, load_kind, read_events
from ultimetric.kinds.showers.geant4.detector import detector_config
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind, Showers

# Radiation lengths in mm and critical energies of electrons in MeV (Particle Data Group); carbon
# fibre as graphite of its density, the board as FR4.
MATERIALS = {
    "G4_W": (3.504, 7.97),
    "G4_Si": (93.70, 40.19),
    "G4_Cu": (14.36, 19.42),
    "CarbonFibre": (285.0, 81.7),
    "Board": (167.0, 60.0),
    "G4_AIR": (303_900.0, 87.9),
}
THIN = 20  # layers behind 2.1 mm of tungsten; the others have twice as much
CORE = 0.9  # of the distribution, in mean and width


def plates() -> list[tuple[str, float]]:
    """Material and thickness in mm of each plate, in the order of the beam."""
    return [
        (plate["material"], plate["thickness_mm"])
        for stack in detector_config("ild")["layers"]
        for plate in stack["layers"] * stack["times"]
    ]


def silicon_depths() -> np.ndarray:
    """The depth of the middle of each silicon layer in radiation lengths (30,)."""
    lengths = [thickness / MATERIALS[name][0] for name, thickness in plates()]
    middles = np.cumsum(lengths) - np.array(lengths) / 2
    return middles[[name == "G4_Si" for name, _ in plates()]]


def critical_MeV() -> float:
    """The critical energy of the stack: the loss in one radiation length of the mixture."""
    parts = [(thickness / MATERIALS[name][0], MATERIALS[name][1]) for name, thickness in plates()]
    return sum(length * loss for length, loss in parts) / sum(length for length, _ in parts)


def core(values: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the shortest range that holds 90 % of values (N,)."""
    rising = np.sort(values)
    number = int(np.ceil(CORE * len(rising)))
    widths = rising[number - 1 :] - rising[: len(rising) - number + 1]
    first = int(widths.argmin())
    chosen = rising[first : first + number]
    return float(chosen.mean()), float(chosen.std(ddof=1))


def maximum(profile: np.ndarray) -> float:
    """The depth in radiation lengths of the maximum of t^(a - 1) e^(-b t), fitted to a profile."""
    depth, near = silicon_depths(), profile > 0.15 * profile.max()
    terms = np.stack([np.log(depth[near]), -depth[near], np.ones(near.sum())], axis=1)
    (power, decay, _), *_ = np.linalg.lstsq(terms, np.log(profile[near]), rcond=None)
    return float(power / decay)


def response(values: np.ndarray, energy: float, prefix: str) -> dict[str, str]:
    """Mean and width of E_tot/E_inc (N,) at an energy in GeV; the mean with its error."""
    mean, width = core(values)
    error = width / np.sqrt(len(values))
    return {
        f"{prefix}E_tot/E_inc (%)": f"{100 * mean:.3f}({1e5 * error:.0f})",
        f"{prefix}width × √(E/GeV)": f"{100 * width / mean * np.sqrt(energy):.1f} %",
    }


def row(showers: Showers, energy: float) -> dict[str, object]:
    """The numbers of showers of one energy in GeV."""
    layers = showers.layer_energies
    weighted = layers * np.where(np.arange(layers.shape[1]) < THIN, 1, 2)
    kept = load_kind("showers", geometry="ild_core").geometry
    inside = kept.of_readout(showers.geometry.images(showers.voxels)).sum(dtype=np.float64)
    return {
        "E_inc (GeV)": f"{energy:.0f}",
        "showers": len(showers),
        **response(layers.sum(1) / GEV / energy, energy, ""),
        **response(weighted.sum(1) / GEV / energy, energy, "weighted, "),
        "depth of the maximum (X₀)": f"{maximum(layers.mean(0)):.1f}",
        "ln(E/E_c) + 0.5": f"{np.log(GEV * energy / critical_MeV()) + 0.5:.1f}",
        "hits": f"{np.count_nonzero(showers.voxels) / len(showers):.0f}",
        "in ild_core": f"{100 * inside / layers.sum():.1f} %",
    }


def most_probable_hit(showers: Showers) -> float:
    """The maximum of the spectrum of hit energies in MeV, from a parabola through its top."""
    hits = showers.voxels[showers.voxels > 0]
    counts, edges = np.histogram(hits, np.arange(0.1, 0.3, 0.005))
    middles = (edges[1:] + edges[:-1]) / 2
    near = slice(max(counts.argmax() - 5, 0), counts.argmax() + 6)
    second, first, _ = np.polyfit(middles[near], counts[near], 2)
    return float(-first / second / 2)


def main() -> None:
    kind = load_kind("showers", geometry="ild")
    assert isinstance(kind, ShowerKind)
    showers = read_events(*sys.argv[1:] or [bundled("photons_discrete")], kind)
    energies = np.unique(showers.energy)
    rows = [row(showers[np.flatnonzero(showers.energy == x)], x) for x in energies]
    print(pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True))
    print(f"radiation lengths: {sum(x / MATERIALS[name][0] for name, x in plates()):.1f}")
    print(f"critical energy: {critical_MeV():.1f} MeV")
    print(f"most probable hit energy: {most_probable_hit(showers):.3f} MeV")


if __name__ == "__main__":
    main()
