"""What a study costs beside its work: Snakemake itself, and starting a Python for every job.

    python benchmarks/overhead.py [--configfile FILE] [--directory FOLDER]

Runs a study (the default one) from the start and adds up the CPU seconds that every stage
logs. Everything else that ran is overhead. Prints one row per rule and the total.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
LINES = re.compile(r"(ready after|worked for) ([\d.]+) CPU seconds")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--configfile", type=Path, default=REPOSITORY / "config.yaml")
    parser.add_argument("--directory", type=Path, help="empty; kept (default: a temporary one)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (chosen.directory or Path(temporary)).resolve()
        snakemake = [Path(sys.executable).parent / "snakemake", "-s", REPOSITORY / "Snakefile"]
        where = ["--directory", folder, "--configfile", chosen.configfile.resolve()]
        start = time.monotonic()
        subprocess.run([*map(str, snakemake + where)], check=True, stderr=subprocess.DEVNULL)
        wall = time.monotonic() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        rules: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for path in folder.glob("results/*/logs/**/*.log"):
            seconds = dict(LINES.findall(path.read_text()))
            rule = path.relative_to(folder).parts[3].removesuffix(".log")
            rules[rule].append((float(seconds["ready after"]), float(seconds["worked for"])))
    total = used.ru_utime + used.ru_stime
    print(f"{'rule':12} {'jobs':>5} {'starting/s':>11} {'work/s':>9}")
    for rule, jobs in sorted(rules.items(), key=lambda item: -sum(x for x, _ in item[1])):
        ready, work = (sum(column) for column in zip(*jobs, strict=True))
        print(f"{rule:12} {len(jobs):5} {ready:11.1f} {work:9.1f}")
    starting = sum(ready for jobs in rules.values() for ready, _ in jobs)
    work = sum(work for jobs in rules.values() for _, work in jobs)
    cores = os.cpu_count()
    print(
        f"wall {wall:.0f} s on {cores} cores, {total:.0f} CPU s: work {work:.0f}, "
        f"starting {starting:.0f}, Snakemake and shells {total - work - starting:.0f}"
    )
    print(
        f"overhead {100 * (1 - work / total):.1f} % of the CPU time, "
        f"{100 * (total - work) / (wall * cores):.1f} % of wall time x cores"
    )


if __name__ == "__main__":
    main()
