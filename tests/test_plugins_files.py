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

from ultimetric.errors import UserError
from ultimetric.events import EventFile, read_events
from ultimetric.generators.controls.faulty import Faulty
from ultimetric.kinds.base import load_kind
from ultimetric.kinds.showers.kind import Showers
from ultimetric.metrics.base import read_rows
from ultimetric.observed import Table, inputs_of
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study
from ultimetric.preprocessing.base import Chain, State
from ultimetric.stages.classify import classify
from ultimetric.stages.ingest import ingest
from ultimetric.stages.observe import observe
from ultimetric.stages.preprocess import preprocess

REPOSITORY = Path(__file__).parents[1]

OBSERVABLE = """
import numpy as np
from ultimetric.kinds.observables import Observable


class Hardest(Observable):
    label, unit, group = "largest deposit", "MeV", "mine"
    edges = np.linspace(0, 1e4, 31)

    def values(self, events):
        return events.data.max(1).astype(np.float64)
"""
INPUTS = """
import numpy as np
from ultimetric.kinds.inputs import Inputs


class Sums(Inputs):
    reads_observables = True

    def values(self, events, observables):
        return np.stack([events.data.sum(1) / 1e4, observables["hardest"] / 1e4], 1)
"""
FAULT = """
import numpy as np
from ultimetric.faults.base import Changed


class Doubled(Changed):
    defaults = {"factor": 2.0}
    expected = ("E_*",)

    def change(self, events, rng):
        return self.options["factor"] * events.data
"""
STEP = """
from typing import ClassVar
from ultimetric.preprocessing.base import Step, changed_space


class Root(Step):
    takes: ClassVar = ["values", "deposits"]
    gives: ClassVar = "values"

    def __init__(self, kind, power: float = 0.5):
        super().__init__(kind)
        self.power = power

    def forward(self, state, rng):
        return changed_space(state, state.data.abs() ** self.power, state.totals)

    def inverse(self, state):
        return changed_space(state, state.data.abs() ** (1 / self.power), state.totals)
"""
FORMAT = """
from contextlib import contextmanager

import h5py
import numpy as np
from ultimetric.kinds.formats import Format, OpenFile


class Opened(OpenFile):
    def __init__(self, file, kind):
        self.file, self.kind = file, kind

    def __len__(self):
        return len(self.file["cells"])

    def condition(self):
        return self.file["beam"][:].astype(np.float64)

    def read(self, start, stop):
        cells = self.kind.readout(self.file["cells"][start:stop].astype(np.float32))
        return self.kind.entries(self.condition()[start:stop], cells)


class Mine(Format):
    def recognises(self, path, kind):
        with h5py.File(path) as file:
            return "cells" in file

    @contextmanager
    def opened(self, path, kind):
        with h5py.File(path) as file:
            yield Opened(file, kind)

    def writer(self, path, kind, compress=False, **attributes):
        raise NotImplementedError
"""
KIND = """
from contextlib import contextmanager
from typing import ClassVar

import h5py
import numpy as np
from ultimetric.kinds.base import Kind
from ultimetric.kinds.formats import Format, OpenFile
from ultimetric.kinds.inputs import Inputs, InputSets
from ultimetric.kinds.observables import Catalogue, Condition, Measured


class Opened(OpenFile):
    def __init__(self, file, kind):
        self.file, self.kind = file, kind

    def __len__(self):
        return len(self.file["flux"])

    def condition(self):
        return self.file["redshift"][:]

    def read(self, start, stop):
        return self.kind.entries(self.condition()[start:stop], self.file["flux"][start:stop])


class Catalogued(Format):
    @contextmanager
    def opened(self, path, kind):
        with h5py.File(path) as file:
            yield Opened(file, kind)

    @contextmanager
    def writer(self, path, kind, compress=False, **attributes):
        with h5py.File(path, "w") as file:
            file.attrs.update(attributes)
            for name, shape in (("redshift", (0, 1)), ("flux", (0, kind.n_values))):
                dtype = np.float32 if name == "flux" else np.float64
                file.create_dataset(name, shape, dtype, maxshape=(None, shape[1]))
                file[name].attrs["unit"] = ""

            def append(block):
                for name, rows in (("redshift", block.condition), ("flux", block.data)):
                    n = len(file[name])
                    file[name].resize(n + len(rows), axis=0)
                    file[name][n:] = rows

            yield append


class Colours(Catalogue):
    def observables(self, kind):
        return [
            Measured(f"flux_{k}", lambda events, k=k: events.data[:, k].astype(np.float64),
                     f"flux {k}", np.linspace(-4, 6, 21))
            for k in range(kind.n_values)
        ]


class Fluxes(Inputs):
    def values(self, events, observables):
        return np.concatenate([events.data, events.condition], 1)


class OfSpectra(InputSets):
    def inputs(self, kind):
        return {"fluxes": Fluxes()}


class Spectra(Kind):
    entry, several, made_by = "spectrum", "spectra", "Telescope"
    defaults: ClassVar = {"bands": 3}
    limits: ClassVar = {"bands": "whole >= 1"}
    formats: ClassVar = (Catalogued(),)
    condition = Condition("z", "$z$", "redshifts", range=(0.0, 1.0))

    def __init__(self, options, parts=None):
        super().__init__(options, parts)
        self.n_values = self.options["bands"]
"""
FILES = {
    "hardest.py": OBSERVABLE,
    "sums.py": INPUTS,
    "doubled.py": FAULT,
    "root.py": STEP,
    "mine.py": FORMAT,
    "spectra.py": KIND,
}
CONFIG = """
study: both
datasets:
  e:
    source: {held_out: {folder}/held_out.hdf5, generator: {folder}/generator.hdf5}
    format: {file: {folder}/mine.py}
    observables: {hardest: {file: {folder}/hardest.py}}
    inputs: {sums: {file: {folder}/sums.py}}
  s: {kind: {file: {folder}/spectra.py}, bands: 2, source: {folder}/spectra.hdf5}
generators:
  doubled:
    model: faulty
    override: {fault: {file: {folder}/doubled.py}, options: {factor: 3}}
    datasets: [e]
  flow: {card: tiny, preprocessing: [mine: {file: {folder}/root.py, power: 0.25}, standardise]}
samples: {given: {file: {folder}/sample.hdf5, dataset: e}}
classifiers: {dnn: {card: tiny}}
inputs: [sums, fluxes]
repeats: {blocks: 1, size: 1}
metrics: {classifier: {}, counts: {}, separation: {replicas: 20}}
figures: {summary: {}, observables: {group: mine}}
"""


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
    source, generator = study.source(dataset), study.generator_source(dataset)
    outputs = {
        part: source.parent / f"{dataset}_{part}.hdf5"
        for part in ("training", "validation", "classifier", "final")
    }
    inputs = {"truth": [source], "generator": [generator] if generator else []}
    preprocess(study.preprocess(dataset), inputs, outputs)
    return outputs


def test_a_format_reads_truth_and_sample(study: Study, folder: Path, eplus: Showers) -> None:
    """What stages write is in the kind's own format."""
    parts = divided(study, "e")
    kind = study.kind("e")
    truth = read_events(parts["classifier"], kind)
    assert np.array_equal(np.sort(truth.energy), np.sort(eplus[:400].energy))
    inputs = {"truth": [study.source("e")], "file": [folder / "sample.hdf5"]}
    ingest(study.ingest("e", "given"), inputs, {"sample": folder / "ingested.hdf5"})
    sample = read_events(folder / "ingested.hdf5", kind)
    assert np.array_equal(np.sort(sample.voxels.sum(1)), np.sort(eplus[800:1200].voxels.sum(1)))


def test_an_observable_and_inputs_of_it(study: Study, folder: Path) -> None:
    """The table has the observable, the inputs read it, a classifier sees the inputs."""
    parts, kind = divided(study, "e"), load_kind(study.observe("e", "classifier")["kind"])
    truth = EventFile(parts["classifier"], kind)
    tables = {"e": folder / "table.hdf5"}
    observe(study.observe("e", "x"), {"events": [parts["classifier"]]}, {"table": tables["e"]})
    table = Table(tables["e"])
    assert np.array_equal(table["hardest"], truth.data.max(1))
    cfg = study.classify("weights", "e", "given", "dnn", "sums", "0")
    x = inputs_of("sums", EventFile(parts["classifier"], load_kind(cfg["kind"])), table)
    assert np.allclose(x[:, 1], table["hardest"] / 1e4)
    inputs = {
        "truth": [parts["classifier"]],
        "sample": [parts["classifier"]],
        "observables": [tables["e"], tables["e"]],
    }
    classify(cfg, inputs, {"scores": folder / "scores.hdf5"})
    assert (folder / "scores.hdf5").exists()
    assert "hardest" in study.kind("e").observables
    assert study.config["inputs"] == ["sums", "fluxes"]


def test_a_fault_is_planted(study: Study, eplus: Showers) -> None:
    model = study.model("e", "doubled")
    assert model["card"]["fault"]["factor"] == 3
    faulty = Faulty(model["card"], study.kind("e"))
    faulty.learn(eplus[:300], eplus[300:350], 1, None)
    ratio = faulty.stored_data.sum(1).numpy() / eplus[:350].voxels.sum(1)
    assert set(np.round(ratio, 3)) == {1.0, 3.0}


def test_a_step_goes_both_ways(study: Study, eplus: Showers) -> None:
    import torch

    recipe = study.model("e", "flow")["card"]["preprocessing"]
    assert recipe[0]["power"] == 0.25
    chain = Chain(recipe, study.kind("e"))
    state = State(
        torch.as_tensor(eplus[:50].condition), torch.as_tensor(eplus[:50].voxels).double()
    )
    rng = torch.Generator().manual_seed(1)
    chain.fit(state, rng)
    back = chain.inverse(chain(state, rng))
    torch.testing.assert_close(back.data, state.data, atol=1e-3, rtol=1e-6)


def test_a_kind_has_defaults_like_all_others(study: Study) -> None:
    kind = study.kind("s")
    assert list(kind.observables) == ["flux_0", "flux_1"]
    assert list(kind.inputs) == ["fluxes"]
    assert study.samples("s") == ["flow", "truth"]
    assert study.pairs_of_tests("weights", "s") == [("dnn", "fluxes")]
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
    rows = read_rows(folder / "results" / "both" / "metrics.csv", published=True)
    found = {(row.dataset, row.sample) for row in rows if row.metric == "auc"}
    assert found >= {("e", "doubled"), ("e", "given"), ("e", "flow"), ("s", "flow")}
    assert any(row.dataset == "e" and "hardest" in row.metric for row in rows)
