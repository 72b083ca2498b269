"""What a job asks HTCondor for.

No HTCondor is there: a fake of its bindings writes down what it is given and says that the job
has failed.
"""

from __future__ import annotations

import json
import os
import re
import sys
from base64 import urlsafe_b64decode
from pathlib import Path

import yaml
from places import REPOSITORY
from submitting import (
    card,
    needs,
    snakemake,
    submit,
)


def test_htcondor_is_asked_for_what_the_cards_say(checkout: Path, tmp_path: Path) -> None:
    needs("htcondor")
    record = tmp_path / "record"
    fakes = os.pathsep.join(
        filter(None, [str(REPOSITORY / "tests" / "fakes"), os.environ.get("PYTHONPATH")])
    )
    submit(checkout, "htcondor", checkout, PYTHONPATH=fakes, ULTIMETRIC_RECORD=record)
    jobs = {}
    for line in record.read_text().splitlines():
        job = json.loads(line)
        jobs[job["batch_name"].partition("-")[0]] = job
    for rule, model in (("train", "caloflow"), ("sample", "caloinn")):
        resources, job = card(model)["resources"], jobs[rule]
        assert resources["gpu"] == job["request_gpus"] == 1
        assert job["request_memory"] == f"{resources['mem_mb']}MB"
        assert job["+MaxRuntime"] == 60 * resources["runtime"]
        assert job["request_cpus"] == str(card(model)["threads"])
        # HTCondor starts the executable with these words, no shell between.
        assert job["executable"] == sys.executable
        words = job["arguments"].split()
        assert words[:2] == ["-m", "snakemake"]
        assert words[words.index("--target-jobs") + 1].startswith(f"{rule}:")
        assert "should_transfer_files" not in job
    assert jobs["observe"]["request_gpus"] == 0
    assert jobs["observe"]["request_memory"] == "2000MB"


def test_htcondor_hands_on_where_geant4s_tables_are(
    checkout: Path, tmp_path: Path, geant4_data: Path
) -> None:
    """HTCondor's jobs see no variables of the shell, but the one that tells both."""
    needs("htcondor")
    simulate = {"detector": "calogan", "particle": "e+", "showers": 1000}
    config = {"datasets": {"eplus": {"source": {"simulate": simulate}}}}
    (tmp_path / "simulated.yaml").write_text(yaml.safe_dump(config))
    record = tmp_path / "record"
    fakes = os.pathsep.join(
        filter(None, [str(REPOSITORY / "tests" / "fakes"), os.environ.get("PYTHONPATH")])
    )
    run = snakemake(
        checkout,
        *("--workflow-profile", "profiles/htcondor"),
        *("--configfile", "tests/studies/tiny.yaml", tmp_path / "simulated.yaml"),
        *("--retries", "0", "--latency-wait", "0", "--seconds-between-status-checks", "1"),
        *("--", "results/tiny/simulated/eplus.hdf5"),
        PYTHONPATH=fakes,
        ULTIMETRIC_RECORD=record,
        GEANT4_DATA_DIR=geant4_data,
    )
    assert record.exists(), run.stderr[-5000:]
    jobs = [json.loads(line) for line in record.read_text().splitlines()]
    assert len(jobs) == 2 and all(job["batch_name"].startswith("simulate") for job in jobs)
    for job in jobs:
        # No space, semicolon or quote within: else HTCondor reads something else.
        (value,) = re.fullmatch(r'ULTIMETRIC_SIMULATION="([\w=-]+)"', job["environment"]).groups()
        known = json.loads(urlsafe_b64decode(value))
        assert known["variables"] == {"GEANT4_DATA_DIR": str(geant4_data)}
        assert known["found"]["eplus"]["tables"].startswith("G4EMLOW8.8, G4PARTICLEXS4.2: ")
