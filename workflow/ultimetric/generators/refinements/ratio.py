"""Density ratios p_truth / p_sample from a classifier, for generators that correct another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import zuko
from torch import Tensor, nn
from torch.nn import functional as F

from ultimetric.classifiers.calibration import platt
from ultimetric.models.principal import PrincipalComponents
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule

PREPARED = 2**15  # entries whose inputs are prepared at once
BOUND = 8.0  # standard deviations: entries unlike all of the training count as its edge


class DensityRatio(nn.Module):
    """log w(x) = log p_truth(x) / p_sample(x) as the calibrated logit of a classifier.

    The inputs are standardised and freed of linear correlation with the training data. The logit
    is calibrated (Platt) on the validation data, which only chose the epoch.

    Arguments:
        features: The size of x.
        hidden_features: The widths of the hidden layers.
        log_floor: With it, inputs that are never negative in training enter as
            log10(x + log_floor): the energies of voxels span decades.
        dropout: The share of inputs and of hidden units that is dropped in training.
    """

    def __init__(
        self,
        features: int,
        hidden_features: list[int],
        log_floor: float | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.log_floor = log_floor
        self.register_buffer("positive", torch.zeros(features, dtype=torch.bool))
        self.register_buffer("scale", torch.ones(features, dtype=torch.float64))
        self.register_buffer("line", torch.tensor([1.0, 0.0], dtype=torch.float64))
        self.whiten = PrincipalComponents(features)
        layers: list[nn.Module] = [nn.Dropout(dropout)]
        for part in zuko.nn.MLP(features, 1, hidden_features):
            layers += [part, nn.Dropout(dropout)] if isinstance(part, nn.ReLU) else [part]
        self.network = nn.Sequential(*layers)

    def fit(
        self,
        truth: tuple[np.ndarray, np.ndarray],
        sample: tuple[np.ndarray, np.ndarray],
        schedule: Schedule,
        seed: int,
        checkpoint: Path | None,
        name: str = "classifier",
    ) -> list[dict[str, Any]]:
        """Learn from both classes, which have the same total weight.

        Arguments:
            truth, sample: Inputs (N, features) for training and for validation.
            schedule, seed, checkpoint, name: As of `training.loop.train`.

        Returns:
            History rows.
        """
        parts = [part for pair in zip(truth, sample, strict=True) for part in pair]
        sizes = tuple(len(t) + len(s) for t, s in zip(truth, sample, strict=True))
        label = np.repeat([1.0, 0.0, 1.0, 0.0], [len(part) for part in parts])
        x = torch.as_tensor(np.concatenate(parts), dtype=torch.float64, device=self.scale.device)
        self.positive.copy_((x[: sizes[0]] >= 0).all(0))
        learned = self._logarithms(x[: sizes[0]])
        std = learned.std(0)
        self.scale.copy_(torch.where(std > 0, std, 1.0))
        self.whiten.fit(learned / self.scale)
        # Part by part, which takes less memory.
        prepared = torch.cat([self._prepare(part) for part in x.split(PREPARED)])
        y = torch.as_tensor(label, device=x.device).float()
        n_truth = y[: sizes[0]].sum()
        balance = torch.where(
            y > 0, sizes[0] / (2 * n_truth), sizes[0] / (2 * (sizes[0] - n_truth))
        )

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            logits = self.network(prepared[rows])[:, 0]
            return F.binary_cross_entropy_with_logits(logits, y[rows], balance[rows])

        history = train(name, self.network, loss, sizes, schedule, seed, checkpoint)
        with torch.no_grad():
            score = self.network(prepared[sizes[0] :])[:, 0].double().cpu().numpy()
        offset, end = platt(score, label[sizes[0] :])(np.array([0.0, 1.0]))
        self.line.copy_(torch.tensor([end - offset, offset]))
        return history

    @torch.no_grad()
    def log_ratio(self, x: np.ndarray) -> Tensor:
        """log w (N,), float64, of inputs (N, features)."""
        x = torch.as_tensor(x, dtype=torch.float64, device=self.scale.device)
        slope, offset = self.line
        return slope * self.network(self._prepare(x))[:, 0].double() + offset

    def _prepare(self, x: Tensor) -> Tensor:
        scaled = self._logarithms(x) / self.scale
        return self.whiten(scaled).clamp(-BOUND, BOUND).float()

    def _logarithms(self, x: Tensor) -> Tensor:
        if self.log_floor is None:
            return x
        return torch.where(self.positive, (x.abs() + self.log_floor).log10(), x)
