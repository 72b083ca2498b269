"""Observables and high-level inputs of 100,000 CaloGAN showers against the textbook way.

Ours are made block by block on one core. The peers are numpy on whole arrays in double precision,
and a loop over showers, timed on a few and extrapolated. The limit is one reading of all voxels.

    PYTHONPATH=workflow python benchmarks/features.py
"""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from harness import record, timed
from showers import bundled

from ultimetric.figures.correlations import correlation
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import compute, inputs_of

N_SHOWERS = 100_000
LOOPED = 300
THREADS = 2
NOTE = f"{N_SHOWERS} showers of 504 voxels"


def repeated_showers() -> Showers:
    """The bundled positrons in all voxels, repeated; each voxel is scaled by 0.9 to 1.1."""
    showers = bundled("calogan")
    rng = np.random.default_rng(1)
    rows = rng.integers(0, len(showers), N_SHOWERS)
    voxels = showers.voxels[rows]
    voxels *= rng.uniform(0.9, 1.1, voxels.shape).astype(np.float32)
    return Showers(showers.kind, showers.energy[rows], voxels)


def textbook(energy: np.ndarray, voxels: np.ndarray, geometry: Geometry) -> np.ndarray:
    """The 44 numbers of the high-level test (N, 44) before logarithms and units, all at once."""
    cells = voxels.astype(np.float64)
    in_layers = np.split(cells, [288, 432], axis=1)
    e = np.stack([x.sum(1) for x in in_layers], axis=1)
    total, depth = e.sum(1), np.arange(3)
    full, safe = np.where(total > 0, total, 1), np.where(e > 0, e, 1)
    s_d = e @ depth / full
    spread = np.sqrt(np.clip(e @ depth**2 / full - s_d**2, 0, None))
    columns = [e, total[:, None], e / full[:, None], (e @ depth)[:, None]]
    columns += [s_d[:, None], spread[:, None]]
    for i, x in enumerate(in_layers):
        phi, eta = geometry.centres_mm(i)
        falling = -np.sort(-x, axis=1)[:, :5]
        pair = np.where(falling[:, :2].sum(1) > 0, falling[:, :2].sum(1), 1)
        mean = (x * phi).sum(1) / safe[:, i]
        width = np.sqrt(np.clip((x * phi**2).sum(1) / safe[:, i] - mean**2, 0, None))
        columns += [falling / safe[:, i, None], ((falling[:, 0] - falling[:, 1]) / pair)[:, None]]
        columns += [(x > 0).mean(1)[:, None], mean[:, None]]
        mean = (x * eta).sum(1) / safe[:, i]
        other = np.sqrt(np.clip((x * eta**2).sum(1) / safe[:, i] - mean**2, 0, None))
        columns += [mean[:, None], width[:, None], other[:, None]]
    return np.concatenate([*columns, energy[:, None]], axis=1)


def one_by_one(showers: Showers) -> None:
    """The textbook in a loop over showers."""
    for energy, voxels in zip(showers.energy, showers.voxels, strict=True):
        textbook(np.array([energy]), voxels[None], showers.geometry)


def check(showers: Showers) -> None:
    """Ours and the textbook's observables agree, so that equal work is timed."""
    few = showers[:200]
    values, columns = compute(few), textbook(few.energy, few.voxels, few.geometry)
    assert columns.shape[1] == inputs_of("high_level", few).shape[1]
    np.testing.assert_allclose(columns[:, 7], values["l_d"])
    np.testing.assert_allclose(columns[:, 18], values["eta_0"], atol=1e-8)
    np.testing.assert_allclose(columns[:, 19], values["sigma_0"], rtol=1e-5, atol=1e-3)


def main() -> None:
    torch.set_num_threads(THREADS)
    showers = repeated_showers()
    check(showers)
    read = timed(lambda: np.add.reduce(showers.voxels.view(np.uint32), axis=None))
    naive = timed(partial(textbook, showers.energy, showers.voxels, showers.geometry), runs=3)
    looped = timed(partial(one_by_one, showers[:LOOPED]), runs=3)
    extrapolated = looped.median * N_SHOWERS / LOOPED
    names = [f"{x}_{i}" for x in ("E", "phi", "eta", "sigma") for i in range(3)]
    for name, work in (
        ("features:high_level", partial(inputs_of, "high_level", showers)),
        ("features:all_observables", partial(compute, showers)),
        ("features:correlations", lambda: correlation(compute(showers), names)),
    ):
        ours = timed(work)
        record(name, ours, "numpy on whole arrays", naive.median, read.median, note=NOTE)
        note = f"{NOTE}; peer extrapolated from {LOOPED}"
        record(name, ours, "loop over showers", extrapolated, read.median, note=note)


if __name__ == "__main__":
    main()
