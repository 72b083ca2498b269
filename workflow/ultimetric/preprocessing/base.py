"""The base class of preprocessing steps, and the chain of steps of a recipe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ultimetric.errors import described, refusal
from ultimetric.kinds.base import Kind
from ultimetric.plugins import load_plugin


@dataclass(frozen=True)
class State:
    """N entries on their way through the steps, float64.

    Arguments:
        condition: The conditions of the entries (N, C), which no step changes.
        data: The values (N, n_values), at first those of the kind.
        totals: The totals (N, n_totals) that a step took out of the data, such as the energies of
            layers; None if no step did.
        log_det: The log |Jacobian| of each entry (N,), since the last step that changed the space.
    """

    condition: Tensor
    data: Tensor
    totals: Tensor | None = None
    log_det: Tensor | float = 0.0

    @property
    def parts(self) -> list[Tensor]:
        """The data and, if a step took them out, the totals."""
        return [self.data] if self.totals is None else [self.data, self.totals]

    def with_parts(self, parts: Iterable[Tensor]) -> State:
        """The state with other data and, if there are two parts, totals."""
        return replace(self, **dict(zip(("data", "totals"), parts, strict=False)))

    def flat(self) -> Tensor:
        """Data and totals side by side (N, n_values + n_totals)."""
        return torch.cat(self.parts, 1)

    def __getitem__(self, rows: slice) -> State:
        """Some of the entries."""
        log_det = torch.as_tensor(self.log_det).expand(len(self.data))[rows]
        some = replace(self, condition=self.condition[rows], log_det=log_det)
        return some.with_parts(part[rows] for part in self.parts)


class Step(nn.Module, ABC):
    """One step: `forward` towards the network, `inverse` back to data of the kind.

    A step is `lossy` (noise, threshold) if it cannot be inverted exactly; its docstring gives the
    bound. The step that `takes_out_totals` turns data into shares and totals. A step that
    `needs_symmetries` is refused for a kind without any. With a step that `reads_out`, a recipe
    gets entries after the readout of the kind, such as a threshold; without one as they are
    stored. The options of a step are the arguments
    of its `__init__` after the kind; `limits` says what they must be. The position of a step in a
    recipe follows from the data that it `takes` (those that the kind `starts_as`, shapes, unit
    interval, logits, logarithms, standardised) and `gives`; by default it gives what it takes.

    Arguments:
        kind: The kind of data.
    """

    lossy = False
    takes_out_totals = False
    needs_symmetries = False
    reads_out = False
    limits: ClassVar[dict[str, str]] = {}
    takes: ClassVar[list[str] | None] = None
    gives: ClassVar[str | None] = None

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    @property
    def space(self) -> str:
        """Its part of the name of the space of likelihoods; empty if its Jacobian is counted."""
        return ""

    def fit(self, state: State) -> None:
        """Learn constants from the training entries."""

    @abstractmethod
    def forward(self, state: State, rng: torch.Generator) -> State: ...

    @abstractmethod
    def inverse(self, state: State) -> State: ...


class Chain(nn.Module):
    """Steps in the order of a recipe.

    Arguments:
        recipe: A list of {"plugin": module of a Step, **its options}.
        kind: The kind of data.

    Attributes:
        n_totals: The number of totals per entry that a step takes out of the data, or 0.
        n_variables: The number of variables per entry after all steps: data and totals.
    """

    def __init__(self, recipe: list[dict[str, Any]], kind: Kind) -> None:
        super().__init__()
        self.kind = kind
        self.steps = nn.ModuleList()
        for entry in recipe:
            options = {key: value for key, value in entry.items() if key != "plugin"}
            self.steps.append(load_plugin(entry["plugin"], Step)(kind, **options))
        taken_out = any(step.takes_out_totals for step in self.steps)
        self.n_totals = kind.n_totals if taken_out else 0
        self.n_variables = kind.n_values + self.n_totals

    def fit(self, state: State, rng: torch.Generator) -> None:
        """Fit every step to the training entries after all steps before it."""
        for step in self.steps:
            step.fit(state)
            state = checked_state(step, step(state, rng), state)

    def forward(self, state: State, rng: torch.Generator) -> State:
        """Run all steps; `rng` draws the noise."""
        for step in self.steps:
            state = checked_state(step, step(state, rng), state)
        return state

    def inverse(self, state: State) -> State:
        """Undo all steps, last first."""
        for step in reversed(self.steps):
            state = checked_state(step, step.inverse(state), state)
        return state

    def restored(self, condition: Tensor, variables: Tensor) -> Tensor:
        """Turn preprocessed variables back into data (N, n_values) of the kind, float64.

        Arguments:
            condition: The conditions of the entries (N, C).
            variables: Data and totals side by side (N, n_variables), as of `State.flat`.
        """
        data, totals = variables.double().tensor_split([self.kind.n_values], dim=1)
        return self.inverse(State(condition, data, totals if self.n_totals else None)).data

    @property
    def reads_out(self) -> bool:
        """Whether a step needs entries after the readout of the kind."""
        return any(step.reads_out for step in self.steps)

    @property
    def space(self) -> str:
        """The name of the space of likelihoods, which can be compared within one space only."""
        return " > ".join(filter(None, (step.space for step in self.steps)))

    def totals_of(self, state: State) -> Tensor:
        """The totals (N, n_totals), in their unit, of a preprocessed state."""
        for step in reversed(self.steps):
            if step.takes_out_totals:
                break
            state = checked_state(step, step.inverse(state), state)
        return state.totals


def checked_state(step: Step, made: Any, before: State) -> State:
    """Return what a step made of a state, if it is a state with as many entries and values.

    Raises:
        UserError: It is not; the message names class, file, what was returned and what is needed.
    """
    if not isinstance(made, State):
        raise refusal(step, f"returned {described(made)}", "a State")
    shape, totals = before.data.shape, (len(before.data), step.kind.n_totals)
    if getattr(made.data, "shape", None) != shape:
        raise refusal(step, f"made data {described(made.data)}", f"a tensor {tuple(shape)}")
    if made.totals is not None and getattr(made.totals, "shape", None) != totals:
        raise refusal(step, f"made totals {described(made.totals)}", f"a tensor {totals}")
    if made.condition is not before.condition and not torch.equal(
        made.condition, before.condition
    ):
        words = step.kind.condition.words if step.kind.condition else "conditions"
        raise refusal(step, f"changed the {words}", "a State with those that it was given")
    return made


def changed_space(state: State, data: Tensor, totals: Tensor | None) -> State:
    """The state in new variables, in which densities are stated from here on."""
    return replace(state, data=data, totals=totals, log_det=data.new_zeros(len(data)))
