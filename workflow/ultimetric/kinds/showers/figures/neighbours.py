"""Truth showers and their nearest neighbours in each sample (CaloGAN, CaloFlow F-NN)."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from sklearn.neighbors import NearestNeighbors

from ultimetric.events import Entries, Events
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.labels import BASELINE
from ultimetric.kinds.showers.figures.images import energy_text, geometry_of, mosaic, new_mosaic


class NearestShowers(Figure):
    """One row per truth shower; the Euclidean distance of all voxels in MeV decides.

    Options:
        showers: The number of truth showers, spread evenly over the ranks of incident energy.
    """

    needs = ("truth", "sample")
    section = "Data"
    defaults: ClassVar[dict[str, Any]] = {"showers": 5, "controls": False}
    limits: ClassVar[dict[str, str]] = {"showers": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        truth = given.files.truth
        n_rows = self.options["showers"]
        ranks = ((np.arange(n_rows) + 0.5) / n_rows * len(truth)).astype(int)
        chosen = truth[np.argsort(truth.condition[:, 0], kind="stable")[ranks]]
        columns, notes = {given.truth_label: chosen}, {given.truth_label: _notes(chosen)}
        # The baseline shows how near a neighbour can be expected.
        baseline = [BASELINE] if BASELINE in given.samples else []
        for sample in dict.fromkeys([*baseline, *self.samples(given)]):
            title = given.label(sample)
            columns[title], distance = nearest(given.samples[sample].events, chosen)
            notes[title] = _notes(columns[title], distance)
        figure = new_mosaic(
            f"{given.label(given.dataset)}: {given.truth_label} showers and their nearest "
            "neighbours in each sample",
            geometry_of(given),
            n_rows,
            len(columns),
        )
        mosaic(figure, columns, notes)
        return figure


def nearest(sample: Events, chosen: Entries) -> tuple[Entries, np.ndarray]:
    """The nearest sample shower of each chosen one, and its distance in MeV."""
    search = NearestNeighbors(n_neighbors=1, algorithm="brute")
    distance, index = np.full(len(chosen), np.inf), np.zeros(len(chosen), np.int64)
    start = 0
    for block in sample.blocks():
        found, rows = (x[:, 0] for x in search.fit(block.data).kneighbors(chosen.data))
        nearer = found < distance
        distance[nearer], index[nearer] = found[nearer], start + rows[nearer]
        start += len(block)
    return sample[index], distance


def _notes(showers: Entries, distance: np.ndarray | None = None) -> list[tuple[str, ...]]:
    """Incident energy, and distance to the truth shower."""
    energies = [f"E {energy_text(1e3 * energy)}" for energy in showers.condition[:, 0]]
    if distance is None:
        return [(text,) for text in energies]
    return [(text, f"d {energy_text(d)}") for text, d in zip(energies, distance, strict=True)]
