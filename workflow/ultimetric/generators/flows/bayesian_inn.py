"""The hierarchical INN with a posterior of its weights (Bayesian INN, arXiv:2104.04543)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import zuko
from torch import Tensor

from ultimetric.events import Entries
from ultimetric.generators.base import tensors
from ultimetric.generators.flows.hierarchical_inn import HierarchicalINN
from ultimetric.models.variational import divergence, drawn, noisy, variational
from ultimetric.preprocessing.base import State


class BayesianINN(HierarchicalINN):
    """`HierarchicalINN` whose networks have independent Gaussian weights.

    The loss is the negative log-likelihood plus the divergence of posterior and prior over the
    number of training events. A sample is made by `draws` draws from the posterior, each of which
    makes an equal part of every block.

    Keys of a card besides those of `HierarchicalINN`: `prior`, the precision of the prior of a
    weight; `log_variance` of the posterior before the training; `draws`; `temperature`, a factor
    of the divergence: 1 is the evidence lower bound, less gives a narrower posterior.
    """

    def made(self, features: int, seen: int, blocks: int, **options: Any) -> zuko.flows.Flow:
        flow = super().made(features, seen, blocks, **options)
        return variational(flow, self.card["log_variance"])

    def loss(self, number: int, state: State, rng: torch.Generator, n_training: int) -> Tensor:
        flow = list(self.flows.values())[number]
        with noisy(flow, rng):
            loss = super().loss(number, state, rng, n_training)
        kept = divergence(flow, self.card["prior"]) / n_training
        return loss + self.card["temperature"] * kept

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        z = torch.randn(len(condition), self.latent_size, generator=rng).to(condition.device)
        parts = zip(
            condition.tensor_split(self.card["draws"]),
            z.tensor_split(self.card["draws"]),
            strict=True,
        )
        made = []
        for some, latent in parts:
            with drawn(self, rng):
                made.append(self.decode(some, latent))
        return torch.cat(made)

    def log_prob(self, events: Entries, seed: int) -> np.ndarray:
        """Log-likelihood of the mean density of `draws` draws; see `Generator`."""
        found = self.log_densities(events, seed, self.card["draws"])
        return np.logaddexp.reduce(found, 1) - np.log(self.card["draws"])

    @torch.no_grad()
    def log_densities(self, events: Entries, seed: int, draws: int) -> np.ndarray:
        state = State(*tensors(events, self.spectrum.device))
        rng = torch.Generator().manual_seed(seed)
        state = self.chain(state, rng)
        found = []
        for _ in range(draws):
            with drawn(self, rng):
                found.append((state.log_det + self._log_prob(state)).cpu().numpy())
        return np.stack(found, 1)
