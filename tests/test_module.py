"""Another workflow that uses this one as a module."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from places import REPOSITORY

OTHER = f"""
module ultimetric:
    snakefile: "{REPOSITORY}/Snakefile"
    config: config


use rule * from ultimetric as ultimetric_*


rule size:
    default_target: True
    input: "results/tiny/data/eplus/final.hdf5"
    output: "size.txt"
    shell: "wc -c {{input}} > {{output}}"
"""
TINY = REPOSITORY / "tests" / "studies" / "tiny.yaml"

pytestmark = pytest.mark.workflow


def snakemake(folder: Path, *arguments: str) -> str:
    command = [Path(sys.executable).parent / "snakemake", "--cores", "2", *arguments]
    run = subprocess.run(
        [*map(str, command), "--configfile", str(TINY)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    said = run.stdout + run.stderr
    assert run.returncode == 0, said[-3000:]
    return said


def test_the_workflow_is_a_module_of_another(tmp_path: Path) -> None:
    """Its jobs run from there, and all of its targets can be planned."""
    (tmp_path / "Snakefile").write_text(OTHER)
    assert "Divide the eplus truth" in snakemake(tmp_path)
    assert (tmp_path / "size.txt").is_file()
    said = snakemake(tmp_path, "--dry-run", "ultimetric_all")
    assert "Collect all numbers of the study tiny." in said
    assert "Nothing to be done" in snakemake(tmp_path, "--dry-run")
