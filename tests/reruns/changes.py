"""Changes of a study, its files and its packages."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

from reruns.mechanisms import PACKAGE
from workspace import CONFIG, Workspace

OCCUPIED = '''
"""An observable outside the package: how many voxels hold anything."""

import numpy as np

from ultimetric.kinds.observables import Observable


class Occupied(Observable):
    name = "occupied"
    label = "occupied voxels"
    edges = np.linspace(0, 60, 31)

    def values(self, events):
        return (events.data > 0).sum(1).astype(np.float64)
'''


def in_file(name: str, old: str, new: str) -> Callable[[Workspace], None]:
    return lambda space: space.edit(name, old, new)


def in_config(change: Callable[[dict[str, Any]], Any]) -> Callable[[Workspace], None]:
    return lambda space: space.configure(change)


def set_in_config(place: str, value: Any) -> Callable[[Workspace], None]:
    def change(config: dict[str, Any]) -> None:
        *path, last = place.split(".")
        for key in path:
            config = config.setdefault(key, {})
        config[last] = value

    return in_config(change)


def arguments(*added: str) -> Callable[[Workspace], None]:
    return lambda space: setattr(space, "arguments", [*space.arguments, *added])


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(value[key]) for key in reversed(value)}
    return [reversed_keys(x) for x in value] if isinstance(value, list) else value


def swap_steps(config: dict[str, Any]) -> None:
    recipe = config["preprocessing"]["noise_before"]
    first, second = recipe.index("threshold"), recipe.index("mirror")
    recipe[first], recipe[second] = recipe[second], recipe[first]


def comment_everything(space: Workspace) -> None:
    """Comments, docstrings and blank lines in every module, plug-in, card and config."""
    for folder in (PACKAGE, "plugins"):
        for path in (space.folder / folder).rglob("*.py"):
            name = str(path.relative_to(space.folder))
            space.rewrite(
                name, lambda text: "# No change.\n\n" + text.replace('"""', '"""As is. ', 1)
            )
    for path in [*(space.folder / PACKAGE).rglob("*.yaml"), space.folder / "geometry.yaml"]:
        space.rewrite(str(path.relative_to(space.folder)), lambda text: f"# No change.\n\n{text}")
    space.rewrite(CONFIG, lambda text: f"# No change.\n{text}")


def replace_data(space: Workspace, name: str) -> None:
    """Another content of equal size and modification time."""
    path = space.folder / name
    content = path.read_bytes()
    assert content.count(b"as it was") == 1
    space.replace(name, content.replace(b"as it was", b"otherwise"), keep_time=True)


def rename(old: str, new: str, place: str) -> Callable[[Workspace], None]:
    """Another name for a file that a place in the config names."""

    def change(space: Workspace) -> None:
        space.replace(new, (space.folder / old).read_bytes())
        space.delete(old)
        set_in_config(place, new)(space)

    return change


def remove(name: str) -> Callable[[Workspace], None]:
    return in_config(lambda config: config["generators"].pop(name) and None)


def add_sample(space: Workspace) -> None:
    content = (space.folder / "data" / "mine.hdf5").read_bytes()
    space.replace("data/friends.hdf5", content)
    set_in_config("samples.friends", {"file": "data/friends.hdf5", "dataset": "eplus"})(space)


def add_observable(space: Workspace) -> None:
    space.replace("plugins/occupied.py", OCCUPIED.encode())
    own = {"occupied": {"file": "plugins/occupied.py"}}
    set_in_config("datasets.eplus.observables", own)(space)


def version(package: str, major: int, minor: int, patch: int = 0) -> Callable[[Workspace], None]:
    """Another version, so much higher."""
    now = [int(x) for x in metadata.version(package).split("+")[0].split(".")[:2]]
    new = f"{now[0] + major}.{now[1] + minor}.{patch}"
    return lambda space: space.install(package, new)
