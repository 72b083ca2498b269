"""Files in the CaloGAN layout, good ones and bad ones."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from showers import read_showers

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry, geometry_config

EPLUS = "workflow/resources/showers/eplus.hdf5"
SHAPES = ((3, 96), (12, 12), (12, 6))


def geometry_of(name: str) -> Geometry:
    return Geometry.from_config(geometry_config(name))


FULL, COARSE = geometry_of("calogan"), geometry_of("calogan_coarse")


def layout(n_showers: int = 6) -> dict[str, np.ndarray]:
    """Showers of 10 GeV with 1 MeV in each voxel."""
    layers = {f"layer_{i}": np.ones((n_showers, *shape)) for i, shape in enumerate(SHAPES)}
    return {"energy": np.full((n_showers, 1), 10.0), **layers}


def written(path: Path, data: dict[str, np.ndarray]) -> Path:
    with h5py.File(path, "w") as file:
        for name, values in data.items():
            file[name] = values
    return path


def refusal(path: Path, geometry: Geometry = FULL) -> str:
    with pytest.raises(UserError) as error:
        read_showers(path, geometry)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")
