"""What observables are called in sentences and tables."""

from __future__ import annotations

import re

from ultimetric.failures.candidates import TIMES
from ultimetric.failures.population import INCIDENT

NTH = {"1": "brightest", "2": "second brightest", "3": "third brightest"}
# Of the whole shower.
WHOLE = {
    INCIDENT: "E_inc",
    "E_tot": "total energy",
    "response": "E_tot/E_inc",
    "l_d": "depth-weighted energy",
    "s_d": "mean depth",
    "sigma_sd": "width in depth",
    "max_depth": "deepest layer",
}
# Patterns of names, and what their groups are called.
PATTERNS = {
    r"E_(\d+)": "energy, layer {0}",
    r"f_(\d+)": "share of the energy, layer {0}",
    r"u_(\d+)": "share of the remaining energy, layer {before}",
    r"brightest_(\d+)_(\d+)": "share of the {nth} voxel, layer {1}",
    r"E_ratio_(\d+)": "contrast of the two brightest voxels, layer {0}",
    r"sparsity_(\d+)": "sparsity, layer {0}",
    r"(phi|eta)_(\d+)": "centre in {0}, layer {1}",
    r"sigma_(\d+)": "width in phi, layer {0}",
    r"sigma_eta_(\d+)": "width in eta, layer {0}",
    r"phi_(\d+)-phi_(\d+)": "distance in phi between the centres of layers {0} and {1}",
    r"voxel_(\d+)_(\d+)_(\d+)": "energy of voxel ({1}, {2}), layer {0}",
}


def called(name: str) -> str:
    """The label of an observable, a pair, a voxel or the incident energy.

    >>> called("sparsity_1"), called("brightest_2_0"), called("u_1")
    ('sparsity, layer 1', 'share of the second brightest voxel, layer 0', \
'share of the remaining energy, layer 0')
    >>> called("E_0 x E_1")
    'correlation of energy in layer 0 and energy in layer 1'
    """
    if TIMES in name:
        return f"correlation of {' and '.join(map(told, name.split(TIMES)))}"
    if name in WHOLE:
        return WHOLE[name]
    for pattern, label in PATTERNS.items():
        if found := re.fullmatch(pattern, name):
            groups = found.groups()
            before = int(groups[-1]) - 1 if groups[-1].isdigit() else ""
            nth = NTH.get(groups[0], f"{groups[0]}th brightest")
            return label.format(*groups, before=before, nth=nth)
    return name


def told(name: str) -> str:
    """The label within a sentence.

    >>> told("sparsity_1"), told("voxel_1_0_3")
    ('sparsity in layer 1', 'energy of voxel (0, 3) in layer 1')
    """
    return called(name).replace(", layer", " in layer")
