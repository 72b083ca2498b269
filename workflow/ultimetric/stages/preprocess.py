"""Divide the truth of a dataset into its parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ultimetric.data.duplicates import related_groups
from ultimetric.data.hdf5 import check_unchanged, read_attributes
from ultimetric.data.spectra import within
from ultimetric.data.splits import GENERATOR, HELD_OUT, split_rows
from ultimetric.downloads.receipts import GENERATOR as GENERATOR_FILES
from ultimetric.downloads.receipts import received, truth_files
from ultimetric.events import event_files, write_events
from ultimetric.kinds.base import Kind, load_kind
from ultimetric.stages import Paths, log

LONGEST = 10_000  # characters of an attribute that is copied


class Source(NamedTuple):
    """Where entries come from.

    Arguments:
        files: Their files.
        told: What the files of the parts tell of them.
    """

    files: list[Path]
    told: dict[str, str]


def preprocess(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    sizes = {x: cfg[x] for x in ("final", "generator", "classifier")}
    truth = _source(truth_files(files["truth"]), cfg, "")
    if not {"sha256_generator", "download_generator"} & cfg.keys():
        _divide(cfg, truth, sizes, outputs)
        return
    apart = files.get("generator", [])
    if "download_generator" in cfg:
        apart = received(files["truth"][0], GENERATOR_FILES)
    # Without a file of its own, the generator part is empty.
    other = _source(apart, cfg, "_generator") if apart else truth
    of_generator = {"final": 0, "generator": cfg["generator"], "classifier": 0}
    for source, wanted, parts in (
        (truth, sizes | {"generator": 0}, HELD_OUT),
        (other, of_generator, GENERATOR),
    ):
        _divide(cfg, source, wanted, {part: outputs[part] for part in parts})


def _source(files: list[Path], cfg: dict[str, Any], part: str) -> Source:
    """The source of a part of the truth.

    Arguments:
        files: The files.
        cfg: The settings of the stage.
        part: The end of its keys in the settings.

    Raises:
        UserError: A file has changed since the study was planned.
    """
    if sha256 := cfg.get(f"sha256{part}"):
        check_unchanged(files[0], sha256)
        return Source(files, {"sha256": sha256})
    if known := cfg.get(f"download{part}"):
        return Source(files, {"download": json.dumps(known)})
    return Source(files, {})


def _divide(
    cfg: dict[str, Any], source: Source, sizes: dict[str, int], outputs: dict[str, Path]
) -> None:
    """Write some parts of the truth in a file.

    Arguments:
        cfg: The settings of the stage.
        source: Where the entries come from.
        sizes: The entries of the parts, as `split_rows` takes them.
        outputs: The files of the parts that are written.

    Raises:
        UserError: There are too few entries.
    """
    kind, paths = load_kind(cfg["kind"]), source.files
    inside = np.flatnonzero(within(event_files(paths, kind).condition, cfg.get("range")))
    groups, counts = _counted(paths, kind, inside)
    rows = split_rows(groups, **sizes)
    told = _told(paths) | {k: str(v) for k, v in counts.items()}
    if "range" in cfg:
        told["range"] = cfg["range"]
    told |= source.told
    for part, output in outputs.items():
        chosen = inside[rows[part]]
        write_events(output, event_files(paths, kind, chosen), **told, part=part)
        log.info("%s: %d %s", part, len(chosen), kind.several)


def _told(paths: list[Path]) -> dict[str, Any]:
    """The attributes that files have in common; those from outside may be of any kind and size."""
    first, *others = map(read_attributes, paths)
    return {
        name: value
        for name, value in first.items()
        if isinstance(value, (str, int, float))
        and len(str(value)) < LONGEST
        and all(other.get(name) == value for other in others)
    }


def _counted(
    paths: list[Path], kind: Kind, inside: np.ndarray
) -> tuple[np.ndarray, dict[str, int]]:
    """The groups (N,) of related entries in some rows of files, and numbers of unusual ones."""
    events = event_files(paths, kind, inside)
    groups = related_groups(events)
    counts = {name: int(found.sum()) for name, found in kind.unusual(events).items()}
    counts |= {"entries": len(events), "duplicates": len(groups) - len(np.unique(groups))}
    log.info("%s: %s", ", ".join(map(str, paths)), counts)
    return groups, counts
