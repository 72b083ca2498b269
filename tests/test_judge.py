"""The study `judge`: files named on the command line become datasets and samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml
from kinds.events.examples import example as fake_events
from kinds.showers.fake import fake_showers
from places import BUNDLED, WORKFLOW
from showers import write_showers

from ultimetric.errors import UserError
from ultimetric.events import write_events
from ultimetric.kinds.events.kind import EventKind
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.vectors.kind import VectorKind
from ultimetric.planning import settings
from ultimetric.planning.load import load_study

JUDGE = WORKFLOW / "studies" / "judge.yaml"
JETS = WORKFLOW / "resources" / "jets"


@pytest.fixture
def folder(tmp_path: Path, eplus: Showers) -> Path:
    for i, name in enumerate(("mine", "2 fast-4u", "other.v1")):
        write_showers(tmp_path / f"{name}.hdf5", eplus[300 * i : 300 * i + 300 - 50 * i])
    return tmp_path


def _load(folder: Path, **given: Any):
    return load_study(yaml.safe_load(JUDGE.read_text()) | given, folder / "c.json")


def test_a_file_alone_makes_a_study(folder: Path) -> None:
    study = _load(folder, file=str(folder / "mine.hdf5"))
    assert study.name == "mine"
    assert set(study.samples.of("eplus")) == {"mine", "truth", "positive_control"}
    assert set(study.samples.controls("eplus")) == {"truth", "positive_control"}
    assert not any(study.generators[x].trained for x in study.samples.generated("eplus"))
    assert study.datasets["eplus"].n_entries == 4000  # of the truth, whatever the sample has
    assert settings.sample(study.parts, "eplus", "truth")["rows"] == [0, 4000]
    assert len(study.figures) == 6


def test_a_file_may_have_the_name_of_a_ready_study(folder: Path) -> None:
    (folder / "mine.hdf5").rename(folder / "caloflow.hdf5")
    study = _load(folder, file=str(folder / "caloflow.hdf5"))
    assert study.name == "caloflow_file"
    assert study.samples.files("eplus") == ["caloflow"]


def test_several_files_are_one_study(folder: Path) -> None:
    names = ("mine.hdf5", "2 fast-4u.hdf5", "other.v1.hdf5")
    study = _load(folder, file=[str(folder / name) for name in names], name="all-of-mine")
    assert study.name == "all-of-mine"
    assert study.samples.files("eplus") == ["mine", "other_v1", "sample_2_fast_4u"]
    labels = study.report()["style"]["labels"]
    assert labels["sample_2_fast_4u"] == "2 fast-4u"
    assert labels["truth"] == "Geant4 vs Geant4"


def test_paths_are_separated_by_spaces_unless_that_is_the_file(folder: Path) -> None:
    with_space = folder / "2 fast-4u.hdf5"
    assert _load(folder, file=str(with_space)).samples.files("eplus") == ["sample_2_fast_4u"]
    both = f"{folder}/mine.hdf5 '{with_space}'"
    assert len(_load(folder, file=both).samples.files("eplus")) == 2


def test_another_truth_and_another_name(folder: Path) -> None:
    truth, mine = str(folder / "other.v1.hdf5"), str(folder / "mine.hdf5")
    study = _load(folder, file=mine, truth=truth, name="my-model")
    assert study.name == "my-model"
    assert study.samples.files("showers") == ["my_model"]
    assert study.datasets["showers"].source == Path(truth)
    assert study.datasets["showers"].n_entries == 200  # all: too few for a baseline besides
    assert study.samples.of("showers") == ["my_model"]
    assert any("no truth-vs-truth baseline" in text for text in study.remarks)


def test_a_share_of_the_truth_is_left_for_the_baseline(folder: Path, eplus: Showers) -> None:
    """At least 50 entries, at least a tenth, and all that no more than 4000 leave."""
    for has, tested, left in ((300, 250, 50), (1000, 900, 100), (4800, 4000, 800)):
        write_showers(folder / "truth.hdf5", eplus[:has])
        study = _load(folder, file=str(folder / "mine.hdf5"), truth=str(folder / "truth.hdf5"))
        assert study.datasets["showers"].n_entries == tested
        assert settings.sample(study.parts, "showers", "truth")["rows"] == [0, left]
        assert settings.sample(study.parts, "showers", "positive_control")["rows"] == [0, left]


def test_another_kind_is_judged_too(folder: Path) -> None:
    kind = VectorKind({"dimensions": 1})
    data = np.random.default_rng(1).standard_normal((900, 1)).astype(np.float32)
    for name, rows in {"a": slice(0, 600), "b": slice(600, 900)}.items():
        events = kind.entries(np.empty((600, 0))[: len(data[rows])], data[rows])
        write_events(folder / f"{name}.hdf5", events)
    study = _load(folder, kind="vectors", file=str(folder / "b.hdf5"), truth=f"{folder}/a.hdf5")
    assert set(study.samples.of("vectors")) == {"b", "truth", "positive_control"}
    assert study.config.inputs == ["vector"]


def test_a_part_of_the_incident_energies_is_compared_in_this_part(
    folder: Path, eplus: Showers
) -> None:
    inside = (eplus.energy > 20) & (eplus.energy < 60)
    write_showers(folder / "part.hdf5", eplus[inside][:400])
    study = _load(folder, file=str(folder / "part.hdf5"))
    low, high = study.config.datasets["eplus"].options["energy_range_GeV"]
    assert (low, high) == pytest.approx((20, 60), abs=0.5)
    assert any("compared for showers of 20 to 60 GeV only" in text for text in study.remarks)


CHALLENGE = {"1_photons": 368, "1_pions": 533, "2": 6480, "3": 40_500}


def _challenge_file(path: Path, dataset: str, n: int, seed: int) -> str:
    geometry = Geometry.from_config(geometry_config(f"calochallenge_{dataset}"))
    write_showers(path, fake_showers(ShowerKind.of(geometry), n, seed))
    return str(path)


@pytest.mark.parametrize("dataset", CHALLENGE)
def test_a_file_of_the_calochallenge_is_recognised(dataset: str, tmp_path: Path) -> None:
    """Its geometry by its voxels; without a truth, one sentence says which one to give."""
    mine = _challenge_file(tmp_path / "mine.hdf5", dataset, 60, 1)
    with pytest.raises(UserError) as error:
        _load(tmp_path, file=mine)
    question, name = str(error.value), f"calochallenge_{dataset}"
    assert f"mine.hdf5: showers in {name}; say with which truth" in question
    assert f"TRUTH={name.replace('_', '-')} (published, downloaded once)" in question
    assert "\n" not in question
    truth = _challenge_file(tmp_path / "truth.hdf5", dataset, 60, 2)
    study = _load(tmp_path, file=mine, truth=truth)
    assert study.samples.files(name) == ["mine"]
    assert study.datasets[name].kind.n_values == CHALLENGE[dataset]
    assert study.config.inputs == ["challenge_low", "challenge_low_normed", "challenge_high"]
    study = _load(tmp_path, file=mine, truth=name.replace("_", "-"))
    assert study.datasets[name].download is not None
    assert study.datasets[name].n_entries == 4000


def test_a_truth_of_another_dataset_names_what_fits(tmp_path: Path) -> None:
    mine = _challenge_file(tmp_path / "mine.hdf5", "1_photons", 60, 1)
    truth = _challenge_file(tmp_path / "truth.hdf5", "1_pions", 60, 2)
    with pytest.raises(UserError, match=r"truth.hdf5: .* geometry calochallenge_1_pions fits"):
        _load(tmp_path, file=mine, truth=truth)


def test_what_is_wrong_with_a_file_is_said_before_the_truth_is_asked_for(tmp_path: Path) -> None:
    mine = _challenge_file(tmp_path / "mine.hdf5", "1_photons", 60, 1)
    with h5py.File(mine, "r+") as file:
        file["showers"][5, 7] = -1
    with pytest.raises(UserError, match="dataset 'showers', row 5: a negative deposit"):
        _load(tmp_path, file=mine)
    few = _challenge_file(tmp_path / "few.hdf5", "1_photons", 49, 1)
    with pytest.raises(UserError, match=r"few.hdf5: 49 showers, at least 50 are needed"):
        _load(tmp_path, file=few)


def test_polar_showers_with_a_dataset_per_layer_are_recognised(tmp_path: Path) -> None:
    geometry = Geometry.from_config(geometry_config("calochallenge_1_pions"))
    showers = fake_showers(ShowerKind.of(geometry), 60, 1)
    with h5py.File(tmp_path / "mine.hdf5", "w") as file:
        file["energy"] = showers.condition
        for i, image in enumerate(geometry.images(showers.voxels)):
            file[f"layer_{i}"] = image
    with pytest.raises(UserError, match="showers in calochallenge_1_pions; say with which truth"):
        _load(tmp_path, file=str(tmp_path / "mine.hdf5"))


def _jets(folder: Path, truth: str, change: float = 1.0, dtype: type = np.float32) -> str:
    """Jets of a bundled truth as a user has them: without events, ptrel scaled by a factor."""
    with h5py.File(JETS / f"{truth}.hdf5") as file:
        particles = file["particle_features"][:600]
    particles[..., 2] *= change
    path = folder / f"my_{truth}.hdf5"
    with h5py.File(path, "w") as file:
        file["particle_features"] = particles.astype(dtype)
    return str(path)


@pytest.mark.parametrize("truth", ["gluon", "top"])
def test_the_nearest_bundled_truth_is_taken_and_named(truth: str, tmp_path: Path) -> None:
    mine = _jets(tmp_path, truth, 1.05, np.float16)
    study = _load(tmp_path, file=mine, truth="bundled")
    assert list(study.datasets) == [truth]
    assert study.datasets[truth].source == JETS / f"{truth}.hdf5"
    assert study.datasets[truth].n_entries == 4000
    assert set(study.samples.of(truth)) == {f"my_{truth}", "truth", "positive_control"}
    assert study.samples.controls(truth)["truth"]
    (other,) = {"gluon", "top"} - {truth}
    sentence = f"datasets.{truth}: this bundled truth is the nearest to the first file"
    assert any(x.startswith(sentence) and f"dataset={other}" in x for x in study.remarks)
    study = _load(tmp_path, file=mine, truth="bundled", dataset=other)
    assert list(study.datasets) == [other]
    assert not any("nearest" in x for x in study.remarks)


def test_showers_find_their_particle(tmp_path: Path) -> None:
    (tmp_path / "mine.hdf5").write_bytes((BUNDLED / "piplus.hdf5").read_bytes())
    study = _load(tmp_path, file=str(tmp_path / "mine.hdf5"), truth="bundled")
    assert list(study.datasets) == ["piplus"]


def test_a_bundled_truth_that_no_one_named_is_named(tmp_path: Path) -> None:
    """With the one that is nearest to the file, where that is another one."""

    def remarks(particle: str, **given: Any) -> list[str]:
        path = tmp_path / f"my_{particle}.hdf5"
        path.write_bytes((BUNDLED / f"{particle}.hdf5").read_bytes())
        study = _load(tmp_path, file=str(path), **given)
        return [text for text in study.remarks if "another one" in text]

    (of_photons,) = remarks("gamma")
    assert of_photons.startswith("datasets.eplus: no truth was named, so that it is the bundled ")
    assert "but the first file is nearest to the bundled gamma" in of_photons
    assert "DATASET=..." in of_photons
    (of_positrons,) = remarks("eplus")
    assert "no truth was named" in of_positrons
    assert "nearest" not in of_positrons
    assert remarks("gamma", dataset="gamma") == []
    assert remarks("gamma", truth=str(BUNDLED / "gamma.hdf5")) == []


def _layers(path: Path, *shapes: tuple[int, int]) -> str:
    """A file of 60 showers in the layout of CaloGAN, with layers of some shapes."""
    with h5py.File(path, "w") as file:
        file["energy"] = np.full((60, 1), 50.0)
        for i, shape in enumerate(shapes):
            file[f"layer_{i}"] = np.random.default_rng(i).random((60, *shape))
    return str(path)


def test_other_layers_are_recognised_or_need_a_geometry_of_their_own(tmp_path: Path) -> None:
    core = _layers(tmp_path / "core.hdf5", *[(15, 15)] * 15)
    with pytest.raises(UserError, match="showers in ild_core; say with which truth"):
        _load(tmp_path, file=core)
    with pytest.raises(UserError, match=r"'layer_0' has rows of .*; geometry ild_core fits"):
        _load(tmp_path, file=core, geometry="calogan")
    mine = _layers(tmp_path / "mine.hdf5", *[(12, 12)] * 5)
    with pytest.raises(UserError, match=r"no geometry of the package fits .*geometry.md"):
        _load(tmp_path, file=mine)


def test_jets_are_recognised_and_files_of_nothing_refused(tmp_path: Path) -> None:
    particles = np.random.default_rng(1).random((60, 30, 4))
    with h5py.File(tmp_path / "jets.hdf5", "w") as file:
        file["particle_features"] = particles
    with pytest.raises(UserError) as error:
        _load(tmp_path, file=str(tmp_path / "jets.hdf5"))
    assert "jets.hdf5: jets; say with which truth" in str(error.value)
    assert "TRUTH=jetnet-gluon or jetnet-quark" in str(error.value)
    assert "TRUTH=bundled (a small simulation of our own, not the published jets)" in str(
        error.value
    )
    with h5py.File(tmp_path / "long.hdf5", "w") as file:
        file["particle_features"] = np.random.default_rng(1).random((60, 150, 4))
    for given in ({}, {"truth": "bundled"}, {"truth": "bundled", "dataset": "gluon"}):
        with pytest.raises(UserError) as error:
            _load(tmp_path, file=str(tmp_path / "long.hdf5"), **given)
        assert "TRUTH=jetnet-gluon-150" in str(error.value)
        assert "bundled" not in str(error.value)
    with pytest.raises(UserError, match=r"no file of showers: its datasets are particle_features"):
        _load(tmp_path, file=str(tmp_path / "jets.hdf5"), kind="showers")
    with h5py.File(tmp_path / "other.hdf5", "w") as file:
        file["x"] = particles
    with pytest.raises(UserError) as error:
        _load(tmp_path, file=str(tmp_path / "other.hdf5"))
    assert str(error.value).endswith(
        "its datasets are x, which no kind of data has (events, jets, showers, vectors)"
    )


def test_events_are_recognised_in_their_own_files_and_in_those_of_pandas(tmp_path: Path) -> None:
    events = fake_events(EventKind({}), 1500, 1)
    write_events(tmp_path / "mine.hdf5", events[:300])
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        file["df/axis0"] = file["df/block0_items"] = np.arange(20)
        file["df/block0_values"] = events.data[300:600]
    write_events(tmp_path / "truth.hdf5", events[600:])
    mine, theirs = str(tmp_path / "mine.hdf5"), str(tmp_path / "theirs.h5")
    with pytest.raises(UserError) as error:
        _load(tmp_path, file=theirs)
    assert (
        "theirs.h5: events; say with which truth they are compared: TRUTH=weights-paper-events "
        in (str(error.value))
    )
    study = _load(tmp_path, file=[mine, theirs], truth=str(tmp_path / "truth.hdf5"))
    assert study.samples.files("events") == ["mine", "theirs"]
    assert study.config.inputs == ["one_jet", "two_jets", "three_jets"]
    assert "TRUTH=bundled (a small simulation" in str(error.value)
    bundled = _load(tmp_path, file=mine, truth="bundled")
    assert {name: x.n_entries for name, x in bundled.datasets.items()} == {"zjets": 4000}


def test_inputs_of_too_few_events_are_left_out_and_the_baseline_has_enough(tmp_path: Path) -> None:
    kind = EventKind({})
    events = fake_events(kind, 2700, 1)
    truth, of_sample = events[:2000], events[2000:]
    jets = of_sample.condition[:, 0]
    few = np.sort(np.r_[np.flatnonzero(jets < 2), np.flatnonzero(jets == 2)[:60]])
    write_events(tmp_path / "truth.hdf5", truth)
    write_events(tmp_path / "mine.hdf5", of_sample[few])
    write_events(tmp_path / "all.hdf5", of_sample)
    given = {"truth": str(tmp_path / "truth.hdf5")}
    study = _load(tmp_path, file=str(tmp_path / "mine.hdf5"), **given)
    assert study.config.inputs == ["one_jet", "two_jets"]
    remark = "inputs three_jets are left out: fewer than 75 events of the truth or of a file"
    assert sum(remark in x for x in study.remarks) == 1
    study = _load(tmp_path, file=str(tmp_path / "all.hdf5"), **given)
    assert study.config.inputs == ["one_jet", "two_jets", "three_jets"]
    assert not any("left out: fewer" in x for x in study.remarks)
    # A tenth, 200 events, would have 67 of each number of jets on average.
    shares = np.bincount(truth.condition[:, 0].astype(int)) / 2000
    (of,) = study.datasets.values()
    assert of.entry.generator == 75 / shares.min() // 1
    rest = study.samples.n_entries(of.name, "truth")
    assert rest * shares.min() > 50


def test_a_binning_file_is_a_geometry(tmp_path: Path) -> None:
    layers = '<Layer id="2" r_edges="0,1,2" n_bin_alpha="4"/>'
    (tmp_path / "mine.xml").write_text(f'<Bins><Bin name="a">{layers}</Bin></Bins>')
    for seed, name in enumerate(("mine", "truth")):
        deposits = np.random.default_rng(seed).exponential(100, (60, 8))
        with h5py.File(tmp_path / f"{name}.hdf5", "w") as file:
            file["incident_energies"], file["showers"] = np.full((60, 1), 2e3), deposits
    mine, truth = (str(tmp_path / f"{name}.hdf5") for name in ("mine", "truth"))
    study = _load(tmp_path, file=mine, truth=truth, geometry=str(tmp_path / "mine.xml"))
    assert study.datasets["mine"].kind.geometry.layer_numbers == (2,)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "no file of showers is named"),
        ({"file": 5}, "5 is not a path"),
        ({"file": []}, "no file of showers is named"),
        ({"file": "no.hdf5"}, "no.hdf5: no such file"),
        ({"file": "{mine} {mine}"}, "two files are called mine"),
        ({"file": "{mine}", "name": "truth"}, "truth is another sample of the study"),
        ({"file": "{mine}", "name": "positive_control"}, "is another sample of the study"),
        ({"file": "{mine}", "name": "default"}, "default is the name of another study"),
        ({"file": "{mine}", "name": "caloflow"}, "caloflow is the name of another study"),
        ({"file": "{mine}", "name": 3}, "config, name: 3 is not a text"),
        ({"file": "{mine}", "name": "a b"}, "a b"),
        (
            {"file": "{mine}", "dataset": "electrons"},
            "bundled source: 'electrons' is not one of ",
        ),
        ({"file": "{mine}", "geometry": "calogn"}, "calogan"),
        ({"file": "{mine}", "truth": "no.hdf5"}, "no.hdf5: no such file"),
        ({"file": "{mine}", "truth": "calogan-plus"}, "did you mean 'calogan-eplus'"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(folder: Path, given: dict, sentence: str):
    if isinstance(given.get("file"), str):
        given = given | {"file": given["file"].format(mine=folder / "mine.hdf5")}
    with pytest.raises(UserError) as error:
        _load(folder, **given)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
