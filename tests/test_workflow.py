"""The whole workflow on few showers, and the examples of the docs, as a user runs them."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from page_blocks import in_docs
from places import REPOSITORY
from showers import read_showers, write_showers

from ultimetric.data.hdf5 import read_attributes
from ultimetric.findings.candidates import TIMES
from ultimetric.findings.names import told
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind

TINY = REPOSITORY / "tests" / "studies" / "tiny.yaml"
MINE = ("my_model", "smallest", "gaussian")  # of the docs

HOSTILE = {"PYTHONIOENCODING": "latin-1", "MPLBACKEND": "module://of.a.notebook"}

pytestmark = pytest.mark.workflow


def snakemake(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Snakemake as a user does: by its path, nothing activated, from another folder.

    The terminal knows no UTF-8, and a notebook has set what its programs draw with.
    """
    command = [Path(sys.executable).parent / "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        [*map(str, [*command, "--directory", folder, *arguments])],
        capture_output=True,
        text=True,
        env=environment | {"PATH": "/usr/bin:/bin"} | HOSTILE,
        check=False,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory, eplus_full, full: Geometry) -> Path:
    """A folder in which the tiny study, with the examples of the docs, has run."""
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(0)
    rows = np.sort(rng.permutation(2000)[:700])
    write_showers(folder / "my_showers.hdf5", eplus_full[rows])
    tutorial, page = "tutorials/generator.md", "tutorials/network.md"
    (folder / "smallest.py").write_text(in_docs(tutorial, "python", "class Smallest"))
    (folder / "gaussian.py").write_text(in_docs(page, "python", "class Gaussian"))
    (folder / "gaussian.yaml").write_text(in_docs(page, "yaml", "width: 32"))
    mine = in_docs("tutorials/file.md", "yaml", "samples:")
    mine += in_docs(tutorial, "yaml", "smallest:")
    mine += in_docs(page, "yaml", "gaussian:").removeprefix("generators:\n")
    (folder / "mine.yaml").write_text(mine)
    run = snakemake(folder, "--configfile", TINY, folder / "mine.yaml")
    assert run.returncode == 0, run.stderr[-5000:]
    (folder / "said").write_text(run.stdout + run.stderr)
    return folder / "results" / "tiny"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_independent_voxels_are_told_as_a_finding(finished: Path) -> None:
    """No voxel of `baseline` knows of another."""
    rows = [row for row in rows_of(finished / "findings.csv") if row["sample"] == "baseline"]
    assert [row["rank"] for row in rows] == [str(k) for k in range(1, len(rows) + 1)]
    assert rows
    kind = ShowerKind.of(Geometry.from_config(geometry_config("calogan_coarse")))
    parts = [told(part, kind) for row in rows for part in row["observable"].split(TIMES)]
    sentences = " ".join(row["sentence"] for row in rows)
    assert all(part in sentences for part in parts)
    assert all(float(row["pvalue"]) < 0.05 for row in rows)


def test_every_sample_is_in_the_table(finished: Path) -> None:
    rows = rows_of(finished / "metrics.csv")
    aucs = {(r["sample"], r["inputs"]): float(r["value"]) for r in rows if r["metric"] == "auc"}
    samples = {name for name, _ in aucs}
    assert {
        "truth",
        "caloflow",
        "caloinn",
        "baseline",
        "my_model",
        "smallest",
        "gaussian",
    } <= samples
    assert all(0 <= value <= 1 for value in aucs.values())
    # True showers of somebody else, and truth, are closer to the truth than untrained networks.
    assert aucs["caloflow", "high_level"] > max(
        aucs["my_model", "high_level"], aucs["truth", "high_level"]
    )


def test_report_and_figures(finished: Path) -> None:
    page = (finished / "report.html").read_text()
    assert "data:image/png;base64," in page
    assert '<section id="section-findings">' in page
    for name in ("weights", "weights_paper", "findings", "roc", "clustering", "noise_order"):
        assert (finished / "figures" / "eplus" / f"{name}.pdf").stat().st_size > 5000


def test_samples_have_the_layout_of_the_truth(finished: Path, coarse: Geometry) -> None:
    for name in ("caloinn", *MINE):
        assert len(read_showers(finished / "samples" / "eplus" / f"{name}.hdf5", coarse)) == 300


def test_nothing_is_left_to_do(finished: Path) -> None:
    folder = finished.parents[1]
    again = snakemake(folder, "--configfile", TINY, folder / "mine.yaml")
    assert again.returncode == 0
    said = again.stdout + again.stderr
    assert "Nothing to be done" in said
    assert re.search(r"^my model.* distinguishable|^sample +distinguishable", said, re.MULTILINE)
    assert said.rstrip().endswith("Report: results/tiny/report.html")
    # The terminal has no such character.
    assert "e?: 600 entries of truth and sample tested" in said


def test_a_run_says_little(finished: Path) -> None:
    """A line for each job, and the verdict; Snakemake's own log has the rest."""
    said = (finished.parents[1] / "said").read_text()
    jobs = re.findall(r"^[\d:]{8}  \[ *(\d+)/(\d+)(?:, .* left)?\]  \S.*\.$", said, re.MULTILINE)
    assert jobs[0][0] == "0"
    assert len(jobs) == int(jobs[0][1])
    assert len(said) < 3000 + 100 * len(jobs)
    assert "Traceback" not in said


def test_an_emptied_table_is_refused_until_it_is_made_again(finished: Path) -> None:
    folder = finished.parents[1]
    table = finished / "analyses" / "counts" / "eplus" / "smallest.csv"
    numbers = (finished / "metrics.csv").read_bytes()
    arguments = ("--configfile", TINY, folder / "mine.yaml")
    table.write_text("")
    run = snakemake(folder, *arguments)
    assert run.returncode == 1
    name = table.relative_to(folder)
    said = f"{name} is damaged, its end is missing: delete it and run again, then rule counts"
    assert said in run.stderr
    table.unlink()
    run = snakemake(folder, *arguments)
    assert run.returncode == 0, run.stderr[-5000:]
    assert "Run the analysis counts on eplus/smallest." in run.stderr
    assert (finished / "metrics.csv").read_bytes() == numbers


def test_plugin_edit_touches_that_model_only(finished: Path) -> None:
    folder = finished.parents[1]
    module = folder / "smallest.py"
    before = module.read_text()
    arguments = ("--configfile", TINY, folder / "mine.yaml", "--dry-run")
    try:
        module.write_text(before.replace("range(500)", "range(400)"))
        run = snakemake(folder, *arguments)
    finally:
        module.write_text(before)
    output = run.stdout + run.stderr
    messages = (r"Train (\w+) on", r"sample of eplus with (\w+)\.", r"Separate truth from (\w+)")
    for message in messages:
        assert set(re.findall(message, output)) == {"smallest"}


def test_tables_are_reproducible(finished: Path, tmp_path: Path) -> None:
    folder = finished.parents[1]
    for name in ("my_showers.hdf5", "smallest.py", "gaussian.py", "gaussian.yaml"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    target = "results/tiny/metrics.csv"
    run = snakemake(tmp_path, "--configfile", TINY, folder / "mine.yaml", "--", target)
    assert run.returncode == 0, run.stderr[-5000:]
    assert (tmp_path / target).read_bytes() == (finished / "metrics.csv").read_bytes()


def test_a_scattered_sample_is_the_same_sample(tmp_path: Path, coarse: Geometry) -> None:
    targets = [f"results/tiny/samples/eplus/{name}.hdf5" for name in ("baseline", "truth")]
    sizes = "{generator: 5600, classifier: 5500, final: 100}"
    found = []
    for shard in (5000, 10000):
        folder = tmp_path / str(shard)
        folder.mkdir()
        layer = folder / "layer.yaml"
        layer.write_text(f"shard: {shard}\ndatasets: {{eplus: {sizes}}}\n")
        run = snakemake(folder, "--configfile", TINY, layer, "--", *targets)
        assert run.returncode == 0, run.stderr[-5000:]
        assert ("Join the shards" in run.stderr) == (shard == 5000)
        assert not list(folder.glob("results/tiny/samples/.shards/**/*.hdf5"))
        found.append([read_showers(folder / target, coarse) for target in targets])
    for scattered, whole in zip(*found, strict=True):
        assert len(whole) == 5500
        assert np.array_equal(scattered.energy, whole.energy)
        assert np.array_equal(scattered.voxels, whole.voxels)


SIMULATE = """
datasets:
  eplus:
    source:
      simulate: {{detector: calogan, particle: e+, showers: 120, energy_range_GeV: [1, 2],
                 range_cut_mm: {cut}, showers_per_job: {per_job}}}
    generator: 60
    classifier: 50
    final: 10
"""


def test_simulated_showers_do_not_depend_on_the_jobs(
    tmp_path: Path, geant4_data: Path, monkeypatch, full: Geometry
) -> None:
    monkeypatch.setenv("GEANT4_DATA_DIR", str(geant4_data))
    parts = [f"results/tiny/data/eplus/{name}.hdf5" for name in ("training", "final")]
    simulated = "results/tiny/simulated/eplus.hdf5"
    found = []
    for per_job, jobs in ((40, 3), (120, 1)):
        folder = tmp_path / str(per_job)
        folder.mkdir()
        layer = folder / "layer.yaml"
        layer.write_text(SIMULATE.format(per_job=per_job, cut=0.7))
        run = snakemake(folder, "--configfile", TINY, layer, "--", *parts)
        assert run.returncode == 0, run.stderr[-5000:]
        assert run.stderr.count("Make the eplus truth") == jobs
        assert not list(folder.glob("results/tiny/simulated/.shards/**/*.hdf5"))
        found.append(read_showers(folder / simulated, full))
    assert len(found[0]) == 120
    assert np.array_equal(found[0].energy, found[1].energy)
    assert np.array_equal(found[0].voxels, found[1].voxels)

    attributes = read_attributes(folder / parts[0])
    assert attributes["particle"] == "e+"
    assert "calzone" in attributes["simulation"]
    with h5py.File(folder / simulated) as file:
        assert file["overflow"].shape == (120, 3)

    arguments = ("--configfile", TINY, layer, "--dry-run", "--", *parts)
    again = snakemake(folder, *arguments)
    assert "Nothing to be done" in again.stdout + again.stderr
    layer.write_text(SIMULATE.format(per_job=120, cut=0.8))
    changed = snakemake(folder, *arguments)
    output = changed.stdout + changed.stderr
    assert "Make the eplus truth" in output
    assert "Divide the eplus truth" in output


def test_missing_geant4_data_are_one_sentence(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("GEANT4_DATA_DIR", str(tmp_path))
    (tmp_path / "layer.yaml").write_text(SIMULATE.format(per_job=40, cut=0.7))
    run = snakemake(tmp_path, "--configfile", TINY, tmp_path / "layer.yaml", "--dry-run")
    assert run.returncode != 0
    output = run.stdout + run.stderr
    assert f"GEANT4_DATA_DIR names {tmp_path}, which holds no Geant4 data" in output
    assert "Traceback" not in output


def test_a_bad_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.hdf5").write_text("not HDF5")
    (tmp_path / "mine.yaml").write_text("samples: {mine: {file: bad.hdf5}}\n")
    run = snakemake(tmp_path, "--configfile", TINY, tmp_path / "mine.yaml", "--dry-run")
    assert run.returncode != 0
    output = run.stdout + run.stderr
    assert "bad.hdf5: not a readable HDF5 file" in output
    assert "Traceback" not in output
