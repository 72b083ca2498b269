"""The file of a generator: its final weights, and those after epochs that were kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ultimetric.errors import UserError, refusal
from ultimetric.generators.contract import storable
from ultimetric.training.schedule import KEPT

EPOCH = "epoch "  # no name of a module has a space


class Saved(nn.Module):
    """A network that is written with its card, and read by the same card only.

    Arguments:
        card: The hyper-parameters.
    """

    def __init__(self, card: dict[str, Any]) -> None:
        super().__init__()
        self.card = card

    def kept_weights(self) -> dict[int, dict[str, Tensor]]:
        """Weights after those epochs that trainings were to keep (`Schedule.keep_every`).

        With several trainings, only the epochs that all of them keep; a training that keeps none
        is left out.
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
        """Read what `save` wrote: the final weights, or those after a kept epoch.

        Raises:
            UserError: The file belongs to another model or card, or the epoch was not kept.
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
