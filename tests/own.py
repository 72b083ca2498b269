"""A class in a file of one's own, and how it is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from ultimetric.errors import UserError
from ultimetric.plugins import load_plugin


def own(folder: Path, interface: type, methods: str, first: str = "") -> type:
    """The class `Mine` of a file of one's own."""
    module, base = interface.__module__, interface.__name__
    path = folder / "mine.py"
    path.write_text(
        f"import numpy as np\nimport torch\nfrom {module} import {base}\n{first}\n\n"
        f"class Mine({base}):\n" + indent(dedent(methods).strip("\n"), "    ") + "\n"
    )
    return load_plugin(str(path), interface)


def refused(call: Callable[[], Any], *parts: str) -> None:
    """One sentence, with class and file."""
    with pytest.raises(UserError) as error:
        call()
    sentence = str(error.value)
    assert sentence.startswith("Mine (/")
    assert "mine.py): " in sentence
    assert "\n" not in sentence
    for part in parts:
        assert part in sentence
