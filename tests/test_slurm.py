"""A small study through a real Slurm of one node, whose GPUs are fake."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from places import REPOSITORY
from showers import write_showers

STUDIES = REPOSITORY / "tests" / "studies"
SLURM = REPOSITORY / "tests" / "slurm"
PROGRAMS = ("munged", "slurmctld", "slurmd")
RULES = {
    "preprocess", "ingest", "train", "sample", "observe", "classify", "weigh", "aggregate",
    "figure", "report",
    "classifier", "energy_regression", "evaluate_model", "findings", "memorisation", "neighbours",
    "pairs", "reweighting",
}  # fmt: skip
GROUPED = {"weigh", "classifier", "findings", "neighbours", "figure"}
GPU_RULES = {"train", "evaluate_model", "sample"}
# Under the shell of a step there is nothing to see afterwards: the job itself writes it down.
SPY = """import os, sys
if "ultimetric.stages" in " ".join(sys.orig_argv):
    with open(os.environ["ULTIMETRIC_SPY"], "a") as file:
        log = sys.orig_argv[sys.orig_argv.index("--log") + 1]
        rule = log.partition("/logs/")[2].partition("/")[0].removesuffix(".log")
        print(rule, os.environ.get("CUDA_VISIBLE_DEVICES", "none"), file=file)
"""

pytestmark = [pytest.mark.workflow, pytest.mark.slurm]


def slurm(*command: str | Path) -> str:
    return subprocess.run([*map(str, command)], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Path]:
    """A folder with a running Slurm of two fake GPUs."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path="/usr/sbin:/usr/bin")]
    if missing:
        pytest.skip(f"no {', '.join(missing)} here (Debian: apt-get install slurm-wlm munge)")
    if os.geteuid() != 0:
        pytest.skip("Slurm's daemons are started by root only")
    folder = tmp_path_factory.mktemp("slurm")
    try:
        subprocess.run([SLURM / "up.sh", folder, "2"], check=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SLURM_CONF", str(folder / "slurm.conf"))
            yield folder
    finally:
        subprocess.run([SLURM / "down.sh", folder], check=True)


@pytest.fixture(scope="module")
def study(tmp_path_factory, eplus_full) -> Path:
    """A folder with the files that a user brings."""
    folder = tmp_path_factory.mktemp("study")
    write_showers(folder / "my_showers.hdf5", eplus_full[np.arange(500)])
    (folder / "mine.yaml").write_text("samples: {mine: {file: my_showers.hdf5}}\n")
    (folder / "spy").mkdir()
    (folder / "spy" / "sitecustomize.py").write_text(SPY)
    return folder


def snakemake(folder: Path, *arguments: str) -> str:
    """Run Snakemake in a folder as a user does, nothing activated; returns what it prints."""
    run = subprocess.run(
        [
            Path(sys.executable).parent / "snakemake",
            *("--snakefile", REPOSITORY / "Snakefile"),
            *("--configfile", STUDIES / "tiny.yaml", STUDIES / "slurm.yaml", "mine.yaml"),
            *arguments,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        env={
            "PATH": "/usr/bin:/bin:/usr/sbin",
            "HOME": os.environ.get("HOME", "/root"),
            "SLURM_CONF": os.environ["SLURM_CONF"],
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": str(folder / "spy"),
            "ULTIMETRIC_SPY": str(folder / "seen"),
        },
        check=False,
    )
    output = run.stdout + run.stderr
    assert run.returncode == 0, output[-5000:]
    return output


def planned(output: str) -> Counter[str]:
    """Jobs of each rule, from Snakemake's table."""
    table = re.search(r"^job +count\n[- ]+\n(.*?)^total", output, flags=re.DOTALL | re.MULTILINE)
    assert table, output[-5000:]
    return Counter({name: int(n) for name, n in map(str.split, table[1].splitlines())})


@pytest.fixture(scope="module")
def finished(cluster: Path, study: Path) -> Counter[str]:
    """Runs the study on Slurm; gives the jobs that Snakemake had planned."""
    output = snakemake(
        study,
        *("--workflow-profile", "slurm"),
        # A group may ask for no more than this node has.
        *("--cores", str(os.cpu_count())),
        # The cards for tests ask for no GPU.
        *("--set-resources", *(f"{rule}:gpu=1" for rule in sorted(GPU_RULES))),
        *("--slurm-init-seconds-before-status-checks", "1"),
    )
    return planned(output)


@pytest.fixture(scope="module")
def submitted(finished: Counter[str]) -> list[tuple[str, str]]:
    """(rule or group, description by scontrol) of every job that Slurm knows."""
    jobs = [x for x in slurm("scontrol", "show", "job").split("\n\n") if "JobId=" in x]
    return [(named(re.search(r"Comment=rule_(\S+)", job)[1]), job) for job in jobs]


def named(comment: str) -> str:
    """The group that a comment names, or else the rule; wildcards follow."""
    if (group := comment.partition("_")[0]) in ("numbers", "figures"):
        return group
    return max((rule for rule in RULES if comment.startswith(rule)), key=len)


def test_every_job_went_through_slurm(
    cluster: Path, finished: Counter[str], submitted: list[tuple[str, str]]
) -> None:
    assert set(finished) == RULES | {"all"}  # `all` runs no command
    alone = Counter({rule: n for rule, n in finished.items() if rule not in {*GROUPED, "all"}})
    # A group of numbers for each sample; neighbours, which need no weights, are one of their own.
    grouped = Counter(numbers=finished["findings"] + finished["neighbours"], figures=1)
    assert Counter(rule for rule, _ in submitted) == alone + grouped
    assert all("JobState=COMPLETED" in job for _, job in submitted)
    assert (cluster / "jobs").read_text().count("JobState=COMPLETED") == len(submitted)


def test_gpus_are_asked_for_where_needed(submitted: list[tuple[str, str]]) -> None:
    for rule, job in submitted:
        gpus = re.findall(r"TresPerJob=(\S+)", job)
        assert gpus == (["gres:gpu:1"] if rule in GPU_RULES else []), rule


def test_resources_of_the_rules_arrive(submitted: list[tuple[str, str]]) -> None:
    jobs = dict(submitted)
    assert "mem=2000M" in jobs["preprocess"] and "TimeLimit=00:15:00" in jobs["preprocess"]
    assert "mem=1000M" in jobs["train"] and "TimeLimit=00:05:00" in jobs["train"]
    assert "TimeLimit=01:00:00" in jobs["ingest"]
    assert all("CPUs/Task=1 " in jobs[rule] for rule in RULES - GROUPED)
    cpus = [int(n) for n in re.findall(r"CPUs/Task=(\d+) ", jobs["numbers"])]
    assert cpus and max(cpus) <= 4 and f"mem={2000 * cpus[0]}M" in jobs["numbers"]


def test_jobs_see_their_gpu_only(finished: Counter[str], study: Path) -> None:
    seen = [line.split() for line in (study / "seen").read_text().splitlines()]
    assert Counter(rule for rule, _ in seen) == finished - Counter({"all": 1})
    for rule, devices in seen:
        allowed = ("0", "1") if rule in GPU_RULES else ("none",)
        assert devices in allowed, rule


@pytest.mark.parametrize("profile", ["slurm", "default"])
def test_nothing_is_left_to_do(finished: Counter[str], study: Path, profile: str) -> None:
    again = snakemake(study, "--workflow-profile", profile, "--dry-run")
    assert "Nothing to be done" in again
