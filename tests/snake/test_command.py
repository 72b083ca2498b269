"""Commands of jobs, whatever the size of a study."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import h5py
import pytest
import yaml
from places import REPOSITORY, WORKFLOW
from showers import write_showers
from snakemake.utils import format as fill_in

from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers
from ultimetric.snake.command import LONGEST, files_of, in_full, shortened, stage

ONE_ARGUMENT = 128 * 1024  # bytes, of Linux
SHORT = 100_000  # bytes of a command that is far from it


def test_a_short_text_stands_as_it_is(tmp_path: Path) -> None:
    text = '{"a": 1}'
    assert shortened(text, tmp_path) == text
    assert in_full(text) == {"a": 1}
    assert not list(tmp_path.iterdir())


def test_a_long_text_is_kept(tmp_path: Path) -> None:
    value = {"a": "a" * LONGEST}
    text = shortened(json.dumps(value), tmp_path)
    assert len(text) < 200
    assert in_full(text) == value
    (path,) = tmp_path.iterdir()
    path.write_text("{")
    with pytest.raises(UserError, match="is gone or damaged: run again"):
        in_full(text)
    assert in_full(shortened(json.dumps(value), tmp_path)) == value
    path.unlink()
    with pytest.raises(UserError, match="is gone or damaged: run again"):
        in_full(text)


def test_a_plan_needs_no_place_to_write(tmp_path: Path) -> None:
    """Somebody else's study can be planned."""
    (tmp_path / "file").touch()
    assert shortened(json.dumps("a" * LONGEST), tmp_path / "file" / "jobs").startswith("{")


def test_files_have_the_names_of_the_rule() -> None:
    found = files_of(
        {"truth": [], "sample": "a"}, {"made": "b"}, {"truth": Path("c"), "more": ["d"]}
    )
    assert json.loads(found) == {
        "inputs": {"truth": ["c"], "sample": ["a"], "more": ["d"]},
        "outputs": {"made": "b"},
    }


@pytest.mark.slow
def test_a_job_of_many_files_and_settings_runs(
    tmp_path: Path, eplus: Showers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_showers(tmp_path / "part.hdf5", eplus[:1])
    parts = {"parts": [tmp_path / "part.hdf5"] * 2000}
    cfg, files = (
        json.dumps({"text": "'a' " * ONE_ARGUMENT}),
        files_of(parts, {"joined": "all"}, {}),
    )
    params = SimpleNamespace(
        code="none", cfg=shortened(cfg, Path("settings")), files=shortened(files, Path("jobs"))
    )
    command = fill_in(stage("gather"), log="log", params=params)
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    run = subprocess.run(
        ["sh", "-c", command],
        env={"PATH": path, "PYTHONPATH": str(WORKFLOW)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    with h5py.File("all") as joined:
        assert len(joined["layer_0"]) == 2000


@pytest.mark.workflow
def test_a_study_of_many_datasets_and_figures_plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command is far from what a shell takes."""
    vectors = {"kind": "vectors", "dimensions": 2, "source": {"draw": {"events": 400}}}
    sizes = {"generator": 200, "classifier": 100, "final": 100}
    datasets = [f"gauss_{i}" for i in range(12)]
    figure = {"module": "observables", "group": "components"}
    config = {
        "study": "many",
        "datasets": {name: vectors | sizes for name in datasets},
        "generators": {},
        "samples": {"shifted": {"datasets": datasets, "distort": {"shift": 1.0}}},
        "classifiers": {"dnn": {"card": "cpu"}},
        "inputs": ["vector"],
        "analyses": {"counts": {}},
        "figures": {f"components_{i}": figure | {"title": "a" * 200} for i in range(40)},
    }
    (tmp_path / "many.yaml").write_text(yaml.safe_dump(config))
    command = [Path(sys.executable).parent / "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    run = subprocess.run(
        [*command, "--directory", tmp_path, "--configfile", tmp_path / "many.yaml", "-n", "-p"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    commands = [x for x in (run.stdout + run.stderr).splitlines() if "ultimetric.stages" in x]
    assert max(map(len, commands)) < SHORT
    (report,) = (command for command in commands if "ultimetric.stages report" in command)
    monkeypatch.chdir(tmp_path)
    files = in_full(shlex.split(report)[-1])["inputs"]
    assert len(files["figures"]) == 12 * 40
    assert len(json.dumps(files)) > LONGEST


def test_a_package_from_elsewhere_is_refused(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "ultimetric.stages",
            "weigh",
            "--cfg",
            "{}",
            "--files",
            "{}",
            "--code",
            "",
            "--log",
            "x.log",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": str(REPOSITORY / "workflow"), "ULTIMETRIC_SOURCE": str(tmp_path)},
        check=False,
    )
    assert run.returncode == 1
    assert "ultimetric was imported from" in run.stderr
    assert "Traceback" not in run.stderr
