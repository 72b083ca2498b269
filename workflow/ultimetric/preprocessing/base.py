"""What a preprocessing step is, and the chain of steps that a recipe describes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ultimetric.errors import described, refusal
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.plugins import load_plugin


@dataclass(frozen=True)
class State:
    """N showers on their way through the steps, float64.

    Arguments:
        energy: incident energies (N, 1) in GeV; no step changes them.
        voxels: deposits (N, n_voxels): MeV at first, then whatever the steps make of them.
        layers: energy variables (N, n_layers) once `normalise` has taken them out.
        log_det: log |Jacobian| per shower (N,), since the last step that changed the space.
    """

    energy: Tensor
    voxels: Tensor
    layers: Tensor | None = None
    log_det: Tensor | float = 0.0

    def flat(self) -> Tensor:
        """Voxels and layer variables side by side (N, n_voxels + n_layers)."""
        return self.voxels if self.layers is None else torch.cat([self.voxels, self.layers], 1)


class Step(nn.Module, ABC):
    """One step: `forward` towards the network, `inverse` back to MeV.

    `lossy` steps (noise, threshold) do not invert exactly; their docstring gives the bound. The
    step that `takes_out_layers` turns voxels into shapes and layer energies. A step's options are
    the arguments of its `__init__` after the geometry; `limits` says what they must be. What it
    `takes` (deposits, shapes, unit interval, logits, logarithms, standardised) and `gives` decides
    where it may stand in a recipe; by default it gives what it takes.
    """

    lossy = False
    takes_out_layers = False
    limits: ClassVar[dict[str, str]] = {}
    takes: ClassVar[list[str] | None] = None
    gives: ClassVar[str | None] = None

    def __init__(self, geometry: Geometry) -> None:
        super().__init__()
        self.geometry = geometry

    @property
    def space(self) -> str:
        """How it enters the space of a likelihood: nothing if its Jacobian is counted."""
        return ""

    def fit(self, state: State) -> None:
        """Learn constants from the training showers."""

    @abstractmethod
    def forward(self, state: State, rng: torch.Generator) -> State: ...

    @abstractmethod
    def inverse(self, state: State) -> State: ...


class Chain(nn.Module):
    """Steps in the order of a recipe.

    Arguments:
        recipe: list of {"plugin": module of a Step, **its options}.
        geometry: the detector.
    """

    def __init__(self, recipe: list[dict[str, Any]], geometry: Geometry) -> None:
        super().__init__()
        self.steps = nn.ModuleList()
        for entry in recipe:
            options = {key: value for key, value in entry.items() if key != "plugin"}
            self.steps.append(load_plugin(entry["plugin"], Step)(geometry, **options))

    def fit(self, state: State, rng: torch.Generator) -> None:
        """Fit every step on what the steps before it make of the training showers."""
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

    @property
    def space(self) -> str:
        """The space in which likelihoods are stated; only within one are they comparable."""
        return " > ".join(filter(None, (step.space for step in self.steps)))

    def layer_energies(self, state: State) -> Tensor:
        """Layer energies (N, n_layers) in MeV that a preprocessed state stands for."""
        for step in reversed(self.steps):
            if step.takes_out_layers:
                break
            state = checked_state(step, step.inverse(state), state)
        return state.layers


def checked_state(step: Step, made: Any, before: State) -> State:
    """What a step made of a state, if it is one of as many showers, voxels and layers.

    Raises:
        UserError: class and file, what the step returned and what is needed.
    """
    if not isinstance(made, State):
        raise refusal(step, f"returned {described(made)}", "a State")
    shape, layers = before.voxels.shape, (len(before.voxels), step.geometry.n_layers)
    if getattr(made.voxels, "shape", None) != shape:
        raise refusal(step, f"made voxels {described(made.voxels)}", f"a tensor {tuple(shape)}")
    if made.layers is not None and getattr(made.layers, "shape", None) != layers:
        raise refusal(step, f"made layers {described(made.layers)}", f"a tensor {layers}")
    if made.energy is not before.energy and not torch.equal(made.energy, before.energy):
        raise refusal(
            step, "changed the incident energies", "a State with those that it was given"
        )
    return made


def changed_space(state: State, voxels: Tensor, layers: Tensor | None) -> State:
    """The state in new variables in which densities are stated from here on."""
    return replace(state, voxels=voxels, layers=layers, log_det=voxels.new_zeros(len(voxels)))
