"""What networks see of the condition and of the totals of entries."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import one_hot

from ultimetric.kinds.base import Kind
from ultimetric.preprocessing.base import Chain, State


def n_context(kind: Kind) -> int:
    """Numbers per entry that networks see of the condition."""
    if kind.condition is None or kind.condition.classes is None:
        return kind.n_conditions
    return len(kind.condition.classes)


def context(kind: Kind, condition: Tensor) -> Tensor:
    """What networks see (N, n_context) of conditions (N, C).

    log10(value / reference) of a condition with a reference, else the value itself; of a class
    one number per class, 1 for the entry's own and 0 for the others.
    """
    known = kind.condition
    if known is not None and known.classes is not None:
        return one_hot(condition[:, 0].long(), len(known.classes)).float()
    if known is not None and known.reference is not None:
        return (condition / known.reference).log10().float()
    return condition.float()


def log_totals(chain: Chain, state: State) -> Tensor:
    """log10(total / unit + 1e-8) + 2 (N, n_totals) of a preprocessed state (arXiv:2106.05285)."""
    totals = chain.totals_of(state).clamp(min=0)
    return ((totals / chain.kind.totals_unit + 1e-8).log10() + 2).float()
