"""What a generator must return, checked where its results leave it: one sentence each."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.errors import described, refusal

# Columns of a history and their types; `validation` and `lr` may be None.
HISTORY = {
    "network": str,
    "epoch": Integral,
    "train": Real,
    "validation": Real | None,
    "lr": Real | None,
    "seconds": Real,
}
FLOATS = (torch.float64, torch.float32)


def checked_voxels(generator: Any, voxels: Any, n_showers: int) -> Tensor:
    """The voxels, if they are deposits (n_showers, n_voxels), finite and not negative.

    Raises:
        UserError: class and file, what was returned and what is needed.
    """
    shape = n_showers, generator.geometry.n_voxels
    needed = f"a torch.Tensor {shape} of float64, deposits in MeV"
    if not isinstance(voxels, Tensor) or voxels.shape != shape or voxels.dtype not in FLOATS:
        hint = " (is `return` missing?)" if voxels is None else ""
        raise refusal(generator, f"generated {described(voxels)}{hint}", needed)
    if voxels.device.type == "meta":
        raise refusal(generator, "generated a tensor without data, on device meta", needed)
    # A sum shows what is not finite; rows are looked for only where something is wrong.
    if not voxels.sum().isfinite() or (voxels.numel() and voxels.min() < 0):
        for bad, what in ((~voxels.isfinite(), "not finite"), (voxels < 0, "negative")):
            if bad.any():
                row = int(bad.any(1).nonzero()[0])
                given = f"generated {int(bad.sum())} deposits that are {what}, first in shower"
                raise refusal(generator, f"{given} {row} of {n_showers}", f"{needed}, 0 or more")
    return voxels


def checked_history(generator: Any, history: Any) -> list[dict[str, Any]]:
    """The history, if it is one: rows with the keys of HISTORY.

    Raises:
        UserError: class and file, what was returned and what is needed.
    """
    needed = f"a list of rows with {', '.join(HISTORY)}, as `train` returns it, [] if nothing is"
    needed += " trained"
    if not isinstance(history, list):
        hint = " (is `return history` missing?)" if history is None else ""
        raise refusal(generator, f"learn returned {described(history)}{hint}", needed)
    for number, row in enumerate(history):
        place = f"learn's history, row {number}"
        if not isinstance(row, dict) or row.keys() != HISTORY.keys():
            given = f"has {', '.join(row)}" if isinstance(row, dict) else f"is {described(row)}"
            raise refusal(generator, f"{place}, {given}", needed)
        for key, kind in HISTORY.items():
            if not isinstance(row[key], kind):
                what = "a name" if kind is str else "a number"
                raise refusal(generator, f"{place}: {key} is {row[key]!r}", what)
        if not (math.isfinite(row["seconds"]) and row["seconds"] >= 0):
            raise refusal(generator, f"{place}: seconds is {row['seconds']}", "a duration")
    return history


def checked_numbers(generator: Any, numbers: Any, n_showers: int) -> dict[str, np.ndarray]:
    """The `numbers` of a generator, if there is one finite number per shower under each name.

    Raises:
        UserError: class and file, what was returned and what is needed.
    """
    needed = f"a dict from names to numpy arrays ({n_showers},) of finite numbers"
    if not isinstance(numbers, dict):
        raise refusal(generator, f"numbers returned {described(numbers)}", needed)
    for name, values in numbers.items():
        given = f"numbers (or log_prob) returned {described(values)} under {name!r}"
        if not isinstance(values, np.ndarray) or values.shape != (n_showers,):
            raise refusal(generator, given, needed)
        if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
            raise refusal(generator, f"{given}, not finite", needed)
    return numbers


def storable(generator: Any, tensors: dict[str, Any]) -> dict[str, Tensor]:
    """The tensors as safetensors takes them: dense, contiguous, none in another one's memory.

    What two modules share is stored for each; both get the same values back.

    Raises:
        UserError: class and file, and the name of what is no dense tensor.
    """
    result, seen = {}, set()
    for name, value in tensors.items():
        if not isinstance(value, Tensor) or value.layout is not torch.strided:
            given = f"{name} of its state is {described(value)}"
            raise refusal(generator, given, "a dense tensor: a parameter or a buffer")
        place = value.untyped_storage().data_ptr()
        result[name] = (value.clone() if place in seen else value).contiguous()
        seen.add(place)
    return result
