"""The study `judge`: files named on the command line become datasets and samples."""

from __future__ import annotations

import re
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any

from ultimetric.config.entries import Dataset as Entry
from ultimetric.config.sentences import conformed
from ultimetric.data.splits import FEWEST
from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.kinds.base import Kind
from ultimetric.planning.applies import kind_name
from ultimetric.planning.bundled import bundled_truths
from ultimetric.planning.checks import Checks
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.defaults import POSITIVE_CONTROL
from ultimetric.planning.generator import TRUTH
from ultimetric.planning.given_samples import proposed_range
from ultimetric.planning.recognition import question, recognised

KEYS = ("file", "truth", "kind", "geometry", "dataset", "name")
BUNDLED = "bundled"  # the source of a truth that the repository holds
DEFAULT = "showers"  # the kind of data that is tried first
MOST = 4000  # entries per class, so that the answer takes a minute
# Entries with inputs that not all have, so that hardly any random part has fewer than FEWEST.
ENOUGH = 75
SHARE_LEFT = 0.1  # of the truth, at least, for baseline and positive control
NO_FILE = (
    "config, file: no file of showers is named; say --config file=my_showers.hdf5, or "
    "`make judge FILE=my_showers.hdf5`"
)


def with_files(config: dict[str, Any], checks: Checks) -> dict[str, Any]:
    """Replace the keys in KEYS of a config by a dataset and samples.

    `file` is one path, several separated by spaces, or a list. `truth` is a file of truth or the
    name of a published one (default: the bundled showers of CaloGAN's geometry), `kind` the kind
    of data and `geometry` the geometry of showers (default: what the first file looks like),
    `dataset` the particle (eplus, or the geometry or kind where `truth` is given; with the truth
    `bundled` the bundled truth that fits and is nearest to the first file), `name` the name of the
    study and, for a single file, of the sample (default: that of the first file, with `_file`
    behind it if a ready study has this name). Data
    whose default inputs are others than those of the study have their own inputs and figures;
    inputs that fewer than ENOUGH entries of a file have are left out.
    All truth but a share SHARE_LEFT is held out, at most MOST
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
    name = given.get("name", f"{names[0]}_file" if _is_study(names[0]) else names[0])
    if _is_study(name):
        raise UserError(f"config, file: {name} is the name of another study; say name=...")
    entry: dict[str, Any] = {key: given[key] for key in ("kind", "geometry") if key in given}
    entry = {"kind": DEFAULT} | (entry or recognised(files[0], DEFAULT))
    entry["source"] = _source(given.get("truth", BUNDLED))
    of_truth = _name(Path(str(entry.get("geometry", entry["kind"]))))
    dataset = given.get("dataset", of_truth if "truth" in given else "eplus")
    checked = conformed(Entry, entry, f"config, datasets.{dataset}")
    of = Dataset(dataset, checked, "judge", "classifier", checks)
    for path in files:
        if (count := checks.entries(path, of.stored_as)) < FEWEST:
            several = of.stored_as.several
            raise UserError(f"{path}: {count} {several}, at least {FEWEST} are needed")
    bundled = _bundled_truths(of)
    # The name of a truth that is not there is refused with those that are, when it is read.
    misnamed = "dataset" in given and dataset not in bundled_truths(_kind(of))
    if _takes_nearest(config) and bundled:
        dataset = checks.nearest(bundled, files[0], of.kind)
        of = Dataset(dataset, checked, "judge", "classifier", checks)
    elif entry["source"] == BUNDLED and dataset not in bundled and not misnamed:
        raise UserError(question(files[0], of.stored_as, entry, bool(bundled)))
    inputs = _wanted(rest, of.kind)
    if not set(rest.get("inputs", [])) <= set(inputs):
        rest = {key: value for key, value in rest.items() if key not in ("inputs", "figures")}
    if few := _too_few(of, files, inputs):
        inputs = [name for name in inputs if name not in few]
        if not inputs:
            raise UserError(f"config, file: fewer than {ENOUGH} {of.kind.several} have any inputs")
        rest["inputs"] = inputs
    entry |= _parts(of, files, inputs)
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


def _is_study(name: str) -> bool:
    """Whether a name is that of a ready study, whose results must not be mixed with others."""
    return name == "default" or (WORKFLOW / "studies" / f"{name}.yaml").exists()


def _source(truth: str) -> str | dict[str, str]:
    """The source of a dataset: the word `bundled`, a file, or the name of a published truth."""
    is_name = re.fullmatch(r"[\w-]+", truth) and truth != BUNDLED and not Path(truth).exists()
    return {"download": truth} if is_name else truth


def remarks_on_files(
    config: dict[str, Any], datasets: dict[str, Dataset], inputs: list[str]
) -> list[str]:
    """Remarks on the bundled truth that was taken, if there are others, and on left out inputs.

    Arguments:
        config: The config as it was read.
        datasets: The datasets of the study.
        inputs: The inputs of the study.
    """
    if "file" not in config:
        return []
    ((name, of),) = datasets.items()
    remarks = [
        f"datasets.{name}: inputs {x} are left out: fewer than {ENOUGH} {of.kind.several} of the "
        "truth or of a file have them"
        for x in _wanted(config, of.kind)
        if x not in inputs
    ]
    return remarks + _on_choice(config, of)


def _on_choice(config: dict[str, Any], of: Dataset) -> list[str]:
    """A remark on the bundled truth, where no name of a dataset chose it and there are others."""
    if config.get("truth") not in (None, "", BUNDLED) or config.get("dataset"):
        return []
    bundled = _bundled_truths(of)
    others = " or ".join(name for name in bundled if name != of.name)
    if not others:
        return []
    another = f"another one: dataset={others} (with make, DATASET=...)"
    if _takes_nearest(config):
        taken = "this bundled truth is the nearest to the first file, of those that fit"
        return [f"datasets.{of.name}: {taken}; {another}"]
    nearest = of.checks.nearest(bundled, _files(config["file"])[0], of.kind)
    but = f", but the first file is nearest to the bundled {nearest}" * (nearest != of.name)
    taken = f"no truth was named, so that it is the bundled {of.name}{but}"
    return [f"datasets.{of.name}: {taken}; {another}, or truth=... (TRUTH=...)"]


def _wanted(config: dict[str, Any], kind: Kind) -> list[str]:
    """The inputs of a config, if they are default inputs of the kind; else all of these."""
    own = [name for name, inputs in kind.inputs.items() if inputs.by_default]
    given = config.get("inputs") or own
    return given if set(given) <= set(own) else own


def _too_few(of: Dataset, files: list[Path], inputs: list[str]) -> list[str]:
    """Those of the inputs that fewer than ENOUGH entries of the truth or of a file have."""
    known = files if of.download else [of.source, *files]
    return [x for x in _of_some(of, inputs) if min(_with(of, x, path) for path in known) < ENOUGH]


def _of_some(of: Dataset, inputs: list[str]) -> list[str]:
    """Those of the inputs that only some entries have."""
    return [name for name in inputs if not of.kind.inputs[name].of_all]


def _with(of: Dataset, inputs: str, path: Path) -> int:
    return of.checks.entries_with(inputs, path, of.kind)


def _kind(of: Dataset) -> str:
    return kind_name(of.kind_settings["plugin"])


def _takes_nearest(config: dict[str, Any]) -> bool:
    """Whether a config leaves open to which of the bundled truths its files belong."""
    return config.get("truth") == BUNDLED and not config.get("dataset")


def _bundled_truths(of: Dataset) -> dict[str, Path]:
    """The bundled truths, by name, that have the kind and the geometry of a dataset."""
    found = {}
    for name, path in bundled_truths(_kind(of)).items():
        with suppress(UserError):
            of.checks.entries(path, of.stored_as)
            found[name] = path
    return found


def _parts(of: Dataset, files: list[Path], inputs: list[str]) -> dict[str, Any]:
    """The sizes of the parts of the truth, and the range of conditions if it is cut.

    Arguments:
        of: The dataset.
        files: The files to compare.
        inputs: Inputs, of which the baseline has enough entries.
    """
    if of.download:
        return {"classifier": MOST, "generator": MOST, "final": 0}
    kind, truth = of.stored_as, of.source
    has = of.checks.entries(truth, kind)
    part: dict[str, Any] = {}
    if found := proposed_range(kind, truth, files):
        part[kind.range_option] = list(found)
        has = of.checks.entries_within(truth, kind, found)
    # A study with too few entries for a baseline has none.
    fewest = max([FEWEST, *(ENOUGH * has // _with(of, x, truth) for x in _of_some(of, inputs))])
    left = max(fewest, int(SHARE_LEFT * has)) if has >= fewest / SHARE_LEFT / 2 else 0
    tested = min(MOST, has - left)
    return part | {"classifier": tested, "generator": min(has - tested, MOST), "final": 0}
