"""What code a stage runs: the import closure of its module, hashed without comments.

Snakemake does not see package code. Each rule therefore carries a hash of the syntax trees of
every module that its stage and the plug-ins of its config slice can import; comments, docstrings
and formatting do not count. Major and minor versions of third-party packages do.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2]
PACKAGE = "ultimetric"
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def plugins_in(cfg: Any) -> list[str]:
    """Every module named under a key `plugin` anywhere in a config slice."""
    if isinstance(cfg, dict):
        own = [cfg["plugin"]] if isinstance(cfg.get("plugin"), str) else []
        return own + [name for value in cfg.values() for name in plugins_in(value)]
    if isinstance(cfg, list):
        return [name for value in cfg for name in plugins_in(value)]
    return []


def closure(modules: Iterable[str]) -> set[str]:
    """All modules of the package (and local modules of plug-in files) that can be imported.

    Arguments:
        modules: module names, or paths of .py files.
    """
    return set(_walk(modules)[0])


def packages(modules: Iterable[str]) -> set[str]:
    """Import names of all third-party packages in the closure of modules."""
    return _walk(modules)[1]


def fingerprint(modules: Iterable[str]) -> str:
    """Hash the import closure of modules; 16 hexadecimal digits."""
    local, third_party = _walk(modules)
    lines = [f"{name}:{_scan(*key)[0]}" for name, key in sorted(local.items())]
    lines += [f"{name}:{_version(name)}" for name in sorted(third_party)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _walk(modules: Iterable[str]) -> tuple[dict[str, tuple[Path, str, Path]], set[str]]:
    todo = [_root(module) for module in modules]
    local: dict[str, tuple[Path, str, Path]] = {}
    third_party: set[str] = set()
    while todo:
        path, name, root = todo.pop()
        if name in local:
            continue
        local[name] = (path, name, root)
        parent = name.rpartition(".")[0]
        for candidate in (*_scan(path, name, root)[1], parent):
            if not candidate:
                continue
            if found := _locate(candidate, root):
                todo.append(found)
            else:
                third_party.add(candidate.split(".")[0])
    return local, third_party - set(sys.stdlib_module_names) - {PACKAGE}


def _root(module: str) -> tuple[Path, str, Path]:
    if module.endswith(".py"):
        path = Path(module).resolve()
        return path, path.stem, path.parent
    found = _locate(module, SOURCE)
    if not found:
        raise ModuleNotFoundError(f"{module} is not a module of {SOURCE}")
    return found


def _locate(name: str, root: Path) -> tuple[Path, str, Path] | None:
    for base in (root, SOURCE):
        for path in (
            base.joinpath(*name.split(".")).with_suffix(".py"),
            base.joinpath(*name.split("."), "__init__.py"),
        ):
            if path.is_file() and (base != SOURCE or name.split(".")[0] == PACKAGE):
                return path, name, base
    return None


def _scan(path: Path, name: str, root: Path) -> tuple[str, tuple[str, ...]]:
    stat = path.stat()
    return _scan_version(path, name, stat.st_mtime_ns, stat.st_size)


@cache
def _scan_version(path: Path, name: str, *_: int) -> tuple[str, tuple[str, ...]]:
    """Digest of the syntax tree, and every name that the module may import."""
    tree = ast.parse(path.read_text(), filename=str(path))
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    imports: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]).strip(".")
            imports += [base, *(f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    digest = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
    return digest, tuple(dict.fromkeys(imports))


@cache
def _version(package: str) -> str:
    """Major and minor version of the distribution that provides an import name."""
    for distribution in _distributions().get(package, ()):
        return ".".join(metadata.version(distribution).split(".")[:2])
    return ""


@cache
def _distributions() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())
