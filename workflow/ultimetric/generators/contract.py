"""Checks of what a generator returns, with one sentence for each mistake."""

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


def checked_data(generator: Any, data: Any, n: int) -> Tensor:
    """The data, if they are (n, n_values), finite, and not negative where their kind is not.

    Raises:
        UserError: It is not; the message names class, file, what was returned and what is needed.
    """
    kind, shape = generator.kind, (n, generator.kind.n_values)
    needed = f"a torch.Tensor {shape} of float64, {kind.stated}"
    if not isinstance(data, Tensor) or data.shape != shape or data.dtype not in FLOATS:
        hint = " (is `return` missing?)" if data is None else ""
        raise refusal(generator, f"generated {described(data)}{hint}", needed)
    if data.device.type == "meta":
        raise refusal(generator, "generated a tensor without data, on device meta", needed)
    # A sum shows what is not finite; rows are looked for only where something is wrong.
    negative = kind.never_negative and data.numel() and data.min() < 0
    if negative or not data.sum().isfinite():
        checks = [(~data.isfinite(), "not finite", "")]
        if kind.never_negative:
            checks.append((data < 0, "negative", ", 0 or more"))
        for bad, what, more in checks:
            if bad.any():
                row = int(bad.any(1).nonzero()[0])
                given = f"generated {int(bad.sum())} {kind.starts_as} that are {what}"
                place = f"first in {kind.entry} {row} of {n}"
                raise refusal(generator, f"{given}, {place}", f"{needed}{more}")
    return data


def checked_history(generator: Any, history: Any) -> list[dict[str, Any]]:
    """The history, if it is one: rows with the keys of HISTORY.

    Raises:
        UserError: It is not; the message names class, file, what was returned and what is needed.
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


def checked_numbers(generator: Any, numbers: Any, n: int) -> dict[str, np.ndarray]:
    """The `numbers` of a generator, if there is one finite number per entry under each name.

    Raises:
        UserError: It is not; the message names class, file, what was returned and what is needed.
    """
    needed = f"a dict from names to numpy arrays ({n},) of finite numbers"
    if not isinstance(numbers, dict):
        raise refusal(generator, f"numbers returned {described(numbers)}", needed)
    for name, values in numbers.items():
        given = f"numbers (or log_prob) returned {described(values)} under {name!r}"
        if not isinstance(values, np.ndarray) or values.shape != (n,):
            raise refusal(generator, given, needed)
        if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
            raise refusal(generator, f"{given}, not finite", needed)
    return numbers


def storable(generator: Any, tensors: dict[str, Any]) -> dict[str, Tensor]:
    """The tensors as safetensors takes them: dense, contiguous, none in another one's memory.

    What two modules share is stored for each; both get the same values back.

    Raises:
        UserError: Something is not a dense tensor; the message names it, class and file.
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
