"""A study of a published truth from download to sample, as a user runs it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml
from places import REPOSITORY
from web import Answer, Site

from ultimetric.events import EventFile, write_events
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind

pytestmark = pytest.mark.workflow

ADDRESS = "https://zenodo.org/records/5/files/{file}?download=1"
ENTRIES = {"train.hdf5": 120, "test.hdf5": 100}
SAMPLE = "results/published/samples/electrons/mine.hdf5"
TRUTH = "results/published/data/electrons/classifier.hdf5"


def showers_of_the_challenge(number: int, seed: int):
    """Showers of random deposits in the geometry of dataset 2."""
    rng = np.random.default_rng(seed)
    kind = ShowerKind.of(Geometry.from_config(geometry_config("calochallenge_2")))
    energy = np.exp(rng.uniform(np.log(1), np.log(1000), number))
    deposits = rng.exponential(size=(number, kind.n_values)) ** 4
    deposits *= 1000 * energy[:, None] / deposits.sum(1, keepdims=True)
    return kind.entries(energy[:, None], deposits.astype(np.float32))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A mirror of a small record, and in the folder a study of it and a sample."""
    with Site() as running:
        files = []
        for seed, (name, number) in enumerate(ENTRIES.items()):
            write_events(tmp_path / name, showers_of_the_challenge(number, seed))
            content = (tmp_path / name).read_bytes()
            running.files[f"/records/5/files/{name}"] = content
            md5 = hashlib.md5(content).hexdigest()
            files.append([{"file": name, "entries": number, "bytes": len(content), "md5": md5}])
            (tmp_path / name).unlink()
        of = {"about": "electrons", "dataset": {"geometry": "calochallenge_2"}}
        record = {"title": "Small", "doi": "10.5281/zenodo.5", "address": ADDRESS}
        record["sets"] = {"small": of | dict(zip(("generator", "held_out"), files, strict=True))}
        (tmp_path / "small.yaml").write_text(yaml.safe_dump(record))
        write_events(tmp_path / "mine.hdf5", showers_of_the_challenge(90, 7))
        study = {
            "study": "published",
            "datasets": {"electrons": {"source": {"download": "small.yaml"}, "final": 0}},
            "generators": {"independent_voxels": {}},
            "samples": {"mine": {"file": "mine.hdf5"}},
        }
        (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
        yield running


def snakemake(folder: Path, site: Site, *arguments: str) -> tuple[int, str]:
    """The exit status of a run, and all that it said."""
    command = [Path(sys.executable).parent / "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    command += ["--configfile", "study.yaml", "--cores", "2", *arguments]
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment |= {
        "ULTIMETRIC_CACHE": str(folder / "cache"),
        "ULTIMETRIC_DOWNLOADS": site.address,
    }
    run = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout


def test_a_published_truth_comes_by_itself(tmp_path: Path, site: Site) -> None:
    site.answers = [Answer(stop=30_000)]
    status, said = snakemake(tmp_path, site, SAMPLE, TRUTH)
    assert status == 0, said[-4000:]
    cached = tmp_path / "cache" / "downloads" / "10.5281_zenodo.5"
    names = {path for path, _ in site.requests}
    assert names == {f"/records/5/files/{name}" for name in ENTRIES}
    assert len(site.requests) == len(ENTRIES) + 1  # one of them in two pieces
    for name in ENTRIES:
        assert (cached / name).read_bytes() == site.files[f"/records/5/files/{name}"]
    kind = showers_of_the_challenge(1, 0).kind
    assert len(EventFile(tmp_path / TRUTH, kind)) == 100
    assert 50 <= len(EventFile(tmp_path / SAMPLE, kind)) <= 90

    # The cache is emptied and there is no network: what is finished stays so, whatever is added.
    shutil.rmtree(tmp_path / "cache")
    site.__exit__()
    study = yaml.safe_load((tmp_path / "study.yaml").read_text())
    study["samples"]["yours"] = study["samples"]["mine"]
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    another = SAMPLE.replace("mine", "yours")
    _, said = snakemake(tmp_path, site, "-n", another, SAMPLE, TRUTH)
    assert "Get the published electrons truth" in said
    assert "Read the sample yours" in said
    assert "Read the sample mine" not in said
    assert "Divide the electrons truth" not in said
    status, said = snakemake(tmp_path, site, another, TRUTH)
    assert status == 1
    (sentence,) = {line for line in said.splitlines() if "cannot be downloaded" in line}
    md5 = hashlib.md5(site.files["/records/5/files/test.hdf5"]).hexdigest()
    origin = "https://zenodo.org/records/5/files/test.hdf5?download=1"
    wanted = f"get it from {origin} by other means, put it (md5 {md5}) at {cached / 'test.hdf5'}"
    assert wanted in sentence
    (cached / "test.hdf5").write_bytes(site.files["/records/5/files/test.hdf5"])
    assert snakemake(tmp_path, site, another, TRUTH)[0] == 0
