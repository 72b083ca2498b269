"""A config that is refused, and how."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ultimetric.errors import UserError
from ultimetric.planning.load import load_study

FLOW = "generators: {caloflow: {preprocessing: noise_before, %s}}"
SIMULATED = "datasets: {eplus: {source: {simulate: {detector: calogan, particle: e+, %s}}}}"


def refusal(text: str, folder: Path, cache: Path) -> str:
    """The sentence with which a config is refused, read as Snakemake does."""
    if not text.startswith("datasets:") and "\ndatasets:" not in text:
        text = f"datasets: {{eplus: {{}}}}\n{text}"
    path = folder / "mine.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        load_study(yaml.safe_load(text), cache, files=[path])
    return str(error.value)
