"""Read a sample from a file and match its conditions to those of the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.data.hdf5 import check_unchanged
from ultimetric.data.matching import match_conditions
from ultimetric.downloads.receipts import truth_files
from ultimetric.events import EventFile, event_files, write_events
from ultimetric.kinds.base import load_kind
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths, log


def ingest(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    path = files["file"][0]
    kind = load_kind(cfg["kind"])
    seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "ingest")
    check_unchanged(path, cfg["sha256"])
    # The whole truth, as in planning: what the plan accepts is not refused here.
    match = match_conditions(
        event_files(truth_files(files["truth"]), kind).condition,
        EventFile(path, kind).condition,
        cfg["entries"],
        seed,
        str(path),
        kind,
        cfg.get("range"),
    )
    log.info("%s: %s", path, match.sentence)
    note = "; ".join([*match.notes, *kind.format_of(path).notes(path, kind)])
    events = EventFile(path, kind, match.rows)
    write_events(outputs["sample"], events, sample=cfg["sample"], note=note)
