"""Refuse names of earlier versions, with one sentence that has the new name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ultimetric.errors import UserError

# Earlier top-level keys, and the analyses that they are now.
ANALYSES = {
    "pairs": "pairs",
    "failures": "findings",
    "memorisation": "memorisation",
    "training_size": "training_size",
    "regression": "energy_regression",
    "reweighting": "reweighting",
    "particles": "particle_id",
    "trials": "validate_findings",
}
KEYS = {"features": "inputs", "test": "method"}
# Earlier values of the `inputs` of a figure.
RESULTS = {"metrics", "scans", "regression", "failures", "reweighting", "particles", "trials"}
# Earlier names of modules, by the part of the config and the key that names them.
MODULES = {
    ("generators", "model", "baseline"): "independent_voxels",
    ("figures", "module", "trials"): "recovered_faults",
}
LONGEST = 200  # characters of an example


class _Dumper(yaml.SafeDumper):
    """A YAML writer without anchors and aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def refuse_old_keys(config: Mapping[str, Any]) -> None:
    """Refuse keys and modules of earlier versions.

    Arguments:
        config: A config of plain values; entries may be null.

    Raises:
        UserError: There is one; the message names the new key.
    """
    if "features" in config:
        raise UserError("config: the key `features` is now `inputs`")
    if "metrics" in config:
        raise UserError(f"config: `metrics` is now part of {_example(config['metrics'])}")
    for old, new in ANALYSES.items():
        if old in config:
            given = config[old]
            entry = {"pairs": given} if old == "pairs" and given is not None else given
            raise UserError(f"config: `{old}` is now part of {_example({new: _renamed(entry)})}")
    for folder in ("classifiers", "analyses", "figures"):
        for place, entry in _sets_of_keys(config.get(folder), f"config, {folder}"):
            for old, new in KEYS.items():
                # An entry may have this name.
                if old in entry and place != f"config, {folder}":
                    raise UserError(f"{place}: the key `{old}` is now `{new}`")
    for (part, key, old), new in MODULES.items():
        entries = config.get(part)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if isinstance(entry, dict) and "file" not in entry and entry.get(key, name) == old:
                raise UserError(f"config, {part}.{name}: `{key}: {old}` is now `{key}: {new}`")
    for place, entry in _sets_of_keys(config.get("figures"), "config, figures"):
        given = entry.get("inputs")
        if isinstance(given, list) and any(x in RESULTS for x in given if isinstance(x, str)):
            raise UserError(
                f"{place}: `inputs: [{', '.join(map(str, given))}]` is no longer needed, leave it "
                "away: a figure declares the analyses it draws"
            )


def _example(entries: Any) -> str:
    """The end of a sentence with the new entries in one line of YAML."""
    written = {"analyses": entries if isinstance(entries, dict) else {"separation": {}}}
    text = yaml.dump(written, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=1e6)
    text = text.strip().removeprefix("{").removesuffix("}")
    return f"`analyses`: write {text if len(text) <= LONGEST else text[:LONGEST] + ' ...'}"


def _renamed(entry: Any) -> Any:
    """An entry with the new keys."""
    if not isinstance(entry, dict):
        return entry
    return {KEYS.get(key, key): value for key, value in entry.items()}


def _sets_of_keys(value: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each set of keys in a value with its place; changes to a card have keys of their own."""
    if isinstance(value, dict):
        yield place, value
        for key, inner in value.items():
            if key != "override":
                yield from _sets_of_keys(inner, f"{place}.{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _sets_of_keys(inner, f"{place}[{i}]")
