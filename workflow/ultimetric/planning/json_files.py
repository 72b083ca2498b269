"""JSON that only saves time: a damaged file is as good as none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def read_object(path: Path) -> dict[str, Any] | None:
    """A JSON object; empty if the file holds anything else or cannot be read, None without a file.

    Broken JSON, bytes that are no text, and nesting that is too deep all count as damage.
    """
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
