"""Lengths of vectors by their quantiles."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ultimetric.models.quantiles import Lengths


def test_lengths_in_a_disc_by_their_closed_form() -> None:
    """Of a uniform disc the share r^2 is shorter than r, of normal vectors 1 - exp(-r^2 / 2)."""
    rng = torch.Generator().manual_seed(1)
    lengths, x = Lengths(), torch.rand(200_000, generator=rng).sqrt()
    lengths.fit(x)
    r = torch.tensor([0.1, 0.5, 0.9])
    expected = (-2 * torch.log1p(-r.double().square())).sqrt()
    torch.testing.assert_close(lengths(r), expected, atol=0.01, rtol=0.01)
    torch.testing.assert_close(lengths.inverse(lengths(x)), x.double(), atol=1e-9, rtol=0)


def test_the_ends() -> None:
    lengths = Lengths()
    lengths.fit(torch.tensor([0.3, 0.1, 0.2]))
    assert lengths(torch.zeros(1)) == lengths.inverse(torch.zeros(1)) == 0
    assert lengths.inverse(torch.tensor([[9.0]])).numpy() == pytest.approx(np.array([[0.3]]))
