"""Mistakes in files that a config names, and what may look like one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from refusals import FLOW, SIMULATED, refusal

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.planning import settings
from ultimetric.planning.load import load_study

GEOMETRY = """
name: mine
extent_mm: 240
layers: [{shape: [3, 96], depth_mm: 90}, {shape: [12, 12], depth_mm: 347}]
threshold_MeV: 1e-2
energy_range_GeV: [1, 100]
"""
CROP = "name: mine\ncrops: ild"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("1e-2", "small", "threshold_MeV: 'small' is not a number"),
        ("1e-2", ".nan", "threshold_MeV: nan is not a finite number"),
        ("1e-2", "-1", "threshold_MeV: -1 is below 0"),
        ("1e-2", "1e9", "threshold_MeV: 1e+09 is not below the smallest incident energy"),
        ("threshold_MeV: 1e-2", "", "`threshold_MeV` is missing"),
        ("extent_mm", "extend_mm", "unknown key 'extend_mm', did you mean 'extent_mm'?"),
        ("240", "0", "extent_mm: 0 is not above 0"),
        ("[3, 96]", "[3, 9.5]", "layers.0.shape.1: 9.5 is not a whole number"),
        ("[3, 96]", "[3]", "layers.0.shape: [3] has fewer than 2 entries"),
        ("[3, 96]", "[10000, 10000]", "layers: 100000144 voxels, more than 1000000"),
        ("depth_mm: 90", "depth_mm: thick", "layers.0.depth_mm: 'thick' is not a number"),
        ("[1, 100]", "[100, 1]", "energy_range_GeV: 100 to 1 is no range"),
        ("name: mine", "name: mine\nname: yours", "line 3: the key 'name' is written twice"),
        (GEOMETRY, "[1, 2", "not YAML"),
        (GEOMETRY, "- calogan", "not a geometry, keys and their values"),
        (GEOMETRY, "name: mine\nrebins: calogan\nblocks: [[1, 8]]", "blocks: 1 for the 3 layers"),
        (
            GEOMETRY,
            "name: mine\nrebins: calogan\nblocks: [[1, 7], [3, 3], [3, 3]]",
            "blocks: 1x7 does not divide the 3x96 cells of layer 0",
        ),
        (GEOMETRY, "name: mine\nrebins: calogan", "`blocks` is missing"),
        (GEOMETRY, "name: mine\nrebins: nothing\nblocks: []", "geometry 'nothing' is not known"),
        (GEOMETRY, "name: mine\nrebins: {here}\nblocks: []", "rebins: it rebins itself"),
        (GEOMETRY, "name: mine\ncrops: {here}\nlayers: [0, 1]", "crops: it crops itself"),
        (GEOMETRY, f"{CROP}\nlayers: [6, 20]", "`cells` is missing"),
        ("extent_mm: 240", "extent_mm: 240\nbeam_mm: [0, -240]", "beam_mm: the beam hits no cell"),
        ("extent_mm: 240", "extent_mm: 240\nbeam_mm: [0, .nan]", "nan is not a finite number"),
        ("extent_mm: 240", "extent_mm: 240\naxes: [x, z]", "axes.1: 'z'"),
        (
            GEOMETRY[: GEOMETRY.index("threshold")],
            "name: mine\naxes: [x, y]\nlayers: [{alpha: 4, r_mm: [0, 5]}]\n",
            "`axes` must go, it belongs to rectangular cells",
        ),
        (
            GEOMETRY,
            f"{CROP}\nlayers: [6, 30]\ncells: [8, 22]",
            "layers: 6 to 30 is no range within",
        ),
        (
            GEOMETRY,
            f"{CROP}\nlayers: [6, 20]\ncells: [9, 8]",
            "cells: 9 to 8 is no range within 0",
        ),
        (
            GEOMETRY,
            "name: mine\ncrops: calogan\nlayers: [0, 1]\ncells: [0, 2]",
            "crops: the layers of calogan have no equal square shapes",
        ),
    ],
)
def test_a_bad_geometry_is_refused(
    old: str, new: str, sentence: str, tmp_path: Path, cache: Path
) -> None:
    path = tmp_path / "geometry.yaml"
    path.write_text(GEOMETRY.replace(old, new.replace("{here}", str(path))))
    said = refusal(f"datasets: {{eplus: {{geometry: {path}}}}}", tmp_path, cache)
    assert (str(path) in said) != ("'nothing'" in said)
    assert sentence in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("class Own(Generator):\n    pass\n", "Own in {file} lacks generate, learn"),
        ("x = 1\n", "{file} defines 0 public subclasses of Generator, needs one"),
        ("class Own(Generator:\n", "{file}, line 3: "),
        ("\0", "{file}: "),
    ],
)
def test_a_bad_file_of_ones_own_is_refused(
    text: str, sentence: str, tmp_path: Path, cache: Path
) -> None:
    path = tmp_path / "own.py"
    path.write_text(f"from ultimetric.generators.base import Generator\n\n{text}")
    said = refusal(f"generators: {{own: {{file: {path}}}}}", tmp_path, cache)
    assert sentence.replace("{file}", str(path)) in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cpu: {threads: many}", "own.yaml, cpu.threads: 'many' is not a whole number"),
        ("cpu: {resources: {mem_gb: 1}}", "cpu.resources: unknown key 'mem_gb', did you mean"),
        ("cpu: {trained: 1}", "own.yaml, cpu.trained: 1 is not true or false"),
        ("cpu: {a: {plugin: os}}", "own.yaml, cpu.a: the key `plugin` is the program's own"),
        ("- cpu", "own.yaml: not a card under each name"),
        ("cpu: 5", "own.yaml: not a card under each name"),
        ("cpu: {a: 1, a: 2}", "own.yaml, line 1: the key 'a' is written twice"),
        ("gpu: {}", "generators.own.card: 'cpu' is not one of gpu"),
        ("cpu: {lr: 1.0e-3}", "own.override: unknown key 'lrr', did you mean 'lr'?"),
    ],
)
def test_a_bad_card_of_ones_own_is_refused(
    text: str, sentence: str, tmp_path: Path, cache: Path
) -> None:
    path = tmp_path / "own.py"
    path.write_text("from ultimetric.generators.planted import Planted\nclass Own(Planted): ...\n")
    path.with_suffix(".yaml").write_text(text)
    entry = f"{{file: {path}, override: {{lrr: 1}}}}"
    assert sentence in refusal(f"generators: {{own: {entry}}}", tmp_path, cache)


@pytest.mark.parametrize("option", ["big", {"architecture": "resnet"}, {"architecture": [3]}])
def test_a_classifier_of_ones_own_has_any_options(
    option: object, tmp_path: Path, cache: Path
) -> None:
    path = tmp_path / "own.py"
    path.write_text(
        "from ultimetric.generators.showers import ShowerGenerator\n\n"
        'class Own(ShowerGenerator):\n    recipe = "none"\n'
        "    def learn(self, training, validation, seed, checkpoint): ...\n"
        "    def generate(self, condition, rng): ...\n"
    )
    entry = {"file": str(path), "override": {"classifier": option}}
    study = load_study({"datasets": {"eplus": {}}, "generators": {"own": entry}}, cache)
    assert study.generators["own"].card["classifier"] == option


DETECTOR = """
name: mine
width_mm: 1000
layers: [{material: G4_Pb, thickness_mm: 2}, {material: G4_lAr, thickness_mm: 4}]
materials: {}
vacuum_mm: 48
"""


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("thickness_mm: 2", "thickness_mm: -2", "layers.0.thickness_mm: -2 is not above 0"),
        ("vacuum_mm", "vacum_mm", "unknown key 'vacum_mm', did you mean 'vacuum_mm'?"),
        ("1000", "wide", "width_mm: 'wide' is not a number"),
        (DETECTOR, "[]", "not a detector, keys and their values"),
    ],
)
def test_a_bad_detector_is_refused(
    old: str, new: str, sentence: str, tmp_path: Path, cache: Path
) -> None:
    path = tmp_path / "detector.yaml"
    path.write_text(DETECTOR.replace(old, new))
    said = refusal((SIMULATED % "showers: 500").replace("calogan", str(path)), tmp_path, cache)
    assert str(path) in said
    assert sentence in said


def test_numbers_are_those_of_yaml_1_2(tmp_path: Path, cache: Path) -> None:
    """1e-2 is a number, 3.0 a whole one, in config, override, options, recipe and geometry."""
    written = {
        "one": "seed: 1.0\nrepeats: {blocks: 1, size: 2.}\n"
        "analyses: {separation: {replicas: 2e1}}",
        "two": "seed: 1\nrepeats: {blocks: 1, size: 2}\nanalyses: {separation: {replicas: 20}}",
    }
    studies = []
    for name, text in written.items():
        lr, size = ("1e-3", "4.0e+2") if name == "one" else ("1.0e-3", "400")
        text += f"\ndatasets: {{eplus: {{generator: {size}, classifier: 3.0e+2, final: 0}}}}\n"
        text += FLOW % f"override: {{train_shapes: {{lr: {lr}}}}}"
        text += f"\npreprocessing: {{noise_before: [noise: {{width: {lr}}}, normalise]}}"
        studies.append(load_study(yaml.safe_load(text), cache))
    one, two = studies
    trained = [settings.train(x.parts, "eplus", "caloflow") for x in studies]
    assert trained[0] == trained[1]
    assert trained[0]["card"]["train_shapes"]["lr"] == 1e-3
    assert trained[0]["truth"]["generator"] == 400
    assert str(one.analyse("separation", "eplus/truth")) == str(
        two.analyse("separation", "eplus/truth")
    )
    assert isinstance(one.config.seed, int)
    path = tmp_path / "geometry.yaml"
    path.write_text(GEOMETRY)
    assert checked_geometry(str(path))["threshold_MeV"] == 1e-2


def test_null_is_a_value_in_an_override(cache: Path) -> None:
    classifiers = {"dnn": {"override": {"log_floor": None}}}
    study = load_study({"datasets": {"eplus": {}}, "classifiers": classifiers}, cache)
    slice_ = settings.classify(study.parts, "eplus", "truth", "dnn", "energies", "0")
    assert slice_["card"]["log_floor"] is None


def test_a_removal_needs_something_to_remove(tmp_path: Path, cache: Path) -> None:
    below, above = tmp_path / "below.yaml", tmp_path / "above.yaml"
    below.write_text("generators: {independent_voxels: {}}")
    above.write_text("generators: {independent_voxel: null}")
    with pytest.raises(
        UserError, match=r"above\.yaml, generators: .* did you mean 'independent_voxels'\?"
    ):
        load_study({"datasets": {"eplus": {}}}, cache, files=[below, above])
    above.write_text("generators: {independent_voxels: null}\nfigures: null")
    load_study({"datasets": {"eplus": {}}}, cache, files=[below, above])


def test_good_looks_are_taken(cache: Path) -> None:
    """Colours by name and number, formulas, and a dollar sign that begins none."""
    style = {
        "colours": {"truth": "tab:blue", "positive_control": "#123456"},
        "labels": {"truth": r"$E_{\mathrm{tot}}$", "positive_control": r"5 \$"},
    }
    load_study({"datasets": {"eplus": {}}, "style": style}, cache)
