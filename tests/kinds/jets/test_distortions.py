"""Samples of distorted jets besides those drawn without replacement."""

from __future__ import annotations

import numpy as np
import pytest

from ultimetric.data.duplicates import related_groups
from ultimetric.errors import UserError
from ultimetric.events import Entries, Joined
from ultimetric.kinds.jets.distortions.mass import Mass, mass_of
from ultimetric.kinds.jets.distortions.particles import ParticleFeatures
from ultimetric.kinds.jets.kind import JetKind

from .test_jets import JETS, NUMBERED, made_up

PUBLISHED = {
    "all": ({}, (1, 0.25)),
    "eta": ({"features": ["eta"]}, (1, 0.25)),
    "pt": ({"features": ["pt"]}, (1, 0.25)),
    "shifted": ({"features": ["pt"], "mean": 0.9, "width": 0.1}, (0.9, 0.1)),
}


def clouds(jets: int) -> Entries:
    """Jets of 1 to 30 particles by falling pT, in groups of two."""
    rng = np.random.default_rng(1)
    found = rng.normal(0, 0.1, (jets, 30, 3)).astype(np.float32)
    found[..., 2] = np.sort(rng.exponential(0.1, (jets, 30)))[:, ::-1]
    found[np.arange(30) >= rng.integers(1, 31, (jets, 1))] = 0
    return JETS.entries(np.empty((jets, 0)), found.reshape(jets, 90), np.arange(jets) // 2)


@pytest.mark.parametrize("mass", ["smeared", "shifted", "tailcut"])
def test_jets_drawn_with_replacement(mass: str) -> None:
    source = made_up(8000)
    options = {"mass": mass, "replacement": True, "largest": 1.01}
    made = Mass(options, JETS).distort(source, 20_000, np.random.default_rng(5))
    assert Mass({"replacement": True}, JETS).of_all_truth
    assert not Mass({}, JETS).of_all_truth
    assert len(made.sample) == 20_000
    of_source, of_sample = mass_of(source), mass_of(made.sample)
    assert made.log_w is not None
    w, w_source = np.exp(made.log_w(made.sample)), np.exp(made.log_w(source))
    # p_sample = p_truth / w, so that its mean is that of 1/w over truth.
    assert (of_source / w_source).mean() == pytest.approx(of_sample.mean(), abs=1e-3)
    assert (1 / w_source).mean() == pytest.approx(1)
    assert w.mean() == pytest.approx(np.isfinite(w_source).mean(), abs=0.05)
    if mass != "tailcut":  # ratios are not limited
        assert np.ptp(np.log(w)) > np.log(2)
    # A jet and its copies are one group, though files of jets may lack events.
    alone = JETS.entries(np.empty((8000, 0)), source.data)
    copies = JETS.entries(np.empty((20_000, 0)), made.sample.data)
    groups = related_groups(Joined((alone, copies)))
    assert len(np.unique(groups)) == 8000
    _, jet = np.unique(np.concatenate([alone.data, copies.data]), axis=0, return_inverse=True)
    assert len(np.unique(np.stack([jet, groups]), axis=1).T) == 8000


@pytest.mark.parametrize("replacement", [False, True])
def test_a_cut_that_leaves_no_jet_is_refused(replacement: bool) -> None:
    cut = Mass({"mass": "tailcut", "cut": 1e-9, "replacement": replacement}, JETS)
    with pytest.raises(UserError, match="no jet has a mass below cut 1e-09"):
        cut.distort(made_up(50), 10, np.random.default_rng(1))


@pytest.mark.parametrize(("options", "factor"), PUBLISHED.values(), ids=PUBLISHED)
def test_features_are_multiplied(options: dict, factor: tuple[float, float]) -> None:
    source = clouds(4000)
    made = ParticleFeatures(options, JETS).distort(source, 4000, np.random.default_rng(2))
    assert made.log_w is None
    before, after = JETS.particles(source.data), JETS.particles(made.sample.data)
    assert (after[..., 2] >= 0).all()
    assert (np.diff(after[..., 2]) <= 0).all()
    assert np.array_equal(made.sample.group, source.group)
    lost = (before != 0).any(2).sum() - (after != 0).any(2).sum()
    assert lost < 10
    if options.get("features", ["pt"]) == ["eta"]:
        assert np.array_equal(before[..., 1:], after[..., 1:])
    for k, name in enumerate(("eta", "phi", "pt")):
        if name not in options.get("features", ("eta", "phi", "pt")):
            factors, tolerance = (1, 0), 1e-3  # a few particles are lost
        else:
            factors, tolerance = factor, 0.02
        power = (after[..., k] ** 2).sum() / (before[..., k] ** 2).sum()
        assert power == pytest.approx(factors[0] ** 2 + factors[1] ** 2, rel=tolerance)
    if options.get("features", ["pt"]) != ["eta"]:
        mean = after[..., 2].sum() / before[..., 2].sum()
        assert mean == pytest.approx(factor[0], abs=0.005)


def test_particles_of_negative_pt_are_taken_out_and_counted() -> None:
    source = clouds(500)
    made = ParticleFeatures({"features": ["pt"], "width": 1.0}, JETS).distort(
        source, 500, np.random.default_rng(2)
    )
    before = (JETS.particles(source.data) != 0).any(2).sum()
    after = (JETS.particles(made.sample.data) != 0).any(2).sum()
    # A normal number of mean and width 1 is negative with the probability 0.159.
    assert after / before == pytest.approx(1 - 0.1587, abs=0.01)
    assert made.note == f"{before - after} particles of negative pT were taken out"


def test_jets_are_chosen_once_at_random() -> None:
    source = clouds(1000)
    made = ParticleFeatures({"features": ["eta"]}, JETS).distort(
        source, 300, np.random.default_rng(2)
    )
    phi = {x.tobytes(): i for i, x in enumerate(JETS.particles(source.data)[..., 1].copy())}
    rows = [phi[x.tobytes()] for x in JETS.particles(made.sample.data)[..., 1].copy()]
    assert len(set(rows)) == 300
    assert max(rows) > 900


def test_numbers_of_the_jet_stay() -> None:
    kind = JetKind({"particles": 3, "absolute": True})
    rng = np.random.default_rng(1)
    data = rng.uniform(0.1, 1, (50, 11)).astype(np.float32)
    source = kind.entries(np.empty((50, 0)), data)
    made = ParticleFeatures({}, kind).distort(source, 50, rng)
    assert np.array_equal(made.sample.data[:, 9:], data[:, 9:])
    assert not np.isclose(made.sample.data[:, :9], data[:, :9]).any(1).all()
    assert np.array_equal(source.data, data)


def test_only_particles_can_be_smeared() -> None:
    with pytest.raises(UserError, match="high-level numbers only have no particles"):
        ParticleFeatures({}, NUMBERED)
    with pytest.raises(UserError, match="`features` must name at least one"):
        ParticleFeatures({"features": []}, JETS)
