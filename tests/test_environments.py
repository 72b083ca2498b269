"""The conda environments hold what the stages of their rules import, in the locked versions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from places import PACKAGE, REPOSITORY, WORKFLOW

from ultimetric.planning.declared import modules, package_module, path_of, plugin_class
from ultimetric.planning.fingerprint import packages

PLUGINS = {
    "train": ["generators", "preprocessing", "faults"],
    "sample": ["generators", "preprocessing", "faults"],
    "classify": ["classifiers"],
    "classify_jointly": ["classifiers"],
    "figure": ["figures"],
}
CONDA_NAMES = {"sklearn": "scikit-learn", "torch": "pytorch", "yaml": "pyyaml"}


def rules() -> dict[str, tuple[str, Path]]:
    """Stage and environment file of each rule."""
    found = {}
    for path in (REPOSITORY / "workflow" / "rules").glob("*.smk"):
        bodies = re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", path.read_text(), re.M | re.S)
        for rule, body in bodies:
            (name,) = re.findall(r'conda:\n\s+"(.*?)"', body)
            (stage,) = re.findall(r'stage\(\s*"(\w+)"', body)
            found[rule] = stage, (path.parent / name).resolve()
    return found


def versions(dependencies: list) -> dict[str, str]:
    """Package to version, conda's `=` and pip's `==` alike."""
    names = [x for x in dependencies if isinstance(x, str)]
    names += [y for x in dependencies if isinstance(x, dict) for y in x["pip"]]
    return {name: version for name, _, version in (re.split("(=+)", x + "=")[:3] for x in names)}


@pytest.mark.slow
@pytest.mark.parametrize("rule", rules())
def test_environment_holds_what_the_stage_imports(rule: str) -> None:
    stage, path = rules()[rule]
    found = [PACKAGE / "stages" / f"{stage}.py"]
    for folder in PLUGINS.get(stage, []):
        found += PACKAGE.glob(f"{folder}/**/[a-z]*.py")
        found += PACKAGE.glob(f"kinds/*/{folder}/**/[a-z]*.py")
    if stage in ("train", "sample", "scan") or "load_kind(" in found[0].read_text():
        for part in ("kind", "observables", "inputs", "formats/*"):
            found += PACKAGE.glob(f"kinds/*/{part}.py")
    assert imported(found) <= held_by(path)


@pytest.mark.slow
@pytest.mark.parametrize("module", modules("analyses"))
def test_environment_holds_what_an_analysis_imports(module: str) -> None:
    """One that trains networks has the environment for these, as the rule of analyses says."""
    name = package_module("analyses", module)
    found = [PACKAGE / "stages" / "analyse.py", path_of(name)]
    trains = plugin_class("analyses", name, name).says("trains")
    folders = ("classifiers", "faults", "generators", "preprocessing") if trains else ()
    for folder in folders:
        found += PACKAGE.glob(f"{folder}/**/[a-z]*.py")
    for part in ("kind", "observables", "inputs", "formats/*"):
        found += PACKAGE.glob(f"kinds/*/{part}.py")
    environment = "networks" if trains else "numbers"
    assert imported(found) <= held_by(REPOSITORY / "envs" / "conda" / f"{environment}.yaml")


def imported(paths: list[Path]) -> set[str]:
    """Conda's names of all packages that some modules can import."""
    names = [".".join(x.relative_to(WORKFLOW).with_suffix("").parts) for x in paths]
    return {CONDA_NAMES.get(name, name) for name in packages(names)}


def held_by(path: Path) -> set[str]:
    return set(versions(yaml.safe_load(path.read_text())["dependencies"]))


def test_versions_are_the_locked_ones() -> None:
    lines = [
        line
        for name in ("torch.txt", "requirements.txt")
        for line in (REPOSITORY / "envs" / name).read_text().splitlines()
        if not line.startswith("#")
    ]
    locked = versions([re.split("[ ;]", line)[0].lower() for line in lines])
    locked["pytorch"] = locked.pop("torch")
    for path in (REPOSITORY / "envs" / "conda").glob("*.yaml"):
        held = versions(yaml.safe_load(path.read_text())["dependencies"])
        for name, version in held.items():
            if name not in ("python", "pip"):
                assert f"{locked[name]}.".startswith(f"{version}."), f"{path.name}: {name}"
