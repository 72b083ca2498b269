"""How exactly matrix products are done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ultimetric.errors import UserError

PRODUCTS = {"float32": "highest", "tf32": "high", "bf16": "medium"}


@contextmanager
def products(precision: str) -> Iterator[None]:
    """Let float32 products be rounded inside the block; sums and parameters stay float32.

    Raises:
        UserError: no such precision.
    """
    if precision not in PRODUCTS:
        known = ", ".join(PRODUCTS)
        raise UserError(f"dnn: precision {precision!r} is not one of {known}")
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(PRODUCTS[precision])
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
