"""The study `judge`: files named on the command line become datasets and samples."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

from ultimetric.config.entries import Dataset as Entry
from ultimetric.config.sentences import conformed
from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.planning.checks import Checks
from ultimetric.planning.dataset import FEWEST, Dataset
from ultimetric.planning.defaults import POSITIVE_CONTROL
from ultimetric.planning.generator import TRUTH
from ultimetric.planning.given_samples import proposed_range

KEYS = ("file", "truth", "kind", "geometry", "dataset", "name")
DEFAULT = "showers"  # the kind of data
MOST = 4000  # entries per class, so that the answer takes a minute
SHARE_LEFT = 0.1  # of the truth, at least, for baseline and positive control
NO_FILE = (
    "config, file: no file of showers is named; say --config file=my_showers.hdf5, or "
    "`make judge FILE=my_showers.hdf5`"
)


def with_files(config: dict[str, Any], checks: Checks) -> dict[str, Any]:
    """Replace the keys in KEYS of a config by a dataset and samples.

    `file` is one path, several separated by spaces, or a list. `truth` is a file of truth
    (default: the bundled showers), `kind` its kind of data (showers), whose default inputs and
    figures it has, `geometry` the geometry of showers, `dataset` the particle (eplus, or the kind
    where `truth` is given), `name` the name of the study and, for a single file, of the sample
    (default: that of the first file). All truth but a share SHARE_LEFT is held out, at most MOST
    entries; the rest makes the truth-vs-truth baseline and the positive control. Files that cover
    a part of the truth's conditions are compared in this part.

    Arguments:
        config: The config as it was read.
        checks: The checks of data files.

    Raises:
        UserError: No file is named, or a name or file does not fit.
    """
    if "file" not in config:
        return config
    given = {key: config[key] for key in KEYS if config.get(key) not in (None, "")}
    rest = {key: value for key, value in config.items() if key not in KEYS}
    files = _files(given.get("file"))
    for key, value in given.items():
        if key != "file" and not isinstance(value, str):
            raise UserError(f"config, {key}: {value!r} is not a text")
    names = [_name(path) for path in files]
    if len(files) == 1 and "name" in given:
        names = [given["name"].replace("-", "_")]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise UserError(f"config, file: two files are called {name}; rename one of them")
        if name in (TRUTH, POSITIVE_CONTROL, *rest.get("generators", {})):
            raise UserError(f"config, file: {name} is another sample of the study; say name=...")
    name = given.get("name", names[0])
    if (WORKFLOW / "studies" / f"{name}.yaml").exists() or name == "default":
        raise UserError(f"config, file: {name} is the name of another study; say name=...")
    kind = given.get("kind", DEFAULT)
    dataset = given.get("dataset", kind if "truth" in given else "eplus")
    entry = {"source": given.get("truth", "bundled"), "kind": kind}
    entry |= {key: given[key] for key in ("geometry",) if key in given}
    if kind != DEFAULT:
        rest = {key: value for key, value in rest.items() if key not in ("inputs", "figures")}
    entry |= _parts(dataset, entry, files, checks)
    labels = dict(zip(names, (path.stem for path in files), strict=True))
    style = dict(rest.get("style") or {})
    style["labels"] = labels | style.get("labels", {})
    samples = {name: {"file": str(path)} for name, path in zip(names, files, strict=True)}
    return rest | {
        "study": name,
        "datasets": {dataset: entry},
        "samples": samples,
        "style": style,
    }


def _files(given: Any) -> list[Path]:
    if isinstance(given, list) and given and all(isinstance(x, str) for x in given):
        return [Path(x) for x in given]
    if not given or not isinstance(given, str):
        raise UserError(NO_FILE if not given else f"config, file: {given!r} is not a path")
    if Path(given).exists():
        return [Path(given)]
    try:
        parts = shlex.split(given)
    except ValueError:
        parts = [given]
    return [Path(x) for x in parts]


def _name(path: Path) -> str:
    """The name of a file as a possible name of a sample."""
    name = re.sub(r"\W", "_", path.stem, flags=re.ASCII)
    return name if name[:1].isalpha() else f"sample_{name.lstrip('_')}".rstrip("_")


def _parts(
    dataset: str, entry: dict[str, str], files: list[Path], checks: Checks
) -> dict[str, Any]:
    """The sizes of the parts of the truth, and the range of conditions if it is cut."""
    place = f"config, datasets.{dataset}"
    of = Dataset(dataset, conformed(Entry, entry, place), "judge", "classifier", checks)
    kind, truth = of.stored_as, of.source
    has = checks.entries(truth, kind)
    for path in files:
        if (count := checks.entries(path, kind)) < FEWEST:
            raise UserError(f"{path}: {count} {kind.several}, at least {FEWEST} are needed")
    part: dict[str, Any] = {}
    if found := proposed_range(kind, truth, files):
        part[kind.range_option] = list(found)
        has = checks.entries_within(truth, kind, found)
    # A study with too few entries for a baseline has none.
    left = max(FEWEST, int(SHARE_LEFT * has)) if has >= FEWEST / SHARE_LEFT / 2 else 0
    tested = min(MOST, has - left)
    return part | {"classifier": tested, "generator": min(has - tested, MOST), "final": 0}
