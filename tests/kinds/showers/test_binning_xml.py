"""Binning files of the CaloChallenge as geometries; nothing in them is more than data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ultimetric.config.entries import Dataset
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.layers import layers_in, numbers_in
from ultimetric.planning.kind_entry import kind_settings

HEAD = '<Bins><Bin pid="11" name="mine">'
LAYERS = (
    '<Layer id="0" r_edges="0,1.5, 3" n_bin_alpha="4" />'
    '<Layer id="1" r_edges="0" n_bin_alpha="1"/>'
    '<Layer id="5" r_edges="0,5" n_bin_alpha="1" />'
)
TAIL = "</Bin></Bins>"


def written(path: Path, text: str = HEAD + LAYERS + TAIL) -> str:
    path.write_text(text)
    return str(path)


def published(name: str) -> str:
    """The binning file of a geometry, with empty layers where ATLAS has others."""
    content = checked_geometry(name)
    layers = dict(zip(numbers_in(content), layers_in(content), strict=True))
    lines = []
    for number in range(1 + max(layers)):
        layer = layers.get(number, {"alpha": 1, "r_mm": [0]})
        edges = ",".join(map(str, layer["r_mm"]))
        lines.append(f'<Layer id="{number}" r_edges="{edges}" n_bin_alpha="{layer["alpha"]}" />')
    return HEAD + "\n".join(lines) + TAIL


def test_layers_keep_their_numbers_and_empty_ones_are_left_out(tmp_path: Path) -> None:
    geometry = Geometry.from_config(checked_geometry(written(tmp_path / "mine.xml")))
    assert geometry.name == "mine"
    assert geometry.shapes == ((4, 2), (1, 1))
    assert geometry.radii_mm == ((0, 1.5, 3), (0, 5))
    assert geometry.layer_numbers == (0, 5)
    assert geometry.threshold_MeV == 0
    assert geometry.energy_range_GeV == (1, 1000)


@pytest.mark.parametrize("dataset", ["1_photons", "1_pions", "2", "3"])
def test_published_cells_are_the_published_geometry(dataset: str, tmp_path: Path) -> None:
    name = f"calochallenge_{dataset}"
    path = written(tmp_path / "binning.xml", published(name))
    assert checked_geometry(path) == checked_geometry(name)
    changed = checked_geometry({"binning": path, "threshold_MeV": 0.5})
    assert changed == checked_geometry(name) | {"threshold_MeV": 0.5}


def test_what_the_file_lacks_is_given_in_the_dataset(tmp_path: Path) -> None:
    given = {"binning": written(tmp_path / "mine.xml"), "threshold_MeV": 0.1, "spectrum": [2, 4]}
    entry = Dataset.model_validate({"geometry": given})
    content = kind_settings(entry, "config, datasets.mine")["options"]["geometry"]
    geometry = Geometry.from_config(content)
    assert (geometry.threshold_MeV, geometry.spectrum) == (0.1, (2, 4))


REFUSED: dict[str, tuple[str, str]] = {
    "document type": (f"<!DOCTYPE Bins>{HEAD}{LAYERS}{TAIL}", "declares no document type"),
    "entities": (
        '<!DOCTYPE a [<!ENTITY b "0,1"><!ENTITY c "&b;&b;">]>'
        f'{HEAD}<Layer id="0" r_edges="&c;" n_bin_alpha="1"/>{TAIL}',
        "declares no document type and no entities",
    ),
    "external entity": (
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Bins>&b;</Bins>',
        "declares no document type and no entities",
    ),
    "unknown entity": (f"{HEAD}&b;{TAIL}", "line 1: not XML"),
    "no XML": ("name: mine\n", "not XML"),
    "cut": (HEAD + LAYERS, "not XML"),
    "nothing": ("", "not XML"),
    "two particles": (
        "<Bins><Bin name='photon'/><Bin name='pion'/></Bins>",
        "its particles are photon, pion; a geometry has the cells of one",
    ),
    "no particle": ("<Bins/>", "its particles are none"),
    "no layers": (HEAD + TAIL, "layers"),
    "no edges": (HEAD + '<Layer id="0" n_bin_alpha="1"/>' + TAIL, "no attribute 'r_edges'"),
    "words": (
        HEAD + '<Layer id="0" r_edges="0,far" n_bin_alpha="1"/>' + TAIL,
        "layers.0.r_mm.1: 'far' is not a number",
    ),
    "half a cell": (
        HEAD + '<Layer id="0" r_edges="0,1" n_bin_alpha="1.5"/>' + TAIL,
        "layers.0.alpha: 1.5 is not a whole number",
    ),
    "falling": (
        HEAD + '<Layer id="0" r_edges="0,2,1" n_bin_alpha="1"/>' + TAIL,
        "radii `r_mm` of layer 0 do not rise",
    ),
    "infinite": (
        HEAD + '<Layer id="0" r_edges="0,inf" n_bin_alpha="1"/>' + TAIL,
        "layers.0.r_mm.1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_are_no_binning(name: str, tmp_path: Path) -> None:
    text, message = REFUSED[name]
    path = written(tmp_path / "mine.xml", text)
    with pytest.raises(UserError) as error:
        checked_geometry(path)
    assert message in str(error.value)
    assert path in str(error.value)
    assert "\n" not in str(error.value)


KEYS: dict[str, tuple[Any, str]] = {
    "no file": ({"threshold_MeV": 1}, "`binning` is not the path of an .xml file"),
    "a list": ([1], "geometry: .1. is not a set of keys"),
    "another key": ({"binning": "a.xml", "treshold_MeV": 1}, "did you mean 'threshold_MeV'"),
    "missing": ("none.xml", "none.xml: no such file"),
    "a range that is none": (
        {"binning": "mine.xml", "energy_range_GeV": [5]},
        "energy_range_GeV: .5. has fewer than 2 entries",
    ),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_that_do_not_fit(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(Path("mine.xml"))
    given, message = KEYS[name]
    with pytest.raises(UserError, match=message):
        kind_settings(Dataset.model_validate({"geometry": given}), "config, datasets.mine")
