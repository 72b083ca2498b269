"""The CaloChallenge's own evaluate.py and ours on the same two files, number by number.

The script is not part of this repository: CODE is the folder `code` of a clone of
CaloChallenge/homepage. It runs as it is (see published_script.py) with the peers of `make peers`.
Without files, showers are made up, N of each (default 3000).

    PYTHONPATH=workflow:.peers python benchmarks/calochallenge.py CODE DATASET [N]
    PYTHONPATH=workflow:.peers python benchmarks/calochallenge.py CODE DATASET SAMPLE TRUTH

DATASET is 1-photons, 1-pions, 2 or 3.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from showers import kind_of, made_up_showers

from ultimetric.analyses.base import Analysis
from ultimetric.analyses.fpd import Fpd
from ultimetric.analyses.given import DatasetFiles, Given, SampleFiles
from ultimetric.analyses.kpd import Kpd
from ultimetric.analyses.prdc import Prdc
from ultimetric.analyses.separation import Separation
from ultimetric.events import EventFile, write_events
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.observed import write_table

HIGH, VOXELS = "challenge_high", "challenge_log_voxels"
OURS: dict[str, list[Analysis]] = {
    "hist-chi": [Separation({"replicas": 2, "binning": "calochallenge"})],
    "fpd": [
        Fpd({"inputs": HIGH, "min_samples": 10_000, "max_samples": 50_000, "seed": 42}),
        Kpd({"inputs": HIGH, "batch_size": 10_000, "seed": 42}),
    ],
    "prdc": [Prdc({"inputs": VOXELS, "standardise": False, "events": None})],
}
FILES = {"hist-chi": "histogram_chi2", "fpd": "fpd_kpd", "prdc": "prdc"}
# The names of histograms in the script's table, and of our observables.
NAMES = {
    "E layer": "E",
    "EC Eta layer": "x",
    "EC Phi layer": "y",
    "Width Eta layer": "sigma_x",
    "Width Phi layer": "sigma_y",
    "Sparsity layer": "sparsity",
    "EC r layer": "r",
    "Width r layer": "sigma_r",
}
Numbers = dict[str, float]


def theirs(code: Path, dataset: str, mode: str, sample: Path, truth: Path) -> Numbers:
    """The numbers of the script, by our names."""
    folder = sample.parent
    command = [sys.executable, str(Path(__file__).with_name("published_script.py")), str(code)]
    command += ["-i", str(sample), "-r", str(truth), "-m", mode, "-d", dataset, "--no_cuda"]
    done = subprocess.run(
        [*command, "--output_dir", f"{folder}/"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr[-3000:]}")
    text = (folder / f"{FILES[mode]}_{dataset}.txt").read_text()
    number = r"([-+\d.e]+|nan)"
    if mode == "hist-chi":
        pairs = re.findall(rf"(?m)^(.+): *\n{number}$", text)
        return {_named(name): float(value) for name, value in pairs}
    if mode == "fpd":
        pairs = re.findall(rf"(\w+) \(x10\^3\): {number}", text)
        return {name.lower(): float(value) / 1e3 for name, value in pairs}
    return {name: float(value) for name, value in re.findall(rf"([a-z]+): ?{number}", text)}


def _named(name: str) -> str:
    """Our name of a histogram of the script."""
    for words, observable in NAMES.items():
        if name.startswith(f"{words} "):
            return f"{observable}_{name.split()[-1]}"
    energy = re.fullmatch(r"Etot / Einc at E = ([\d.]+)", name)
    if energy:
        return f"response at E_inc = {float(energy[1]) / 1e3:g} GeV"
    return {"Etot / Einc": "response", "Voxel distribution": "voxels"}.get(name, name)


def ours(mode: str, given: Given) -> Numbers:
    """Our numbers by name."""
    found = {}
    for analysis in OURS[mode]:
        for row in analysis.result(given).table.itertuples():
            if row.metric == "separation_calochallenge":
                found[row.observable + (f" at {row.bin}" if row.bin else "")] = row.value
            elif row.observable == "" and not row.metric.startswith("separation"):
                found[row.metric] = row.value
    return found


def given_of(folder: Path, kind: ShowerKind, sample: Path, truth: Path) -> Given:
    """Both files with their tables of observables."""
    tables = []
    for name, path in (("truth", truth), ("sample", sample)):
        tables.append(folder / f"{name}_observables.hdf5")
        write_table(tables[-1], EventFile(path, kind))
    found = SampleFiles("sample", kind, {"events": sample, "observables": tables[1]})
    paths = {"truth": truth, "truth_observables": tables[0]}
    return Given({"ds": DatasetFiles("ds", kind, paths, {"sample": found})}, seed=1)


def compare(code: Path, dataset: str, sample: Path, truth: Path, folder: Path) -> None:
    """Print all numbers side by side, and the times."""
    kind = kind_of(f"calochallenge_{dataset.replace('-', '_')}")
    # The script keeps the truth's observables beside the file, under its name.
    links = [folder / "sample.hdf5", folder / "reference.hdf5"]
    for link, path in zip(links, (sample, truth), strict=True):
        link.symlink_to(path.resolve())
    times: dict[str, tuple[float, float]] = {}
    start = time.perf_counter()
    given = given_of(folder, kind, sample, truth)
    observed = time.perf_counter() - start
    for mode in OURS:
        start = time.perf_counter()
        mine = ours(mode, given)
        between = time.perf_counter()
        published = theirs(code, dataset, mode, *links)
        times[mode] = between - start, time.perf_counter() - between
        for name in published:
            _line(name, mine.get(name, np.nan), published[name])
        away = np.array([mine.get(name, np.nan) - x for name, x in published.items()])
        print(
            f"{mode}: {len(away)} numbers, largest difference {np.nanmax(np.abs(away)):.2g}, "
            f"{np.isnan(away).sum()} not in both\n"
        )
    for mode, (mine_s, published_s) in times.items():
        print(f"{mode}: ours {mine_s:.1f} s, evaluate.py {published_s:.1f} s", flush=True)
    print(f"our tables of observables, made once: {observed:.1f} s")


def _line(name: str, mine: float, published: float) -> None:
    print(f"{name:32} ours {mine:<14.8g} evaluate.py {published:<14.8g} {mine - published:+.2g}")


def main(code: str, dataset: str, *files: str) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        if len(files) == 2:
            sample, truth = map(Path, files)
        else:
            n = int(files[0]) if files else 3000
            kind = kind_of(f"calochallenge_{dataset.replace('-', '_')}")
            sample, truth = folder / "made_up_sample.hdf5", folder / "made_up_truth.hdf5"
            write_events(truth, made_up_showers(kind, n, 1))
            write_events(sample, made_up_showers(kind, n, 2, 0.99, 13.0))
        compare(Path(code).resolve(), dataset, sample, truth, folder)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main(*sys.argv[1:])
