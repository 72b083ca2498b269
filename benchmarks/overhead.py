"""What a study costs beside its work: Snakemake itself, and starting a Python for every job.

    python benchmarks/overhead.py [config file]

Runs the study from the start in a temporary folder and adds up the CPU seconds that every stage
logs. Everything else that ran is overhead. Prints one row per rule and the total.
"""

from __future__ import annotations

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
    snakemake = Path(sys.executable).parent / "snakemake"
    config = Path(sys.argv[1] if len(sys.argv) > 1 else REPOSITORY / "config.yaml").resolve()
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        command = [snakemake, "-s", REPOSITORY / "Snakefile", "-d", folder, "--configfile", config]
        subprocess.run([str(x) for x in command], check=True, stderr=subprocess.DEVNULL)
        wall = time.monotonic() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = used.ru_utime + used.ru_stime
        rules: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for path in Path(folder).glob("results/*/logs/**/*.log"):
            seconds = dict(LINES.findall(path.read_text()))
            rule = path.relative_to(folder).parts[3].removesuffix(".log")
            rules[rule].append((float(seconds["ready after"]), float(seconds["worked for"])))
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
