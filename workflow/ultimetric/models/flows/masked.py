"""zuko's masked autoregressive transform, inverted at the cost of one pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

import torch
from torch import Size, Tensor, nn
from torch.distributions import Transform
from zuko.flows.autoregressive import MaskedAutoregressiveTransform
from zuko.transforms import AutoregressiveTransform, MonotonicRQSTransform

from ultimetric.models.flows.compiled import CompiledSteps, SplineOptions, negative_slope
from ultimetric.models.flows.eager import EagerSteps
from ultimetric.models.flows.inversion import Plan, Steps, invert
from ultimetric.models.flows.masked_linear import quicken
from ultimetric.models.flows.replayed import Replayed
from ultimetric.models.flows.splines import COMPILED
from ultimetric.models.flows.triangular import Structure, Triangular, stages


class DegreeOrderedTransform(MaskedAutoregressiveTransform):
    """Masked autoregressive transform y = f(x | c) whose inverse costs one pass.

    The textbook inverse runs the whole network once per feature. Here every unit is computed
    once, as soon as the features that it sees are known (see Triangular and `invert`): exact, for
    any order, adjacency, context, number of layers and univariate transformation. Networks with
    parts other than those of zuko.nn.MaskedMLP use the textbook's inverse. No gradient flows
    through the inverse.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        quicken(self)

    def forward(self, c: Tensor | None = None) -> AutoregressiveTransform:
        solve = None if self._structure is None else partial(self.solve, c)
        return _Inverted(solve, partial(self.meta, c), self.passes)

    def raw(self, c: Tensor | None, x: Tensor) -> Tensor:
        """The parameters of the univariate transformations (*, features, parameters), before they
        are brought into range, for c (*, context) and x (*, features).
        """
        seen = x if c is None else torch.cat([x, c], -1)
        return self.hyper(seen).unflatten(-1, (-1, self.total))

    @torch.no_grad()
    def solve(self, c: Tensor | None, y: Tensor) -> Tensor:
        """Return x (*, features) with y = f(x | c), for y (*, features) and c (*, context)."""
        shape = y.shape[:-1]
        if c is not None:
            shape = torch.broadcast_shapes(shape, c.shape[:-1])
            c = c.expand(*shape, -1)
        y = y.expand(*shape, -1)
        inputs = [x.reshape(-1, x.shape[-1]) for x in (y, c) if x is not None]
        return self._inverter()(*inputs).reshape(y.shape)

    @cached_property
    def _structure(self) -> Structure | None:
        found = stages(self.hyper)
        if found is None:
            return None
        return Structure(found, found[-1].linear.out_features // self.total)

    def _inverter(self) -> Callable[..., Tensor]:
        """Inverts with the present weights; they are sorted again when something changed them."""
        state = [(id(p), p.data_ptr(), p._version) for p in self.hyper.parameters()]
        if self.__dict__.get("_state") != state:
            system = self._structure.sort()
            plan = Plan(system)
            inverter = partial(invert, system, plan, self._steps(system, plan))
            on_cuda = system.features.is_cuda
            self._made = Replayed(inverter) if on_cuda else inverter
            self._state = state
        return self._made

    def __getstate__(self) -> dict[str, Any]:
        """A copy sorts its own weights; a recorded graph could not be copied."""
        return {k: x for k, x in self.__dict__.items() if k not in ("_made", "_state")}

    def _steps(self, system: Triangular, plan: Plan) -> Steps:
        spline = _spline_options(self.univariate, self.shapes)
        weight = system.weights[0]
        slopes = {negative_slope(s.activation) for s in system.stages if s.activation}
        fits = weight.device.type == "cpu" and weight.dtype in COMPILED
        if spline and fits and None not in slopes and len(slopes) <= 1:
            return CompiledSteps(system, plan, spline)
        return EagerSteps(system, plan.offsets, self.univariate, self.shapes)


def with_fast_inverse(flow: nn.Module) -> nn.Module:
    """Give the masked autoregressive transforms of a zuko flow the fast inverse, in place.

    >>> import zuko
    >>> flow = with_fast_inverse(zuko.flows.NSF(3, context=2, transforms=2))
    >>> flow(torch.zeros(5, 2)).sample().shape
    torch.Size([5, 3])
    """
    for module in flow.modules():
        if type(module) is MaskedAutoregressiveTransform:
            module.__class__ = DegreeOrderedTransform
            quicken(module)
    return flow


class Inverse:
    """Makes the inverse of a univariate transformation: as a class, it can be recognised."""

    def __init__(self, univariate: Callable[..., Transform]) -> None:
        self.univariate = univariate

    def __call__(self, *parameters: Tensor) -> Transform:
        return self.univariate(*parameters).inv


def _spline_options(
    univariate: Callable[..., Transform], shapes: Sequence[Size]
) -> SplineOptions | None:
    """Options of zuko's rational-quadratic splines, or of their inverse; None for others."""
    if isinstance(univariate, Inverse):
        options = _spline_options(univariate.univariate, shapes)
        return options and SplineOptions(options.bins, options.bound, options.slope, True)
    keywords: dict[str, Any] = {"bound": 5.0, "slope": 1e-3}
    while isinstance(univariate, partial) and not univariate.args:
        keywords |= univariate.keywords
        univariate = univariate.func
    spline = isinstance(univariate, type) and issubclass(univariate, MonotonicRQSTransform)
    if not spline or set(keywords) != {"bound", "slope"}:
        return None
    (size,), *others = shapes
    bins = size if others else (size + 1) // 3  # `RQS` takes all parameters in one
    known = [[(bins,), (bins - 1,)], []]
    return SplineOptions(bins, **keywords) if others in known else None


class _Inverted(AutoregressiveTransform):
    """Solves, if it can, instead of running all passes."""

    def __init__(
        self, solve: Callable[[Tensor], Tensor] | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.solve = solve

    def _inverse(self, y: Tensor) -> Tensor:
        return super()._inverse(y) if self.solve is None else self.solve(y)
