"""What a change must set to run again: all cases by name."""

from __future__ import annotations

from reruns import data_cases, generators_cases, judges_cases, outputs_cases, surroundings_cases

_PARTS = (generators_cases, data_cases, judges_cases, outputs_cases, surroundings_cases)
CASES = {name: case for part in _PARTS for name, case in part.CASES.items()}
