"""Keep results/benchmarks.csv as a table worth quoting, with where and how it was measured.

PYTHONPATH=workflow:.peers python benchmarks/keep.py NAME
"""

from __future__ import annotations

import datetime
import platform
import re
import sys
from importlib import metadata
from pathlib import Path

import torch
from harness import TABLE

MEASURED = Path(__file__).parent / "measured"
PACKAGES = ("torch", "numpy", "numba", "zuko", "h5py", "nflows")


def main() -> None:
    (name,) = sys.argv[1:]
    versions = {package: metadata.version(package) for package in PACKAGES}
    lines = [
        "# command: the scripts of make bench",
        f"# date: {datetime.date.today()}",
        f"# machine: {machine()}",
        f"# python {platform.python_version()}, "
        + ", ".join(f"{package} {version}" for package, version in versions.items()),
    ]
    path = MEASURED / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n" + TABLE.read_text())
    print(path)


def machine() -> str:
    """The processor's name and cores, and the GPU's name if there is one."""
    info = Path("/proc/cpuinfo")
    models = re.findall(r"^model name\s*: (.*)$", info.read_text(), re.M) if info.is_file() else []
    processor = f"{models[0]}, {len(models)} cores" if models else platform.processor()
    gpu = [torch.cuda.get_device_name()] if torch.cuda.is_available() else []
    return "; ".join([processor, *gpu])


if __name__ == "__main__":
    main()
