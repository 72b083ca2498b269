"""Density ratios p_truth / p_sample from a classifier, for generators that correct another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ultimetric.classifiers.calibration import platt
from ultimetric.generators.refinements.ratio_networks import RatioNetwork
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule

PREPARED = 2**15  # entries whose inputs are prepared at once
AT_ONCE = 2**12  # entries that a network takes at once


class DensityRatio(nn.Module):
    """log w(x) = log p_truth(x) / p_sample(x) as the calibrated logit of a classifier.

    The logit is calibrated (Platt) on the validation data, which only chose the epoch.

    Arguments:
        network: The network of the classifier.
    """

    def __init__(self, network: RatioNetwork) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("line", torch.tensor([1.0, 0.0], dtype=torch.float64))

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
        x = torch.as_tensor(np.concatenate(parts), device=self.line.device)
        self.network.adapt(x[: sizes[0]].double())
        # Part by part, which takes less memory.
        prepared = torch.cat([self.network.prepare(part.double()) for part in x.split(PREPARED)])
        y = torch.as_tensor(label, device=x.device).float()
        n_truth = y[: sizes[0]].sum()
        balance = torch.where(
            y > 0, sizes[0] / (2 * n_truth), sizes[0] / (2 * (sizes[0] - n_truth))
        )

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            logits = self._logits(prepared[rows])
            return F.binary_cross_entropy_with_logits(logits, y[rows], balance[rows])

        history = train(name, self.network, loss, sizes, schedule, seed, checkpoint)
        with torch.no_grad():
            score = self._logits(prepared[sizes[0] :]).double().cpu().numpy()
        offset, end = platt(score, label[sizes[0] :])(np.array([0.0, 1.0]))
        self.line.copy_(torch.tensor([end - offset, offset]))
        return history

    @torch.no_grad()
    def log_ratio(self, x: np.ndarray) -> Tensor:
        """log w (N,), float64, of inputs (N, features)."""
        x = torch.as_tensor(x, dtype=torch.float64, device=self.line.device)
        slope, offset = self.line
        return slope * self._logits(self.network.prepare(x)).double() + offset

    def _logits(self, prepared: Tensor) -> Tensor:
        """Logits (N,) before the calibration."""
        return torch.cat([self.network(part) for part in prepared.split(AT_ONCE)])
