"""What a job left damaged or incomplete is named by the next one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
from malformed import write
from showers import shower_file

from ultimetric.classifiers import weights
from ultimetric.classifiers.joint_scores import read_joint
from ultimetric.classifiers.scores import read_scores
from ultimetric.data.hdf5 import read_attributes
from ultimetric.data.rows import join_files
from ultimetric.errors import UserError
from ultimetric.events import EventFile
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.regression.predictions import read_predictions
from ultimetric.observed import Table

CALOGAN = Geometry.from_config(geometry_config("calogan"))

READERS: dict[str, Callable[[Path], object]] = {
    "scores": read_scores,
    "joint scores": read_joint,
    "weights": lambda path: weights.read_weights(path, "dnn", "energies"),
    "tests": weights.tests_in,
    "predictions": read_predictions,
    "observables": lambda path: Table(path)["E_tot"],
    "names of observables": lambda path: list(Table(path)),
    "jets": lambda path: EventFile(path, JetKind({})).data,
    "conditions": lambda path: shower_file(path, CALOGAN).condition,
    "attributes": read_attributes,
    "shards": lambda path: join_files([path], path.with_name("joined.hdf5")),
}


@pytest.mark.parametrize("name", READERS)
def test_what_a_job_left_damaged(name: str, tmp_path: Path) -> None:
    """Of a file that is cut short, in whatever format, jobs say so and name it."""
    path = write(tmp_path / "a.hdf5")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"a\.hdf5: .*cut short"):
        READERS[name](path)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("scores", "label"),
        ("joint scores", "label"),
        ("weights", "dnn/energies/truth/index"),
        ("predictions", "layer_0/energy"),
        ("observables", "observables/E_tot"),
        ("jets", "particle_features"),
    ],
)
def test_what_a_job_left_out(name: str, missing: str, tmp_path: Path) -> None:
    path = tmp_path / "a.hdf5"
    with h5py.File(path, "w") as file:
        file.create_group("layer_0")
    with pytest.raises(UserError, match=f"a\\.hdf5: dataset '{missing}' is missing"):
        READERS[name](path)
