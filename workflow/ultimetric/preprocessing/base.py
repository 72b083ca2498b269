"""What a preprocessing step is, and the chain of steps that a recipe describes."""

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
        condition: What the entries are conditioned on (N, C); no step changes it.
        data: Values (N, n_values): as the kind has them at first, then what the steps make of
            them.
        totals: Numbers (N, n_totals) that a step took out of the data, such as the energies of
            layers; None if none did.
        log_det: log |Jacobian| per entry (N,), since the last step that changed the space.
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
        """The state with other data and totals, as many as there are `parts`."""
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

    `lossy` steps (noise, threshold) do not invert exactly; their docstring gives the bound. The
    step that `takes_out_totals` turns data into shares and totals; one that `needs_symmetries` is
    refused for a kind without any. A step's options are the
    arguments of its `__init__` after the kind; `limits` says what they must be. What it `takes`
    (what the kind `starts_as`, shapes, unit interval, logits, logarithms, standardised) and
    `gives` decides where it may stand in a recipe; by default it gives what it takes.

    Arguments:
        kind: The kind of data.
    """

    lossy = False
    takes_out_totals = False
    needs_symmetries = False
    limits: ClassVar[dict[str, str]] = {}
    takes: ClassVar[list[str] | None] = None
    gives: ClassVar[str | None] = None

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self.kind = kind

    @property
    def space(self) -> str:
        """How it enters the space of a likelihood: nothing if its Jacobian is counted."""
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
        n_totals: Numbers per entry that a step takes out of the data; 0 if none does.
        n_variables: Numbers per entry that come out at the end: data and totals.
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
        """Fit every step on what the steps before it make of the training entries."""
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
        """Data (N, n_values) of the kind, float64, that preprocessed variables stand for.

        Arguments:
            condition: What the entries are conditioned on (N, C).
            variables: Data and totals side by side (N, n_variables), see `State.flat`.
        """
        data, totals = variables.double().tensor_split([self.kind.n_values], dim=1)
        return self.inverse(State(condition, data, totals if self.n_totals else None)).data

    @property
    def space(self) -> str:
        """The space in which likelihoods are stated; only within one are they comparable."""
        return " > ".join(filter(None, (step.space for step in self.steps)))

    def totals_of(self, state: State) -> Tensor:
        """Totals (N, n_totals), in their unit, that a preprocessed state stands for."""
        for step in reversed(self.steps):
            if step.takes_out_totals:
                break
            state = checked_state(step, step.inverse(state), state)
        return state.totals


def checked_state(step: Step, made: Any, before: State) -> State:
    """What a step made of a state, if it is one of as many entries, values and totals.

    Raises:
        UserError: Class and file, what the step returned and what is needed.
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
    """The state in new variables in which densities are stated from here on."""
    return replace(state, data=data, totals=totals, log_det=data.new_zeros(len(data)))
