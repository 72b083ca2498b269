"""A student flow: one pass from z to x, and its distillation from a teacher."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from models import card, make, with_base
from torch.autograd.functional import jacobian

from ultimetric.errors import UserError
from ultimetric.generators.flows.caloflow_student import CaloFlowStudent
from ultimetric.generators.flows.distillation import (
    Trace,
    copy_networks,
    divergence,
    guided_loss,
    mismatch,
    student_trace,
    teacher_trace,
)
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.models.flows.build import inverse_masked_flow, masked_flow


def flows(features: int, blocks: int = 3, hidden: int = 32) -> tuple:
    """A teacher and a student of the same orders, of random weights."""
    torch.manual_seed(0)
    orders = [torch.randperm(features) for _ in range(blocks)]
    return tuple(
        make(features, 1, orders, 4, 4.0, hidden_features=[hidden])
        for make in (masked_flow, inverse_masked_flow)
    )


def without_inputs(flow: torch.nn.Module) -> None:
    """Splines of a flow no longer depend on its variables."""
    for key, parameter in flow.named_parameters():
        if key.endswith("hyper.2.weight"):
            parameter.data.zero_()


def same(teacher: torch.nn.Module, student: torch.nn.Module) -> None:
    """Make teacher and student the same function: splines that depend on nothing."""
    for n, parameter in enumerate(teacher.parameters()):
        parameter.data += 0.1 * n  # no block like another
    copy_networks(teacher, student)
    without_inputs(teacher)
    without_inputs(student)


class TestInverseFlow:
    def test_log_prob_against_autograd(self) -> None:
        flow = flows(4)[1].double()
        c, z = torch.tensor([[0.3]]).double(), torch.randn(1, 4).double()
        transform = flow(c).transform
        matrix = jacobian(lambda z: transform.inv(z[None])[0], z[0])
        expected = flow.base().log_prob(z) - torch.linalg.slogdet(matrix).logabsdet
        x = transform.inv(z)
        torch.testing.assert_close(flow(c).log_prob(x), expected)
        torch.testing.assert_close(transform(x), z)

    def test_density_integrates_to_one(self) -> None:
        flow = flows(2)[1]
        axis = torch.linspace(-7, 7, 351)
        grid = torch.cartesian_prod(axis, axis)
        with torch.no_grad():
            density = flow(torch.full((len(grid), 1), 0.3)).log_prob(grid).exp()
        assert density.sum().item() * (14 / 350) ** 2 == pytest.approx(1, abs=2e-3)

    def test_inverse_in_single_precision(self) -> None:
        flow = flows(60)[1]
        c, x = torch.randn(100, 1), 2 * torch.randn(100, 60)
        with torch.no_grad():
            back = flow(c).transform.inv(flow(c).transform(x))
        torch.testing.assert_close(back, x, rtol=0, atol=1e-5)


class TestTraces:
    def test_teacher(self) -> None:
        teacher, _ = flows(5)
        c, x = torch.randn(7, 1), torch.randn(7, 5)
        trace = teacher_trace(teacher, c, x)
        assert len(trace.points) == 4
        assert [s.shape for s in trace.splines] == 3 * [(7, 5, 11)]
        torch.testing.assert_close(trace.points[0], x)
        torch.testing.assert_close(trace.points[-1], teacher(c).transform(x))
        first = teacher.transform.transforms[0](c)
        torch.testing.assert_close(trace.points[1], first(x))

    def test_student(self) -> None:
        _, student = flows(5)
        c, z = torch.randn(7, 1), torch.randn(7, 5)
        trace = student_trace(student, c, z)
        torch.testing.assert_close(trace.points[-1], z)
        torch.testing.assert_close(trace.points[0], student(c).transform.inv(z))
        last = student.transform.transforms[-1](c)
        torch.testing.assert_close(trace.points[-2], last.inv(z))

    def test_mismatch_by_hand(self) -> None:
        zero = Trace([torch.zeros(2, 3)] * 2, [torch.zeros(2, 3, 4)])
        other = Trace([torch.ones(2, 3), 2 * torch.ones(2, 3)], [torch.ones(2, 3, 4)])
        other.points[0][1] = 0
        # points: (3 + 0) / 2 and 12, splines: 12
        assert mismatch(zero, other).item() == 25.5

    def test_guided_loss(self) -> None:
        """By hand: both ways around, and their shares."""
        teacher, student = flows(5)
        truth = torch.randn(7, 1), torch.randn(7, 5)
        noise = torch.randn(7, 1), torch.randn(7, 5)
        taught = teacher_trace(teacher, *truth)
        loss_x = mismatch(taught, student_trace(student, truth[0], taught.points[-1]))
        own = student_trace(student, *noise)
        loss_z = mismatch(own, teacher_trace(teacher, noise[0], own.points[0]))
        loss = guided_loss(student, teacher, truth, noise, beta=0.2)
        torch.testing.assert_close(loss, 0.8 * loss_z + 0.2 * loss_x)

    def test_divergence(self) -> None:
        """The one-pass density is the density."""
        teacher, student = flows(5)
        c, z = torch.randn(7, 1), torch.randn(7, 5)
        x = student(c).transform.inv(z)
        expected = student(c).log_prob(x) - teacher(c).log_prob(x)
        torch.testing.assert_close(divergence(student, teacher, c, z), expected)

    def test_same_function(self) -> None:
        teacher, student = flows(5)
        same(teacher, student)
        c, x = torch.randn(7, 1), torch.randn(7, 5)
        trace = teacher_trace(teacher, c, x)
        z = trace.points[-1]
        assert (z - x).abs().max() > 0.1
        again = student_trace(student, c, z)
        assert mismatch(trace, again).item() < 1e-8
        torch.testing.assert_close(student(c).log_prob(x), teacher(c).log_prob(x))

    def test_distilled(self) -> None:
        """A student learns a teacher whose variables depend on each other."""
        teacher, student = flows(2, blocks=1)
        for parameter in teacher.parameters():
            parameter.data *= 2
        teacher.requires_grad_(False)
        optimiser = torch.optim.Adam(student.parameters(), lr=1e-2)

        @torch.no_grad()
        def kl() -> float:
            noise = torch.randn(2000, 1), torch.randn(2000, 2)
            return divergence(student, teacher, *noise).mean().item()

        before = kl()
        for _ in range(60):
            c, z = torch.randn(200, 1), torch.randn(200, 2)
            truth = c, teacher(c).transform.inv(z)
            loss = guided_loss(student, teacher, truth, (c, z), beta=0.5)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        assert before > 0.05
        assert abs(kl()) < 0.1 * before


class TestStudent:
    def student(self, coarse: Geometry, **changes: object) -> CaloFlowStudent:
        shapes = {"hidden_features": [16]}  # as the teacher's
        return make("caloflow_student", coarse, shapes=shapes, **changes)

    def test_same_function_as_the_teacher(self, coarse: Geometry, eplus) -> None:
        """Equal likelihoods, and nothing between them on the student's own showers."""
        student = with_base(self.student(coarse), eplus[:300], eplus[300:360])
        student.chain.load_state_dict(student.base.chain.state_dict())  # as learning would
        different = student.numbers(eplus[400:440], seed=1)
        assert different["kl"].mean() > 1
        same(student.base.shapes, student.shapes)
        numbers = student.numbers(eplus[400:440], seed=1)
        np.testing.assert_allclose(numbers["nll"], numbers["nll_teacher"], rtol=0, atol=1e-2)
        np.testing.assert_allclose(numbers["kl"], 0, rtol=0, atol=1e-2)

    def test_starts_from_the_teacher(self, coarse: Geometry) -> None:
        student = self.student(coarse, from_teacher=True)
        copy_networks(student.base.shapes, student.shapes)
        for own, block in zip(
            student.shapes.parameters(), student.base.shapes.parameters(), strict=True
        ):
            assert torch.equal(own, block)
        other = {"hidden_features": [17]}
        with pytest.raises(UserError, match=r"networks of \[17\] cannot start"):
            make("caloflow_student", coarse, from_teacher=True, shapes=other)

    def test_refuses_another_teacher(self, coarse: Geometry) -> None:
        base = {"plugin": "ultimetric.generators.flows.caloinn", "card": card("caloinn")}
        with pytest.raises(UserError, match="`builds_on` must name a caloflow"):
            make("caloflow_student", coarse, base=base)
