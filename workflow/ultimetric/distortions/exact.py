"""HDF5 files with the exact weights of a sample and of the truth it is compared with.

Layout: truth/log_w and sample/log_w (N,), float64, in the order of the entries; the attribute
`ideal_auc`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np

from ultimetric.data.hdf5 import attribute, open_hdf5, read_dataset


@dataclass(frozen=True)
class Exact:
    """Exact log p_truth/p_sample of truth and sample.

    Arguments:
        truth: Those of the truth (N,); infinite where p_sample is 0.
        sample: Those of the sample (N,).
        ideal_auc: The AUC of the exact weights for infinitely many entries.
    """

    truth: np.ndarray
    sample: np.ndarray
    ideal_auc: float

    @property
    def joined(self) -> np.ndarray:
        """Those of truth and sample in one array, truth first."""
        return np.concatenate([self.truth, self.sample])

    def of(self, truth: np.ndarray, sample: np.ndarray) -> Exact:
        """Those of some rows of truth and sample."""
        return replace(self, truth=self.truth[truth], sample=self.sample[sample])


def write_exact(path: str | Path, exact: Exact) -> None:
    """Write the weights."""
    with h5py.File(path, "w") as file:
        for side in ("truth", "sample"):
            file.create_dataset(f"{side}/log_w", data=getattr(exact, side), compression="gzip")
        file.attrs["ideal_auc"] = exact.ideal_auc


def read_exact(path: str | Path) -> Exact:
    """Read the weights."""
    with open_hdf5(path) as file:
        sides = (read_dataset(file, f"{side}/log_w") for side in ("truth", "sample"))
        return Exact(*sides, float(attribute(file, "ideal_auc")))
