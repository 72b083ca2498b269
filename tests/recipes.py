"""Preprocessing as the rules hand it to a generator."""

from typing import Any

from ultimetric.planning.declared import package_module


def step(name: str, **options: Any) -> dict[str, Any]:
    """A step of the package, whichever kind of data has it."""
    return {"plugin": package_module("preprocessing", name), **options}


RECIPE = [
    step("threshold"),
    step("noise", width=1e-3, subtract="mean"),
    step("normalise"),
    step("energies"),
    step("logit", alpha=1e-8),
    step("standardise"),
]
