"""Fréchet regression distance: that of the activations of a network that estimates energies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, cast

import numpy as np
import torch

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import DatasetFiles, Given
from ultimetric.analyses.numbers import Number, Row, Where
from ultimetric.device import device
from ultimetric.events import Events
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.kinds.showers.regression.attribution import cells, evenly
from ultimetric.kinds.showers.regression.cores import linearity_and_resolution
from ultimetric.kinds.showers.regression.estimates import UNTRAINED, Estimates, arrays_of
from ultimetric.kinds.showers.regression.fitting import applied, fit, learned_from, seen_note
from ultimetric.kinds.showers.regression.frechet import distance
from ultimetric.kinds.showers.regression.networks import (
    NAMES,
    Regressor,
    architecture_of,
    box_of,
    deposits,
)
from ultimetric.kinds.showers.regression.predictions import HELD_OUT


class FrechetRegression(Analysis):
    """The Fréchet distance of truth and sample in the activations of a regressor (FRD).

    One network of 3D convolutions is trained on the training truth of generators to estimate the
    incident energy, and applied to the held-out truth and to each sample. The distance is that
    of the activations of its last layer but one as they are, so that distances by different
    networks have different units: compare them with the baseline of the same network. It is
    extrapolated to infinitely many showers as in `fpd`.

    `mu90` is the mean of estimated over true energies in the narrowest interval with 90 % of the
    showers (linearity), `sigma90` their standard deviation over this mean (resolution). A network
    without training has none.

    Options:
        regressor: The name of a network (see `regression.networks`), default `regressor`; or the
            keys `name`, `convolutions` (each with `filters`, `kernel`, `stride`, `padding`),
            `norm` (layer or batch) and `activations` of one's own.
        trained: Whether the network is trained, default true; else it keeps its random weights.
        explained: The number of showers of truth and of each sample by which the distance of the
            mean activations is attributed to cells, default 200; 0 leaves this out.
    """

    per: ClassVar[str] = "dataset"
    needs: ClassVar[tuple[str, ...]] = ("truth", "sample", "training")
    writes: ClassVar[tuple[str, ...]] = ("arrays",)
    trains: ClassVar[bool] = True
    defaults: ClassVar[dict[str, Any]] = {
        "regressor": "regressor",
        "trained": True,
        "explained": 200,
    }
    limits: ClassVar[dict[str, str]] = {"regressor": NAMES, "explained": "whole >= 0"}
    section: ClassVar[str] = "Distances of all observables together"
    tables: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "title": "Fréchet regression distances",
            "text": "The Fréchet distance of the activations of a network that was trained on "
            "truth to estimate the incident energy (FRD), extrapolated to infinitely many "
            "showers, smallest first. Compare distances by the same network only, and with the "
            "baseline. mu90 and sigma90 are the mean and the relative width of the core of "
            "estimated over true energies.",
            "name": "{dataset}, {inputs}",
            "columns": {"FRD": "frd", "mu90": "mu90", "sigma90 / mu90": "sigma90"},
            "rank": "frd",
            "notes": True,
        },
    )

    def run(self, given: Given) -> Result:
        torch.set_num_threads(self.card.get("threads", 1))
        dataset, trained = given.dataset, self.options["trained"]
        name, architecture = architecture_of(self.options["regressor"])
        inputs = name if trained else f"{name}{UNTRAINED}"
        seed = given.seed_of(dataset.name, "regressor", name)
        torch.manual_seed(seed)  # initial weights
        kind = cast(ShowerKind, dataset.kind)
        network = Regressor(architecture, box_of(kind), sum(kind.geometry.energy_range_GeV) / 2)
        network.to(device()).eval()
        learned = self._fit(network, dataset, seed) if trained else np.empty(0)
        held_out = _applied(network, dataset.truth)
        sets, rows = {HELD_OUT: held_out[0]}, []
        for sample, files in dataset.samples.items():
            found, activations = _applied(network, files.events)
            away = activations.mean(0) - held_out[1].mean(0)
            rng = np.random.default_rng(given.seed_of(dataset.name, sample, "frd", inputs))
            number = distance([(held_out[1], activations)], self.card["replicas"], rng)
            number = number.noted(f"squared distance of the means {away @ away:.3g}")
            where = Where(dataset.name, sample, "regressor", inputs)
            note = seen_note(found.energy, learned)
            rows.append(number.row(where, "frd", note, n_train=len(learned), repeats=1))
            if self.options["explained"]:
                chosen = (
                    events[evenly(x.energy, self.options["explained"])].data
                    for events, x in ((dataset.truth, held_out[0]), (files.events, found))
                )
                found = replace(found, attribution=cells(network.activations, away, *chosen))
            sets[sample] = found
        if trained:
            rows += self._quality(given, inputs, sets, learned)
        return Result(rows, arrays=arrays_of(inputs, sets))

    def _fit(self, network: Regressor, dataset: DatasetFiles, seed: int) -> np.ndarray:
        """Train the network on truth, whose incident energies are returned."""
        showers, sizes = learned_from(dataset)
        energies = torch.as_tensor(showers.energy).float()
        fit("regressor", network, deposits(showers), energies, sizes, self.card["train"], seed)
        return showers.energy

    def _quality(
        self, given: Given, inputs: str, sets: dict[str, Estimates], learned: np.ndarray
    ) -> list[Row]:
        """The rows of linearity and resolution of each set of showers."""
        rows, replicas = [], self.card["replicas"]
        for name, x in sets.items():
            rng = np.random.default_rng(given.seed_of(given.dataset.name, name, "core", inputs))
            numbers = linearity_and_resolution(x.estimate / x.energy, replicas, rng)
            where = Where(given.dataset.name, name, "regressor", inputs)
            note = seen_note(x.energy, learned)
            counts = {"n_train": len(learned), "n_test": len(x.energy), "repeats": 1}
            rows += [
                Number(value, error).row(where, metric, note, **counts)
                for metric, (value, error) in zip(("mu90", "sigma90"), numbers, strict=True)
            ]
        return rows


def _applied(network: Regressor, events: Events) -> tuple[Estimates, np.ndarray]:
    """The estimates of showers (N), and their activations (N, A), float64."""
    activations = applied(network.activations, events, deposits)
    with torch.no_grad():
        energy = network.energy_of(torch.from_numpy(activations).to(device()))
    estimates = Estimates(events.condition[:, 0], energy.double().cpu().numpy())
    return estimates, activations.astype(np.float64)
