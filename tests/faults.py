"""Showers of a few made-up observables, with planted faults of exactly known weight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from ultimetric.findings.candidates import products
from ultimetric.findings.population import Population, pooled
from ultimetric.kinds.base import Kind
from ultimetric.kinds.observables import Condition, Measured

LOW, HIGH = 1.0, 100.0  # GeV
HIDDEN = 12
PAIRS = [("c_3", "c_4"), ("c_5", "c_6"), ("c_7", "c_8"), ("copy_0", "c_9")]
ENERGY = Condition("E_inc", "$E$", "incident energies", "GeV")
COPIES = ("copy_0", "copy_1", "copy_2")


class MadeUp(Kind):
    """Showers of made-up observables, of which only words and units are known."""

    entry = "shower"
    several = "showers"
    n_values = 1
    range_option = "energy_range_GeV"

    def __init__(
        self, known: dict[str, tuple[str, str]], condition: Condition | None = ENERGY
    ) -> None:
        super().__init__({})
        self.condition = condition
        self.observables = {
            name: Measured(name, len, name, np.empty(0), unit, words=words)
            for name, (words, unit) in known.items()
        }


KIND = MadeUp({"total": ("", "GeV"), "deposit": ("", "MeV"), "response": ("E_tot/E_inc", "")})


@dataclass(frozen=True)
class Fault:
    """What is wrong with the showers of a sample.

    Arguments:
        change: incident energies (N,) and hidden normal variables (N, HIDDEN) of truth to those
            of the sample.
        weight: p_truth/p_sample of both (N,).
        observables: that show it.
    """

    change: Callable[[np.ndarray, np.ndarray, np.random.Generator], tuple[np.ndarray, np.ndarray]]
    weight: Callable[[np.ndarray, np.ndarray], np.ndarray]
    observables: tuple[str, ...] = ()


def moved(z: np.ndarray, k: int, x: np.ndarray) -> np.ndarray:
    """Hidden variables with another column k."""
    return np.column_stack([z[:, :k], x, z[:, k + 1 :]])


def shifted(k: int, by: float, observables: tuple[str, ...]) -> Fault:
    """Two normal distributions: w = exp(by^2/2 - by z)."""
    return Fault(
        lambda e, z, rng: (e, moved(z, k, z[:, k] + by)),
        lambda e, z: np.exp(by**2 / 2 - by * z[:, k]),
        observables,
    )


def turned(by: float) -> Fault:
    """The response is too high below 10 GeV and too low above."""

    def signed(e: np.ndarray) -> np.ndarray:
        return np.where(e < 10, by, -by)

    return Fault(
        lambda e, z, rng: (e, moved(z, 0, z[:, 0] + signed(e))),
        lambda e, z: np.exp(by**2 / 2 - signed(e) * z[:, 0]),
        ("response", "total"),
    )


def tailed(share: float) -> Fault:
    """A share of the sample lies evenly between 2.5 and 3.5 in c_3's variable."""

    def change(e: np.ndarray, z: np.ndarray, rng: np.random.Generator):
        far = rng.random(len(z)) < share
        return e, moved(z, 3, np.where(far, rng.uniform(2.5, 3.5, len(z)), z[:, 3]))

    def weight(e: np.ndarray, z: np.ndarray) -> np.ndarray:
        normal, far = norm.pdf(z[:, 3]), np.abs(z[:, 3] - 3) < 0.5
        return normal / ((1 - share) * normal + share * far)

    return Fault(change, weight, ("c_3",))


def correlated(rho: float) -> Fault:
    """Two variables, each as in the truth, are correlated."""
    width = np.sqrt(1 - rho**2)
    return Fault(
        lambda e, z, rng: (e, moved(z, 4, rho * z[:, 3] + width * z[:, 4])),
        lambda e, z: norm.pdf(z[:, 4]) / norm.pdf(z[:, 4], rho * z[:, 3], width),
        ("c_3 x c_4",),
    )


def even_spectrum() -> Fault:
    """The sample's incident energies are even, not even in the logarithm."""
    return Fault(
        lambda e, z, rng: (rng.uniform(LOW, HIGH, len(e)), z),
        lambda e, z: (HIGH - LOW) / (e * np.log(HIGH / LOW)),
        ("E_inc",),
    )


NOTHING = Fault(lambda e, z, rng: (e, z), lambda e, z: np.ones(len(e)))


def population(w: np.ndarray, **values: np.ndarray) -> Population:
    """Entries of given weights and observables, their energies evenly from 1 to 100 GeV."""
    return Population(np.linspace(LOW, HIGH, len(w)), values, np.asarray(w, float), ENERGY.name)


def made(
    fault: Fault, n_truth: int, n_sample: int, seed: int, noise: float = 0.0
) -> tuple[Population, Population]:
    """Truth and a faulty sample.

    Arguments:
        fault: of the sample.
        n_truth, n_sample: showers.
        seed: of everything.
        noise: standard deviation of what a classifier adds to log w.
    """
    rng = np.random.default_rng(seed)
    sets = []
    for n, faulty in ((n_truth, False), (n_sample, True)):
        energy, z = LOW * (HIGH / LOW) ** rng.random(n), rng.normal(size=(n, HIDDEN))
        if faulty:
            energy, z = fault.change(energy, z, rng)
        w = fault.weight(energy, z) * np.exp(noise * rng.normal(size=n) - noise**2 / 2)
        sets.append(Population(energy, _observables(energy, z, rng), w, ENERGY.name))
    both = pooled(*sets)
    new = products(both.values, PAIRS, both.groups())
    truth, sample = (
        replace(one, values=one.values | {name: x[rows] for name, x in new.items()})
        for one, rows in zip(sets, (slice(n_truth), slice(n_truth, None)), strict=True)
    )
    return truth, sample


def _observables(
    energy: np.ndarray, z: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """As a detector would give them: some follow the energy, some say the same."""
    response = 0.8 + 0.02 * z[:, 0]
    return {
        "total": energy * response,
        "response": response,
        **{name: z[:, 1] + 0.1 * rng.normal(size=len(z)) for name in COPIES},
        "deposit": np.maximum(z[:, 2], 0),  # empty in half of the showers
        **{f"c_{k}": z[:, k] + 0.3 * np.log(energy) for k in range(3, HIDDEN)},
    }
