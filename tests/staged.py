"""The stages of a study in one process, with the settings and the files that rules give them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ultimetric.analyses.numbers import COLUMNS
from ultimetric.planning import settings
from ultimetric.planning.parts import Files
from ultimetric.planning.study import Study
from ultimetric.stages import Paths
from ultimetric.stages.analyse import analyse
from ultimetric.stages.classify import classify
from ultimetric.stages.classify_jointly import classify_jointly
from ultimetric.stages.distort import distort
from ultimetric.stages.figure import figure
from ultimetric.stages.gather import gather
from ultimetric.stages.observe import observe
from ultimetric.stages.preprocess import preprocess
from ultimetric.stages.simulate import simulate
from ultimetric.stages.weigh import weigh
from ultimetric.tables import joined, read_table

PARTS = ("training", "validation", "classifier", "final")
TABLE = "observables/{}/{}.hdf5"


@dataclass(frozen=True)
class Run:
    """The stages of a study, files in a folder as rules have them in results/<study>.

    Arguments:
        study: The study.
        folder: The folder.
    """

    study: Study
    folder: Path

    def path(self, place: str) -> Path:
        """A file of the results."""
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def files(self, keys: Files) -> Paths:
        """The files that a job is given, by role."""
        found = self.study.parts.paths(keys, str(self.folder))
        return {role: list(map(Path, paths)) for role, paths in found.items()}

    def do(
        self,
        stage: Callable[[dict[str, Any], Paths, dict[str, Path]], None],
        files: dict[str, list[str]],
        outputs: dict[str, str],
        **names: str,
    ) -> None:
        """Run a stage on files of the results."""
        given = {role: [self.path(x) for x in places] for role, places in files.items()}
        made = {role: self.path(x) for role, x in outputs.items()}
        cfg = getattr(settings, stage.__name__)(self.study.parts, **names)
        stage(json.loads(json.dumps(cfg)), given, made)

    def truth(self, dataset: str) -> None:
        """Make, divide and measure the truth."""
        of = self.study.datasets[dataset]
        if of.simulated:
            parts = [f"truth/{dataset}/{i}.hdf5" for i in range(len(of.truth_shards()))]
            for i, part in enumerate(parts):
                self.do(simulate, {}, {"part": part}, dataset=dataset, shard=str(i))
            source = self.path(f"truth/{dataset}.hdf5")
            gather({}, {"parts": [self.path(x) for x in parts]}, {"joined": source})
        else:
            source = of.source
        outputs = {part: f"data/{dataset}/{part}.hdf5" for part in PARTS}
        cfg = json.loads(json.dumps(settings.preprocess(self.study.parts, dataset)))
        preprocess(cfg, {"truth": [source]}, {x: self.path(y) for x, y in outputs.items()})
        for part in PARTS[:3]:
            self.observe(dataset, part, outputs[part])

    def observe(self, dataset: str, events: str, place: str) -> None:
        """Measure a part of the truth, or a sample."""
        table = {"table": TABLE.format(dataset, events)}
        self.do(observe, {"events": [place]}, table, dataset=dataset, events=events)

    def distort(self, dataset: str, sample: str) -> None:
        """Make a sample of distorted truth, with exact weights if they are known."""
        files = {"source": [f"data/{dataset}/{x}.hdf5" for x in PARTS[:2]]}
        files["truth"] = [f"data/{dataset}/classifier.hdf5"]
        outputs = {"sample": f"samples/{dataset}/{sample}.hdf5"}
        if sample in self.study.samples.exact(dataset):
            outputs["exact"] = f"exact/{dataset}/{sample}.hdf5"
        self.do(distort, files, outputs, dataset=dataset, sample=sample)
        self.observe(dataset, sample, outputs["sample"])

    def weigh(self, dataset: str, *samples: str) -> None:
        """Train the classifiers and make the weights of samples."""
        methods, found = self.study.methods, {"truth": [f"data/{dataset}/classifier.hdf5"]}
        ways: dict[str, list[str]] = {sample: [] for sample in samples}
        for method, inputs in methods.tests(dataset):
            names = {"dataset": dataset, "method": method, "inputs": inputs, "block": "0"}
            joint = method in methods.joint
            for group in [sorted(samples)] if joint else [[sample] for sample in samples]:
                of = [dataset] if joint else [dataset, *group]
                scores = "/".join(["scores", *of, method, inputs, "0.hdf5"])
                events = [f"samples/{dataset}/{sample}.hdf5" for sample in group]
                files = found | {"samples" if joint else "sample": events}
                files["observables"] = [TABLE.format(dataset, x) for x in ("classifier", *group)]
                stage, one = (classify_jointly, {}) if joint else (classify, {"sample": group[0]})
                self.do(stage, files, {"scores": scores}, **names, **one)
                for sample in group:
                    ways[sample].append(scores)
        for sample, scores in ways.items():
            output = {"weights": f"weights/{dataset}/{sample}.hdf5"}
            self.do(weigh, {"scores": scores}, output, dataset=dataset, sample=sample)

    def analyse(self, name: str, place: str) -> None:
        """Run one job of an analysis."""
        analysis = self.study.analyses[name]
        outputs = {
            output: self.path(f"analyses/{name}/{place}.{ending}")
            for output, ending in analysis.outputs.items()
        }
        cfg = json.loads(json.dumps(self.study.analyse(name, place)))
        analyse(cfg, self.files(cfg["files"]), outputs)

    def analyse_all(self, *samples: str) -> None:
        """Run all jobs of analyses that are made of no others than these samples."""
        for name, analysis in self.study.analyses.items():
            for place in analysis.places.values():
                if {x for names in place.samples.values() for x in names} <= set(samples):
                    self.analyse(name, place.name)

    def numbers(self, dataset: str, sample: str) -> pd.DataFrame:
        """The numbers of a sample."""
        tables = [
            read_table(path, COLUMNS)
            for path in sorted((self.folder / "analyses").rglob("*.csv"))
            if not path.name.endswith(".findings.csv")
        ]
        table = joined(tables, COLUMNS)
        return table[(table["dataset"] == dataset) & (table["sample"] == sample)]

    def figure(self, dataset: str, name: str, folder: Path, **changes: Any) -> dict[str, Path]:
        """Draw a figure into a folder.

        Arguments:
            dataset: The dataset.
            name: The figure.
            folder: Where the pdf and the png go.
            changes: Settings instead of those that the rule gives.
        """
        cfg = json.loads(json.dumps(self.study.figure(dataset, name) | changes))
        outputs = {ending: folder / f"{name}.{ending}" for ending in ("pdf", "png")}
        figure(cfg, self.files(cfg["files"]), outputs)
        return outputs
