"""Real showers that many tests share."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings
from places import BUNDLED, REPOSITORY
from showers import read_showers

from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import Showers

collect_ignore = ["geant4-data"]  # its script needs packages that nothing else does
# Data of Geant4 11.4 besides G4EMLOW and G4PARTICLEXS; calzone wants the folders only.
UNREAD = (
    "G4NDL4.7.1 PhotonEvaporation6.1.2 RadioactiveDecay6.1.2 G4PII1.3 RealSurface2.2 "
    "G4SAIDDATA2.0 G4ABLA3.3 G4INCL1.3 G4ENSDFSTATE3.0 G4CHANNELING2.0"
)


# Every run tries the same examples: a rare one that fails is found by whoever changes the code.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")
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
def piplus(coarse: Geometry) -> Showers:
    """400 charged pion showers in coarse cells."""
    return read_showers(BUNDLED / "piplus.hdf5", coarse, np.arange(400))


@pytest.fixture(scope="session")
def eplus_full(full: Geometry) -> Showers:
    """2000 positron showers in all voxels."""
    return read_showers(BUNDLED / "eplus.hdf5", full, np.arange(2000))


@pytest.fixture(scope="session")
def geant4_data(tmp_path_factory) -> Path:
    """A folder for GEANT4_DATA_DIR, enough for positrons in lead and liquid argon."""
    folder = tmp_path_factory.mktemp("geant4") / "data"
    shutil.copytree(REPOSITORY / "tests" / "geant4-data", folder)
    for name in UNREAD.split():
        (folder / name).mkdir()
    (folder / "G4ENSDFSTATE3.0" / "ENSDFSTATE.dat").touch()
    # Geant4 opens these for all elements; zero where they do not occur.
    for stem, low, high in (("gamma/inel", 2, 130), ("neutron/inel", 1e-11, 20)):
        for z in range(1, 96):
            path = folder / "G4PARTICLEXS4.2" / f"{stem}{z}"
            if not path.exists():
                path.write_text(f"{low} {high} 2\n2\n{low} 0\n{high} 0\n")
    return folder
