"""How long planning takes: the default study, and one of sixty generators; files checked before.

python benchmarks/planning.py
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from harness import Timing, record

REPOSITORY = Path(__file__).parents[1]
RUNS = 3


def main() -> None:
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    for n_generators in (None, 60):
        if n_generators:
            config["generators"] |= {
                f"flow_{i}": {
                    "model": "caloinn",
                    "preprocessing": "noise_after",
                    "override": {"flow": {"blocks": i + 1}},
                }
                for i in range(n_generators - len(config["generators"]))
            }
        with tempfile.TemporaryDirectory() as folder:
            study = Path(folder) / "study.yaml"
            study.write_text(yaml.safe_dump(config, sort_keys=False))
            seconds, jobs = zip(*(plan(study) for _ in range(1 + RUNS)), strict=True)
        name = f"{n_generators}_generators" if n_generators else "default"
        record(f"planning:{name}", Timing(list(seconds[1:])), note=f"{jobs[0]} jobs")


def plan(study: Path) -> tuple[float, int]:
    """Seconds and jobs of a dry run."""
    snakemake = [Path(sys.executable).parent / "snakemake", "-s", REPOSITORY / "Snakefile"]
    where = ["--directory", study.parent, "--configfile", study, "--dry-run", "--quiet", "rules"]
    start = time.monotonic()
    run = subprocess.run(
        [*map(str, snakemake + where)], check=True, capture_output=True, text=True
    )
    seconds = time.monotonic() - start
    return seconds, int(re.search(r"^total +(\d+)", run.stdout + run.stderr, re.M)[1])


if __name__ == "__main__":
    main()
