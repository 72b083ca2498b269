"""Compute the table of all observables of a part of the truth, or of a sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.events import EventFile
from ultimetric.kinds.base import load_kind
from ultimetric.observed import write_table
from ultimetric.stages import Paths


def observe(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    write_table(outputs["table"], EventFile(files["events"][0], load_kind(cfg["kind"])))
