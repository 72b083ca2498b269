"""Divide the truth of a dataset and say what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.data.duplicates import related_groups
from ultimetric.data.hdf5 import check_unchanged, read_attributes
from ultimetric.data.spectra import within
from ultimetric.data.splits import split_rows
from ultimetric.events import EventFile, write_events
from ultimetric.kinds.base import load_kind
from ultimetric.stages import Paths, log

LONGEST = 10_000  # characters of an attribute that is handed on


def preprocess(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    path = inputs["truth"][0]
    kind = load_kind(cfg["kind"])
    if "sha256" in cfg:  # else it was simulated, and the attributes say how
        check_unchanged(path, cfg["sha256"])
    inside = np.flatnonzero(within(EventFile(path, kind).condition, cfg.get("range")))
    events = EventFile(path, kind, inside)
    groups = related_groups(events)
    counts = {name: int(found.sum()) for name, found in kind.unusual(events).items()}
    counts |= {"entries": len(events), "duplicates": len(groups) - len(np.unique(groups))}
    log.info("%s: %s", path, counts)
    rows = split_rows(groups, cfg["final"], cfg["generator"], cfg["classifier"])
    # Files from outside may have attributes of any kind and size.
    told = {k: v for k, v in read_attributes(path).items() if isinstance(v, (str, int, float))}
    source = {k: v for k, v in told.items() if len(str(v)) < LONGEST}
    source |= {k: str(v) for k, v in counts.items()}
    if "range" in cfg:
        source["range"] = cfg["range"]
    for part, chosen in rows.items():
        attributes = source | {"part": part}
        if "sha256" in cfg:
            attributes["sha256"] = cfg["sha256"]
        write_events(outputs[part], EventFile(path, kind, inside[chosen]), **attributes)
        log.info("%s: %d %s", part, len(chosen), kind.several)
