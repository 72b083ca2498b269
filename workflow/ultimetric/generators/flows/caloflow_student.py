"""CaloFlow's student: the shapes of CaloFlow, generated in one pass (arXiv:2110.11377)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
import zuko
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.generators.base import joined, tensors
from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.factorised import FactorisedFlow
from ultimetric.generators.flows.caloflow import CaloFlow
from ultimetric.generators.flows.distillation import copy_networks, divergence, guided_loss
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.kinds.base import Kind
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.flows.build import inverse_masked_flow
from ultimetric.preprocessing.base import State
from ultimetric.seeds import seed_from
from ultimetric.training.loop import OptimiserGroup, train_alternately
from ultimetric.training.schedule import Schedule

SPLINES = ("bins", "bound", "slope", "network", "dropout")  # what is as in the teacher's shapes


class CaloFlowStudent(BuiltOn, ShowerGenerator, FactorisedFlow):
    """An inverse autoregressive flow of the shapes, distilled from a trained CaloFlow, its base.

    Preprocessing, energies and precision are those of the teacher; so are blocks, orders, splines
    and the sort of networks of the shapes. The loss is fully guided: L_x on true showers, L_z on
    noise under energies of the teacher at incident energies uniform in the range of the geometry.
    The epoch of the smallest KL(student || teacher) of the shapes is kept; this divergence is not
    part of the loss. With
    `from_teacher: true` in the card the networks, then of equal size, start from the weights of
    the teacher.

    Raises:
        UserError: The base is not a CaloFlow, has another preprocessing, or its networks do not
            fit to start from.
    """

    training_only = ("base.shapes.",)

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        if not isinstance(self.base, CaloFlow):
            raise UserError("caloflow_student: `builds_on` must name a caloflow")
        if card["preprocessing"] != self.base.card["preprocessing"]:
            raise UserError("caloflow_student: its preprocessing must be that of its teacher")
        teacher = self.base.card["shapes"]
        sizes = [shapes["hidden_features"] for shapes in (card["shapes"], teacher)]
        if card["from_teacher"] and sizes[0] != sizes[1]:
            raise UserError(
                f"caloflow_student: networks of {sizes[0]} cannot start from the teacher's of "
                f"{sizes[1]}"
            )
        self.shapes = inverse_masked_flow(
            kind.n_values,
            1 + kind.n_totals,
            [block.order for block in self.base.shapes.transform.transforms],
            **{key: teacher[key] for key in SPLINES if key in teacher},
            **card["shapes"],
        ).to(self.dtype)

    @property
    def truth_kind(self) -> Kind:
        return self.base.truth_kind

    @property
    def energies(self) -> zuko.flows.Flow:
        return self.base.energies

    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        energy, voxels, sizes = joined(training, validation, self.spectrum.device)
        self.chain.load_state_dict(self.base.chain.state_dict())
        if self.card["from_teacher"]:
            copy_networks(self.base.shapes, self.shapes)

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            state = self.chain(State(energy[rows], voxels[rows]), rng)
            truth = self.seen(state), state.data.to(self.dtype)
            noise = (
                self._condition_at(self.fresh_energies(len(rows), rng), rng),
                self._noise(len(rows), rng),
            )
            return guided_loss(self.shapes, self.base.shapes, truth, noise, self.card["beta"])

        def validate(rows: Tensor, rng: torch.Generator) -> Tensor:
            noise = (
                self._condition_at(self.fresh_energies(len(rows), rng), rng),
                self._noise(len(rows), rng),
            )
            return divergence(self.shapes, self.base.shapes, *noise).mean()

        schedule = Schedule(**self.card["train"])
        group = OptimiserGroup("student", self.shapes, loss, schedule)
        own_seed = seed_from(seed, "student")
        return train_alternately(
            "student", self.shapes, [group], sizes, own_seed, checkpoint, validate
        )

    def numbers(self, events: Entries, seed: int) -> dict[str, np.ndarray]:
        """`nll` and `nll_teacher`; `kl`, log p_student - log p_teacher of one shower of the
        student at each incident energy."""
        rng = torch.Generator().manual_seed(seed)
        energy, _ = tensors(events, self.spectrum.device)
        with torch.no_grad():
            noise = self._condition_at(energy, rng), self._noise(len(energy), rng)
            kl = divergence(self.shapes, self.base.shapes, *noise)
        return super().numbers(events, seed) | {
            "nll_teacher": -self.base.log_prob(events, seed),
            "kl": kl.cpu().numpy(),
        }

    def _condition_at(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        z = torch.randn(len(energy), self.geometry.n_layers, generator=rng)
        with torch.no_grad():
            return self.seen(self.decode_totals(energy, z.to(energy.device)))

    def _noise(self, n: int, rng: torch.Generator) -> Tensor:
        noise = torch.randn(n, self.geometry.n_voxels, generator=rng)
        return noise.to(self.spectrum.device, self.dtype)
