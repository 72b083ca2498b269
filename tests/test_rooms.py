"""Folders of the package: which may import which, and names that mean one module only."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import PACKAGE

from ultimetric.planning import declared
from ultimetric.planning.declared import INTERFACES, modules, package_module, path_of
from ultimetric.planning.fingerprint import closure

CALLED_BY_NAME = sorted(set(INTERFACES) - {"kinds"})  # a kind is called by its folder


def closures(folder: str) -> dict[str, set[str]]:
    """What each module of a folder can import, itself included."""
    paths = (PACKAGE / folder).rglob("*.py")
    names = [".".join(x.relative_to(PACKAGE.parent).with_suffix("").parts) for x in paths]
    return {name: closure([name]) for name in names if not name.endswith("__init__")}


@pytest.mark.parametrize("folder", ["models", "training"])
def test_networks_and_their_training_know_no_generator(folder: str) -> None:
    for name, reached in closures(folder).items():
        assert not any(x.startswith("ultimetric.generators") for x in reached), name


def test_training_knows_neither_data_nor_networks() -> None:
    rooms = ("ultimetric.models", "ultimetric.kinds", "ultimetric.classifiers")
    for name, reached in closures("training").items():
        assert not any(x.startswith(rooms) for x in reached), name


def test_statistics_know_arrays_only() -> None:
    for name, reached in closures("statistics").items():
        inside = {x for x in reached if x.startswith("ultimetric.")}
        assert all(x.startswith("ultimetric.statistics") for x in inside), name


@pytest.mark.parametrize("folder", CALLED_BY_NAME)
def test_a_name_means_one_module(folder: str) -> None:
    names = modules(folder)
    assert len(names) == len(set(names))
    assert all(path_of(package_module(folder, name) or "").stem == name for name in names)


def test_families_of_generators_are_found() -> None:
    assert package_module("generators", "caloflow") == "ultimetric.generators.flows.caloflow"
    assert {"caloflow", "diffusion", "vae", "wgan", "mdn", "planted"} <= set(modules("generators"))
    assert not {"base", "latent", "factorised", "stored"} & set(modules("generators"))


def test_kinds_bring_generators_in_families_too(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "ultimetric" / "kinds" / "spectra" / "generators" / "flows" / "lines.py"
    path.parent.mkdir(parents=True)
    path.touch()
    monkeypatch.setattr(declared, "SOURCE", tmp_path)
    monkeypatch.setattr(declared, "places", declared.places.__wrapped__)
    expected = "ultimetric.kinds.spectra.generators.flows.lines"
    assert package_module("generators", "lines") == expected
