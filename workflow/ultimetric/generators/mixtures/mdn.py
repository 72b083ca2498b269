"""Mixture density networks for totals and principal components of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.events import Entries
from ultimetric.generators.base import tensors
from ultimetric.generators.factorised import Factorised
from ultimetric.kinds.base import Kind
from ultimetric.models.context import context, n_context
from ultimetric.models.mixtures import MixtureDensityNetwork
from ultimetric.models.principal import PrincipalComponents
from ultimetric.preprocessing.base import State

BOUND = 5.0  # standard deviations
AT_ONCE = 1000  # entries whose covariances are in memory


class MDN(Factorised):
    """p(totals | c) p(data | totals, c), both Gaussian mixtures with full covariance.

    Of the data the first principal components are a mixture; the others are normal with the
    variance that they have in the training truth, so that the density covers every value.
    """

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        shapes, seen = dict(card["shapes"]), n_context(kind)
        self.n_principal = min(shapes.pop("principal"), kind.n_values)
        rest = kind.n_values - self.n_principal
        # A mixture takes one number more, which chooses the component.
        self.sizes = [1 + self.n_totals if self.n_totals else 0, 1 + self.n_principal, rest]
        self.latent_size = sum(self.sizes)
        self.principal = PrincipalComponents(kind.n_values)
        if self.n_totals:
            self.energies = MixtureDensityNetwork(self.n_totals, seen, **card["energies"])
        self.shapes = MixtureDensityNetwork(self.n_principal, seen + self.n_totals, **shapes)

    def prepare(self, state: State) -> None:
        self.principal.fit(state.data)

    def energies_loss(self, state: State, rng: torch.Generator) -> Tensor:
        return -self._log_prob_totals(state).mean()

    def shapes_loss(self, state: State, rng: torch.Generator) -> Tensor:
        kept = self.principal(state.data)[:, : self.n_principal].float()
        return -self.shapes.log_prob(kept, self._seen(state)).mean()

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        parts = zip(condition.split(AT_ONCE), z.split(AT_ONCE), strict=True)
        return torch.cat([self._decode(*part) for part in parts])

    @torch.no_grad()
    def log_prob(self, events: Entries, seed: int) -> np.ndarray:
        state = State(*tensors(events, self.spectrum.device))
        state = self.chain(state, torch.Generator().manual_seed(seed))
        starts = range(0, max(1, len(state.data)), AT_ONCE)
        density = torch.cat([self._log_prob(state[start : start + AT_ONCE]) for start in starts])
        return (state.log_det + density).cpu().numpy()

    def _decode(self, condition: Tensor, z: Tensor) -> Tensor:
        z_totals, z_kept, rest = z.split(self.sizes, 1)
        totals = None
        if self.n_totals:
            totals = self.energies.decode(context(self.kind, condition), z_totals).double()
        kept = self.shapes.decode(self._seen(self.without_data(condition, totals)), z_kept)
        data = self.principal.inverse(torch.cat([kept, rest], 1).double())
        return self.chain.inverse(State(condition, data, totals)).data

    def _log_prob(self, state: State) -> Tensor:
        kept, rest = self.principal(state.data).float().tensor_split([self.n_principal], 1)
        total = self.shapes.log_prob(kept, self._seen(state))
        if self.n_totals:
            total = self._log_prob_totals(state) + total
        normal = torch.distributions.Normal(0.0, 1.0)
        return total + normal.log_prob(rest).sum(1) + self.principal.log_det

    def _log_prob_totals(self, state: State) -> Tensor:
        return self.energies.log_prob(state.totals.float(), context(self.kind, state.condition))

    def _seen(self, state: State) -> Tensor:
        """The condition of the shapes (N, n_context + n_totals)."""
        seen = context(self.kind, state.condition)
        if state.totals is None:
            return seen
        # A nearly empty layer lies far out in logit space, where a network would extrapolate.
        return torch.cat([seen, state.totals.clamp(-BOUND, BOUND).float()], 1)
