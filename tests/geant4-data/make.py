"""Make the electromagnetic tables of this folder from two public Python packages.

    python make.py BREM_FOLDER

BREM_FOLDER: MontyCarlo/materials/electron/NRC_BREM of the package MontyCarlo 0.1a0.dev2. Needs
xraydb 4.5.8.
"""

import sys
from pathlib import Path

import numpy as np
import xraydb

HERE = Path(__file__).parent
ELEMENTS = {1: "H", 18: "Ar", 82: "Pb"}
AVOGADRO = 0.602214076  # atoms per mole and cm^2 per barn: cm^2/g to barn per atom
MM2 = 1e-22  # per barn
ELECTRON_MEV = 0.51099895
DUMMY = " 0 0 0 0 0 0\n"


def brem(folder: Path, z: int) -> str:
    """Scaled cross sections in mb: a line per electron energy, along it the photon's share."""
    numbers = (folder / "nrc_brems_grid").read_text().split()
    n_energies, n_fractions = int(numbers[1]), int(numbers[2])
    grid = np.array(numbers[3:], float)
    energies, fractions = np.split(grid, [n_energies])
    table = np.array((folder / f"nrc_brems_{z}").read_text().split(), float)
    keep = (fractions == 0) | (fractions > 1e-3)
    lines = [fractions[keep], np.log(energies), *table.reshape(n_energies, n_fractions)[:, keep]]
    text = [" ".join(f"{x:.6g}" for x in line) for line in lines]
    return "\n".join([f"0 {keep.sum()} {n_energies}", *text]) + "\n"


def curve(energy_MeV: np.ndarray, values: np.ndarray) -> str:
    """A Geant4 vector: its ends, its length twice, its points."""
    points = [f"{e:.7g} {v:.6g}" for e, v in zip(energy_MeV, values, strict=True)]
    head = f"{energy_MeV[0]:.7g} {energy_MeV[-1]:.7g} {len(points)}\n{len(points)}"
    return "\n".join([head, *points]) + "\n"


def barn(element: str, energy_MeV: np.ndarray, kind: str) -> np.ndarray:
    mass = xraydb.atomic_mass(element)
    return xraydb.mu_elam(element, 1e6 * energy_MeV, kind=kind) * mass / AVOGADRO


def sauter(energy_MeV: np.ndarray) -> np.ndarray:
    """Energy dependence of the photoelectric effect in Born approximation (F. Sauter, 1931)."""
    k = energy_MeV / ELECTRON_MEV
    gamma = 1 + k
    root = np.sqrt(gamma**2 - 1)
    log = np.log((gamma + root) ** 2) / (2 * gamma * root)
    return k**-5 * root**3 * (4 / 3 + gamma * (gamma - 2) / (gamma + 1) * (1 - log))


def photoelectric(z: int) -> dict[str, str]:
    """All shells as one: Elam above the K edge; between the other edges below it."""
    element = ELEMENTS[z]
    edges = sorted(1e-6 * edge.energy for edge in xraydb.xray_edges(element).values())
    edge = max(edges[-1], 1.2e-4)
    energy = np.geomspace(1.00001 * edge, 0.8, 60)
    cross = barn(element, energy, "photo")
    beyond = np.geomspace(0.8, 1e5, 60)[1:]  # Elam's tables end there
    cross = np.append(cross, cross[-1] * sauter(beyond) / sauter(energy[-1]))
    energy = np.append(energy, beyond)
    low = np.geomspace(1e-4, edge, 100)
    steps = [e * side for e in edges[:-1] if e > 2e-4 for side in (0.99999, 1.00001)]
    low = np.unique(np.append(low, steps))
    at_edge = f"{edge:.7g}"
    shell = f"{at_edge} 1e5 2 0\n{at_edge} 1\n1e5 1\n"
    never = f"1 1 1e9\n{at_edge}{DUMMY}"  # the fits of higher energies
    return {
        "pe-cs": curve(energy, energy**3 * cross),
        "pe-le-cs": curve(low, low**3 * barn(element, low, "photo")),
        "pe-ss-cs": shell,
        "pe-low": never,
        "pe-high": never,
    }


def rayleigh(z: int) -> str:
    energy = np.geomspace(1e-4, 0.8, 80)
    return curve(energy, energy**2 * barn(ELEMENTS[z], energy, "coh") * MM2)  # then constant


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


for z in ELEMENTS:
    emlow = HERE / "G4EMLOW8.8"
    write(emlow / "brem_SB" / f"br{z}", brem(Path(sys.argv[1]), z))
    for name, text in photoelectric(z).items():
        write(emlow / "epics2017" / "phot" / f"{name}-{z}.dat", text)
    write(emlow / "epics2017" / "rayl" / f"re-cs-{z}.dat", rayleigh(z))
