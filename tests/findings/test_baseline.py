"""The search for findings on real showers: truth against truth, and truth with one fault."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from ultimetric.findings.candidates import candidates
from ultimetric.findings.diagnosis import Finding, diagnose
from ultimetric.findings.population import of_kind
from ultimetric.findings.sentences import sentence
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import compute

RUNS = 40
VOXELS = 10


def findings_of(truth: Showers, sample: Showers, w: list[np.ndarray], seed: int) -> list[Finding]:
    sets = (truth, sample)
    values = candidates(*sets, *map(compute, sets), VOXELS)
    known = zip(sets, values, w, strict=True)
    return diagnose(*(of_kind(x.kind, x.energy, of_x, w_x) for x, of_x, w_x in known), seed)


def halves(showers: Showers, n: int, seed: int) -> tuple[Showers, Showers]:
    rows = np.random.default_rng(seed).permutation(len(showers))[: 2 * n]
    return showers[rows[:n]], showers[rows[n:]]


@pytest.mark.slow
def test_truth_against_truth(eplus: Showers) -> None:
    """The weights follow an observable that means nothing here, as those of noise do."""
    found = 0
    for seed in range(RUNS):
        sets = halves(eplus, 500, seed)
        w = [np.where(one.energy * one.voxels[:, 1] > 100, 2.5, 0.08) for one in sets]
        found += bool(findings_of(*sets, w, seed))
    assert found <= binom.ppf(0.995, RUNS, 0.05)


@pytest.mark.slow
def test_a_lost_layer_is_found_and_told(eplus: Showers) -> None:
    """A fifth of the sample has lost its last layer: truth is rarer where it is empty."""
    for seed in range(3):
        truth, sample = halves(eplus, 1000, seed)
        lost = np.random.default_rng(seed).random(1000) < 0.2
        voxels = sample.voxels.copy()
        voxels[np.ix_(lost, np.arange(voxels.shape[1])[eplus.geometry.slices[2]])] = 0
        sample = replace(sample, voxels=voxels)
        empty = [one.layer_energies[:, 2] == 0 for one in (truth, sample)]
        ratio = empty[0].mean() / empty[1].mean()
        other = (1 - empty[0].mean()) / (1 - empty[1].mean())
        findings = findings_of(truth, sample, [np.where(x, ratio, other) for x in empty], seed)
        first = findings[0]
        assert first.observable == "max_depth" or first.observable.endswith("_2")
        assert first.share > 0.5
        assert sentence(first, eplus.kind).startswith(("Too ", "The distribution"))
