"""Truth in files of its own for generators and for judging, and samples of any size against it."""

from __future__ import annotations

import re
import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.folds import assign_fold_parts, fold_of
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.errors import UserError
from ultimetric.events import EventFile, Joined, write_events
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning import settings
from ultimetric.planning.cards import card_of
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study
from ultimetric.plugins import load_plugin
from ultimetric.stages.ingest import ingest
from ultimetric.stages.preprocess import preprocess

PARTS = ("final", "training", "validation", "classifier")
SHIFT = 1.0
FILES = {"classifiers": {"dnn": {"card": "tiny"}}, "inputs": ["energies"], "figures": None}


@pytest.fixture
def files(tmp_path: Path, eplus: Showers) -> dict[str, str]:
    """Truth for generators and for judging, and a sample."""
    rows = {"a": slice(0, 700), "b": slice(700, 1300), "mine": slice(1300, 2100)}
    for name, some in rows.items():
        write_events(tmp_path / f"{name}.hdf5", eplus[some])
    return {name: str(tmp_path / f"{name}.hdf5") for name in rows}


def planned(folder: Path, files: dict[str, str], **given: Any) -> Study:
    config = deepcopy(FILES) | {"samples": {"mine": {"file": files["mine"]}}} | given
    return load_study(config, folder / "checks.json")


def divided(study: Study, folder: Path) -> dict[str, EventFile]:
    """The parts of the truth as the stage writes them."""
    (name,) = study.datasets
    of = study.datasets[name]
    generator = of.generator_source
    inputs = {"truth": [of.source], "generator": [generator] if generator else []}
    outputs = {part: folder / f"{part}.hdf5" for part in PARTS}
    preprocess(settings.preprocess(study.parts, name), inputs, outputs)
    return {part: EventFile(path, of.kind) for part, path in outputs.items()}


def test_each_file_is_divided_for_itself(tmp_path: Path, files: dict, eplus: Showers) -> None:
    source = {"generator": files["a"], "held_out": files["b"]}
    study = planned(tmp_path, files, datasets={"e": {"source": source, "final": 100}})
    entry = study.config.datasets["e"]
    assert (entry.generator, entry.classifier, entry.final) == (700, 500, 100)
    parts = divided(study, tmp_path)
    assert [len(parts[name]) for name in PARTS] == [100, 630, 70, 500]
    energies = {name: np.sort(part.condition[:, 0]) for name, part in parts.items()}
    of_a = np.sort(np.r_[energies["training"], energies["validation"]])
    of_b = np.sort(np.r_[energies["final"], energies["classifier"]])
    assert np.array_equal(of_a, np.sort(eplus[:700].energy))
    assert np.array_equal(of_b, np.sort(eplus[700:1300].energy))
    assert settings.sample(study.parts, "e", "truth")["rows"] == [0, 500]
    # The sample is matched to the truth that judges, and is as large as this.
    cfg = settings.ingest(study.parts, "e", "mine")
    assert cfg["truth"] == {"sha256": settings.preprocess(study.parts, "e")["sha256"]}
    inputs = {"truth": [study.datasets["e"].source], "file": [Path(files["mine"])]}
    ingest(cfg, inputs, {"sample": tmp_path / "sample.hdf5"})
    assert len(EventFile(tmp_path / "sample.hdf5", study.datasets["e"].kind)) == 500


@pytest.mark.parametrize("copied", [False, True])
def test_one_file_is_not_two_truths(copied: bool, tmp_path: Path, files: dict) -> None:
    held_out = shutil.copy(files["a"], tmp_path / "copy.hdf5") if copied else files["a"]
    source = {"generator": files["a"], "held_out": str(held_out)}
    sentence = f"e.source: the content of {held_out} is both `generator` and `held_out`, so "
    with pytest.raises(UserError, match=re.escape(sentence)):
        planned(tmp_path, files, datasets={"e": {"source": source}})


def test_few_common_entries_of_two_files_are_told(
    tmp_path: Path, files: dict, eplus: Showers, caplog
) -> None:
    """The parts are what they would be without them."""
    common = Joined((eplus[700:1298], eplus[10:12]))[::-1]
    write_events(tmp_path / "b.hdf5", common)
    source = {"generator": files["a"], "held_out": files["b"]}
    study = planned(tmp_path, files, datasets={"e": {"source": source, "final": 100}})
    assert [len(part) for part in divided(study, tmp_path).values()] == [100, 630, 70, 500]
    sentence = "2 of the 600 showers of the held-out and final truth are in the training truth"
    assert sentence in caplog.text


def test_many_common_entries_of_two_files_are_refused(
    tmp_path: Path, files: dict, eplus: Showers
) -> None:
    write_events(tmp_path / "b.hdf5", eplus[690:1290])
    source = {"generator": files["a"], "held_out": files["b"]}
    study = planned(tmp_path, files, datasets={"e": {"source": source, "final": 100}})
    sentence = r"10 of the 600 showers .* too: the two files are not independent"
    with pytest.raises(UserError, match=sentence):
        divided(study, tmp_path)
    # Entries that no part takes are no harm.
    unused = {"e": {"source": source, "generator": 0, "final": 100}}
    assert len(divided(planned(tmp_path, files, datasets=unused), tmp_path)["final"]) == 100


def test_samples_from_files_need_no_generator_part(tmp_path: Path, files: dict) -> None:
    """There is no baseline and no control then, and the plan says so."""
    source = {"held_out": files["b"]}
    study = planned(tmp_path, files, datasets={"e": {"source": source}})
    assert study.samples.of("e") == ["mine"]
    assert study.datasets["e"].n_entries == 600
    assert study.remarks == [
        "datasets.e: no truth-vs-truth baseline and no positive control, which would take the "
        "showers that are left of the truth: 0, at least 50 are needed"
    ]
    assert len(divided(study, tmp_path)["classifier"]) == 600
    assert all((tmp_path / f"{part}.hdf5").exists() for part in PARTS)


def test_analyses_of_training_truth_need_a_generator_part(tmp_path: Path, files: dict) -> None:
    source = {"held_out": files["b"]}
    sentence = r"energy_regression: the generator part of e has 0 showers, fewer than 20"
    with pytest.raises(UserError, match=sentence):
        planned(
            tmp_path,
            files,
            datasets={"e": {"source": source}},
            analyses={"energy_regression": {}},
        )


def test_the_baseline_takes_what_is_left(tmp_path: Path, files: dict) -> None:
    study = planned(
        tmp_path,
        files,
        datasets={"e": {"source": files["b"], "generator": 150, "classifier": 450, "final": 0}},
    )
    assert set(study.samples.of("e")) == {"mine", "truth", "positive_control"}
    assert settings.sample(study.parts, "e", "truth")["rows"] == [0, 150]
    assert settings.sample(study.parts, "e", "positive_control")["rows"] == [0, 150]
    assert settings.ingest(study.parts, "e", "mine")["entries"] == 450
    assert study.remarks == [
        "datasets.e: the truth-vs-truth baseline has 150 showers, fewer than the 450 that "
        "samples are compared with"
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"generator": 800},
            "datasets.e: 800 showers are asked for, {a} has 700",
        ),
        ({"classifier": 700}, "datasets.e: 0 + 700 showers are asked for, {b} has 600"),
        ({"source": {"held_out": "{b}"}, "generator": 30}, "there is no file `generator`"),
        ({"source": {"generator": "{a}"}}, "held_out"),
        ({"source": {"held_out": "no.hdf5"}}, "no.hdf5: no such file"),
    ],
)
def test_what_does_not_fit_is_refused(
    given: dict, sentence: str, tmp_path: Path, files: dict
) -> None:
    entry = {"source": {"generator": files["a"], "held_out": files["b"]}, **given}
    entry["source"] = {key: x.format(**files) for key, x in entry["source"].items()}
    with pytest.raises(UserError) as error:
        planned(tmp_path, files, datasets={"e": entry})
    assert sentence.format(**files) in str(error.value)


def test_generators_need_truth_to_learn_from(tmp_path: Path, files: dict) -> None:
    with pytest.raises(UserError, match=r"voxels: the generator part of e has 0 showers, fewer"):
        planned(
            tmp_path,
            files,
            datasets={"e": {"source": {"held_out": files["b"]}}},
            generators={"independent_voxels": {}},
        )


@pytest.mark.slow
@pytest.mark.parametrize("test", ["dnn", "bdt"])
@pytest.mark.parametrize("sizes", [(4000, 1000), (1000, 4000)])
def test_weights_are_those_of_equal_numbers_whatever_there_are(
    test: str, sizes: tuple[int, int]
) -> None:
    """The numbers of entries do not enter w = p_truth / p_sample, as they would in C / (1 - C)."""
    rng = np.random.default_rng(3)
    n_truth, n_sample = sizes
    x = rng.normal(size=(n_truth + n_sample, 1))
    x[n_truth:] += SHIFT
    label = np.r_[np.ones(n_truth, np.int8), np.zeros(n_sample, np.int8)]
    fold_parts = assign_fold_parts(label, np.arange(len(x)), 1)[:, None]
    module = f"ultimetric.classifiers.{test}"
    cfg = card_of("classifiers", module, None, {"steps": 200} if test == "dnn" else {}, test)
    classifier = load_plugin(module, Classifier)(cfg, None)
    fit = classifier.fit(x.astype(np.float32), label, fold_parts, [1])
    weights = weigh(Scores(label, fold_of(fold_parts), fit), 1)
    log_w = np.log(np.r_[weights.truth.w, weights.sample.w])
    exact = SHIFT**2 / 2 - SHIFT * x[:, 0]
    # With C / (1 - C) as it comes, all would be off by log 4 = 1.39.
    slope, offset = np.polyfit(exact, log_w, 1)
    assert abs(offset) < 0.15
    assert slope > 0.5
    assert np.mean(weights.sample.w) == pytest.approx(1, abs=0.15)
    assert weights.pvalue > 0.001
