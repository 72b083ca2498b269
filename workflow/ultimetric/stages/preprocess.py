"""Divide the truth of a dataset into its parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.data.duplicates import related_groups
from ultimetric.data.hdf5 import check_unchanged, read_attributes
from ultimetric.data.spectra import within
from ultimetric.data.splits import GENERATOR, HELD_OUT, split_rows
from ultimetric.events import EventFile, write_events
from ultimetric.kinds.base import Kind, load_kind
from ultimetric.stages import Paths, log

LONGEST = 10_000  # characters of an attribute that is copied


def preprocess(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    path, sizes = files["truth"][0], {x: cfg[x] for x in ("final", "generator", "classifier")}
    if "sha256_generator" not in cfg:
        _divide(cfg, path, cfg.get("sha256"), sizes, outputs)
        return
    # Without a file of its own, the generator part is empty.
    other = next(iter(files["generator"]), path)
    of_generator = {"final": 0, "generator": cfg["generator"], "classifier": 0}
    for source, sha256, wanted, parts in (
        (path, cfg["sha256"], sizes | {"generator": 0}, HELD_OUT),
        (other, cfg["sha256_generator"] or cfg["sha256"], of_generator, GENERATOR),
    ):
        _divide(cfg, source, sha256, wanted, {part: outputs[part] for part in parts})


def _divide(
    cfg: dict[str, Any],
    path: Path,
    sha256: str | None,
    sizes: dict[str, int],
    outputs: dict[str, Path],
) -> None:
    """Write some parts of the truth in a file.

    Arguments:
        cfg: The settings of the stage.
        path: The file.
        sha256: Its checksum when the study was planned; None if it was simulated.
        sizes: The entries of the parts, as `split_rows` takes them.
        outputs: The files of the parts that are written.

    Raises:
        UserError: The file has changed, or has too few entries.
    """
    kind = load_kind(cfg["kind"])
    if sha256:
        check_unchanged(path, sha256)
    inside = np.flatnonzero(within(EventFile(path, kind).condition, cfg.get("range")))
    groups, counts = _counted(path, kind, inside)
    rows = split_rows(groups, **sizes)
    # Files from outside may have attributes of any kind and size.
    told = {k: v for k, v in read_attributes(path).items() if isinstance(v, (str, int, float))}
    source = {k: v for k, v in told.items() if len(str(v)) < LONGEST}
    source |= {k: str(v) for k, v in counts.items()}
    if "range" in cfg:
        source["range"] = cfg["range"]
    if sha256:
        source["sha256"] = sha256
    for part, output in outputs.items():
        chosen = inside[rows[part]]
        write_events(output, EventFile(path, kind, chosen), **source, part=part)
        log.info("%s: %d %s", part, len(chosen), kind.several)


def _counted(path: Path, kind: Kind, inside: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
    """The groups (N,) of related entries in some rows of a file, and numbers of unusual ones."""
    events = EventFile(path, kind, inside)
    groups = related_groups(events)
    counts = {name: int(found.sum()) for name, found in kind.unusual(events).items()}
    counts |= {"entries": len(events), "duplicates": len(groups) - len(np.unique(groups))}
    log.info("%s: %s", path, counts)
    return groups, counts
