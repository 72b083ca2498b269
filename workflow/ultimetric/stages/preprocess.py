"""Divide the truth of a dataset into its parts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ultimetric.data.duplicates import copies, related_groups
from ultimetric.data.hdf5 import check_unchanged, read_attributes
from ultimetric.data.spectra import within
from ultimetric.data.splits import GENERATOR, HELD_OUT, split_rows
from ultimetric.downloads import receipts
from ultimetric.errors import UserError
from ultimetric.events import Events, event_files, write_events
from ultimetric.kinds.base import Kind, load_kind
from ultimetric.stages import Paths, log

LONGEST = 10_000  # characters of an attribute that is copied
MOST_COPIES = 0.01  # share of the held-out and final truth that may be in the training truth


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
    truth, other = _sources(cfg, files)
    if not {"sha256_generator", "download_generator"} & cfg.keys():
        _divide(cfg, truth, sizes, outputs)
        return
    of_generator = {"final": 0, "generator": cfg["generator"], "classifier": 0}
    compared, learned = (
        _divide(cfg, source, wanted, {part: outputs[part] for part in parts})
        for source, wanted, parts in (
            (truth, sizes | {"generator": 0}, HELD_OUT),
            # Without a file of its own, the generator part is empty.
            (other or truth, of_generator, GENERATOR),
        )
    )
    _check_copies(compared, learned)


def _check_copies(compared: Events, learned: Events) -> None:
    """Warn if held-out or final truth has copies in the training truth, and refuse many.

    In one file all copies of an entry are in one part. Two files are left as they are.

    Arguments:
        compared: The held-out and the final truth.
        learned: The training truth with its validation part.

    Raises:
        UserError: More than a share MOST_COPIES are copies.
    """
    found = int(copies(compared, learned).sum())
    if not found:
        return
    sentence = (
        f"{found} of the {len(compared)} {compared.kind.several} of the held-out and final truth "
        "are in the training truth, too"
    )
    if found > MOST_COPIES * len(compared):
        raise UserError(f"{sentence}: the two files are not independent")
    log.warning("%s", sentence)


def _sources(cfg: dict[str, Any], files: Paths) -> tuple[Source, Source | None]:
    """Where the truth comes from, and the entries for generators if they have files apart.

    Raises:
        UserError: A file has changed since the study was planned, or since it was downloaded.
    """
    (truth,) = files["truth"]
    if "download" in cfg:
        apart = cfg.get("download_generator")
        return (
            _downloaded(truth, receipts.TRUTH, cfg["download"]),
            _downloaded(truth, receipts.GENERATOR, apart) if apart else None,
        )
    other = files.get("generator")
    return (
        _given(truth, cfg.get("sha256")),
        _given(other[0], cfg["sha256_generator"]) if other else None,
    )


def _downloaded(receipt: Path, part: str, known: list[dict[str, str]]) -> Source:
    checksums = receipts.checksums_in(receipt, part)
    told = [of | found for of, found in zip(known, checksums, strict=True)]
    return Source(receipts.received(receipt, part), {"download": json.dumps(told)})


def _given(path: Path, sha256: str | None) -> Source:
    if sha256 is None:  # simulated
        return Source([path], {})
    check_unchanged(path, sha256)
    return Source([path], {"sha256": sha256})


def _divide(
    cfg: dict[str, Any], source: Source, sizes: dict[str, int], outputs: dict[str, Path]
) -> Events:
    """Write some parts of the truth in a file, as it is stored: whoever reads them applies the
    readout.

    Arguments:
        cfg: The settings of the stage.
        source: Where the entries come from.
        sizes: The entries of the parts, as `split_rows` takes them.
        outputs: The files of the parts that are written.

    Returns:
        The entries of these parts, with the readout.

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
    stored = kind.recorded(paths[0])
    for part, output in outputs.items():
        chosen = inside[rows[part]]
        write_events(output, event_files(paths, stored, chosen), **told, part=part)
        log.info("%s: %d %s", part, len(chosen), kind.several)
    written = np.sort(np.concatenate([rows[part] for part in outputs]))
    return event_files(paths, kind, inside[written])


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
