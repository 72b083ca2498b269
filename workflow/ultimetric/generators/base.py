"""The interface of all generators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from ultimetric.errors import UserError, named, refusal
from ultimetric.events import Entries, concatenate
from ultimetric.generators.conditions import drawn, spectrum, spectrum_size
from ultimetric.generators.contract import checked_data, checked_history
from ultimetric.generators.saved import Saved
from ultimetric.kinds.base import Kind
from ultimetric.preprocessing.base import Chain
from ultimetric.randomness import global_state
from ultimetric.seeds import seed_from

BLOCK = 5000  # most entries that are generated at once, from one seed
BLOCK_VALUES = 4000 * BLOCK  # most values of them: 160 MB in double precision


class Generator(Saved, ABC):
    """A model of entries given their condition.

    A module defines one public subclass; `<module>.yaml` beside it holds its cards.

    Arguments:
        card: Hyper-parameters; `preprocessing` is the recipe of the config. `likelihood: true`
            promises a `log_prob`, `numbers: true` other `numbers`, `posterior: true` the
            `log_densities` of draws from a posterior.
        kind: The kind of data, which has the number of values.

    Attributes, for the planning of a study:
        kinds: The kinds of data that it models, by name; None for any.
        recipe: Which preprocessing it needs: "none" or "any"; None leaves it open.
        takes_totals: Whether a recipe must take out the totals of a kind that has any.
        hands_on: Whether it makes no more entries than it has stored.
    """

    kinds: ClassVar[tuple[str, ...] | None] = None
    recipe: str | None = None
    takes_totals: ClassVar[bool] = False
    hands_on: ClassVar[bool] = False
    ideal_auc: float | None = None  # known for a planted fault only
    training_only: ClassVar[tuple[str, ...]] = ()  # parts, by prefix, that generation does not use

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card)
        self.kind = kind
        self.register_buffer("spectrum", torch.zeros(spectrum_size(kind), dtype=torch.float64))

    @property
    def truth_kind(self) -> Kind:
        """The kind as which truth is read that it learns from, or states numbers of."""
        return self.kind

    def fit(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None = None
    ) -> list[dict[str, Any]]:
        """Learn from entries.

        Arguments:
            training, validation: Disjoint parts of the truth.
            seed: The random seed of the training.
            checkpoint: The folder to resume from, if the training was interrupted.

        Returns:
            History rows: network, epoch, train, validation, lr, seconds.

        Raises:
            UserError: `learn` returned something else.
        """
        self.spectrum.copy_(torch.as_tensor(spectrum(self.kind, training.condition)))
        return checked_history(self, self.learn(training, validation, seed, checkpoint))

    @abstractmethod
    def learn(
        self, training: Entries, validation: Entries, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """The model's own part of `fit`, which has its arguments and its result."""

    @abstractmethod
    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        """Make data (N, n_values) for conditions (N, C), float64."""

    def sample(self, n: int, seed: int, condition: np.ndarray | None = None) -> Entries:
        """Generate entries, as the readout would record them, all in memory.

        Arguments:
            n: The number of entries.
            seed: The random seed of the sample.
            condition: Conditions (n, C); by default drawn as in the training truth.
        """
        return concatenate(list(self.blocks(range(n), seed, condition)))

    def blocks(
        self, rows: range, seed: int, condition: np.ndarray | None = None
    ) -> Iterator[Entries]:
        """Generate rows of a sample, block by block.

        Each block has a seed of its own, so that the entries do not depend on how a sample is
        divided among jobs.

        Arguments:
            rows: Rows of the sample; the first is a multiple of the block size.
            seed: The random seed of the sample.
            condition: Conditions (N, C) of the whole sample.

        Raises:
            UserError: The generator returned something else, or drew random numbers elsewhere.
        """
        size, device = self.block_size, self.spectrum.device
        for start in range(rows.start, rows.stop, size):
            block = range(start, min(start + size, rows.stop))
            rng = torch.Generator().manual_seed(seed_from(seed, start // size))
            elsewhere = global_state(device)
            with torch.no_grad():
                entries = self.block(
                    block, rng, None if condition is None else condition[block.start : block.stop]
                )
            if global_state(device) != elsewhere:
                several = self.kind.several
                given = (
                    f"draws random numbers elsewhere, so that another run makes other {several}"
                )
                raise refusal(self, given, "all randomness from `rng`, as in generator=rng")
            yield entries

    @property
    def block_size(self) -> int:
        """The entries generated at once: a divisor of BLOCK, fewer if they have many values."""
        most = min(BLOCK, max(1, BLOCK_VALUES // self.kind.n_values))
        return next(size for size in range(most, 0, -1) if BLOCK % size == 0)

    def block(self, rows: range, rng: torch.Generator, condition: np.ndarray | None) -> Entries:
        """Generate one block of a sample."""
        if condition is None:
            condition = self.draw(len(rows), rng)
        given = self.tensor(condition)
        entries = self.finish(condition, self.generate(given, rng))
        if not torch.equal(given, self.tensor(condition)):
            words = self.kind.condition.words
            raise refusal(
                self,
                f"generate changes the {words} that it is given",
                "a copy, as in `condition * x` instead of `condition *= x`",
            )
        return entries

    def tensor(self, condition: np.ndarray) -> Tensor:
        """A copy of conditions (N, C) as `generate` takes them."""
        return torch.tensor(condition, dtype=torch.float64, device=self.spectrum.device)

    def finish(self, condition: np.ndarray, data: Tensor) -> Entries:
        """Entries, as the readout would record them, of conditions (N, C) and data (N, n_values).

        Raises:
            UserError: The data are of another shape or type, not finite, or negative where the
                kind has no negative values.
        """
        data = checked_data(self, data, len(condition)).detach().cpu().numpy()
        data = data.astype(np.float32)
        if not np.isfinite(data).all():
            what = self.kind.starts_as
            raise UserError(f"{named(self)}: generated {what} beyond single precision")
        return self.kind.entries(np.asarray(condition), self.kind.readout(data))

    def draw(self, n: int, rng: torch.Generator) -> np.ndarray:
        """Conditions (n, C) as in the training truth."""
        return drawn(self.kind, self.spectrum.cpu().numpy(), n, rng)

    @property
    def attributes(self) -> dict[str, Any]:
        """Further attributes of the file of a sample."""
        return {} if self.ideal_auc is None else {"ideal_auc": self.ideal_auc}

    @property
    def has_likelihood(self) -> bool:
        """Whether the model has a `log_prob`."""
        return self.card.get("likelihood", False)

    def log_prob(self, events: Entries, seed: int) -> np.ndarray:
        """Log-likelihood (N,) in nats per entry, where the model `has_likelihood`.

        Stated in the variables after the last step of the preprocessing that changes the space,
        with the Jacobian of the steps behind it; `seed` draws the noise of the preprocessing.
        """
        raise UserError(f"{type(self).__name__} has no likelihood")

    @property
    def has_posterior(self) -> bool:
        """Whether its weights have a posterior, and it has `log_densities`."""
        return self.card.get("posterior", False)

    def log_densities(self, events: Entries, seed: int, draws: int) -> np.ndarray:
        """Log-likelihoods (N, draws) in nats under draws from the posterior of its weights.

        As of `log_prob`, of which they are the draws; only where the model `has_posterior`.
        """
        raise UserError(f"{type(self).__name__} has no posterior")

    @property
    def space(self) -> str:
        """The space of `numbers` in words; numbers of different spaces do not compare."""
        recipe = self.card.get("preprocessing")
        return Chain(recipe, self.kind).space if recipe else ""

    def numbers(self, events: Entries, seed: int) -> dict[str, np.ndarray]:
        """Numbers of the model for given entries: one value per entry (N,) under each name.

        `nll`, in nats, where there is a likelihood; a subclass adds its own.
        """
        return {"nll": -self.log_prob(events, seed)} if self.has_likelihood else {}

    @property
    def n_parameters(self) -> int:
        """Trained parameters."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    @property
    def n_parameters_generation(self) -> int:
        """Parameters that generation uses."""
        return sum(
            p.numel()
            for name, p in self.named_parameters()
            if not name.startswith(self.training_only)
        )


def tensors(events: Entries, device: torch.device) -> tuple[Tensor, Tensor]:
    """Conditions (N, C) and data (N, n_values), float64."""
    condition = torch.as_tensor(events.condition, dtype=torch.float64, device=device)
    data = torch.as_tensor(events.data, dtype=torch.float64, device=device)
    return condition, data


def joined(
    training: Entries, validation: Entries, device: torch.device
) -> tuple[Tensor, Tensor, tuple[int, int]]:
    """Conditions and data of both parts, training first, and the sizes of the parts."""
    condition, data = tensors(concatenate([training, validation]), device)
    return condition, data, (len(training), len(validation))
