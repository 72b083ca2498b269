"""A calorimeter of 45 layers of polar cells goes through a whole study: one file describes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from kinds.showers.fake import fake_showers
from places import REPOSITORY
from showers import write_showers

from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind

STUDY = REPOSITORY / "tests" / "studies" / "polar.yaml"


@pytest.mark.workflow
def test_from_files_to_the_report(tmp_path: Path) -> None:
    kind = ShowerKind.of(Geometry.from_config(checked_geometry("calochallenge_2")))
    write_showers(tmp_path / "truth.hdf5", fake_showers(kind, 400, 1))
    write_showers(tmp_path / "wider.hdf5", fake_showers(kind, 200, 2, width=1.1))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    command += ["--directory", str(tmp_path), "--configfile", str(STUDY), "--cores", "2"]
    subprocess.run(command, check=True, cwd=tmp_path)
    results = tmp_path / "results" / "polar"
    assert (results / "report.html").is_file()
    table = pd.read_csv(results / "metrics.csv")
    numbers = table[table["observable"] == "sigma_x_20"].set_index(["sample", "metric"])["value"]
    for distance in ("separation", "w1"):
        assert numbers["wider", distance] > 2 * numbers["truth", distance]
    together = table[table["inputs"] == "challenge_high"].set_index(["sample", "metric"])["value"]
    assert together["wider", "mmd"] > together["truth", "mmd"]
    assert together["wider", "mmd_pvalue"] == 1 / 200 < together["truth", "mmd_pvalue"]
    assert together["wider", "coverage"] < together["truth", "coverage"]
    found = pd.read_csv(results / "findings.csv")
    first = found[found["sample"] == "wider"]["observable"].iloc[0]
    assert first.startswith(("sigma_", "r_")), first
