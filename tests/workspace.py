"""A copy of the repository with a study of its own, to be changed and planned."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from places import REPOSITORY
from showers import write_showers

from ultimetric.kinds.showers.kind import Showers

CONFIG = "study.yaml"
RECIPES = REPOSITORY / "workflow" / "resources" / "recipes.yaml"
STEP_NS = 10**7  # more than a tick of any file system's clock

NEAREST = '''
"""A generator outside the package: the stored shower next in energy."""

from scaling import scaled
from ultimetric.generators.controls.stored import StoredTruth


class Nearest(StoredTruth):
    def generate(self, condition, rng):
        row = (self.stored_condition[:, 0] - condition).abs().argmin(1)
        return scaled(self.stored_data[row], self.stored_condition[row], condition)
'''
SCALING = '''
"""A module beside a plug-in."""


def scaled(voxels, stored, wanted):
    return voxels * wanted / stored
'''
UPON = '''
"""A generator outside the package that builds on another: all a little brighter."""

from ultimetric.generators.built_on import BuiltOn


class Upon(BuiltOn):
    def learn(self, training, validation, seed, checkpoint):
        return []

    def generate(self, condition, rng):
        return 1.01 * self.base.generate(condition, rng)
'''
MEANS = '''
"""A classifier outside the package: the line between the two means."""

import numpy as np

from ultimetric.classifiers.base import Classifier, CrossFit
from ultimetric.classifiers.weights import History


class Means(Classifier):
    def cross_fit(self, x, label, fold_parts, seeds, fraction=1.0):
        score = np.zeros(fold_parts.shape, np.float32)
        for repeat, folds in enumerate(fold_parts.T // 2):
            for fold in np.unique(folds):
                train = folds != fold
                z = np.nan_to_num((x - x[train].mean(0)) / (x[train].std(0) + 1e-6))
                line = z[train & (label == 1)].mean(0) - z[train & (label == 0)].mean(0)
                score[~train, repeat] = z[~train] @ line
        none = np.zeros((1, fold_parts.shape[1], 5))
        return CrossFit(score, History(np.arange(1), none, none), int(0.8 * len(x)))
'''


def study() -> dict[str, Any]:
    """The tiny study, smaller, with all that can change: plug-ins, a file, a second dataset."""
    config = yaml.safe_load((REPOSITORY / "tests" / "studies" / "tiny.yaml").read_text())
    sizes = {"generator": 300, "classifier": 200, "final": 200}
    config["study"] = "small"
    config["preprocessing"] = yaml.safe_load(RECIPES.read_text())
    config["datasets"] = {
        "eplus": {"source": "bundled", "geometry": "calogan_coarse", **sizes},
        "gamma": {"source": "data/gamma.hdf5", "geometry": "geometry.yaml", **sizes},
    }
    flow = {"card": "tiny", "datasets": ["eplus"]}
    config["generators"] = {
        "caloflow": {**flow, "preprocessing": "noise_before"},
        "caloinn": {**flow, "preprocessing": "noise_after"},
        "nearest": {"file": "plugins/nearest.py", "datasets": ["eplus"]},
        "upon": {"file": "plugins/upon.py", "builds_on": "caloinn", "datasets": ["eplus"]},
    }
    config["samples"] = {"mine": {"file": "data/mine.hdf5", "dataset": "eplus"}}
    config["classifiers"] = {"dnn": {"card": "tiny"}, "means": {"file": "plugins/means.py"}}
    config["inputs"] = ["high_level"]
    wanted = ("classifier", "memorisation", "energy_regression", "findings")
    config["analyses"] = {name: config["analyses"][name] for name in wanted} | {
        "separation": {"replicas": 5},
        "pairs": {"pairs": [["caloflow", "caloinn"]]},
        "evaluate_model": {},
    }
    config["figures"] = {
        "roc": {"title": "ROC curves", "most": 20},
        "losses": {"title": "Training", "samples": ["caloflow", "caloinn"]},
        "scan_curves": {"title": "Scans", "samples": ["caloflow", "caloinn"]},
        "energy_regression": {"title": "Estimated energies", "most": 20},
    }
    config["style"] = {"labels": {"caloflow": "CaloFlow"}, "colours": {}}
    return config


def write_study(folder: Path, eplus: Showers) -> None:
    """Copy the repository without what no study needs, and add the study's own files."""
    for name in ("Snakefile", "config.yaml"):
        shutil.copy2(REPOSITORY / name, folder / name)
    for name in ("profiles", "envs"):
        shutil.copytree(REPOSITORY / name, folder / name)
    unneeded = shutil.ignore_patterns("__pycache__", "gamma.hdf5", "piplus.hdf5")
    shutil.copytree(REPOSITORY / "workflow", folder / "workflow", ignore=unneeded)
    plugins = {"nearest": NEAREST, "scaling": SCALING, "upon": UPON, "means": MEANS}
    for name, text in plugins.items():
        path = folder / "plugins" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    geometry = folder / "workflow" / "resources" / "geometries" / "calogan_coarse.yaml"
    (folder / "geometry.yaml").write_text(geometry.read_text())
    (folder / "data").mkdir()
    write_showers(folder / "data" / "gamma.hdf5", eplus[:700], remark="as it was")
    write_showers(folder / "data" / "mine.hdf5", eplus[700:1000], remark="as it was")
    (folder / CONFIG).write_text(yaml.safe_dump(study(), sort_keys=False))


def build(folder: Path, *targets: str) -> None:
    """Run the study, or what targets need, as a user would."""
    command = [Path(sys.executable).parent / "snakemake", "--cores", "2", *targets]
    command += ["--configfile", CONFIG]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-5000:]


def copy_of(folder: Path, target: Path) -> Path:
    shutil.copytree(folder, target, copy_function=shutil.copy2)
    return target


@dataclass(frozen=True)
class Plan:
    """What Snakemake would do: jobs with their own causes, and all that was printed.

    Arguments:
        jobs: (rule, wildcard values) to causes; None if Snakemake refused.
        said: standard output and error.
    """

    jobs: dict[tuple[str, ...], list[str]] | None
    said: str


class Planner:
    """A process that plans on request; see planner.py."""

    def __init__(self) -> None:
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("planner.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def ask(self, folder: Path, arguments: list[str], path: list[str], touch: bool) -> Plan:
        request = {"folder": str(folder), "path": path, "touch": touch}
        request["arguments"] = [*arguments, "--configfile", CONFIG]
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        jobs = answer["jobs"]
        if jobs is not None:
            jobs = {tuple(job): causes for job, causes, _ in jobs}
        return Plan(jobs, answer["said"])

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Workspace(ExitStack):
    """The built study; leaving the context takes every change back, times included.

    Arguments:
        folder: where it is.
        planner: plans for it.
        arguments: for every plan.
    """

    def __init__(self, folder: Path, planner: Planner, arguments: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.folder = folder
        self.planner = planner
        self.arguments = list(arguments)
        self.path: list[str] = []

    def __enter__(self) -> Workspace:
        self.callback(setattr, self, "arguments", self.arguments)
        self.callback(setattr, self, "path", self.path)
        return super().__enter__()

    def plan(self, *arguments: str) -> Plan:
        return self.planner.ask(self.folder, [*self.arguments, *arguments], self.path, False)

    def accept(self) -> None:
        """Let Snakemake record all results as made by the present config and code."""
        answer = self.planner.ask(self.folder, self.arguments, self.path, True)
        assert answer.jobs is not None, answer.said

    def rewrite(self, name: str, change: Callable[[str], str]) -> None:
        """Change a text file."""
        path = self.folder / name
        before = path.read_text()
        after = change(before)
        assert after != before, f"nothing changed in {name}"
        self.replace(name, after.encode())

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file."""
        assert (self.folder / name).read_text().count(old) == 1, f"{name}: {old!r}"
        self.rewrite(name, lambda text: text.replace(old, new))

    def configure(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Change the config; the file is written anew in any case."""
        path = self.folder / CONFIG
        config = yaml.safe_load(path.read_text())
        changed = change(config)
        text = yaml.safe_dump(changed if isinstance(changed, dict) else config, sort_keys=False)
        self.replace(CONFIG, text.encode())

    def replace(self, name: str, content: bytes, keep_time: bool = False) -> None:
        """Give a file, new or old, another content."""
        path = self.folder / name
        if path.exists():
            self._keep(path)
        else:
            self.callback(path.unlink, missing_ok=True)
        times = path.stat().st_mtime_ns if keep_time else None
        path.write_bytes(content)
        if times:
            os.utime(path, ns=(times, times))

    def delete(self, name: str) -> None:
        """Take a file away."""
        self._keep(self.folder / name)
        (self.folder / name).unlink()

    def touch(self, *folders: str) -> None:
        """Give every file a new time, in an order that makes inputs newer than outputs."""
        paths = [path for name in folders for path in (self.folder / name).rglob("*")]
        files = sorted(filter(Path.is_file, paths), key=lambda path: -path.stat().st_mtime_ns)
        start = time.time_ns() - len(files) * STEP_NS
        for i, path in enumerate(files):
            self._keep_times(path)
            os.utime(path, ns=(start + i * STEP_NS, start + i * STEP_NS))

    def install(self, package: str, version: str) -> None:
        """Let another version of a package seem to be installed."""
        folder = self.folder / "fake" / f"{package}-{version}.dist-info"
        folder.mkdir(parents=True)
        self.callback(shutil.rmtree, self.folder / "fake")
        (folder / "METADATA").write_text(f"Name: {package}\nVersion: {version}\n")
        (folder / "top_level.txt").write_text(f"{package}\n")
        self.path = [str(self.folder / "fake")]

    def _keep(self, path: Path) -> None:
        stat = path.stat()
        content = path.read_bytes()
        self.callback(os.utime, path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        self.callback(path.write_bytes, content)

    def _keep_times(self, path: Path) -> None:
        stat = path.stat()
        self.callback(partial(os.utime, path, ns=(stat.st_atime_ns, stat.st_mtime_ns)))
