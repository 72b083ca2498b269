"""Are planted faults found?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml
from faults import (
    COPIES,
    Fault,
    correlated,
    even_spectrum,
    made,
    shifted,
    tailed,
    turned,
)
from places import PACKAGE
from scipy.stats import binom, norm

from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.folds import assign_fold_parts
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.findings.diagnosis import Finding, diagnose

CARDS = yaml.safe_load((PACKAGE / "classifiers/dnn.yaml").read_text())
SEEDS = range(10)
NOISE = 0.5  # of log w, as a classifier adds it
FAULTS = {
    "a shift of a family": shifted(1, 0.3, COPIES),
    "a shift of the response": shifted(0, 0.3, ("response",)),
    "a response that turns with the energy": turned(0.5),
    "a shift of a deposit that is often zero": shifted(2, 0.4, ("deposit",)),
    "a tail": tailed(0.04),
    "a correlation": correlated(0.4),
    "a spectrum": even_spectrum(),
}


def names(findings: list[Finding]) -> list[str]:
    return [finding.observable for finding in findings]


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_planted_faults_come_first(fault: Fault) -> None:
    first = [names(diagnose(*made(fault, 2000, 2000, seed, NOISE), seed))[:1] for seed in SEEDS]
    assert sum(one != [] and one[0] in fault.observables for one in first) >= 8, first


@pytest.mark.slow
@pytest.mark.parametrize("auc", [0.6, 0.8, 0.95, 0.999])
def test_no_single_weight_decides(auc: float) -> None:
    """A network gives one shower of the sample a weight that outweighs all others."""
    shift = np.sqrt(2) * norm.ppf(auc)  # of a normal variable with that ideal AUC
    for seed in range(4):
        truth, sample = made(shifted(0, shift, ("response",)), 1000, 1000, seed, NOISE)
        sample.w[np.random.default_rng(seed).integers(1000)] = 1.6e7
        found = diagnose(truth, sample, seed)
        assert names(found)[0] == "response"
        assert found[0].share > 0.2


def test_the_most_significant_is_the_first_or_the_second_finding() -> None:
    """The weights follow two small shifts and are blind to a large one."""
    for seed in range(3):
        truth, sample = made(shifted(0, 2.0, ()), 1500, 1500, seed)
        for one, by in ((truth, 0.3), (sample, -0.3)):
            for name in ("c_3", "c_5"):
                one.values[name] += by
            one.w[:] = np.exp(0.6 * (one.values["c_3"] + one.values["c_5"] - 1.8))
        found = names(diagnose(truth, sample, seed))
        assert found[0] in ("c_3", "c_5")
        assert found[1] == "response"


@pytest.mark.slow
def test_a_shift_is_one_finding() -> None:
    """Copies are one family, and all else is found no more than by chance."""
    others = 0
    for seed in SEEDS:
        truth, sample = made(FAULTS["a shift of a family"], 2000, 2000, seed)
        first, *rest = diagnose(truth, sample, seed)
        assert {first.observable, *first.relatives} == set(COPIES)
        # The product of two scores changes with either.
        others += bool(set(names(rest)) - {"copy_0 x c_9"})
    assert others <= binom.ppf(0.995, len(SEEDS), 0.05)


@pytest.mark.slow
def test_a_spectrum_is_attributed_to_the_incident_energy_only() -> None:
    """Observables that follow the energy as closely as 2.5 % are found no more than by chance."""
    others = 0
    for seed in range(20):
        found = names(diagnose(*made(even_spectrum(), 1500, 1500, seed), seed))
        assert found[0] == "E_inc"
        others += len(found) > 1
    assert others <= binom.ppf(0.995, 20, 0.05)


def test_weights_of_a_network_point_at_the_fault() -> None:
    """A classifier that knows nothing of the fault but the showers."""
    truth, sample = made(FAULTS["a shift of the response"], 2000, 2000, 1)
    seen = ["E_inc", *(name for name in truth.values if " x " not in name)]
    x = np.column_stack([np.r_[truth.of(name), sample.of(name)] for name in seen])
    label = np.repeat([1.0, 0.0], 2000)
    fold_parts = assign_fold_parts(label, np.arange(4000), 1)[:, None]
    card = CARDS["cpu"] | {"hidden": [32, 32], "steps": 400, "batch": 256, "lr": 5e-3}
    fit = Dnn(card).cross_fit(x.astype(np.float32), label, fold_parts, [1])
    weights = weigh(Scores(label, fold_parts // 2, fit), 1)
    first = diagnose(replace(truth, w=weights.truth.w), replace(sample, w=weights.sample.w), 1)[0]
    assert first.observable == "response"
    assert first.share > 0.1
    assert first.tail.confirmed
