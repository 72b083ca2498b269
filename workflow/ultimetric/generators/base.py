"""What a generator is."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ultimetric.errors import UserError, named, refusal
from ultimetric.generators.contract import checked_history, checked_voxels, storable
from ultimetric.generators.schedule import KEPT
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import Showers, concatenate, threshold
from ultimetric.preprocessing.base import Chain
from ultimetric.randomness import global_state
from ultimetric.seeds import seed_from

QUANTILES = 1001
BLOCK = 5000  # most showers that are generated at once, from one seed
EPOCH = "epoch "  # no name of a module has a space
BLOCK_VOXELS = 4000 * BLOCK  # most voxels of them: 160 MB in double precision


class Generator(nn.Module, ABC):
    """A model of showers given their incident energy.

    A module defines one public subclass; `<module>.yaml` beside it holds its cards.

    Arguments:
        card: hyper-parameters; `preprocessing` is the recipe of the config. `likelihood: true`
            says that there is a `log_prob`, `numbers: true` that there are other `numbers`.
        geometry: the detector; nothing else knows voxel counts.

    `recipe` says, when a study is planned, which preprocessing it needs: "none", "any", or
    "normalised" (one that takes out the layer energies); None leaves it open.
    """

    recipe: str | None = None
    ideal_auc: float | None = None  # known for a planted fault only
    training_only: ClassVar[tuple[str, ...]] = ()  # parts, by prefix, that generation does not use

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__()
        self.card = card
        self.geometry = geometry
        self.register_buffer("spectrum", torch.zeros(QUANTILES, dtype=torch.float64))

    def fit(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None = None
    ) -> list[dict[str, Any]]:
        """Learn from showers.

        Arguments:
            training, validation: disjoint truth.
            seed: of everything random in the training.
            checkpoint: folder to resume from, if the training was interrupted.

        Returns:
            history rows: network, epoch, train, validation, lr, seconds.

        Raises:
            UserError: `learn` returned something else.
        """
        levels = np.linspace(0, 1, QUANTILES)
        self.spectrum.copy_(torch.as_tensor(np.quantile(training.energy, levels)))
        return checked_history(self, self.learn(training, validation, seed, checkpoint))

    @abstractmethod
    def learn(
        self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None
    ) -> list[dict[str, Any]]:
        """The model's own part of `fit`."""

    @abstractmethod
    def generate(self, energy: Tensor, rng: torch.Generator) -> Tensor:
        """Make voxels (N, n_voxels) in MeV for incident energies (N, 1) in GeV, float64."""

    def sample(self, n_showers: int, seed: int, energy: np.ndarray | None = None) -> Showers:
        """Generate thresholded showers, all in memory.

        Arguments:
            n_showers: how many.
            seed: of the sample.
            energy: incident energies (n_showers,) in GeV; by default drawn from the spectrum of
                the training truth.
        """
        return concatenate(list(self.blocks(range(n_showers), seed, energy)))

    def blocks(
        self, rows: range, seed: int, energy: np.ndarray | None = None
    ) -> Iterator[Showers]:
        """Generate rows of a sample, block by block.

        Each block has a seed of its own, so that the showers do not depend on how a sample is
        divided among jobs.

        Arguments:
            rows: of the sample; the first is a multiple of the block size.
            seed: of the sample.
            energy: incident energies of the whole sample in GeV.

        Raises:
            UserError: the generator returned something else, or drew random numbers elsewhere.
        """
        size, device = self.block_size, self.spectrum.device
        for start in range(rows.start, rows.stop, size):
            block = range(start, min(start + size, rows.stop))
            rng = torch.Generator().manual_seed(seed_from(seed, start // size))
            elsewhere = global_state(device)
            with torch.no_grad():
                showers = self.block(
                    block, rng, None if energy is None else energy[block.start : block.stop]
                )
            if global_state(device) != elsewhere:
                given = "draws random numbers elsewhere, so that another run makes other showers"
                raise refusal(self, given, "all randomness from `rng`, as in generator=rng")
            yield showers

    @property
    def block_size(self) -> int:
        """Showers that are generated at once: a divisor of BLOCK, less in many voxels."""
        most = min(BLOCK, max(1, BLOCK_VOXELS // self.geometry.n_voxels))
        return next(size for size in range(most, 0, -1) if BLOCK % size == 0)

    def block(self, rows: range, rng: torch.Generator, energy: np.ndarray | None) -> Showers:
        """Generate one block of a sample."""
        if energy is None:
            energy = self.draw_energies(len(rows), rng)
        incident = self.incident(energy)
        showers = self.finish(energy, self.generate(incident, rng))
        if not torch.equal(incident, self.incident(energy)):
            given = "generate changes the incident energies that it is given"
            raise refusal(self, given, "a copy, as in `energy * x` instead of `energy *= x`")
        return showers

    def incident(self, energy: np.ndarray) -> Tensor:
        """Incident energies (N,) in GeV as `generate` takes them, a copy."""
        device = self.spectrum.device
        return torch.tensor(energy, dtype=torch.float64, device=device)[:, None]

    def finish(self, energy: np.ndarray, voxels: Tensor) -> Showers:
        """Thresholded showers of incident energies (N,) in GeV and voxels (N, n_voxels) in MeV.

        Raises:
            UserError: the voxels are of another shape or type, not finite, or negative.
        """
        voxels = checked_voxels(self, voxels, len(energy)).detach().cpu().numpy()
        voxels = voxels.astype(np.float32)
        if not np.isfinite(voxels).all():
            raise UserError(f"{named(self)}: generated a deposit beyond single precision")
        return Showers(
            self.geometry, np.asarray(energy), threshold(voxels, self.geometry.threshold_MeV)
        )

    def draw_energies(self, n_showers: int, rng: torch.Generator) -> np.ndarray:
        """Incident energies (n_showers,) in GeV from the training spectrum's quantiles."""
        levels = torch.rand(n_showers, generator=rng, dtype=torch.float64).numpy()
        return np.interp(levels, np.linspace(0, 1, QUANTILES), self.spectrum.cpu().numpy())

    @property
    def attributes(self) -> dict[str, Any]:
        """What the file of a sample tells besides."""
        return {} if self.ideal_auc is None else {"ideal_auc": self.ideal_auc}

    @property
    def has_likelihood(self) -> bool:
        """Whether `log_prob` can be asked for."""
        return self.card.get("likelihood", False)

    def log_prob(self, showers: Showers, seed: int) -> np.ndarray:
        """Log-likelihood (N,) in nats per shower, where the model `has_likelihood`.

        Stated in the variables after the last step of the preprocessing that changes the space
        (shapes and energy variables), with the Jacobian of the steps behind it; `seed` draws the
        noise of the preprocessing.
        """
        raise UserError(f"{type(self).__name__} has no likelihood")

    @property
    def space(self) -> str:
        """The space in which `numbers` are stated, in words; only within one they compare."""
        recipe = self.card.get("preprocessing")
        return Chain(recipe, self.geometry).space if recipe else ""

    def numbers(self, showers: Showers, seed: int) -> dict[str, np.ndarray]:
        """What the model itself says of showers: name to one value per shower (N,).

        `nll`, in nats, where there is a likelihood; a subclass adds its own.
        """
        return {"nll": -self.log_prob(showers, seed)} if self.has_likelihood else {}

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

    def kept_weights(self) -> dict[int, dict[str, Tensor]]:
        """Weights after those epochs that trainings were to keep (`Schedule.keep_every`).

        Of several trainings that keep any, only the epochs that all of them keep; those that keep
        none count as finished.
        """
        kept = {name: getattr(module, KEPT, {}) for name, module in self.named_modules()}
        kept = {name: epochs for name, epochs in kept.items() if epochs}
        common = set.intersection(*map(set, kept.values())) if kept else set()
        return {
            epoch: {
                f"{name}.{key}" if name else key: weights
                for name, epochs in kept.items()
                for key, weights in epochs[epoch].items()
            }
            for epoch in sorted(common)
        }

    def save(self, path: str | Path) -> None:
        """Write weights and constants (safetensors), with the card as metadata.

        Kept epochs are written, too: names that begin with `epoch <number>/`.
        """
        tensors = dict(self.state_dict())
        for epoch, weights in self.kept_weights().items():
            tensors |= {f"{_prefix(epoch)}{key}": value for key, value in weights.items()}
        tensors = storable(self, tensors)
        save_file(tensors, path, metadata={"card": json.dumps(self.card, sort_keys=True)})

    def load(self, path: str | Path, epoch: int | None = None) -> None:
        """Read what `save` wrote, if asked for as it was after some epoch.

        Raises:
            UserError: the file belongs to another model or card, or the epoch was not kept.
        """
        with safe_open(path, "pt") as file:
            card = json.loads((file.metadata() or {}).get("card", "null"))
        if card != self.card:
            raise UserError(f"{path}: was written by another card of {type(self).__name__}")
        saved = load_file(path)
        weights = {key: value for key, value in saved.items() if not key.startswith(EPOCH)}
        if epoch is not None:
            prefix = _prefix(epoch)
            kept = {k.removeprefix(prefix): v for k, v in saved.items() if k.startswith(prefix)}
            if not kept:
                known = sorted(
                    {int(k.split("/")[0].split()[1]) for k in saved if k not in weights}
                )
                raise UserError(
                    f"{path}: the weights of epoch {epoch} were not kept; there are "
                    f"{', '.join(map(str, known)) or 'none'} (keep_every in the card)"
                )
            weights |= kept
        try:
            self.load_state_dict(weights)
        except RuntimeError as error:
            given = f"cannot load what it saved: {' '.join(str(error).split())}"
            needed = "parameters and buffers that `__init__` makes, in their final shape"
            raise refusal(self, given, needed) from None


def _prefix(epoch: int) -> str:
    return f"{EPOCH}{epoch}/"


def tensors(showers: Showers, device: torch.device) -> tuple[Tensor, Tensor]:
    """Incident energies (N, 1) in GeV and voxels (N, n_voxels) in MeV, float64."""
    energy = torch.as_tensor(showers.energy, dtype=torch.float64, device=device)[:, None]
    voxels = torch.as_tensor(showers.voxels, dtype=torch.float64, device=device)
    return energy, voxels


def joined(
    training: Showers, validation: Showers, device: torch.device
) -> tuple[Tensor, Tensor, tuple[int, int]]:
    """Incident energies and voxels of both parts, training first, and the sizes of the parts."""
    energy, voxels = tensors(concatenate([training, validation]), device)
    return energy, voxels, (len(training), len(validation))
