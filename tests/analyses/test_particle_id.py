"""Particle identification across truth and sample: accuracies, folds, planning."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from given import by_name, dataset_of, sample_of
from places import PACKAGE, WORKFLOW
from scipy.stats import norm

from ultimetric.analyses.given import Given
from ultimetric.analyses.particle_id import ParticleId, accuracy
from ultimetric.classifiers.folds import fold_of, learners
from ultimetric.data.groups import connected_groups
from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning.load import load_study

STUDY = WORKFLOW / "studies" / "particles.yaml"
LEADING = '''
"""A classifier that writes down what it was given, and scores with an input as it is."""

from pathlib import Path

import numpy as np

from ultimetric.classifiers.base import Classifier, CrossFit
from ultimetric.classifiers.weights import History


class Leading(Classifier):
    def cross_fit(self, x, label, fold_parts, seeds, fraction=1.0):
        folder = Path(self.card["to"])
        number = len(list(folder.iterdir()))
        np.savez(folder / f"{number}.npz", x=x, label=label, fold_parts=fold_parts)
        score = np.repeat(x[:, -1:] + 2, len(seeds), axis=1)
        none = np.zeros((1, len(seeds), 5))
        return CrossFit(score, History(np.arange(1), none, none), 10)
'''


def told_apart(
    names: list[str],
    parts: Sequence[tuple[Showers, Showers]],
    classifier: dict[str, Any],
    inputs: list[str],
    repeats: int = 1,
) -> pd.DataFrame:
    """Numbers of the analysis of one pair.

    Arguments:
        names: The names of both datasets.
        parts: The truth and the sample of each.
        classifier: Its module and card.
        inputs: Its inputs.
        repeats: Trainings of each classifier.
    """
    datasets = {
        name: dataset_of(name, truth, sample_of("mine", sample))
        for name, (truth, sample) in zip(names, parts, strict=True)
    }
    given = Given(datasets, 1, repeats, classifier=classifier)
    options = {"method": "leading", "inputs": inputs, "pairs": [names]}
    return ParticleId(options).result(given).table


class TestAccuracy:
    @pytest.mark.parametrize("distance", [0.0, 1.0, 3.0])
    def test_of_gaussians(self, distance: float) -> None:
        """Phi(d / 2) halfway between two Gaussians, with its binomial error."""
        n = 20_000
        label = np.repeat([1, 0], [n, n // 4])
        score = np.random.default_rng(1).normal(size=len(label)) + distance * (label - 0.5)
        found = accuracy(label, score)
        expected = norm.cdf(distance / 2)
        assert found.value == pytest.approx(expected, abs=4 * found.error_test)
        width = np.sqrt(expected * (1 - expected) * (1 / n + 4 / n) / 4)
        assert found.error_test == pytest.approx(width, rel=0.05)

    def test_by_hand(self) -> None:
        """Three of four and one of two; repeats are averaged shower by shower."""
        label = np.array([1, 1, 1, 1, 0, 0])
        score = np.array([1.0, 2.0, 0.5, -1.0, -3.0, 0.1])
        assert accuracy(label, score).value == pytest.approx((3 / 4 + 1 / 2) / 2)
        both = accuracy(label, np.column_stack([score, -score]))
        assert (both.value, both.error_test) == pytest.approx((0.5, 0.0))


class TestFolds:
    def test_links(self) -> None:
        a, b = np.array([0, 0, 1, 2, 3]), np.array([7, 8, 8, 9, 5])
        groups = connected_groups(a, b)
        assert groups[0] == groups[1] == groups[2]
        assert len(set(groups.tolist())) == 3

    def given(self, tmp_path: Path, eplus: Showers) -> tuple[pd.DataFrame, list[dict]]:
        """Rows, and what the networks of both trainings got; equal energies in row i."""
        (tmp_path / "given").mkdir()
        (tmp_path / "leading.py").write_text(LEADING)
        leading = {"plugin": str(tmp_path / "leading.py"), "card": {"to": str(tmp_path / "given")}}
        first, second = eplus[:100], eplus[100:200]
        second = Showers(second.kind, first.energy, second.voxels)
        parts = (first, eplus[200:280]), (second, eplus[300:380])
        table = told_apart(["eplus", "gamma"], parts, leading, ["energies"], repeats=2)
        files = sorted((tmp_path / "given").iterdir())
        return table, [dict(np.load(file)) for file in files]

    def test_one_source_teaches_and_the_other_is_only_scored(
        self, tmp_path: Path, eplus: Showers
    ) -> None:
        _, (on_truth, on_sample) = self.given(tmp_path, eplus)
        is_truth = np.arange(360) < 200
        np.testing.assert_array_equal(learners(on_truth["fold_parts"]), is_truth)
        np.testing.assert_array_equal(learners(on_sample["fold_parts"]), ~is_truth)
        np.testing.assert_array_equal(
            on_truth["label"], np.repeat([1, 0, 1, 0], [100, 100, 80, 80])
        )

    def test_equal_energies_are_in_one_fold(self, tmp_path: Path, eplus: Showers) -> None:
        _, given = self.given(tmp_path, eplus)
        for training in given:
            fold = fold_of(training["fold_parts"])
            np.testing.assert_array_equal(fold[:100], fold[100:200])
            assert len(np.unique(fold)) == 5

    def test_rows(self, tmp_path: Path, eplus: Showers) -> None:
        table, (on_truth, _) = self.given(tmp_path, eplus)
        found = by_name(table)
        routes = [f"{a}_to_{b}" for a in ("truth", "sample") for b in ("truth", "sample")]
        assert set(found) == {
            f"{x}_{route}" for x in ("accuracy", "particle_auc") for route in routes
        }
        assert (table[["dataset", "sample"]] == ["eplus_gamma", "mine"]).all(axis=None)
        assert (table["repeats"] == 2).all()
        score, label = on_truth["x"][:, -1] + 2, on_truth["label"]
        sample = slice(200, None)
        expected = accuracy(label[sample], score[sample]).value
        assert found["accuracy_truth_to_sample"].value == pytest.approx(expected)
        assert found["accuracy_truth_to_sample"].n_test == 160


def test_analysis(eplus: Showers, piplus: Showers) -> None:
    """Positrons and pions are told apart at once, in any direction; equal seeds, equal rows."""
    card = yaml.safe_load((PACKAGE / "classifiers/dnn.yaml").read_text())["tiny"]
    dnn = {"plugin": "ultimetric.classifiers.dnn", "card": card}
    parts = [(showers[:200], showers[200:400]) for showers in (piplus, eplus)]
    table, again = (
        told_apart(["piplus", "eplus"], parts, dnn, ["high_level", "energies"]) for _ in "ab"
    )
    pd.testing.assert_frame_equal(table, again)
    assert table["inputs"].value_counts().to_dict() == {"high_level": 8, "energies": 8}
    assert set(table["dataset"]) == {"piplus_eplus"}
    values = table["value"][table["inputs"] == "high_level"]
    assert values.min() > 0.7  # 0.5 is a coin, 0.02 the error of 400 showers


@pytest.fixture
def config() -> dict:
    config = yaml.safe_load(STUDY.read_text())
    config["classifiers"] = {"dnn": {"card": "tiny"}}
    config["repeats"] = {"blocks": 1, "size": 1}
    return config


class TestPlanning:
    def test_the_ready_study(self, config: dict, tmp_path: Path) -> None:
        study = load_study(config, tmp_path / "c.json")
        pairs = {place.split("/")[0] for place in study.analyses["particle_id"].places}
        assert pairs == {"eplus_piplus", "eplus_gamma"}
        assert {"eplus", "gamma"} <= set(study.figures["cross_training"].datasets)
        assert len({of.n_entries for of in study.datasets.values()}) == 1
        cfg = study.analyse("particle_id", "eplus_piplus/truth")
        found = [(of["name"], of["samples"]) for of in cfg["datasets"]]
        assert found == [("eplus", ["truth"]), ("piplus", ["truth"])]

    def test_a_removed_generator_is_left_out(self, config: dict, tmp_path: Path) -> None:
        config["generators"]["vae"] = None
        study = load_study(config, tmp_path / "c.json")
        samples = {place.split("/")[1] for place in study.analyses["particle_id"].places}
        assert samples == {"truth", "caloflow", "independent_voxels"}

    def test_nothing_is_told_apart_unasked(self, config: dict, tmp_path: Path) -> None:
        del config["analyses"]["particle_id"]
        with pytest.raises(
            UserError, match=r"figures\.cross_training: it draws particle_id, which"
        ):
            load_study(config, tmp_path / "c.json")
        del config["figures"]["cross_training"]
        assert "particle_id" not in load_study(config, tmp_path / "c.json").analyses

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"method": "bdt"}, "config, analyses.particle_id: 'bdt' is not one of dnn"),
            ({"inputs": ["energies"]}, "config, analyses.particle_id: 'energies' is not one of"),
            ({"samples": ["wgan"]}, "config, analyses.particle_id: 'wgan' is not one of"),
            (
                {"pairs": [["eplus", "muon"]]},
                "config, analyses.particle_id.pairs: 'muon' is not one of",
            ),
            ({"pairs": [["eplus", "eplus"]]}, "eplus cannot be told from itself"),
            ({"pairs": [["eplus"]]}, "particle_id.pairs[0]: ['eplus'] is not a list of two"),
        ],
    )
    def test_bad_entries_are_refused(
        self, config: dict, tmp_path: Path, change: dict, sentence: str
    ) -> None:
        config["analyses"]["particle_id"] |= change
        with pytest.raises(UserError) as error:
            load_study(config, tmp_path / "c.json")
        assert sentence in str(error.value)

    def test_geometries_must_agree(self, config: dict, tmp_path: Path) -> None:
        config["datasets"]["gamma"] = config["datasets"]["gamma"] | {"geometry": "calogan"}
        with pytest.raises(UserError, match="eplus and gamma are not of one kind and its options"):
            load_study(config, tmp_path / "c.json")
