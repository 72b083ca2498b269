"""Plug-ins from outside the repository, and a study that uses them."""

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
ANALYSIS = """
from typing import ClassVar

from ultimetric.analyses.base import Analysis, Result


class Brightness(Analysis):
    needs: ClassVar = ("sample", "observables")
    defaults: ClassVar = {"unit": 1.0}
    tables: ClassVar = ({"title": "Brightness", "columns": {"mean": "brightness"}},)

    def run(self, given):
        mean = given.sample.observables["hardest"].mean() / self.options["unit"]
        return Result([{"method": "mine", "metric": "brightness", "value": mean}])
"""
FILES = {
    "hardest.py": OBSERVABLE,
    "sums.py": INPUTS,
    "doubled.py": FAULT,
    "root.py": STEP,
    "mine.py": FORMAT,
    "spectra.py": KIND,
    "brightness.py": ANALYSIS,
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
analyses:
  classifier: {}
  counts: {}
  separation: {replicas: 20}
  brightness: {file: {folder}/brightness.py, unit: 1000, datasets: [e]}
figures: {summary: {}, observables: {group: mine}}
"""
