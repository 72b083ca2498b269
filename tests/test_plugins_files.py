"""Plug-ins from outside the repository: each is added by a file and runs where it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml
from plugin_files import CONFIG, FILES

from ultimetric.analyses.numbers import COLUMNS
from ultimetric.errors import UserError
from ultimetric.events import EventFile, read_events
from ultimetric.generators.controls.faulty import Faulty
from ultimetric.kinds.base import load_kind
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import Table, inputs_of
from ultimetric.planning import settings
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study
from ultimetric.preprocessing.base import Chain, State
from ultimetric.stages.classify import classify
from ultimetric.stages.ingest import ingest
from ultimetric.stages.observe import observe
from ultimetric.stages.preprocess import preprocess
from ultimetric.tables import read_table

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path, eplus: Showers) -> Path:
    """The plug-ins and files in formats that only they know."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    rows = {"held_out": slice(0, 400), "generator": slice(400, 800), "sample": slice(800, 1200)}
    for name, some in rows.items():
        with h5py.File(tmp_path / f"{name}.hdf5", "w") as file:
            file["cells"], file["beam"] = eplus.voxels[some], eplus.condition[some]
    rng = np.random.default_rng(1)
    with h5py.File(tmp_path / "spectra.hdf5", "w") as file:
        file["redshift"] = rng.random((800, 1))
        file["flux"] = rng.exponential(size=(800, 2)).astype(np.float32)
    return tmp_path


@pytest.fixture
def study(folder: Path) -> Study:
    return load_study(config(folder), folder / "checks.json")


def config(folder: Path) -> dict[str, Any]:
    return yaml.safe_load(CONFIG.replace("{folder}", str(folder)))


def divided(study: Study, dataset: str) -> dict[str, Path]:
    """The parts of a truth, as the stage writes them."""
    of = study.datasets[dataset]
    outputs = {
        part: of.source.parent / f"{dataset}_{part}.hdf5"
        for part in ("training", "validation", "classifier", "final")
    }
    generator = [of.generator_source] if of.generator_source else []
    inputs = {"truth": [of.source], "generator": generator}
    preprocess(settings.preprocess(study.parts, dataset), inputs, outputs)
    return outputs


def test_a_format_reads_truth_and_sample(study: Study, folder: Path, eplus: Showers) -> None:
    """What stages write is in the kind's own format."""
    parts = divided(study, "e")
    kind = study.datasets["e"].kind
    truth = read_events(parts["classifier"], kind)
    assert np.array_equal(np.sort(truth.energy), np.sort(eplus[:400].energy))
    inputs = {"truth": [study.datasets["e"].source], "file": [folder / "sample.hdf5"]}
    ingest(
        settings.ingest(study.parts, "e", "given"), inputs, {"sample": folder / "ingested.hdf5"}
    )
    sample = read_events(folder / "ingested.hdf5", kind)
    assert np.array_equal(np.sort(sample.voxels.sum(1)), np.sort(eplus[800:1200].voxels.sum(1)))


def test_an_observable_and_inputs_of_it(study: Study, folder: Path) -> None:
    """The table has the observable, the inputs read it, a classifier sees the inputs."""
    parts, kind = (
        divided(study, "e"),
        load_kind(settings.observe(study.parts, "e", "classifier")["kind"]),
    )
    truth = EventFile(parts["classifier"], kind)
    tables = {"e": folder / "table.hdf5"}
    observe(
        settings.observe(study.parts, "e", "x"),
        {"events": [parts["classifier"]]},
        {"table": tables["e"]},
    )
    table = Table(tables["e"])
    assert np.array_equal(table["hardest"], truth.data.max(1))
    cfg = settings.classify(study.parts, "e", "given", "dnn", "sums", "0")
    x = inputs_of("sums", EventFile(parts["classifier"], load_kind(cfg["kind"])), table)
    assert np.allclose(x[:, 1], table["hardest"] / 1e4)
    inputs = {
        "truth": [parts["classifier"]],
        "sample": [parts["classifier"]],
        "observables": [tables["e"], tables["e"]],
    }
    classify(cfg, inputs, {"scores": folder / "scores.hdf5"})
    assert (folder / "scores.hdf5").exists()
    assert "hardest" in study.datasets["e"].kind.observables
    assert study.config.inputs == ["sums", "fluxes"]


def test_a_fault_is_planted(study: Study, eplus: Showers) -> None:
    model = study.generators["doubled"].settings(study.datasets["e"])
    assert model["card"]["fault"]["factor"] == 3
    faulty = Faulty(model["card"], study.datasets["e"].kind)
    faulty.learn(eplus[:300], eplus[300:350], 1, None)
    ratio = faulty.stored_data.sum(1).numpy() / eplus[:350].voxels.sum(1)
    assert set(np.round(ratio, 3)) == {1.0, 3.0}


def test_a_step_goes_both_ways(study: Study, eplus: Showers) -> None:
    import torch

    recipe = study.generators["flow"].settings(study.datasets["e"])["card"]["preprocessing"]
    assert recipe[0]["power"] == 0.25
    chain = Chain(recipe, study.datasets["e"].kind)
    state = State(
        torch.as_tensor(eplus[:50].condition), torch.as_tensor(eplus[:50].voxels).double()
    )
    rng = torch.Generator().manual_seed(1)
    chain.fit(state, rng)
    back = chain.inverse(chain(state, rng))
    torch.testing.assert_close(back.data, state.data, atol=1e-3, rtol=1e-6)


def test_a_kind_has_defaults_like_all_others(study: Study) -> None:
    kind = study.datasets["s"].kind
    assert list(kind.observables) == ["flux_0", "flux_1"]
    assert list(kind.inputs) == ["fluxes"]
    assert study.samples.of("s") == ["flow", "truth"]
    assert study.methods.tests("s") == [("dnn", "fluxes")]
    labels = study.figure("s", "summary")["style"]["labels"]
    assert labels["truth"] == "Telescope vs Telescope"
    truth = read_events(divided(study, "s")["training"], kind)
    assert truth.data.shape[1] == 2
    assert truth.condition.shape[1] == 1


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("hardest.py", "Observable)", "object)", "defines 0 public subclasses of Observable"),
        ("hardest.py", "    edges = np.linspace(0, 1e4, 31)\n", "", "Hardest has no `edges`"),
        ("sums.py", "def values", "def value", "Sums lacks the method values"),
        ("root.py", '"deposits"]', '"other"]', "it takes values or other, and gets deposits"),
        ("doubled.py", '"factor"', '"factors"', "unknown key 'factor', did you mean 'factors'?"),
        ("spectra.py", '"bands": 3', '"bins": 3', "unknown key 'bands'"),
        ("spectra.py", "(Kind)", "(object)", "defines 0 public subclasses of Kind"),
        ("brightness.py", '"unit"', '"units"', "unknown key 'unit', did you mean 'units'?"),
        ("brightness.py", "def run", "def ran", "lacks run, which analyses need"),
    ],
)
def test_what_is_wrong_with_a_plug_in_is_told_when_planning(
    name: str, old: str, new: str, sentence: str, folder: Path
) -> None:
    text = FILES[name]
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    with pytest.raises(UserError) as error:
        load_study(config(folder), folder / "checks.json")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.workflow
def test_all_of_them_in_one_run(folder: Path) -> None:
    (folder / "mine.yaml").write_text(yaml.safe_dump(config(folder)))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    done = subprocess.run(
        [*command, "--configfile", "mine.yaml", "--cores", "2", "--quiet"],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "workflow")},
    )
    assert done.returncode == 0, done.stderr
    results = folder / "results" / "both"
    rows = read_table(results / "metrics.csv", COLUMNS, published=True)
    aucs = rows[rows["metric"] == "auc"]
    found = set(zip(aucs["dataset"], aucs["sample"], strict=True))
    assert found >= {("e", "doubled"), ("e", "given"), ("e", "flow"), ("s", "flow")}
    assert ((rows["dataset"] == "e") & (rows["observable"] == "hardest")).any()
    mine = rows[rows["metric"] == "brightness"].set_index("sample")
    assert set(mine["dataset"]) == {"e"}
    assert mine["value"]["doubled"] > mine["value"]["truth"] > 0.1
    assert "Brightness" in (results / "report.html").read_text()
