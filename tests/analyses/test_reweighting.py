"""Reweighting with held-out weights, its closure, and the second test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from given import by_name, given_of
from places import PACKAGE, STUDIES
from scipy.stats import norm
from showers import showers_of

from ultimetric.analyses.base import Result
from ultimetric.analyses.numbers import Number, Where, number_table
from ultimetric.analyses.reweighting import Reweighting
from ultimetric.analyses.sensitivity import NO_CONTROL, NOT_SENSITIVE, mark_insensitive
from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.checks import effective_share
from ultimetric.classifiers.fitting import out_of_fold
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weights import History
from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning.load import load_study
from ultimetric.reweighting.closure import closure
from ultimetric.reweighting.held_out import HeldOut, held_out_weights, learning_half
from ultimetric.reweighting.result import CONTROL, UNCALIBRATED, Reweighted
from ultimetric.reweighting.second import SecondTest
from ultimetric.reweighting.unweighting import unweight, weight_numbers

DNN = {
    "plugin": "ultimetric.classifiers.dnn",
    "card": yaml.safe_load((PACKAGE / "classifiers/dnn.yaml").read_text())["tiny"],
}
(PLANTED,) = yaml.safe_load((PACKAGE / "generators/controls/planted.yaml").read_text()).values()
SHIFT = 0.5
N = 10_000


def exact(x: np.ndarray) -> np.ndarray:
    """p_truth / p_sample of Gaussians of unit width at SHIFT and at 0."""
    return np.exp(SHIFT * x - SHIFT**2 / 2)


def gaussians(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Truth, sample and independent truth (N,)."""
    z = np.random.default_rng(seed).normal(size=(3, N))
    return z[0] + SHIFT, z[1], z[2] + SHIFT


class TestExactWeights:
    def test_reweighting_closes(self) -> None:
        """W1 of shifted Gaussians is the shift; exact weights leave what the baseline leaves."""
        truth, sample, independent = gaussians()
        parts = ({"x": values} for values in (truth, sample, independent))
        numbers = closure(*parts, exact(sample), seed=1)
        before, after, baseline = (
            numbers[k, "x"] for k in ("closure_before", "closure", "closure_baseline")
        )
        assert before.value == pytest.approx(SHIFT, abs=4 * before.error)
        assert after.value < 0.06 * SHIFT
        assert abs(after.value - baseline.value) < 4 * np.hypot(after.error, baseline.error)
        assert numbers["closure_worse"] == Number(0)
        assert numbers["closure_sum"].value == after.value

    def test_what_gets_worse_is_named(self) -> None:
        """Weights the wrong way: x is twice as far, y has nothing to do with them."""
        truth, sample, independent = gaussians()
        noise = np.random.default_rng(2).normal(size=(3, N))
        parts = [
            {"x": x, "y": y} for x, y in zip((truth, sample, independent), noise, strict=True)
        ]
        numbers = closure(*parts, exact(-sample), seed=1)
        assert numbers["closure", "x"].value == pytest.approx(2 * SHIFT, abs=0.05)
        assert (numbers["closure_worse"].value, numbers["closure_worse"].note) == (1, "x")

    def test_unweighted_showers_are_the_truth(self) -> None:
        _, sample, _ = gaussians()
        refined = sample[unweight(exact(sample), 50.0, seed=1).kept]
        error = 4 / np.sqrt(len(refined))
        assert refined.mean() == pytest.approx(SHIFT, abs=error)
        assert refined.std() == pytest.approx(1, abs=error)

    def test_numbers_have_closed_forms(self) -> None:
        """Effective share exp(-SHIFT^2); kept and clipped from the normal distribution."""
        truth, sample, _ = gaussians()
        bound = 2.0
        edge = np.log(bound) / SHIFT + SHIFT / 2
        unweighted = unweight(exact(sample), bound, seed=1)
        numbers = weight_numbers(exact(truth), exact(sample), unweighted, seed=1)
        expected = {
            "effective_size": np.exp(-(SHIFT**2)),
            "kept": norm.cdf(edge - SHIFT) / bound + norm.sf(edge),
            "clipped": norm.sf(edge),
            "mean_w_held_out": 1.0,
            "mean_inverse_w_held_out": 1.0,
        }
        for name, value in expected.items():
            assert numbers[name].value == pytest.approx(value, abs=4 * numbers[name].error)
        width = np.sqrt((np.exp(SHIFT**2) - 1) / N)
        assert numbers["mean_w_held_out"].error == pytest.approx(width, rel=0.3)
        assert effective_share(exact(sample)) == pytest.approx(numbers["effective_size"].value)

    def test_no_weight_is_above_the_bound_that_there_is(self) -> None:
        unweighted = unweight(np.ones(100), 10.0, seed=1)
        assert unweighted.kept.all()
        assert unweighted.bound == 1
        assert not unweighted.clipped.any()


class TestHalves:
    def test_duplicates_stay_in_one_half(self) -> None:
        label = np.repeat([1, 0], 500)
        groups = np.arange(1000) % 400
        half = learning_half(label, groups, seed=1)
        assert len(np.unique(half[groups == 3])) == 1
        assert all(len(set(half[groups == group])) == 1 for group in range(400))

    def test_they_are_balanced(self) -> None:
        label = np.repeat([1, 0], 500)
        half = learning_half(label, np.arange(1000), seed=1)
        assert (half[label == 1].sum(), half[label == 0].sum()) == (250, 250)
        assert (half != learning_half(label, np.arange(1000), seed=2)).any()

    def test_no_label_of_the_other_half_is_used(self) -> None:
        """Nor a score: the calibration is fitted on the learning half alone."""
        rng = np.random.default_rng(1)
        label = np.repeat([1, 0], 400)
        score = rng.normal(size=(800, 2)) + label[:, None]
        learning = learning_half(label, np.arange(800), seed=1)
        none = np.zeros((1, 2, 5))
        history = History(np.arange(1), none, none)

        def weights(label: np.ndarray, score: np.ndarray) -> np.ndarray:
            fit = CrossFit(score, history, 10)
            held = held_out_weights(
                Scores(label, np.zeros(score.shape, int), fit), learning, seed=1
            )
            return np.sort(np.concatenate([held.truth, held.sample]))

        as_it_is = weights(label, score)
        swapped = np.where(learning, label, 1 - label)
        np.testing.assert_array_equal(weights(swapped, score), as_it_is)
        other = score.copy()
        other[np.flatnonzero(~learning)[0]] += 5
        assert (weights(label, other) != as_it_is).sum() >= 1
        other = score.copy()
        other[learning] += 5 * label[learning, None]
        assert (weights(label, other) != as_it_is).all()

    def test_networks_never_see_the_other_half(self, eplus: Showers) -> None:
        """What becomes of one half changes no score of any other shower."""
        cfg = {**DNN, "inputs": "energies"}
        label = np.repeat([1, 0], 200)
        groups = np.arange(400)
        learning = learning_half(label, groups, seed=1)
        showers = eplus[:400]
        changed = ~learning & (np.arange(400) != np.flatnonzero(~learning)[0])
        voxels = showers.voxels * np.where(changed, 3.0, 1.0)[:, None].astype(np.float32)
        scores = [
            out_of_fold(cfg, each, label, groups, [5], scored=~learning).fit.score
            for each in (showers, showers_of(showers.geometry, showers.energy, voxels))
        ]
        np.testing.assert_array_equal(scores[0][~changed], scores[1][~changed])
        assert (scores[0][changed] != scores[1][changed]).mean() > 0.9


class TestNumbers:
    def table(self, control: float | None, pvalue: float = 1.0) -> pd.DataFrame:
        def test(value: float | None) -> SecondTest | None:
            return None if value is None else SecondTest(Number(value, 0.01), 10)

        w = np.ones(4)
        found = Reweighted(
            tests={"auc_reweighted": test(control and 0.5), CONTROL: test(control)},
            ideal_auc=0.6,
            weights=HeldOut(w, w, 0.01, 0.1, pvalue),
            unweighted=unweight(w, 10.0, seed=1),
            numbers={},
            closure={},
        )
        return found.rows(Where("eplus", "x", "dnn", "energies"), 2)

    @pytest.mark.parametrize(("control", "missed"), [(0.54, True), (0.56, False)])
    def test_a_missed_control_is_said(self, control: float, missed: bool) -> None:
        table = self.table(control)
        rows = by_name(table)
        assert (NOT_SENSITIVE in rows["auc_reweighted"].note) == missed
        assert rows["ideal_auc_reweighted_control"].value == 0.6
        # The study's own control, or that there is none, says nothing of these.
        pd.testing.assert_frame_equal(mark_insensitive(table), table)
        other = number_table([Number(0.5).row(Where("eplus", "x", "dnn", "energies"), "auc")])
        assert mark_insensitive(other)["note"].tolist() == [NO_CONTROL]

    def test_too_few_showers_are_said(self) -> None:
        row = by_name(self.table(None))["auc_reweighted"]
        assert np.isnan(row.value)
        assert "4 entries were kept" in row.note

    def test_a_failed_calibration_is_said(self) -> None:
        assert self.table(0.6, pvalue=1e-4)["note"].str.contains(UNCALIBRATED).all()


class TestAnalysis:
    def result(self, eplus: Showers) -> Result:
        """Showers 1 % too bright, before and after reweighting."""
        bright = showers_of(eplus.geometry, eplus.energy, np.float32(1.01) * eplus.voxels)
        given = given_of(
            eplus[:400],
            bright[400:800],
            baseline=eplus[800:1200],
            classifier=DNN,
            control={"plugin": "ultimetric.generators.controls.planted", "card": PLANTED},
        )
        options = {"method": "dnn", "inputs": "high_level", "largest": 1.5}
        return Reweighting(options).result(given)

    @pytest.mark.slow
    def test_every_number_and_the_refined_sample(self, eplus: Showers) -> None:
        result = self.result(eplus)
        found = by_name(result.table)
        assert len(found) == len(result.table)
        aucs = ("auc_before", "auc_reweighted", CONTROL, "auc_reweighted_baseline")
        assert {found[name].n_test for name in aucs} == {found["auc_before"].n_test}
        kept = len(result.events)
        assert kept == round(found["kept"].value * 200) == found[CONTROL].n_test - 200
        assert result.about["sample"] == "mine"
        assert found["closure_before:response"].value > 0.3
        pd.testing.assert_frame_equal(self.result(eplus).table, result.table)

    def test_few_accepted_showers_are_not_tested(self, eplus: Showers, monkeypatch) -> None:
        monkeypatch.setattr("ultimetric.reweighting.second.FEWEST", 1000)
        table = self.result(eplus).table
        assert table["value"][table["metric"].str.startswith("auc")].isna().all()


@pytest.fixture
def config() -> dict:
    config = yaml.safe_load((STUDIES / "tiny.yaml").read_text())
    config["repeats"]["size"] = 1
    config["analyses"]["reweighting"]["largest"] = 1.5
    return config


class TestPlanning:
    def test_samples_are_all_by_default(self, config: dict, tmp_path: Path) -> None:
        config["analyses"]["reweighting"] = {"method": "dnn", "inputs": "energies"}
        study = load_study(config, tmp_path / "c.json")
        found = study.analyses["reweighting"]
        assert {*found.places} == {f"eplus/{name}" for name in study.samples.of("eplus")}
        cfg = study.analyse("reweighting", "eplus/truth")
        assert cfg["analysis"]["options"]["largest"] == 10
        assert found.resources(found.places["eplus/truth"])["gpu"] == 0

    def test_nothing_is_reweighted_unasked(self, config: dict, tmp_path: Path) -> None:
        del config["analyses"]["reweighting"]
        with pytest.raises(UserError, match=r"figures\.reweighting: it draws reweighting, which"):
            load_study(config, tmp_path / "c.json")
        del config["figures"]["reweighting"]
        assert "reweighting" not in load_study(config, tmp_path / "c.json").analyses

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"method": "bdt"}, "config, analyses.reweighting: 'bdt' is not one of dnn"),
            ({"inputs": "normalised"}, "'normalised' is not one of high_level"),
            ({"samples": ["wgan"]}, "config, analyses.reweighting: 'wgan' is not one of"),
            ({"largest": 0}, "config, analyses.reweighting.largest: 0 is not a number > 0"),
            ({"half": 1}, "config, analyses.reweighting: unknown key 'half'"),
        ],
    )
    def test_bad_entries_are_refused(
        self, config: dict, tmp_path: Path, change: dict, sentence: str
    ) -> None:
        config["analyses"]["reweighting"] |= change
        with pytest.raises(UserError) as error:
            load_study(config, tmp_path / "c.json")
        assert sentence in str(error.value)
