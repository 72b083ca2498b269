"""Pairs of similar condition from two sets of entries, close to each other."""

from __future__ import annotations

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


def paired(condition: Tensor, x: Tensor, y: Tensor, group: int) -> Tensor:
    """Rows of y (N,) that go with the rows of x: every row once, the least total of |x - y|^2.

    That is optimal transport in groups of neighbours in the condition (arXiv:2302.00482,
    section 3.3, there in batches).

    Arguments:
        condition: Conditions (N,), row by row the same for x and y.
        x, y: Points (N, features).
        group: Neighbours that are paired with each other; 1 keeps the rows as they are.
    """
    partner = torch.empty(len(x), dtype=torch.int64)
    for rows in condition.argsort(stable=True).cpu().split(group):
        cost = torch.cdist(x[rows], y[rows]).square()
        partner[rows] = rows[linear_sum_assignment(cost.cpu().numpy())[1]]
    return partner.to(x.device)
