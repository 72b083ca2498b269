"""What a config need not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hits import events_of, hits

from ultimetric.errors import UserError
from ultimetric.generators.controls.displaced import Displaced
from ultimetric.kinds.showers.simulation import Geant4Showers
from ultimetric.kinds.vectors.kind import VectorKind
from ultimetric.planning import settings
from ultimetric.planning.load import load_study
from ultimetric.planning.recipes import shipped_recipes
from ultimetric.planning.study import Study

STUDIES = Path(__file__).parents[1] / "workflow" / "studies"


def study(text: str, tmp_path: Path) -> Study:
    return load_study(yaml.safe_load(text), tmp_path / "c.json")


def test_a_dataset_is_a_study(tmp_path: Path) -> None:
    mine = study("datasets: {eplus: {}}", tmp_path)
    assert (mine.name, list(mine.methods.known), mine.config.seed) == ("mine", ["dnn"], 1)
    assert mine.samples.of("eplus") == ["truth", "positive_control"]
    assert mine.datasets["eplus"].source.name == "eplus.hdf5"
    assert mine.datasets["eplus"].kind.geometry.name == "calogan_coarse"
    assert mine.analyses["findings"].resolved("eplus")["inputs"] == "high_level"
    assert list(mine.figures)[:2] == ["findings", "summary"]
    assert "losses" not in mine.figures
    labels = mine.report()["style"]["labels"]
    assert labels["truth"] == "Geant4 vs Geant4"


def test_showers_in_polar_cells_have_the_inputs_of_the_challenge(tmp_path: Path) -> None:
    """Others are there by name; figures and findings take the first that are observables."""
    bundled = "{bundled: calochallenge_2}"
    text = f"datasets: {{electrons: {{geometry: calochallenge_2, source: {bundled}}}}}"
    mine = study(text, tmp_path)
    names = ["challenge_low", "challenge_low_normed", "challenge_high"]
    assert mine.config.inputs == names
    assert {x.options.get("inputs") for x in mine.figures.values()} <= {None, "challenge_high"}
    named = study(f"{text}\ninputs: [normalised, challenge_high]", tmp_path)
    assert named.methods.tests("electrons") == [("dnn", "normalised"), ("dnn", "challenge_high")]


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("datasets: {eplus: {}}", (7200, 4000, 0)),
        ("datasets: {eplus: {final: 2200}}", (5000, 4000, 2200)),
        ("datasets: {eplus: {final: 10200}}", (500, 500, 10200)),
        ("datasets: {eplus: {generator: 3000}}", (3000, 3000, 0)),
        ("datasets: {eplus: {classifier: 100, final: 100}}", (11000, 100, 100)),
        (
            "datasets: {eplus: {final: 10200}}\ngenerators: {independent_voxels: {}}",
            (500, 500, 10200),
        ),
        ("datasets: {eplus: {final: 10200}}\ngenerators: {memorised: {}}", (600, 400, 10200)),
        (
            "datasets: {eplus: {final: 10200}}\n"
            "generators: {caloflow: {preprocessing: noise_before}}",
            (600, 400, 10200),
        ),
        (  # of 556 showers 20 % may go, which leaves 444
            "datasets: {eplus: {final: 10200}}\n"
            "generators: {tail_cut: {model: faulty, override: {fault: tail_cut}}}",
            (556, 444, 10200),
        ),
        (
            "datasets: {eplus: {source: {simulate: {detector: calogan, particle: e+, "
            "showers: 1000}}}}",
            (500, 500, 0),
        ),
    ],
)
def test_sizes_follow_from_the_source(
    text: str, sizes: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Geant4Showers, "check_tools", lambda self, place: None)
    slice_ = settings.preprocess(study(text, tmp_path).parts, "eplus")
    assert tuple(slice_[part] for part in ("generator", "classifier", "final")) == sizes


def test_too_few_showers_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"datasets\.eplus: the source has 11200 showers, too few"):
        study("datasets: {eplus: {final: 11150}}", tmp_path)


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("analyses: {counts: {}}", "findings"),
        ("inputs: [energies]", "nothing"),
        ("classifiers: {bdt: {}, multiclass: {}}", "nothing"),
        ("figures: null", "weights"),
        ("analyses: null", "findings"),
        ("generators: null", "nothing"),
        ("style: null", "nothing"),
    ],
)
def test_defaults_fit_what_is_given(text: str, absent: str, tmp_path: Path) -> None:
    mine = study(f"datasets: {{eplus: {{}}}}\n{text}", tmp_path)
    assert absent not in mine.figures
    given = yaml.safe_load(text)
    for key in ("analyses", "generators", "figures"):
        assert bool(getattr(mine.config, key)) == bool(given.get(key, True))
    for figure in mine.figures_of("eplus"):
        mine.figure("eplus", figure)


def test_a_given_key_replaces_its_default(tmp_path: Path) -> None:
    mine = study(
        "datasets: {eplus: {}}\nanalyses: {counts: {}}\nfigures: {roc: {}}\n"
        "style: {colours: {truth: red}}",
        tmp_path,
    )
    assert (list(mine.analyses), list(mine.figures)) == (["counts"], ["roc"])
    assert mine.report()["style"]["labels"]["truth"] == "Geant4 vs Geant4"


def test_no_study_is_without_a_seed_or_a_truth(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="config, seed: null, but no study is without it"):
        study("datasets: {eplus: {}}\nseed: null", tmp_path)
    with pytest.raises(UserError, match="config: `datasets` is missing"):
        study("study: nothing", tmp_path)


VECTORS = "gauss: {kind: vectors, dimensions: 3, source: {draw: {events: 1000}}}"


def test_another_kind_has_defaults_of_its_own(tmp_path: Path) -> None:
    mine = study(f"datasets: {{{VECTORS}}}", tmp_path)
    assert mine.config.inputs == ["vector"]
    assert {x: y.model for x, y in mine.config.generators.items()} == {
        "positive_control": "displaced"
    }
    drawn = mine.figures_of("gauss")
    assert {"summary", "weights", "components", "findings"} <= set(drawn)
    assert not {"auc_energy", "averages", "response", "energies"} & set(mine.figures)
    assert mine.figure("gauss", "weights")["figure"]["inputs"] == "vector"
    assert mine.analyses["findings"].resolved("gauss")["inputs"] == "vector"
    assert mine.report()["style"]["labels"]["truth"] == "density vs density"


def test_a_study_of_two_kinds(tmp_path: Path) -> None:
    """Each dataset has the inputs, figures and analyses of its kind."""
    mine = study(f"datasets: {{eplus: {{}}, {VECTORS}}}", tmp_path)
    assert mine.config.inputs == ["unnormalised", "normalised", "high_level", "energies", "vector"]
    assert [x for _, x in mine.methods.tests("gauss")] == ["vector"]
    assert mine.analyses["findings"].resolved("eplus")["inputs"] == "high_level"
    assert mine.analyses["findings"].resolved("gauss")["inputs"] == "vector"
    assert "averages" in mine.figures_of("eplus")
    assert "averages" not in mine.figures_of("gauss")
    assert "components" not in mine.figures_of("eplus")
    assert mine.figure("eplus", "weights")["figure"]["inputs"] == "high_level"
    assert mine.figure("gauss", "weights")["figure"]["inputs"] == "vector"
    labels = [mine.figure(x, "summary")["style"]["labels"]["truth"] for x in mine.datasets]
    assert labels == ["Geant4 vs Geant4", "density vs density"]
    assert mine.report()["style"]["labels"]["truth"] == "truth vs truth"


def test_the_positive_control_of_any_kind_is_where_no_truth_is(tmp_path: Path) -> None:
    kind = VectorKind({"dimensions": 2})
    data = np.random.default_rng(1).standard_normal((400, 2)).astype(np.float32)
    truth = kind.entries(np.empty((400, 0)), data)
    control = Displaced({"fraction": 0.2}, kind)
    control.fit(truth[:360], truth[360:], seed=1)
    sample = control.sample(400, seed=2).data
    beyond = (sample > data.max(0)).all(1)
    assert 0.1 < beyond.mean() < 0.3
    assert np.array_equal(sample[~beyond], data[~beyond])
    assert control.ideal_auc == 0.6


def test_the_control_makes_nothing_that_is_not_there(tmp_path: Path) -> None:
    """An absent hit stays absent, so that an entry keeps its class."""
    truth = events_of(hits(tmp_path), 400, 1)
    control = Displaced({"fraction": 0.5}, truth.kind)
    control.fit(truth[:360], truth[360:], seed=1)
    sample = control.sample(400, seed=2)
    absent = sample.condition[:, 0] == 0
    assert (sample.data[absent, 1] == 0).all()
    largest = truth.data.max(0)
    beyond = sample.data[:, 0] > largest[0]
    assert 0.4 < beyond.mean() < 0.6
    assert (sample.data[~absent & beyond, 1] > largest[1]).all()


def test_recipes_are_known_by_name(tmp_path: Path) -> None:
    """A study's own recipe goes before the shipped one of its name."""
    text = "datasets: {eplus: {}}\ngenerators: {caloflow: {preprocessing: noise_after}}\n"
    steps = _steps(study(text, tmp_path))
    noise = {"plugin": "ultimetric.preprocessing.noise", "width": 1e-6}
    assert steps[4] == noise | {"layers": True, "subtract": "full"}
    own = "preprocessing: {noise_after: [threshold, normalise, energies, standardise]}"
    steps = _steps(study(text + own, tmp_path))
    assert [step["plugin"].rpartition(".")[2] for step in steps][0::2] == ["threshold", "energies"]
    told = study(text, tmp_path).aggregate()["config"]["preprocessing"]
    assert told == {"noise_after": shipped_recipes()["noise_after"]}


def _steps(mine: Study) -> list[dict[str, Any]]:
    return settings.train(mine.parts, "eplus", "caloflow")["card"]["preprocessing"]


def test_no_recipe_is_written_twice() -> None:
    """One place: no two names for the same steps, no ready study with a copy."""

    def steps(recipes: dict[str, Any]) -> list[str]:
        return [yaml.safe_dump(recipe) for recipe in recipes.values()]

    shipped = steps(shipped_recipes())
    assert len(set(shipped)) == len(shipped)
    for path in STUDIES.glob("*.yaml"):
        if path.stem != "noise-injection":
            own = yaml.safe_load(path.read_text()).get("preprocessing", {})
            assert not set(steps(own)) & set(shipped), path.name
