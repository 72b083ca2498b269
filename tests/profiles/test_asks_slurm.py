"""What a job asks Slurm for.

No Slurm is there: a fake sbatch writes down what it is given and says that the job has failed.
test_slurm.py has a real one.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from submitting import (
    card,
    needs,
    submit,
)

SBATCH = """#!{python}
import json, sys
with open({record!r}, "a") as file:
    print(json.dumps(sys.argv[1:]), file=file)
print(len(open({record!r}).readlines()))
"""
SQUEUE = """#!{python}
for number, _ in enumerate(open({record!r}), 1):
    print(f"{{number}}|FAILED")
"""
SINFO = """#!{python}
print("PARTITION", "cpu*", "gpu")
"""
SCONTROL = """#!{python}
print("MinJobAge               = 300 sec")
"""
QUIET = """#!{python}
"""


@pytest.fixture
def fake_slurm(tmp_path: Path) -> tuple[str, Path]:
    """A PATH with Slurm's commands, and the file in which sbatch writes its arguments."""
    folder, record = tmp_path / "bin", tmp_path / "record"
    folder.mkdir()
    record.touch()
    programs = {"sbatch": SBATCH, "squeue": SQUEUE, "sinfo": SINFO, "scontrol": SCONTROL}
    for name in ("scancel", "sacct", "sacctmgr", "sshare", *programs):
        text = programs.get(name, QUIET).format(python=sys.executable, record=str(record))
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/bin:/bin", record


def slurm_jobs(record: Path) -> dict[str, dict[str, str]]:
    """Options of sbatch by rule; `wrap` is the command."""
    jobs = {}
    for line in record.read_text().splitlines():
        words = iter(json.loads(line))
        options = {}
        for word in words:
            name, equals, value = word.partition("=")
            flag = name in ("--parsable", "--requeue")
            options[name.lstrip("-")] = value if equals else ("" if flag else next(words))
        jobs[re.match("rule_([a-z]+)", options["comment"])[1]] = options
    return jobs


@pytest.mark.slow
def test_slurm_is_asked_for_what_the_cards_say(checkout: Path, fake_slurm) -> None:
    needs("slurm")
    path, record = fake_slurm
    fast = ("--slurm-init-seconds-before-status-checks", "1")
    submit(checkout, "slurm", checkout, *fast, PATH=path)
    jobs = slurm_jobs(record)
    for rule, model in (("train", "caloflow"), ("sample", "caloinn")):
        resources, job = card(model)["resources"], jobs[rule]
        assert resources["gpu"] == 1
        assert job["gpus"] == "1"
        assert job["mem"] == str(resources["mem_mb"])
        assert job["t"] == str(resources["runtime"])
        assert job["cpus-per-task"] == str(card(model)["threads"])
        assert job["p"] == "cpu" and "requeue" in job
        assert f"--target-jobs '{rule}:" in job["wrap"]
    assert "gpus" not in jobs["observe"] and jobs["observe"]["mem"] == "2000"
    assert "A" not in jobs["train"]


@pytest.mark.slow
def test_slurm_partitions_by_what_a_job_needs(checkout: Path, fake_slurm) -> None:
    """profiles/slurm/partitions.yaml, and an account, as its comments offer them."""
    needs("slurm")
    path, record = fake_slurm
    submit(
        checkout,
        "slurm",
        checkout,
        *("--slurm-init-seconds-before-status-checks", "1"),
        *("--slurm-partition-config", "profiles/slurm/partitions.yaml"),
        *("--set-resources", "train:gpu_model=a100", "train:slurm_account=mine"),
        *("train:slurm_extra='--nice=100'", "train:mem_mb=16000 * attempt"),
        # A partition may be called like a resource.
        "observe:slurm_partition=gpu",
        PATH=path,
    )
    jobs = slurm_jobs(record)
    assert jobs["train"]["p"] == jobs["sample"]["p"] == "gpu"
    assert jobs["observe"]["p"] == "gpu"
    assert jobs["train"]["gpus"] == "a100:1" and jobs["sample"]["gpus"] == "1"
    assert jobs["train"]["nice"] == "100" and jobs["train"]["mem"] == "16000"
    assert jobs["train"]["A"] == "mine" and "A" not in jobs["sample"]
