"""Probability density distillation of autoregressive flows, fully guided (arXiv:2110.11377)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import zuko
from torch import Tensor
from zuko.utils import unpack

from ultimetric.models.flows.masked import DegreeOrderedTransform


@dataclass(frozen=True)
class Trace:
    """The values that a flow passes between x and z.

    Arguments:
        points: The values x, those between the blocks, and z, (N, features) each.
        splines: The raw spline parameters (N, features, parameters) of each block.
    """

    points: list[Tensor]
    splines: list[Tensor]

    def reversed(self) -> Trace:
        return Trace(self.points[::-1], self.splines[::-1])


def teacher_trace(flow: zuko.flows.Flow, c: Tensor, x: Tensor) -> Trace:
    """The values from x (N, features) to z in a masked flow, one pass per block."""
    return _trace(flow.transform.transforms, c, x)


def student_trace(flow: zuko.flows.Flow, c: Tensor, z: Tensor) -> Trace:
    """The values from z (N, features) to x in an inverse masked flow, one pass per block."""
    return _trace(reversed(_student_blocks(flow)), c, z).reversed()


def copy_networks(teacher: zuko.flows.Flow, student: zuko.flows.Flow) -> None:
    """Give the student's blocks the weights of the teacher's blocks, of the same size.

    This is only a start: the student's networks see z where those of the teacher see x, and the
    two agree as long as the splines are near the identity.
    """
    pairs = zip(teacher.transform.transforms, _student_blocks(student), strict=True)
    for block, own in pairs:
        own.load_state_dict(block.state_dict())


def guided_loss(
    student: zuko.flows.Flow,
    teacher: zuko.flows.Flow,
    truth: tuple[Tensor, Tensor],
    noise: tuple[Tensor, Tensor],
    beta: float,
) -> Tensor:
    """(1 - beta) L_z + beta L_x, differentiable by the student's parameters.

    L_x takes x to z with the teacher and back with the student; L_z takes z to x with the student
    and back with the teacher. Both compare all values between x and z.

    Arguments:
        student, teacher: An inverse and a masked flow of equal blocks.
        truth: Conditions (N, context) and true x (N, features).
        noise: Conditions and latent z.
        beta: The share of L_x.
    """
    c, x = truth
    taught = teacher_trace(teacher, c, x)
    loss_x = mismatch(taught, student_trace(student, c, taught.points[-1]))
    c, z = noise
    own = student_trace(student, c, z)
    loss_z = mismatch(own, teacher_trace(teacher, c, own.points[0]))
    return (1 - beta) * loss_z + beta * loss_x


def mismatch(a: Trace, b: Trace) -> Tensor:
    """Squared differences of all points and spline parameters, summed, mean over the batch."""
    pairs = zip(a.points + a.splines, b.points + b.splines, strict=True)
    return sum((one - other).square().flatten(1).sum(1).mean() for one, other in pairs)


def divergence(student: zuko.flows.Flow, teacher: zuko.flows.Flow, c: Tensor, z: Tensor) -> Tensor:
    """log p_student - log p_teacher (N,) at the x that the student makes of latent z.

    Its mean is KL(student || teacher).
    """
    x, log_det = student(c).transform.inv.call_and_ladj(z)
    return student.base().log_prob(z) - log_det - teacher(c).log_prob(x)


def _student_blocks(flow: zuko.flows.Flow) -> list[DegreeOrderedTransform]:
    return [lazy.inv for lazy in flow.transform.transforms]


def _trace(blocks: Iterable[DegreeOrderedTransform], c: Tensor, x: Tensor) -> Trace:
    points, splines = [x], []
    for block in blocks:
        raw = block.raw(c, points[-1])
        splines.append(raw)
        points.append(block.univariate(*unpack(raw, block.shapes))(points[-1]))
    return Trace(points, splines)
