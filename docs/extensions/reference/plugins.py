"""Pages of the plug-ins of the package: generators, classifiers, analyses, figures and so on."""

from __future__ import annotations

from pathlib import Path

from reference.modules import about
from ultimetric.planning.declared import (
    INTERFACES,
    modules,
    package_module,
    path_of,
    plugin_class,
)
from ultimetric.planning.kind_entry import kinds_known, module_of


def plugin_pages() -> dict[str, str]:
    """A page for each folder of plug-ins, and for each family in it."""
    found: dict[str, str] = {}
    for folder, interface in INTERFACES.items():
        title = "Preprocessing steps" if folder == "preprocessing" else folder.capitalize()
        found[folder] = f"# {title}\n"
        for family, members in families(folder).items():
            page = f"{folder}-{family}" if family else folder
            found.setdefault(page, f"# {title}: {family}\n")
            found[page] += f"\n{summary(members)}"
            found[page] += "".join(f"\n{entry(folder, *member)}" for member in members)
        base = documented(f"ultimetric.{folder}.base.{interface}", members=True)
        found[folder] += f"\n## The interface\n\n{base}"
    return found


def families(folder: str) -> dict[str, list[tuple[str, str]]]:
    """The plug-ins of a folder, as `named`, by their family."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, module in named(folder):
        found.setdefault(family_of(folder, module), []).append((name, module))
    return found


def summary(members: list[tuple[str, str]]) -> str:
    """A table of what each plug-in is for: the first sentence of its module."""
    rows = (f"| [{name}](#{name}) | {about(path_of(module))} |\n" for name, module in members)
    return "| name | what it is |\n|---|---|\n" + "".join(rows)


def named(folder: str) -> list[tuple[str, str]]:
    """The names of the plug-ins of a folder in a config, and their modules."""
    if folder == "kinds":  # a kind is called by its folder
        return [(name, module_of(name)) for name in kinds_known()]
    return [(name, package_module(folder, name) or "") for name in modules(folder)]


def family_of(folder: str, module: str) -> str:
    """The family of generators, or the kind of data, that a plug-in belongs to.

    >>> family_of("generators", "ultimetric.generators.flows.caloflow")
    'flows'
    >>> family_of("analyses", "ultimetric.kinds.jets.analyses.jet_wasserstein")
    'jets'
    >>> family_of("analyses", "ultimetric.analyses.fpd")
    ''
    """
    if folder == "kinds":
        return ""
    words = [x for x in module.split(".")[1:-1] if x not in (folder, "kinds")]
    return words[0] if words else ""


def entry(folder: str, name: str, module: str) -> str:
    """The docstring of one plug-in, and its cards."""
    plugin = plugin_class(folder, module, folder)
    class_ = plugin.chain[0].node.name
    return f"## {name}\n\n{documented(f'{module}.{class_}')}{cards(path_of(module))}"


def documented(name: str, members: bool = False) -> str:
    """The directive that shows the docstring of a class."""
    options = "   :members:\n" if members else ""
    return f"```{{eval-rst}}\n.. autoclass:: {name}\n{options}```\n"


def cards(path: Path) -> str:
    """The file with the cards of a module, comments included, where there is one."""
    file = path.with_suffix(".yaml")
    if not file.exists():
        return ""
    text = file.read_text(encoding="utf-8")
    return f"\nCards (`card: name` in a config):\n\n```yaml\n{text}```\n"
