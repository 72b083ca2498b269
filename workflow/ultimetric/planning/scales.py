"""Scales of a study: the same study with other sizes, chosen by one key."""

from __future__ import annotations

from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.names import one_of

SCALE, SCALES = "scale", "scales"


def scaled(config: dict[str, Any]) -> dict[str, Any]:
    """Lay the entry of `scales` that `scale` names over the config.

    Both are merged as Snakemake merges config files: keys of keys, and all else is replaced; null
    removes an entry.

    Arguments:
        config: The config as read from YAML.

    Returns:
        The config of that scale, or that of the study as it is, without both keys.

    Raises:
        UserError: There is no such scale, or an entry of `scales` has no keys.
    """
    scales, scale = config.get(SCALES) or {}, config.get(SCALE)
    left = {key: value for key, value in config.items() if key not in (SCALE, SCALES)}
    if not isinstance(scales, dict) or not all(isinstance(x, dict) for x in scales.values()):
        raise UserError("config.scales: it must have the keys of a study below each name")
    if scale is None:
        return left
    if not scales:
        raise UserError(f"config.scale: {scale!r}, but this study has no `scales`")
    one_of(scale, scales, "config.scale")
    return _merged(left, scales[scale])


def _merged(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: _merged(below.get(key), value) for key, value in above.items()}
