"""The profiles: each can plan, and only the workstation counts GPUs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY
from submitting import (
    PROFILES,
    needs,
    snakemake,
)


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_a_dry_run_works(checkout: Path, tmp_path: Path, profile: str) -> None:
    needs(profile)
    more = ("--default-storage-prefix", tmp_path) if profile == "kubernetes" else ()
    run = snakemake(
        checkout,
        *("--workflow-profile", f"profiles/{profile}"),
        *("--configfile", "tests/studies/tiny.yaml", "--dry-run", *more),
    )
    output = run.stdout + run.stderr
    assert run.returncode == 0, output[-5000:]
    assert f"profile profiles/{profile} for setting" in output
    assert re.search(r"^train +\d+$", output, flags=re.MULTILINE)


@pytest.mark.parametrize("profile", PROFILES)
def test_only_the_workstation_counts_gpus(profile: str) -> None:
    """A limit of the workstation would let one GPU job at a time onto a cluster."""
    settings = yaml.safe_load((REPOSITORY / "profiles" / profile / "config.yaml").read_text())
    assert ("resources" in settings) == (profile == "default")
    assert ("executor" in settings) == (profile != "default")
    assert settings["rerun-incomplete"] and settings["show-failed-logs"]


SMALL = """
rule large:
    output: "large"
    shell: "head -c 3000000 /dev/zero > {output}"
rule last:
    input: "large"
    output: "last"
    default_target: True
    shell: "wc -c {input} > {output}"
"""


@pytest.mark.slow
@pytest.mark.parametrize("limit", [None, "1000000"])
def test_a_new_time_of_a_large_file_reruns_nothing(tmp_path: Path, limit: str | None) -> None:
    (tmp_path / "Snakefile").write_text(SMALL)
    profile = ("--workflow-profile", REPOSITORY / "profiles" / "default")
    arguments = () if limit is None else ("--max-checksum-file-size", limit)
    assert snakemake(tmp_path, *profile, *arguments).returncode == 0
    (tmp_path / "large").touch()
    run = snakemake(tmp_path, *profile, *arguments, "--dry-run")
    assert run.returncode == 0
    output = run.stdout + run.stderr
    # With Snakemake's own limit of 1 MB it would: the setting of the profile is what helps.
    assert ("Nothing to be done" in output) == (limit is None)
