"""`pip install .`: the wheel holds what the package reads, and asks for what it imports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from places import PACKAGE, REPOSITORY

from ultimetric.planning.fingerprint import packages

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
# Parts of another package that they always come with.
PARTS_OF = {
    "llvmlite": "numba",
    "markupsafe": "jinja2",
    "packaging": "snakemake",
    "snakemake-interface-logger-plugins": "snakemake",
}
LOCKS = ("torch", "requirements", "htcondor", "kubernetes")
PROGRAM = """
import ultimetric

kind = ultimetric.load_kind("showers", geometry="calogan_coarse")
showers = ultimetric.read_events(ultimetric.bundled("eplus"), kind)
print(ultimetric.compare(showers[:200], showers[200:400], card="tiny", repeats=1))
print(ultimetric.__file__)
"""


def requirements() -> dict[str, Requirement]:
    """All that pyproject.toml asks for, by name."""
    extras = PROJECT["optional-dependencies"].values()
    texts = [*PROJECT["dependencies"], *(x for extra in extras for x in extra)]
    return {canonicalize_name(x.name): x for x in map(Requirement, texts)}


def locked() -> dict[str, str]:
    """The tested version of each package that was chosen, not brought by another."""
    found = {}
    for name in LOCKS:
        chosen = (REPOSITORY / "envs" / f"{name}.txt").read_text().split("# What ")[0]
        found |= dict(re.findall(r"^([\w.-]+)==([\w.]+)", chosen, re.M))
    return {canonicalize_name(name): version for name, version in found.items()}


def test_pip_may_take_the_tested_versions() -> None:
    asked, tested = requirements(), locked()
    assert set(asked) == set(tested)
    for name, version in tested.items():
        assert asked[name].specifier.contains(version), name


def test_what_the_package_imports_is_asked_for() -> None:
    paths = [path for path in PACKAGE.rglob("*.py") if path.name != "__main__.py"]
    modules = [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in paths
    ]
    known = packages_distributions()
    imported = {canonicalize_name(known[x][0]) for x in packages(modules) if x in known}
    assert {PARTS_OF.get(name, name) for name in imported} <= set(requirements())


@pytest.mark.slow
def test_an_installation_works_anywhere(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    built = [*pip, "wheel", "--no-build-isolation", "--no-deps", "-w", tmp_path, REPOSITORY]
    subprocess.run(built, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", site, wheel], check=True)
    environment = os.environ | {"PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "AUC 0." in done.stdout
    assert str(site) in done.stdout
