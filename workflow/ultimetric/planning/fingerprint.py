"""The fingerprint of the code of a stage: the hash of its import closure without comments.

Snakemake does not see package code. Each rule therefore carries a hash of the syntax trees of
every module that its stage and the plug-ins of its settings can import; comments, docstrings
and formatting do not count. Major and minor versions of Python and of third-party packages do.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from ultimetric.errors import UserError
from ultimetric.kept import keep, read_object

SOURCE = Path(__file__).parents[2]
PACKAGE = "ultimetric"
# These start jobs and show their progress, and change no result: they are in no fingerprint. Nor
# is the package itself, which only names what others import.
ROOMS = ("config", "forms", "planning", "snake")
SILENT = tuple(f"{PACKAGE}.{name}." for name in (*ROOMS, "kept", "locks", "processes", "progress"))
PYTHON = "python"
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


Scan = tuple[str, tuple[str, ...]]  # the digest of a file, and what it may import


class Module(NamedTuple):
    """A source file, its name, and the folder that its local imports start from."""

    path: Path
    name: str
    root: Path


def plugins_in(cfg: Any) -> list[str]:
    """Every module under a key `plugin` anywhere in the settings of a job."""
    if isinstance(cfg, dict):
        own = [cfg["plugin"]] if isinstance(cfg.get("plugin"), str) else []
        return own + [name for value in cfg.values() for name in plugins_in(value)]
    if isinstance(cfg, list):
        return [name for value in cfg for name in plugins_in(value)]
    return []


def closure(modules: Iterable[str]) -> set[str]:
    """All modules of the package (and local modules of plug-in files) that can be imported.

    Arguments:
        modules: The names of modules, or paths of .py files.
    """
    return Sources().closure(modules)


def packages(modules: Iterable[str]) -> set[str]:
    """Import names of all third-party packages in the closure of modules."""
    return Sources().packages(modules)


def fingerprint(modules: Iterable[str]) -> str:
    """Hash the import closure of modules; 16 hexadecimal digits."""
    return digest_of(Sources().table(modules))


def digest_of(table: dict[str, str]) -> str:
    """Hash of a table of modules and packages; 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()[:16]


class Sources:
    """The source code at one moment: each file is read once.

    Arguments:
        cache: The JSON file that tells the next plan what was read of files that are as they were;
            a damaged one costs time only.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self.cache = cache
        self._located: dict[tuple[str, Path], Module | None] = {}
        self._scanned: dict[Module, Scan] = {}
        self._known: dict[str, Any] = (read_object(cache) if cache else None) or {}
        self._changed = False

    def closure(self, modules: Iterable[str]) -> set[str]:
        """Names of all local modules that can be imported from modules."""
        return {module.name for module in self._walk(modules)[0]}

    def packages(self, modules: Iterable[str]) -> set[str]:
        """Import names of all third-party packages that can be imported from modules."""
        return self._walk(modules)[1]

    def table(self, modules: Iterable[str]) -> dict[str, str]:
        """The content of a fingerprint: modules with their digests, packages with X.Y."""
        local, third_party = self._walk(modules)
        digests: dict[str, list[str]] = {}
        for module in local:
            if module.name == PACKAGE or f"{module.name}.".startswith(SILENT):
                continue
            digests.setdefault(module.name, []).append(self._scan(module)[0])
        # Two plug-ins may bring a module of the same name each.
        table = {name: "+".join(sorted(found)) for name, found in digests.items()}
        versions = {f"package {name}": _version(name) for name in third_party}
        self._keep()
        return table | versions | {PYTHON: ".".join(map(str, sys.version_info[:2]))}

    def _walk(self, modules: Iterable[str]) -> tuple[set[Module], set[str]]:
        todo = [self._start(module) for module in modules]
        local: set[Module] = set()
        third_party: set[str] = set()
        while todo:
            module = todo.pop()
            if module in local:
                continue
            local.add(module)
            parent = module.name.rpartition(".")[0]
            for name in filter(None, (*self._scan(module)[1], parent)):
                if found := self._locate(name, module.root):
                    todo.append(found)
                else:
                    third_party.add(name.split(".")[0])
        ours = {module.name.split(".")[0] for module in local}
        return local, third_party - sys.stdlib_module_names - ours - {PACKAGE}

    def _start(self, module: str) -> Module:
        if module.endswith(".py"):
            path = Path(module).resolve()
            return Module(path, path.stem, path.parent)
        found = self._locate(module, SOURCE)
        if not found:
            raise ModuleNotFoundError(f"{module} is not a module of {SOURCE}")
        return found

    def _locate(self, name: str, root: Path) -> Module | None:
        key = (name, root)
        if key not in self._located:
            self._located[key] = next(_candidates(name, root), None)
        return self._located[key]

    def _scan(self, module: Module) -> Scan:
        if module not in self._scanned:
            stat, name = module.path.stat(), f"{module.name}:{module.path}"
            version = [*sys.version_info[:2], stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
            match self._known.get(name):
                case [known, str(digest), list(imports)] if known == version:
                    self._scanned[module] = digest, tuple(imports)
                case _:
                    found = self._scanned[module] = _read(module)
                    self._known[name] = [version, *found]
                    self._changed = True
        return self._scanned[module]

    def _keep(self) -> None:
        if self.cache and self._changed:
            self._changed = False
            keep(json.dumps(self._known), self.cache)


def _candidates(name: str, root: Path) -> Iterator[Module]:
    """Where a module of the package, beside a plug-in, or of code outside the package may be.

    Jobs also import from the folder they run in, which is the one where the study is planned.
    """
    top = name.split(".")[0]
    for base in (SOURCE,) if top == PACKAGE else (root, Path.cwd(), _own_folder(top)):
        if base and (base != SOURCE or top == PACKAGE):
            stem = base.joinpath(*name.split("."))
            for path in (stem.with_suffix(".py"), stem / "__init__.py"):
                if path.is_file():
                    yield Module(path, name, base)


def _read(module: Module) -> Scan:
    """Digest of the syntax tree, and every name that the module may import."""
    tree = parsed(module.path)
    is_package = module.path.name == "__init__.py"
    package = module.name if is_package else module.name.rpartition(".")[0]
    imports: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]).strip(".")
            imports += [base, *(f"{base}.{alias.name}".strip(".") for alias in node.names)]
    digest = hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]
    return digest, tuple(dict.fromkeys(imports))


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file without docstrings, which change no result.

    Raises:
        UserError: The file is not Python.
    """
    stat = path.stat()
    return _parsed(path, stat.st_size, stat.st_mtime_ns)


@cache
def _parsed(path: Path, _size: int, _time: int) -> ast.Module:
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as error:
        number = getattr(error, "lineno", None)  # None of a file with NUL characters
        line = f", line {number}" if number else ""
        raise UserError(f"{path}{line}: {getattr(error, 'msg', error)}") from None
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def located(name: str, root: Path) -> Path | None:
    """The source of a module of the package, beside a plug-in, or outside the package."""
    return next((module.path for module in _candidates(name, root)), None)


@cache
def _own_folder(package: str) -> Path | None:
    """Folders of other code on the import path, which have no version that tells of changes."""
    if package in sys.stdlib_module_names:
        return None
    spec = importlib.util.find_spec(package)
    path = Path(spec.origin) if spec and spec.origin else Path()
    if not path.is_file() or {"site-packages", "dist-packages"} & set(path.parts):
        return None
    if any(map(_released, _distributions(package))):
        return None
    return path.parents[1] if path.name == "__init__.py" else path.parent


def _released(distribution: str) -> bool:
    """Whether a distribution is installed as a copy, not as a link to sources in work."""
    origin = metadata.distribution(distribution).read_text("direct_url.json")
    return not (origin and json.loads(origin).get("dir_info", {}).get("editable"))


@cache
def _version(package: str) -> str:
    """Major and minor version of the distribution that provides an import name."""
    for distribution in _distributions(package):
        return ".".join(metadata.version(distribution).split(".")[:2])
    return ""


def _distributions(package: str) -> list[str]:
    """The distributions that provide an import name: most are called like it."""
    with suppress(metadata.PackageNotFoundError):
        found = metadata.distribution(package)
        if package in (found.read_text("top_level.txt") or package).split():
            return [found.name]
    return list(_all_distributions().get(package, ()))


@cache
def _all_distributions() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())
