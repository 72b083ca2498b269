"""What is tested of a shower beside its observables: pairs of these, and single voxels."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np

from ultimetric.kinds.showers.binning import has_few_layers, width_names
from ultimetric.kinds.showers.geometry import Geometry


def pairs(geometry: Geometry) -> list[tuple[str, str]]:
    """Pairs of observables: of one name in layers that touch, and of two names in one layer.

    In many layers only energies are paired, as the pairs would outnumber all observables.
    """
    layers = geometry.layer_numbers
    if not has_few_layers(geometry):
        return [(f"E_{i}", f"E_{j}") for i, j in pairwise(layers)]
    located = [layers[k] for k in geometry.located]
    width = width_names(geometry)[0]
    shapes = {"E": layers, width: located, "sparsity": layers, "brightest_1": layers}
    names = shapes | dict.fromkeys(geometry.coordinates, located)
    return [
        *((f"{name}_{i}", f"{name}_{j}") for name, of in names.items() for i, j in pairwise(of)),
        *(
            (f"{a}_{i}", f"{b}_{i}")
            for i in layers
            for a, b in combinations(shapes, 2)
            if i in shapes[a] and i in shapes[b]
        ),
    ]


def voxel_names(geometry: Geometry) -> list[str]:
    """Names voxel_<layer>_<phi>_<eta> of all voxels, in the order of a flat shower."""
    return [
        f"voxel_{i}_{phi}_{eta}"
        for i, shape in zip(geometry.layer_numbers, geometry.shapes, strict=True)
        for phi, eta in np.ndindex(*shape)
    ]


def voxel_words(name: str) -> str:
    """The name of a voxel in sentences.

    >>> voxel_words("voxel_1_0_3")
    'energy of voxel (0, 3), layer 1'
    """
    _, layer, phi, eta = name.split("_")
    return f"energy of voxel ({phi}, {eta}), layer {layer}"
