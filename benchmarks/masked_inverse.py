"""Inverse of masked autoregressive flows: every unit once (ours) against one pass per feature.

    python benchmarks/masked_inverse.py

The CaloFlow teacher's shape flow (8 blocks of 504 features, 2 x 378 units, 8 bins) against the
inverse of nflows with a network of the same size; the limit is the arithmetic of one pass through
all blocks at the rate of a large matrix product. nflows' cost is that of one block, one pass per
feature: all its passes are timed at the smallest batch, a few at others (`extrapolated`).
"""

from __future__ import annotations

from functools import partial

import torch
from harness import matmul_rate, record, timed
from nflows.transforms import MaskedPiecewiseRationalQuadraticAutoregressiveTransform
from torch import Tensor, nn
from zuko.nn import MaskedLinear
from zuko.transforms import AutoregressiveTransform

from ultimetric.models.flows.build import inverse_masked_flow, masked_flow
from ultimetric.models.flows.masked import DegreeOrderedTransform

FEATURES, CONTEXT, HIDDEN, BINS, BOUND, BLOCKS = 504, 4, [378, 378], 8, 14.0, 8
BATCHES = (10, 100, 1000)
PASSES = 5  # of nflows, timed at the larger batches


@torch.no_grad()
def main() -> None:
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    orders = [torch.randperm(FEATURES) for _ in range(BLOCKS)]
    network = {"bins": BINS, "bound": BOUND, "hidden_features": HIDDEN}
    flow = masked_flow(FEATURES, CONTEXT, orders, **network).to(device)
    student = inverse_masked_flow(FEATURES, CONTEXT, orders, **network).to(device)
    weights = sum(p.numel() for p in flow.parameters())
    peer = nflows_block(CONTEXT).to(device)
    print(f"same weights, same showers: largest difference to nflows {agreement():.1e}")
    for batch in BATCHES:
        c, z = (torch.randn(batch, n, device=device) for n in (CONTEXT, FEATURES))
        limit = 2 * weights * batch / matmul_rate(device=str(device))
        ours = timed(lambda c=c, z=z: flow(c).transform.inv(z))
        every = batch == min(BATCHES)
        passes = FEATURES if every else PASSES
        one = timed(partial(nflows_passes, peer, c, z, passes), runs=1 if every else 3)
        note = f"{BLOCKS} blocks; nflows: one block, {passes} of {FEATURES} passes, extrapolated"
        record(
            f"masked_inverse:teacher:{batch}",
            ours,
            "nflows 0.14 inverse",
            one.median * BLOCKS * FEATURES / passes,
            limit,
            device.type,
            note,
        )
        forward = timed(lambda c=c, z=z: flow(c).transform(z))
        note = "peer: one pass, the other way"
        record(
            f"masked_inverse:teacher:{batch}",
            ours,
            "zuko forward",
            forward.median,
            None,
            device.type,
            note,
        )
        density = timed(lambda c=c, z=z: student(c).log_prob(z))
        sampling = timed(lambda c=c, z=z: student(c).transform.inv(z))
        note = "density of the inverse flow; peer: its samples, one pass"
        record(
            f"masked_inverse:student_density:{batch}",
            density,
            "zuko forward",
            sampling.median,
            limit,
            device.type,
            note,
        )
    coarse(device)


def coarse(device: torch.device) -> None:
    """One block in the coarse geometry against zuko's own inverse."""
    order = torch.randperm(60)
    block = masked_flow(60, CONTEXT, [order], BINS, BOUND, hidden_features=[192, 192])
    block = block.transform.transforms[0].to(device)
    c, y = (torch.randn(1000, n, device=device) for n in (CONTEXT, 60))
    naive = AutoregressiveTransform(partial(block.meta, c), block.passes)
    weights = sum(p.numel() for p in block.parameters())
    record(
        "masked_inverse:coarse:1000",
        timed(lambda: block.solve(c, y)),
        "zuko inverse",
        timed(lambda: naive._inverse(y), runs=3).median,
        2 * weights * len(y) / matmul_rate(device=str(device)),
        device.type,
        "one block",
    )


def nflows_block(context: int | None) -> nn.Module:
    """One block of CaloFlow's size."""
    return MaskedPiecewiseRationalQuadraticAutoregressiveTransform(
        inputs=FEATURES,
        hidden_features=HIDDEN[0],
        context_features=context,
        num_bins=BINS,
        tails="linear",
        tail_bound=BOUND,
        num_blocks=len(HIDDEN) - 1,
        use_residual_blocks=False,
    )


def nflows_passes(block: nn.Module, c: Tensor, z: Tensor, passes: int) -> None:
    """The first passes of nflows' inverse."""
    x = torch.zeros_like(z)
    for _ in range(passes):
        parameters = block.autoregressive_net(x, c)
        x, _ = block._elementwise_inverse(z, parameters)


def agreement() -> float:
    """Largest difference between nflows' inverse and ours of its own weights and splines."""
    peer = nflows_block(None)
    made = peer.autoregressive_net
    linear = [made.initial_layer, *(block.linear for block in made.blocks), made.final_layer]
    ours = DegreeOrderedTransform(
        FEATURES,
        univariate=partial(NflowsSpline, peer),
        shapes=((3 * BINS - 1,),),
        hidden_features=HIDDEN,
    )
    layers: list[nn.Module] = []
    for layer in linear:
        layers += [MaskedLinear(layer.mask.bool()), nn.ReLU()]
        layers[-2].load_state_dict({"weight": layer.weight, "bias": layer.bias}, strict=False)
    ours.hyper = nn.Sequential(*layers[:-1])
    z = torch.randn(4, FEATURES)
    return float((ours.solve(None, z) - peer.inverse(z)[0]).abs().max())


class NflowsSpline:
    """nflows' splines of the features of a step, as a univariate transformation."""

    def __init__(self, block: nn.Module, parameters: Tensor) -> None:
        self.block, self.parameters = block, parameters

    def inv(self, y: Tensor) -> Tensor:
        x, _ = self.block._elementwise_inverse(y, self.parameters.flatten(1).contiguous())
        return x


if __name__ == "__main__":
    main()
