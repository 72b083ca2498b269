"""CaloFlow's student: the shapes of CaloFlow, generated in one pass (arXiv:2110.11377)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import zuko
from torch import Tensor

from ultimetric.data.geometry import Geometry
from ultimetric.data.showers import Showers
from ultimetric.errors import UserError
from ultimetric.generators.base import joined, tensors
from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.caloflow import CaloFlow
from ultimetric.generators.distillation import (
    copy_networks,
    mismatch,
    student_trace,
    teacher_trace,
)
from ultimetric.generators.factorised import FactorisedFlow
from ultimetric.generators.flows import inverse_masked_flow
from ultimetric.generators.schedule import Schedule
from ultimetric.generators.training import Player, compete
from ultimetric.preprocessing.base import Chain, State
from ultimetric.seeds import seed_from


class CaloFlowStudent(BuiltOn, FactorisedFlow):
    """An inverse autoregressive flow of the shapes, distilled from a trained CaloFlow, its base.

    Preprocessing and energies are those of the teacher; so are blocks, orders and splines of the
    shapes. The loss is (1 - beta) L_z + beta L_x, fully guided: L_x follows true showers from x
    to z with the teacher and back with the student, L_z follows noise to x with the student and
    back with the teacher, and both compare everything on the way. Epochs are compared by
    KL(student || teacher) of the shapes, which is not trained. With `start: teacher` in the card
    the networks start from the weights of the teacher's, with `start: random` from their own.

    Raises:
        UserError: the base is not a CaloFlow, or its networks do not fit to start from.
    """

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        if not isinstance(self.base, CaloFlow):
            raise UserError("caloflow_student: `builds_on` must name a caloflow")
        teacher = self.base.card["shapes"]
        self.from_teacher = card["start"] == "teacher"
        if self.from_teacher and card["shapes"]["hidden_features"] != teacher["hidden_features"]:
            raise UserError("caloflow_student: to start from the teacher, be of its size")
        self.shapes = inverse_masked_flow(
            geometry.n_voxels,
            1 + geometry.n_layers,
            [block.order for block in self.base.shapes.transform.transforms],
            teacher["bins"],
            teacher["bound"],
            **card["shapes"],
        )

    @property
    def chain(self) -> Chain:
        return self.base.chain

    @property
    def energies(self) -> zuko.flows.Flow:
        return self.base.energies

    def learn(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        energy, voxels, sizes = joined(training, validation, self.spectrum.device)
        beta = self.card["beta"]
        if self.from_teacher:
            copy_networks(self.base.shapes, self.shapes)

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            state = self.chain(State(energy[rows], voxels[rows]), rng)
            on_truth = self._from_x(self.condition(state), state.voxels.float())
            on_noise = self._from_z(self._conditions(len(rows), rng), self._noise(len(rows), rng))
            return (1 - beta) * on_noise + beta * on_truth

        def validate(rows: Tensor, rng: torch.Generator) -> Tensor:
            return self._divergence(self._conditions(len(rows), rng), rng).mean()

        schedule = Schedule(**self.card["train"])
        player = Player("student", self.shapes, loss, schedule)
        own_seed = seed_from(seed, "student")
        return compete("student", self.shapes, [player], sizes, own_seed, checkpoint, validate)

    def numbers(self, showers: Showers, seed: int) -> dict[str, np.ndarray]:
        """`nll` and `nll_teacher`; `kl`, log p_student - log p_teacher of one shower of the
        student at each incident energy."""
        rng = torch.Generator().manual_seed(seed)
        energy, _ = tensors(showers, self.spectrum.device)
        with torch.no_grad():
            kl = self._divergence(self._condition_at(energy, rng), rng)
        return super().numbers(showers, seed) | {
            "nll_teacher": -self.base.log_prob(showers, seed),
            "kl": kl.cpu().numpy(),
        }

    def _from_x(self, c: Tensor, x: Tensor) -> Tensor:
        """L_x of shapes x under conditions c."""
        teacher = teacher_trace(self.base.shapes, c, x)
        return mismatch(teacher, student_trace(self.shapes, c, teacher.points[-1]))

    def _from_z(self, c: Tensor, z: Tensor) -> Tensor:
        """L_z of noise z under conditions c."""
        student = student_trace(self.shapes, c, z)
        return mismatch(student, teacher_trace(self.base.shapes, c, student.points[0]))

    def _divergence(self, c: Tensor, rng: torch.Generator) -> Tensor:
        """log p_student - log p_teacher (N,) of the student's own shapes under conditions c."""
        z = self._noise(len(c), rng)
        x, log_det = self.shapes(c).transform.inv.call_and_ladj(z)
        log_prob = self.shapes.base().log_prob(z) - log_det
        return log_prob - self.base.shapes(c).log_prob(x)

    def _conditions(self, n: int, rng: torch.Generator) -> Tensor:
        """Conditions of the shapes (n, 1 + n_layers) as generation meets them."""
        low, high = self.geometry.energy_range_GeV
        energy = low + (high - low) * torch.rand(n, 1, generator=rng, dtype=torch.float64)
        return self._condition_at(energy.to(self.spectrum.device), rng)

    def _condition_at(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        z = torch.randn(len(energy), self.geometry.n_layers, generator=rng)
        with torch.no_grad():
            return self.condition(self.decode_energies(energy, z.to(energy.device)))

    def _noise(self, n: int, rng: torch.Generator) -> Tensor:
        return torch.randn(n, self.geometry.n_voxels, generator=rng).to(self.spectrum.device)
