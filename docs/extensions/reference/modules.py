"""Pages of the package: the public names, and what each module is for."""

from __future__ import annotations

import ast
from pathlib import Path

import ultimetric
from ultimetric.folders import PACKAGE


def python_page() -> str:
    """The public names of the package with their docstrings."""
    text = "# Python\n\nWhat `import ultimetric` offers.\n\n```{eval-rst}\n"
    for name in sorted(ultimetric.__all__):
        value = getattr(ultimetric, name)
        home = f"{value.__module__}.{value.__qualname__}" if hasattr(value, "__qualname__") else ""
        if not home:
            continue
        if isinstance(value, type):
            text += f".. autoclass:: {home}\n   :members:\n   :no-index:\n\n"
        else:
            text += f".. autofunction:: {home}\n   :no-index:\n\n"
    return text + "```\n"


def modules_page() -> str:
    """The first sentence of every module, by folder."""
    text = "# Modules\n\nWhat each module of the package is for.\n"
    for folder in [PACKAGE, *sorted(x.parent for x in PACKAGE.rglob("__init__.py"))]:
        if folder == PACKAGE and text.count("##"):
            continue
        name = ".".join(("ultimetric", *folder.relative_to(PACKAGE).parts))
        text += f"\n## {name}\n\n{about(folder / '__init__.py')}\n\n"
        for path in sorted(folder.glob("*.py")):
            if path.name != "__init__.py":
                text += f"- `{path.stem}`: {about(path)}\n"
    return text


def about(path: Path) -> str:
    """The first sentence of a module's docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n\n")[0].replace("\n", " ")
