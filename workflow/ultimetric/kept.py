"""Small JSON files that save time or tell of changes; a damaged one counts as missing."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from ultimetric.files import whole


def read_object(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in a file: an empty one if it is damaged, None without a file.

    Broken JSON, bytes that are no text, and nesting that is too deep all count as damage.
    """
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def keep(text: str, path: Path) -> None:
    """Write a text, unless it exists or the folder of another user cannot be written."""
    with suppress(OSError):
        if not path.is_file() or path.read_bytes() != text.encode():
            with whole(path) as partial:
                partial.write_text(text, encoding="utf-8")
