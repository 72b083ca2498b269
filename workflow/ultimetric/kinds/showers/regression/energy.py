"""A mixture density network of p(E_inc | shower), with a mean and a width for each shower."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ultimetric.kinds.observables import Columns
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.kinds.showers.regression.predictions import Predictions
from ultimetric.models.mixtures import MixtureDensityNetwork
from ultimetric.observed import inputs_of
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule

HIDDEN_GEV = 10.0  # incident energy that all inputs are computed with
BOUND = 8.0  # standard deviations: showers unlike all of the training count as its edge


class EnergyRegressor(nn.Module):
    """The distribution of ln(E_inc / E_tot) given a shower without its incident energy.

    E_inc itself follows: its mean is E_tot sum alpha exp(mu + sigma^2 / 2), with the weight, mean
    and width of each component in that logarithm. As any such estimate it includes the spectrum
    of the training showers.

    Arguments:
        card: The hyper-parameters `inputs`, `network` (components, hidden_features) and `train`.
        kind: The kind of the showers, with its inputs.
    """

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__()
        self.card, self.geometry = card, kind.geometry
        empty = Showers(kind, np.ones(1), np.zeros((1, kind.n_values), np.float32))
        size = self._observed(empty).shape[1]
        self.network = MixtureDensityNetwork(1, size, **card["network"])
        for name, width in (("input", size), ("target", 1)):
            self.register_buffer(f"{name}_mean", torch.zeros(width, dtype=torch.float64))
            self.register_buffer(f"{name}_std", torch.ones(width, dtype=torch.float64))

    def fit(
        self,
        training: Showers,
        validation: Showers,
        seed: int,
        tables: tuple[Columns | None, Columns | None] = (None, None),
    ) -> list[dict[str, Any]]:
        """Learn from disjoint truth; the validation part chooses the epoch.

        Arguments:
            training, validation: The showers.
            seed: The random seed.
            tables: The observables of both by name (N,); computed if not given.

        Returns:
            History rows as of `training.loop.train`.
        """
        parts = training, validation
        raw = torch.cat([self._inputs(*pair) for pair in zip(parts, tables, strict=True)])
        target = torch.cat([self._target(part) for part in parts])
        sizes = len(training), len(validation)
        for name, x in (("input", raw), ("target", target)):
            std = x[: sizes[0]].std(0)
            getattr(self, f"{name}_mean").copy_(x[: sizes[0]].mean(0))
            getattr(self, f"{name}_std").copy_(torch.where(std > 0, std, 1.0))
        c = self._prepared(raw)
        y = ((target - self.target_mean) / self.target_std).float()

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            return -self.network.log_prob(y[rows], c[rows]).mean()

        schedule = Schedule(**self.card["train"])
        return train("energy", self.network, loss, sizes, schedule, seed)

    @torch.no_grad()
    def predict(self, showers: Showers, columns: Columns | None = None) -> Predictions:
        """Mean and standard deviation of E_inc given each shower.

        Arguments:
            showers: The showers (N).
            columns: Their observables by name (N,); computed if not given.
        """
        logits, means, factors = (
            part.double()
            for part in self.network.read(self._prepared(self._inputs(showers, columns)))
        )
        alpha = logits.softmax(1)
        mu = self.target_mean + self.target_std * means[..., 0]
        variance = (self.target_std * factors[..., 0, 0]).square()
        first = (alpha * (mu + variance / 2).exp()).sum(1)
        second = (alpha * (2 * mu + 2 * variance).exp()).sum(1)
        deposited = self._deposited(showers) / GEV
        return Predictions(
            energy=showers.energy,
            mean=deposited * first.cpu().numpy(),
            sigma=deposited * (second - first.square()).clamp(min=0).sqrt().cpu().numpy(),
        )

    def _observed(self, showers: Showers, columns: Columns | None = None) -> np.ndarray:
        # Classifiers are told the incident energy; here all are alike.
        blind = replace(showers, energy=np.full(len(showers), HIDDEN_GEV))
        if columns is not None:
            known = showers.kind.observables.items()
            columns = {name: columns[name] for name, x in known if not x.of_condition}
        names = self.card["inputs"]
        return np.concatenate([inputs_of(name, blind, columns) for name in names], 1)

    def _inputs(self, showers: Showers, columns: Columns | None) -> Tensor:
        return torch.as_tensor(self._observed(showers, columns)).to(self.input_mean)

    def _prepared(self, x: Tensor) -> Tensor:
        return ((x - self.input_mean) / self.input_std).clamp(-BOUND, BOUND).float()

    def _target(self, showers: Showers) -> Tensor:
        ratio = GEV * showers.energy / self._deposited(showers)
        return torch.as_tensor(np.log(ratio)[:, None]).to(self.target_mean)

    def _deposited(self, showers: Showers) -> np.ndarray:
        """E_tot (N,) in MeV; an empty shower counts as a single voxel at the threshold."""
        total = showers.layer_energies.sum(1)
        return np.maximum(total, self.geometry.threshold_MeV)
