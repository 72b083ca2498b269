"""The precision of the matrix products of a training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ultimetric.device import multiplies_bfloat16
from ultimetric.errors import UserError

PRECISIONS = ("float32", "tf32", "bf16", "float64")
DTYPES = {"bf16": torch.bfloat16, "float64": torch.float64}  # of the factors, if not float32


@contextmanager
def products(precision: str, device: torch.device) -> Iterator[torch.dtype]:
    """Yield the type of the factors in hidden layers.

    `tf32` lets a GPU that can do so round the factors to ten bits; elsewhere it is float32, as is
    `bf16` on a CPU without instructions for it. All else is computed in float32, except that with
    `float64` everything is in float64.

    Raises:
        UserError: There is no such precision.
    """
    if precision not in PRECISIONS:
        known = ", ".join(PRECISIONS)
        raise UserError(f"classifier: precision {precision!r} is not one of {known}")
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if precision == "tf32" else "highest")
    try:
        slow = precision == "bf16" and not multiplies_bfloat16(device)
        yield torch.float32 if slow else DTYPES.get(precision, torch.float32)
    finally:
        torch.set_float32_matmul_precision(before)
