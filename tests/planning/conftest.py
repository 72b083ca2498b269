"""The tiny study with sizes of its own and cards of the default study."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY

from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study

TINY = yaml.safe_load((REPOSITORY / "tests" / "studies" / "tiny.yaml").read_text())


@pytest.fixture
def config() -> dict:
    config = deepcopy(TINY)
    config["datasets"]["eplus"] |= {"generator": 5000, "classifier": 4000, "final": 2200}
    for entry in config["generators"].values():
        entry.pop("card", None)
    return config


@pytest.fixture
def study(config: dict, tmp_path: Path) -> Study:
    return load_study(config, tmp_path / "checks.json")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache") / "checks.json"
