"""Conditions of a sample are made those of the truth, or it is refused."""

from __future__ import annotations

import numpy as np
import pytest
from faults import ENERGY, MadeUp
from scipy.stats import ks_2samp

from ultimetric.data.matching import Match, match_conditions
from ultimetric.data.spectra import as_numbers, common_range, within
from ultimetric.errors import UserError
from ultimetric.kinds.observables import Condition

POWERS = 2.0 ** np.arange(1, 7)  # 2, 4, ... 64 GeV


def uniform(n: int, seed: int, low: float = 1, high: float = 100) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, n)


def powers(n: int, seed: int, values: np.ndarray = POWERS, first: float = 0.0) -> np.ndarray:
    """Single energies, the first of them more often than the others by some share."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(n) < first, values[0], rng.choice(values, n))


def matched(
    truth: np.ndarray,
    sample: np.ndarray,
    limits: tuple[float, float] | None = None,
    condition: Condition = ENERGY,
) -> Match:
    sets, kind = (truth[:, None], sample[:, None]), MadeUp({}, condition)
    return match_conditions(*sets, 2000, 3, "mine.hdf5", kind, limits)


def test_equal_spectra_are_left_alone() -> None:
    match = matched(uniform(2000, 1), uniform(5000, 2))
    assert match.notes == ()
    assert len(match.rows) == 2000
    assert len(np.unique(match.rows)) == 2000
    assert (np.diff(match.rows) > 0).all()


def test_a_falling_spectrum_is_matched() -> None:
    truth = uniform(2000, 1)
    sample = 1 + 99 * uniform(20_000, 2, 0, 1) ** 2
    assert ks_2samp(truth, sample).pvalue < 1e-10
    match = matched(truth, sample)
    assert "stratified" in match.notes[0]
    assert ks_2samp(truth, sample[match.rows]).pvalue > 0.01
    assert len(np.unique(match.rows)) == len(match.rows) == 2000


@pytest.mark.parametrize("n", [50, 60, 199])
def test_few_showers_are_judged_with_a_warning(n: int) -> None:
    match = matched(uniform(2000, 1), uniform(n, 2))
    np.testing.assert_array_equal(match.rows, np.arange(n))
    assert match.notes == (f"only {n} showers: errors are large and small faults stay unseen",)


def test_few_showers_of_another_spectrum() -> None:
    truth, sample = uniform(2000, 1), 1 + 99 * uniform(400, 2, 0, 1) ** 2
    match = matched(truth, sample)
    assert ks_2samp(truth, sample[match.rows]).pvalue > 0.01
    assert "stratified" in match.notes[0]
    assert f"only {len(match.rows)} showers" in match.notes[1]


def test_a_part_is_compared_where_the_dataset_is_cut_to_it() -> None:
    truth, sample = uniform(5000, 1), uniform(3000, 2, 8, 50)
    match = matched(truth, sample, (10, 40))
    assert match.notes == ("compared for showers of 10 to 40 GeV only",)
    assert within(sample[match.rows], (10, 40)).all()


def test_single_energies_are_matched_each() -> None:
    """In the truth's proportions, whatever those of the sample."""
    truth, sample = powers(6000, 1), np.r_[powers(5000, 2, first=0.4), np.full(300, 3.0)]
    match = matched(truth, sample)
    found, expected = sample[match.rows], [np.mean(truth == value) for value in POWERS]
    shares = [np.mean(found == value) for value in POWERS]
    np.testing.assert_allclose(shares, expected, atol=2 / len(found))
    assert set(found) == set(POWERS)
    assert len(found) > 1900
    assert "resampling at 2, 4, 8, 16, 32, 64 GeV" in match.notes[0]


def test_single_energies_agree() -> None:
    """In equal proportions, in 32 and 64 bits, and one energy alone."""
    truth = powers(6000, 1, 0.1 * POWERS)
    assert matched(truth, powers(3000, 2, 0.1 * POWERS).astype("f4").astype("f8")).notes == ()
    assert len(matched(np.full(900, 10.0), np.full(300, 10.0)).rows) == 300


T, P = uniform(5000, 1), powers(5000, 1)


@pytest.mark.parametrize(
    ("truth", "sample", "message"),
    [
        (T, uniform(5, 2), "5 showers, at least 50 are needed"),
        (T, uniform(49, 2), "49 showers, at least 50 are needed"),
        (T, uniform(2000, 2, 1, 50), "are 1.0.* to 50 GeV, those of the truth 1.0.* to 99.98 GeV; "
         r"write `energy_range_GeV: \[1, 50\]` into the dataset"),
        (T, uniform(2000, 2, 9.99, 90), r"`energy_range_GeV: \[10, 90\]`"),
        (P, powers(2000, 2, POWERS[2:]), r"are 8 to 64 GeV, .*`energy_range_GeV: \[8, 64\]`"),
        (P, powers(2000, 2, POWERS[[0, 1, 2, 4, 5]]), r"no shower of 16 GeV, .* has \d+ of 5000"),
        (T, np.r_[uniform(5000, 2, 1, 40), uniform(5000, 3, 60, 100)], "no shower of 4"),
        (T, np.r_[uniform(5000, 2, 1, 50), uniform(25, 3, 50, 100)], "no shower of|only"),
        (T, np.r_[uniform(5000, 2, 1, 50), uniform(60, 3, 50, 100)], "only .* of its 5060"),
        (T, np.full(500, 10.0), "showers have 10 GeV only, .* truth 1.0.* to 99.98 GeV"),
        (T, P, "have 2, 4, 8, 16, 32, 64 GeV only, those of the truth 1.0"),
        (P, T, "truth has showers of 2, 4, 8, 16, 32, 64 GeV only, the sample none"),
        (np.full(500, 10.0), np.full(500, 20.0), "of 10 GeV only, the sample none .*20 GeV"),
        (T, np.repeat(np.arange(2.5, 100, 5.0), 500), "have 2.5, 7.5, 12.5, ..., 97.5 GeV only"),
    ],
)  # fmt: skip
def test_what_cannot_be_matched(truth: np.ndarray, sample: np.ndarray, message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        matched(truth, sample)
    assert str(error.value).startswith("mine.hdf5: ")


def test_the_range_proposed_can_be_compared() -> None:
    samples = [uniform(2000, 2, 9.97, 71.3), uniform(900, 3, 5, 95)]
    proposed = common_range(T, samples)
    assert proposed == (10, 71)
    for sample in samples:
        assert len(matched(T, sample, proposed).rows) > 400


def test_no_range_is_proposed() -> None:
    """Where samples cover the truth, and where nothing is shared."""
    assert common_range(T, [uniform(3000, 2), uniform(100, 3)]) is None
    assert common_range(T, [uniform(3000, 2, 200, 300)]) is None


def test_one_of_the_truth_s_single_energies() -> None:
    proposed = common_range(P, [powers(500, 2, POWERS[2:3])])
    assert proposed == (8, 8)
    assert len(matched(P, powers(500, 2, POWERS[2:3]), proposed).rows) == 500


FLAVOUR = Condition("flavour", "flavour", "flavours", classes=("gluon", "light", "top"))


def flavours(n: int, seed: int, *chances: float) -> np.ndarray:
    return np.random.default_rng(seed).choice(np.arange(3.0), n, p=chances)


def test_classes_are_matched_each() -> None:
    """Half of the truth is gluons; of those the sample has 300, so that 600 entries are left."""
    truth = np.repeat([0.0, 1, 2], [2000, 1000, 1000])
    sample = np.repeat([0.0, 1, 2], [300, 900, 900])
    match = matched(truth, sample, condition=FLAVOUR)
    assert np.bincount(sample[match.rows].astype(int)).tolist() == [300, 150, 150]
    assert match.notes[0].startswith("flavours differ (p = ")
    assert match.notes[0].endswith("resampling at gluon, light, top: 600 of 2100 showers")


def test_classes_agree() -> None:
    truth, sample = (flavours(3000, seed, 0.5, 0.3, 0.2) for seed in (1, 2))
    assert matched(truth, sample, condition=FLAVOUR).notes == ()


def test_classes_that_cannot_be_matched() -> None:
    truth = flavours(3000, 1, 0.5, 0.3, 0.2)
    with pytest.raises(UserError, match=r"no shower of top, where the truth has \d+ of"):
        matched(truth, flavours(3000, 2, 0.5, 0.5, 0.0), condition=FLAVOUR)
    with pytest.raises(UserError, match=r"showers of gluon only, the sample none of these .top"):
        matched(np.zeros(300), np.full(300, 2.0), condition=FLAVOUR)


def test_without_a_condition_rows_are_chosen_at_random() -> None:
    truth, sample = np.empty((5000, 0)), np.empty((6000, 0))
    match = match_conditions(truth, sample, 2000, 3, "mine.hdf5", MadeUp({}, None))
    expected = np.random.default_rng(3).permutation(6000)[:2000]
    np.testing.assert_array_equal(match.rows, np.sort(expected))
    assert match.notes == ()
    with pytest.raises(UserError, match=r"mine.hdf5: 49 showers, at least 50 are needed"):
        match_conditions(truth, sample[:49], 2000, 3, "mine.hdf5", MadeUp({}, None))


def test_conditions_below_zero() -> None:
    """Nothing supposes that a condition is positive: here an angle, without a unit."""
    angle = Condition("eta", "eta", "pseudorapidities")
    truth, sample = uniform(5000, 1, -3, 3), uniform(3000, 2, -2, 1)
    with pytest.raises(UserError, match=r"its pseudorapidities are -1.998 to 0.9999, .*\[-2, 1\]"):
        matched(truth, sample, condition=angle)
    match = matched(truth, sample, (-2, 1), angle)
    assert match.notes == ("compared for showers of -2 to 1 only",)
    assert within(np.array([-2.0, 1.0]), (-2, 1)).all()
    assert as_numbers(np.empty((3, 0))).tolist() == [0, 0, 0]
