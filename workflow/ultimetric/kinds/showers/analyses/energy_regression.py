"""Estimate the incident energy of truth and samples with a network trained on truth."""

from __future__ import annotations

from typing import Any, ClassVar, cast

import numpy as np
import torch

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number, Row, Where
from ultimetric.device import device
from ultimetric.events import Entries
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.kinds.showers.regression.energy import EnergyRegressor
from ultimetric.kinds.showers.regression.fitting import were_learned
from ultimetric.kinds.showers.regression.predictions import (
    HELD_OUT,
    Predictions,
    arrays_of,
    quality,
)

PARTS = ("training", "validation")


class EnergyRegression(Analysis):
    """Bias and resolution of the estimated incident energy, and mean and width of its pulls.

    One network is trained on the training truth of generators, and applied to the held-out truth
    and to each sample.
    """

    per: ClassVar[str] = "dataset"
    needs: ClassVar[tuple[str, ...]] = ("truth", "sample", "training")
    writes: ClassVar[tuple[str, ...]] = ("arrays",)
    trains: ClassVar[bool] = True
    section: ClassVar[str] = "Incident energy"
    tables: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "title": "Incident energy",
            "text": "The incident energy estimated from the shower by a regression trained on "
            "truth: mean and standard deviation of the relative error (bias, resolution) and of "
            "the pull (error over estimated uncertainty). A good sample has the numbers of the "
            "truth.",
            "name": "{dataset}, regression",
            "where": {"method": ["regressor"]},
            "columns": {
                "bias": "bias",
                "resolution": "resolution",
                "mean of the pull": "pull_mean",
                "width of the pull": "pull_width",
            },
        },
    )

    def run(self, given: Given) -> Result:
        torch.set_num_threads(self.card.get("threads", 1))
        dataset = given.dataset
        seed = given.seed_of(dataset.name, "regress")
        torch.manual_seed(seed)  # initial weights
        regressor = EnergyRegressor(self.card, cast(ShowerKind, dataset.kind)).to(device())
        # Tables are given if any input reads them.
        reads = any(dataset.kind.inputs[x].reads_observables for x in self.card["inputs"])
        parts = [dataset.events(part)[:] for part in PARTS]
        training, validation = (dataset.table(part) if reads else None for part in PARTS)
        regressor.fit(*parts, seed, (training, validation))
        known = dataset.truth_observables if reads else None
        found = {HELD_OUT: regressor.predict(dataset.truth[:], known)}
        for name, sample in dataset.samples.items():
            known = sample.observables if reads else None
            found[name] = regressor.predict(sample.events[:], known)
        rows = [row for name, x in found.items() for row in self._rows(given, name, x, parts)]
        return Result(rows, arrays=arrays_of(found))

    def _rows(
        self, given: Given, name: str, predictions: Predictions, parts: list[Entries]
    ) -> list[Row]:
        """The rows of one set of showers; the network was trained on `parts`."""
        replicas = self.card["replicas"]
        known = np.concatenate([part.condition[:, 0] for part in parts])
        rng = np.random.default_rng(given.seed_of(given.dataset.name, "regress", name))
        note = f"{replicas} bootstrap replicas; one training, whose spread is not in the error"
        if were_learned(predictions.energy, known):
            note += "; the regressor was trained on these showers, which narrows their pulls"
        where = Where(given.dataset.name, name, "regressor", "+".join(self.card["inputs"]))
        counts = {"n_train": len(known), "n_test": len(predictions), "repeats": 1}
        return [
            Number(*found).row(where, metric, note, **counts)
            for metric, found in quality(predictions, replicas, rng).items()
        ]
