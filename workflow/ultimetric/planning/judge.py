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
from ultimetric.planning.applies import kind_name
from ultimetric.planning.bundled import bundled_truths
from ultimetric.planning.checks import Checks
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.defaults import POSITIVE_CONTROL
from ultimetric.planning.generator import TRUTH
from ultimetric.planning.judge_sizes import (
    ENOUGH,
    inputs_of_too_few,
    sizes_of_parts,
    wanted_inputs,
)
from ultimetric.planning.recognition import question, recognised

KEYS = ("file", "truth", "kind", "geometry", "dataset", "name")
BUNDLED = "bundled"  # the source of a truth that the repository holds
DEFAULT = "showers"  # the kind of data that is tried first
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
    behind it if a ready study has this name). Data whose default inputs are others than those of
    the study have their own inputs and figures; `judge_sizes` says which inputs and how much truth
    are taken. Files that cover a part of the truth's conditions are compared in this part.

    Arguments:
        config: The config as it was read.
        checks: The checks of data files.

    Raises:
        UserError: No file is named, or a name or file does not fit.
    """
    if "file" not in config:
        return config
    given = {key: config[key] for key in KEYS if config.get(key) not in (None, "")}
    others = {key: value for key, value in config.items() if key not in KEYS}
    files = files_in(given.get("file"))
    for key, value in given.items():
        if key != "file" and not isinstance(value, str):
            raise UserError(f"config, {key}: {value!r} is not a text")
    names = _names(files, given, others)
    study = _study(names[0], given)
    dataset, entry = _truth(config, given, files, checks)
    kept, inputs = _fitting_inputs(dataset, files, others)
    samples = {name: {"file": str(path)} for name, path in zip(names, files, strict=True)}
    labels = {name: path.stem for name, path in zip(names, files, strict=True)}
    style = dict(others.get("style") or {})
    style["labels"] = labels | style.get("labels", {})
    return kept | {
        "study": study,
        "datasets": {dataset.name: entry | sizes_of_parts(dataset, files, inputs)},
        "samples": samples,
        "style": style,
    }


def _names(files: list[Path], given: dict[str, str], others: dict[str, Any]) -> list[str]:
    """The names of the samples of files.

    Raises:
        UserError: Two have the same name, or another sample has it.
    """
    names = [_name(path) for path in files]
    if len(files) == 1 and "name" in given:
        names = [given["name"].replace("-", "_")]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise UserError(f"config, file: two files are called {name}; rename one of them")
        if name in (TRUTH, POSITIVE_CONTROL, *others.get("generators", {})):
            raise UserError(f"config, file: {name} is another sample of the study; say name=...")
    return names


def _study(sample: str, given: dict[str, str]) -> str:
    """The name of the study, by default that of its first sample.

    Raises:
        UserError: A ready study has it.
    """
    name = given.get("name", f"{sample}_file" if _is_study(sample) else sample)
    if _is_study(name):
        raise UserError(f"config, file: {name} is the name of another study; say name=...")
    return name


def _truth(
    config: dict[str, Any], given: dict[str, str], files: list[Path], checks: Checks
) -> tuple[Dataset, dict[str, Any]]:
    """The truth that files are compared with, and its entry in the config, without sizes.

    Raises:
        UserError: There is none for these files.
    """
    known = {key: given[key] for key in ("kind", "geometry") if key in given}
    entry: dict[str, Any] = {"kind": DEFAULT} | (known or recognised(files[0], DEFAULT))
    entry["source"] = _source(given.get("truth", BUNDLED))
    of_truth = _name(Path(str(entry.get("geometry", entry["kind"]))))
    name = given.get("dataset", of_truth if "truth" in given else "eplus")
    checked = conformed(Entry, entry, f"config, datasets.{name}")
    dataset = Dataset(name, checked, "judge", "classifier", checks)
    for path in files:
        if (count := checks.entries(path, dataset.stored_as)) < FEWEST:
            several = dataset.stored_as.several
            raise UserError(f"{path}: {count} {several}, at least {FEWEST} are needed")
    bundled = fitting_truths(dataset)
    if takes_nearest(config) and bundled:
        nearest = checks.nearest(bundled, files[0], dataset.kind)
        return Dataset(nearest, checked, "judge", "classifier", checks), entry
    # The name of a truth that is not there is refused with those that are, when it is read.
    misnamed = "dataset" in given and name not in bundled_truths(_kind(dataset))
    if entry["source"] == BUNDLED and name not in bundled and not misnamed:
        raise UserError(question(files[0], dataset.stored_as, entry, bool(bundled)))
    return dataset, entry


def _fitting_inputs(
    dataset: Dataset, files: list[Path], others: dict[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The other keys of the config, with the inputs and figures that suit the files, and the
    inputs.

    Raises:
        UserError: No inputs are left.
    """
    inputs = wanted_inputs(others, dataset.kind)
    if not set(others.get("inputs", [])) <= set(inputs):
        others = {key: value for key, value in others.items() if key not in ("inputs", "figures")}
    few = inputs_of_too_few(dataset, files, inputs)
    if not few:
        return others, inputs
    left = [name for name in inputs if name not in few]
    if not left:
        several = dataset.kind.several
        raise UserError(f"config, file: fewer than {ENOUGH} {several} have any inputs")
    return others | {"inputs": left}, left


def files_in(given: Any) -> list[Path]:
    """The files of the key `file`.

    Raises:
        UserError: It is no path, and no list of paths.
    """
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


def _kind(dataset: Dataset) -> str:
    return kind_name(dataset.kind_settings["plugin"])


def takes_nearest(config: dict[str, Any]) -> bool:
    """Whether a config leaves open to which of the bundled truths its files belong."""
    return config.get("truth") == BUNDLED and not config.get("dataset")


def fitting_truths(dataset: Dataset) -> dict[str, Path]:
    """The bundled truths, by name, that have the kind and the geometry of a dataset."""
    found = {}
    for name, path in bundled_truths(_kind(dataset)).items():
        with suppress(UserError):
            dataset.checks.entries(path, dataset.stored_as)
            found[name] = path
    return found
