"""Images of entries under the symmetries of their kind."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.events import Entries
from ultimetric.kinds.base import Kind


def random_images(kind: Kind, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
    """Apply each symmetry to each entry a random number of times, all numbers equally likely.

    Arguments:
        kind: The kind of data.
        condition: The conditions of the entries (N, C).
        data: Their values (N, n_values), possibly preprocessed in a way that commutes with the
            symmetries.
        rng: The source of one random number per symmetry and entry.
    """
    symmetries = kind.symmetries()
    draws = torch.rand(len(symmetries), len(data), generator=rng, device=rng.device)
    for symmetry, draw in zip(symmetries, draws.to(data.device), strict=True):
        times = symmetry.order - 1 - (symmetry.order * draw).floor()
        image = kind.entries(condition.cpu().numpy(), data.cpu().numpy())
        for k in range(1, symmetry.order):
            image = symmetry.apply(image)
            moved = torch.as_tensor(image.data).to(data)
            data = torch.where(times[:, None] == k, moved, data)
    return data


def images(entries: Entries, rng: torch.Generator) -> Entries:
    """Random images of entries, as of `random_images`."""
    condition, data = map(torch.as_tensor, (entries.condition, entries.data))
    moved = random_images(entries.kind, condition, data, rng)
    return entries.kind.entries(entries.condition, moved.numpy())
