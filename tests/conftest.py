"""Real showers that many tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ultimetric.data.files import read_showers
from ultimetric.data.geometry import Geometry, geometry_config
from ultimetric.data.showers import Showers

REPOSITORY = Path(__file__).parents[1]
BUNDLED = REPOSITORY / "workflow" / "resources" / "showers"


# Small products gain nothing from a second thread and lose much on a busy machine.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def coarse() -> Geometry:
    return Geometry.from_config(geometry_config("calogan_coarse"))


@pytest.fixture(scope="session")
def full() -> Geometry:
    return Geometry.from_config(geometry_config("calogan"))


@pytest.fixture(scope="session")
def eplus(coarse: Geometry) -> Showers:
    """The bundled positron showers in coarse cells."""
    return read_showers(BUNDLED / "eplus.hdf5", coarse)


@pytest.fixture(scope="session")
def eplus_full(full: Geometry) -> Showers:
    """2000 positron showers in all voxels."""
    return read_showers(BUNDLED / "eplus.hdf5", full, np.arange(2000))
