"""Truth is kept as it is stored; whoever reads it applies the threshold to its cells."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from places import BUNDLED
from recipes import step
from showers import read_showers, shower_file, write_showers
from staged import PARTS

from ultimetric.events import EventFile, read_events
from ultimetric.generators.controls.roundtrip import Roundtrip
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.planning import settings
from ultimetric.planning.load import load_study
from ultimetric.stages.preprocess import preprocess
from ultimetric.stages.train import train

EPLUS = BUNDLED / "eplus.hdf5"
STUDY = """\
study: raw
datasets: {eplus: {geometry: %s, generator: 300, classifier: 100, final: 100}}
generators:
  flow: {model: caloflow, card: tiny, preprocessing: caloflow_paper}
  read_out: {model: caloflow, card: tiny, preprocessing: noise_before}
"""
NORMALISED = [step("normalise"), step("energies")]


@pytest.fixture(params=["calogan", "calogan_coarse"])
def geometry(request: pytest.FixtureRequest, full: Geometry, coarse: Geometry) -> Geometry:
    return {"calogan": full, "calogan_coarse": coarse}[request.param]


@pytest.fixture
def parts(geometry: Geometry, tmp_path: Path) -> dict[str, Path]:
    """The divided truth of a study, and the settings of its stages."""
    study = load_study(yaml.safe_load(STUDY % geometry.name), tmp_path / "checks.json")
    found = {part: tmp_path / f"{part}.hdf5" for part in PARTS}
    cfg = json.loads(json.dumps(settings.preprocess(study.parts, "eplus")))
    preprocess(cfg, {"truth": [EPLUS]}, found)
    for name in ("flow", "read_out"):
        cfg = json.loads(json.dumps(settings.train(study.parts, "eplus", name)))
        (tmp_path / f"{name}.json").write_text(json.dumps(cfg))
    return found


def rows_of(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The rows of a whole in which the entries of a part stand, by their energies."""
    rows = np.array([np.flatnonzero(whole == x).item() for x in part])
    assert len(set(rows)) == len(rows) >= 20
    return rows


def test_parts_are_read_as_the_file_that_they_come_from(
    parts: dict[str, Path], geometry: Geometry
) -> None:
    whole = shower_file(EPLUS, geometry)
    for path in parts.values():
        part = read_showers(path, geometry)
        rows = rows_of(part.energy, whole.condition[:, 0])
        assert np.array_equal(part.voxels, read_showers(EPLUS, geometry, rows).voxels)
        # Before the readout nothing is lost: cells below the threshold, too.
        raw = ShowerKind.of(geometry).before_readout
        stored = read_events(path, raw)
        assert np.array_equal(stored.data, read_events(EPLUS, raw, rows).data)
        assert stored.data.sum(dtype=float) > part.voxels.sum(dtype=float)
        assert (part.voxels[part.voxels > 0] >= geometry.threshold_MeV).all()


def test_sums_stay_sums(coarse: Geometry, tmp_path: Path) -> None:
    """A file of coarse cells has no cells of the readout; the threshold acts on its sums."""
    kind, path = ShowerKind.of(coarse), tmp_path / "sums.hdf5"
    write_showers(path, EventFile(EPLUS, kind.before_readout, np.arange(50)))
    assert kind.recorded(path).geometry.shapes == coarse.shapes
    assert kind.recorded(EPLUS).geometry.shapes == coarse.readout_shapes
    assert {kind.recorded(x).geometry.threshold_MeV for x in (path, EPLUS)} == {0}


def test_a_generator_learns_truth_as_it_is_unless_its_recipe_says_threshold(
    parts: dict[str, Path], geometry: Geometry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shares of cells that its flow sees, from the training itself."""
    given = {}

    def fit(self, training, validation, seed, checkpoint):
        given[self.card["preprocessing"][0]["plugin"]] = training
        return []

    monkeypatch.setattr("ultimetric.generators.base.Generator.fit", fit)
    files = {"training": [parts["training"]], "validation": [parts["validation"]]}
    for name in ("flow", "read_out"):
        cfg = json.loads((tmp_path / f"{name}.json").read_text())
        outputs = {x: tmp_path / f"{name}-{x}" for x in ("model", "history", "costs")}
        train(cfg, {**files, "checkpoint": [tmp_path / name]}, outputs)()
    kind = ShowerKind.of(geometry)
    (raw, cut), path = given.values(), parts["training"]
    assert np.array_equal(raw.data, read_events(path, kind.before_readout).data)
    assert np.array_equal(cut.data, read_events(path, kind).data)
    assert (raw.data >= cut.data).all() and (raw.data > cut.data).any()


def test_samples_are_thresholded_whatever_was_learned(
    parts: dict[str, Path], geometry: Geometry
) -> None:
    kind = ShowerKind.of(geometry)
    made = Roundtrip({"preprocessing": NORMALISED}, kind)
    assert made.truth_kind.geometry.threshold_MeV == 0
    truth = [read_events(parts[x], made.truth_kind) for x in ("training", "validation")]
    made.fit(*truth, seed=1)
    sample = made.sample(100, seed=1)
    filled = sample.data[sample.data > 0]
    assert filled.min() >= geometry.threshold_MeV
    stored = truth[0].data[:100]
    assert ((stored > 0) & (stored < geometry.threshold_MeV)).any()
    np.testing.assert_allclose(sample.data, kind.readout(stored), rtol=1e-4)


def test_what_reads_out(coarse: Geometry) -> None:
    """The step `threshold` of a recipe."""
    kind = ShowerKind.of(coarse)
    for recipe, cut in ((NORMALISED, 0.0), ([step("threshold"), *NORMALISED], 0.01)):
        assert Roundtrip({"preprocessing": recipe}, kind).truth_kind.geometry.threshold_MeV == cut
