"""Check config files for keys written twice and null entries, which Snakemake ignores."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.names import meant
from ultimetric.planning.scales import SCALES
from ultimetric.strict_yaml import read_yaml

TEMPLATE = "__use_yte__"  # Snakemake makes YAML of such a file before it reads it


def check_config_files(paths: Iterable[Path]) -> None:
    """Read config files again, each of which changes those before it, as a scale does its study.

    Arguments:
        paths: The files in this order; those that do not exist are left to Snakemake.

    Raises:
        UserError: A key is written twice, or an entry is null that no earlier file has.
    """
    merged: dict[str, Any] = {}
    for path in paths:
        if not path.is_file() or TEMPLATE in path.read_text(encoding="utf-8", errors="replace"):
            continue
        content = read_yaml(path)
        if isinstance(content, dict):
            scales = content.pop(SCALES, None)
            _lay(content, merged, "", path)
            for name, scale in (scales if isinstance(scales, dict) else {}).items():
                if isinstance(scale, dict):
                    _lay(scale, deepcopy(merged), f".{SCALES}.{name}", path)


def _lay(upper: dict[str, Any], lower: dict[str, Any], place: str, path: Path) -> None:
    for key, value in upper.items():
        if value is None and place and key not in lower:
            names = [str(name) for name in lower if lower[name] is not None]
            raise UserError(
                f"{path}, {place.removeprefix('.')}: {key} is null, which removes it, but no "
                f"config file before has it{meant(key, names)}"
            )
        if isinstance(value, dict) and key != "override":
            below = lower.get(key)
            below = below if isinstance(below, dict) else {}
            _lay(value, below, f"{place}.{key}", path)
            value = below
        lower[key] = value
