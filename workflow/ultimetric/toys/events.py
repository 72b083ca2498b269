"""Events of a toy in an HDF5 file.

Layout: label, group, log_w (N,); inputs/<features> (N, D), with the attributes `points` and
`variables` if they begin with points; observables/<name> (N,) with the attribute `label`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from ultimetric.classifiers.layout import Layout, Points
from ultimetric.data.hdf5 import (
    attribute,
    attributes_of,
    find_dataset,
    names_in,
    open_hdf5,
    read,
    read_dataset,
)


@dataclass(frozen=True)
class Events:
    """Events of truth and sample, truth first.

    Arguments:
        inputs: for classifiers, by the name of the features (N, D), float32.
        layouts: of inputs that have one.
        label: 1 for truth, 0 for sample (N,).
        group: events of equal number are not independent: they stay in one fold (N,).
        log_w: exact log p_truth/p_sample (N,); infinite where the sample has nothing.
        observables: for figures, by name (N,).
        labels: of the observables, with their units.
        ideal_auc: AUC of the exact weights for infinitely many events.
    """

    inputs: dict[str, np.ndarray]
    layouts: dict[str, Layout]
    label: np.ndarray
    group: np.ndarray
    log_w: np.ndarray
    observables: dict[str, np.ndarray]
    labels: dict[str, str]
    ideal_auc: float


def write_events(path: str | Path, events: Events) -> None:
    """Write the events; random numbers do not compress."""
    with h5py.File(path, "w") as file:
        for name in ("label", "group", "log_w"):
            file.create_dataset(name, data=getattr(events, name))
        for features, x in events.inputs.items():
            data = file.create_dataset(f"inputs/{features}", data=x)
            if features in events.layouts:
                layout = events.layouts[features]
                data.attrs["points"] = layout.number
                data.attrs["variables"] = list(layout.variables)
        for name, values in events.observables.items():
            data = file.create_dataset(f"observables/{name}", data=values)
            data.attrs["label"] = events.labels[name]
        file.attrs["ideal_auc"] = events.ideal_auc


def read_events(path: str | Path, *features: str) -> Events:
    """Read the events, with those of the inputs that are named."""
    with open_hdf5(path) as file:
        chosen = {name: find_dataset(file, f"inputs/{name}") for name in features}
        observables = {
            name: find_dataset(file, f"observables/{name}")
            for name in names_in(file, "observables")
        }
        return Events(
            inputs={name: read(data) for name, data in chosen.items()},
            layouts={
                name: Points(int(attribute(data, "points")), tuple(attribute(data, "variables")))
                for name, data in chosen.items()
                if "points" in attributes_of(data)
            },
            label=read_dataset(file, "label"),
            group=read_dataset(file, "group"),
            log_w=read_dataset(file, "log_w"),
            observables={name: read(data) for name, data in observables.items()},
            labels={name: attribute(data, "label") for name, data in observables.items()},
            ideal_auc=float(attribute(file, "ideal_auc")),
        )


def dimensions(path: str | Path, features: str) -> int:
    """Number of inputs."""
    with open_hdf5(path) as file:
        return find_dataset(file, f"inputs/{features}").shape[1]
