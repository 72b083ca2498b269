"""FPD and KPD against jetnet, and precision, recall, density and coverage against prdc.

Both sides get the same points in the same process; values are checked first. The FPD and KPD of
50,000 x 41 numbers are those of jetnet's defaults; prdc keeps all distances in memory, hence fewer
points.

    PYTHONPATH=workflow:.peers python benchmarks/physics_distances.py
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from functools import partial

import jetnet_alone  # noqa: F401  makes jetnet importable
import numpy as np
import torch
from harness import Timing, record, timed
from jetnet.evaluation import fpd, kpd
from prdc import compute_prdc

from ultimetric.analyses.fpd import Fpd
from ultimetric.analyses.joint import Joint, Points, scaled
from ultimetric.analyses.kpd import Kpd
from ultimetric.analyses.prdc import Prdc
from ultimetric.statistics.frechet import batch_sizes, extrapolated

N, SIZE = 50_000, 41
N_BALLS = 5_000
SEED = 42  # of jetnet
RUNS = 3
AGREEMENT = 1e-6  # relative


def points(n: int, seed: int, shift: float) -> tuple[Points, Points]:
    """Two sets of correlated points, of which the second is shifted and wider by 2 %."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(SIZE, SIZE)) / np.sqrt(SIZE)
    first, second = (rng.normal(size=(n, SIZE)) @ mixed for _ in range(2))
    second = (1 + shift) * second + shift
    return Points(first.astype(np.float32)), Points(second.astype(np.float32))


def number(analysis: Joint, truth: Points, sample: Points) -> tuple[float, ...]:
    found = analysis.numbers(truth, sample, np.random.default_rng(1))
    return tuple(x.value for x in found.values())


def our_fpd(truth: Points, sample: Points) -> tuple[float, float]:
    """What jetnet's function gives: the value and the error of the fit."""
    sizes = batch_sizes(20_000, 50_000, 10)
    return extrapolated(*scaled(truth, sample), sizes, 20, np.random.default_rng(SEED))


def their_balls(truth: np.ndarray, sample: np.ndarray) -> tuple[float, ...]:
    with contextlib.redirect_stdout(io.StringIO()):
        return tuple(compute_prdc(truth, sample, 5).values())


def check(name: str, ours: tuple[float, ...], theirs: tuple[float, ...]) -> None:
    """Refuse values that differ, and print by how much they do."""
    np.testing.assert_allclose(ours, theirs, rtol=AGREEMENT)
    away = max(abs(a / b - 1) for a, b in zip(ours, theirs, strict=True))
    print(f"{name}: {ours[0]:.8g}, relative difference {away:.1g}")


def against(name: str, ours: Callable, peer: str, theirs: Callable, note: str) -> None:
    """Time both in turn."""
    ours_s, theirs_s = [], []
    for _ in range(RUNS):
        ours_s += timed(ours, runs=1, warm_up=0).seconds
        theirs_s += timed(theirs, runs=1, warm_up=0).seconds
    found = Timing(ours_s), Timing(theirs_s)
    record(name, found[0], peer, found[1].median, note=f"{note}; peer {found[1].spread}")


def main() -> None:
    warnings.simplefilter("ignore", RuntimeWarning)
    for shift in (0.02, 0.0):
        truth, sample = points(N, 1, shift)
        # jetnet keeps the precision that it is given.
        doubles = truth.values.astype(np.float64), sample.values.astype(np.float64)
        theirs = partial(fpd, *doubles), partial(kpd, *doubles)
        our_kpd = partial(number, Kpd({"seed": SEED}), truth, sample)
        # The first calls also compile what jetnet compiles.
        check(f"FPD, shift {shift}", our_fpd(truth, sample), theirs[0]())
        check(f"KPD, shift {shift}", our_kpd(), theirs[1]()[:1])
    note = f"{N} x {SIZE}"

    def ours() -> None:
        our_fpd(truth, sample)
        our_kpd()

    against("distances:fpd", partial(our_fpd, truth, sample), "jetnet", theirs[0], note)
    against("distances:kpd", our_kpd, "jetnet", theirs[1], note)
    against("distances:fpd+kpd", ours, "jetnet", lambda: [x() for x in theirs], note)
    whole = timed(partial(number, Fpd({"seed": SEED}), truth, sample), runs=RUNS, warm_up=0)
    record("distances:fpd_with_bootstrap_error", whole, note=note)

    truth, sample = points(N_BALLS, 2, 0.02)
    doubles = truth.values.astype(np.float64), sample.values.astype(np.float64)
    balls = partial(number, Prdc({"standardise": False}), truth, sample)
    check("PRDC", balls(), their_balls(*doubles))
    peer = partial(their_balls, truth.values, sample.values)
    against("distances:prdc", balls, "prdc", peer, f"{N_BALLS} x {SIZE}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
