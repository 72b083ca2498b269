"""A step of the training of a masked flow of splines: ours beside zuko and nflows.

    python benchmarks/flow_training.py

CaloFlow's shape flow (8 blocks of 504 features, 2 x 378 units, 8 bins): the loss of a batch, its
gradients and a step of Adam. Ours also with products in bfloat16 (`products` of a schedule). The
limit is the arithmetic of the products, in the precision of the row, at the rate of large ones.
nflows and zuko have the same sizes and their own splines and masked layers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import zuko
from harness import matmul_rate, record, timed
from nflows.distributions import StandardNormal
from nflows.flows import Flow
from nflows.transforms import (
    CompositeTransform,
    MaskedPiecewiseRationalQuadraticAutoregressiveTransform,
)
from torch import Tensor, nn
from zuko.flows.autoregressive import MaskedAutoregressiveTransform
from zuko.transforms import MonotonicRQSTransform

from ultimetric.models.flows.build import masked_flow, normal

FEATURES, CONTEXT, WIDTH, BINS, BOUND, BLOCKS, BATCH = 504, 4, 378, 8, 14.0, 8, 200


def main() -> None:
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    x, c = (torch.randn(BATCH, n, device=device) for n in (FEATURES, CONTEXT))
    orders = [torch.randperm(FEATURES) for _ in range(BLOCKS)]
    ours = masked_flow(
        FEATURES, CONTEXT, orders, BINS, BOUND, network="nflows", hidden_features=[WIDTH, WIDTH]
    ).to(device)
    zukos, nflows = of_zuko(orders).to(device), of_nflows().to(device)
    peers = {
        "zuko": timed(step(zukos, lambda: -zukos(c).log_prob(x).mean()), runs=3),
        "nflows 0.14": timed(step(nflows, lambda: -nflows.log_prob(x, c).mean()), runs=3),
    }
    weights = sum(p.numel() for p in ours.parameters())
    for name, dtype in (("single", torch.float32), ("bfloat16", torch.bfloat16)):

        def loss(dtype: torch.dtype = dtype) -> Tensor:
            low = dtype == torch.bfloat16
            with torch.autocast(device.type, torch.bfloat16, enabled=low):
                return -ours(c).log_prob(x).mean()

        found = timed(step(ours, loss), runs=5)
        limit = 6 * weights * BATCH / matmul_rate(dtype, str(device))
        for peer, timing in peers.items():
            note = f"batch of {BATCH}; peer in single precision, {timing.spread}"
            record(
                f"flow_training:{name}:{BATCH}", found, peer, timing.median, limit,
                device.type, note,
            )  # fmt: skip


def step(flow: nn.Module, loss: Callable[[], Tensor]) -> Callable[[], None]:
    """A step of Adam for a loss."""
    optimiser = torch.optim.AdamW(flow.parameters(), 1e-5, fused=True)

    def run() -> None:
        optimiser.zero_grad()
        loss().backward()
        optimiser.step()

    return run


def of_zuko(orders: list[Tensor]) -> zuko.flows.Flow:
    block = partial(
        MaskedAutoregressiveTransform,
        FEATURES,
        CONTEXT,
        univariate=partial(MonotonicRQSTransform, bound=BOUND),
        shapes=((BINS,), (BINS,), (BINS - 1,)),
        hidden_features=[WIDTH, WIDTH],
    )
    return zuko.flows.Flow([block(order=order) for order in orders], normal(FEATURES))


def of_nflows() -> Flow:
    blocks = [
        MaskedPiecewiseRationalQuadraticAutoregressiveTransform(
            FEATURES,
            WIDTH,
            context_features=CONTEXT,
            num_bins=BINS,
            tails="linear",
            tail_bound=BOUND,
            num_blocks=1,
            use_residual_blocks=False,
        )
        for _ in range(BLOCKS)
    ]
    return Flow(CompositeTransform(blocks), StandardNormal([FEATURES]))


if __name__ == "__main__":
    main()
