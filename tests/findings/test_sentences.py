"""Findings in words, and findings where there is little to find."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from faults import KIND, MadeUp, correlated, made, population, shifted, turned
from scipy.stats import binom

from ultimetric.findings.candidates import correlation
from ultimetric.findings.diagnosis import diagnose
from ultimetric.findings.interval import most_different
from ultimetric.findings.names import called, told
from ultimetric.findings.population import Population, counted_once
from ultimetric.findings.rows import finding_rows
from ultimetric.findings.sentences import details, sentence
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind

SURE = r"\(p [=<] [\de.+-]+, \d+ observables tested\)\.$"


def test_every_observable_has_a_label() -> None:
    kind = ShowerKind.of(Geometry.from_config(geometry_config("calogan_coarse")))
    names = [*kind.observables, *map(" x ".join, kind.pairs()), *kind.value_names()]
    labels = [called(name, kind) for name in names]
    assert len(set(labels)) == len(names)
    assert not [x for x in labels if re.search(r"_(?!tot|inc)", x)]
    assert called("sparsity_1", kind) == "sparsity, layer 1"
    assert told("sparsity_1", kind) == "sparsity in layer 1"
    assert called("brightest_2_0", kind) == "share of the second brightest voxel, layer 0"
    assert called("u_1", kind) == "share of the remaining energy, layer 0"
    assert told("voxel_1_0_3", kind) == "energy of voxel (0, 3) in layer 1"
    assert called("E_inc", kind) == "E_inc"
    assert called("E_0 x E_1", kind) == "correlation of energy in layer 0 and energy in layer 1"


LAYER = MadeUp({"E_2": ("energy, layer 2", "GeV"), "response": ("E_tot/E_inc", "")})


def lost_layer() -> tuple[Population, Population, np.ndarray]:
    """A tenth of the sample has no deposit where the truth has one."""
    rng = np.random.default_rng(7)
    energy = rng.uniform(1, 100, (2, 4000))
    deposit = rng.uniform(0.04, 1, (2, 4000))
    lost = rng.random(4000) < 0.1
    deposit[1, lost] = 0
    w = np.full(4000, 1 / 0.9)
    truth = Population(energy[0], {"E_2": deposit[0]}, w, "E_inc")
    sample = Population(energy[1], {"E_2": deposit[1]}, np.where(lost, 0.01, w), "E_inc")
    return truth, sample, lost


def test_sentence_of_a_lost_layer() -> None:
    truth, sample, lost = lost_layer()
    (finding,) = diagnose(truth, sample, 1)
    assert finding.tail.sample.sum() == lost.sum()
    percent = f"{100 * lost.mean():.2g} %"
    start = rf"Too many showers with energy in layer 2 of 0 GeV: {percent} of the sample, 0 % of "
    assert re.match(f"{start}the truth {SURE}", sentence(finding, LAYER))
    text = details(finding, LAYER)
    assert "100 % of the sample's low-weight showers (w < 0.1) lie there, 0 % of all its" in text
    assert f"{percent} of the sample's showers have w < 0.1, where the truth has none." in text
    assert "of the information in the weights." in text


def test_sentence_of_missing_showers() -> None:
    """The sample has none of the 5 % with the widest core: the tail lies where the truth is."""
    rng = np.random.default_rng(8)
    width, energy = rng.uniform(0, 10, (2, 4000)), rng.uniform(1, 100, (2, 4000))
    width[1] *= 0.95
    w = [np.where(x > 9.5, 50.0, 0.95) for x in width]
    kind = MadeUp({"sigma_0": ("width in phi, layer 0", "mm")})
    sets = [Population(energy[k], {"sigma_0": width[k]}, w[k], "E_inc") for k in range(2)]
    finding = diagnose(*sets, 1)[0]
    text = sentence(finding, kind)
    start = r"Too few showers with width in phi in layer 0 above 9\.[45]\d? mm: "
    assert re.match(rf"{start}0\.?\d* % of the sample, [45](\.\d)? % of the truth {SURE}", text)
    assert "where only the truth has any." in details(finding, kind)


def test_sentence_names_energies_where_the_fault_turns_round() -> None:
    text = sentence(diagnose(*made(turned(0.5), 2000, 2000, 1), 1)[0], KIND)
    assert re.match(r"Too (many|few) showers with E_tot/E_inc .* at E_inc .* GeV: ", text)
    assert "of the sample at these energies" in text


def test_sentence_of_a_correlation() -> None:
    text = sentence(diagnose(*made(correlated(0.4), 2000, 2000, 1), 1)[0], KIND)
    start = r"The correlation of c_3 and c_4 is 0\.[34]\d in the sample, -?0\.0\d in the truth "
    assert re.match(start + SURE, text)


def test_a_correlation_is_that_within_one_set() -> None:
    """It is between -1 and 1, wherever the set lies among truth and sample together."""
    x = np.random.default_rng(0).normal(size=400)
    falling = population(np.ones(400), a=x, b=-10 * x)
    constant = population(np.ones(400), a=x, b=np.zeros(400))
    assert correlation(falling, "a x b") == pytest.approx(-1)
    assert np.isnan(correlation(constant, "a x b"))


def test_where_truth_and_sample_differ() -> None:
    """40 of 1000 truth values beyond all of the sample; all others alike."""
    x = np.r_[np.arange(960.0), np.arange(2000, 2040.0), np.arange(1000.0) * 0.96]
    place, significance = most_different(x, np.arange(2000) < 1000)
    assert (place.low >= 950, place.high) == (True, np.inf)
    assert place.tail >= 0.04 and place.others < 0.01
    assert significance > 5
    assert most_different(np.zeros(10), np.arange(10) < 5)[1] == 0


WEIGHTS = {
    "one": lambda n, rng: np.ones(n),
    "zero": lambda n, rng: np.zeros(n),
    "infinite": lambda n, rng: np.full(n, np.inf),
    "both": lambda n, rng: np.where(rng.random(n) < 0.5, 0, np.inf),
}


@pytest.mark.parametrize("n", [(1, 1), (1, 300), (300, 1), (30, 7), (300, 300)])
@pytest.mark.filterwarnings("error")
def test_little_to_find(n: tuple[int, int]) -> None:
    """Few showers, one energy, an empty layer in the truth, weights of any kind: no crash."""
    for kinds, alike in product(product(WEIGHTS, WEIGHTS), (True, False)):
        rng, sets = np.random.default_rng(1), []
        for k in range(2):
            energy = np.full(n[k], 50.0) if alike else rng.uniform(1, 100, n[k])
            x = rng.normal(size=n[k])
            # An empty layer in the truth, or in both.
            values = {"E_2": 0 * x if alike or k == 0 else np.abs(x), "response": x + 2 * k}
            sets.append(Population(energy, values, WEIGHTS[kinds[k]](n[k], rng), "E_inc"))
        rows = finding_rows("e", "s", diagnose(*sets, 1), LAYER)
        assert not re.search(
            r"\b(nan|inf)\b", " ".join(x["sentence"] + x["details"] for x in rows)
        )
        if min(n) == 300:
            assert {"response", "E_2"} & {x["observable"] for x in rows}


def test_copies_of_a_shower_count_once() -> None:
    """50 showers of the truth, each 8 times, are no finding; as 400 showers they would be."""
    found = {True: 0, False: 0}
    for seed in range(8):
        truth, sample = made(shifted(1, 0.0, ()), 400, 50, seed)
        rows = np.tile(np.arange(50), 8)
        values = {name: x[rows] for name, x in sample.values.items()}
        copies = Population(sample.condition[rows], values, sample.w[rows], "E_inc")
        found[True] += bool(diagnose(truth, counted_once(copies, rows), seed))
        found[False] += bool(diagnose(truth, copies, seed))
    assert found[True] <= binom.ppf(0.999, 8, 0.05)
    assert found[False] >= 6
