"""Read YAML strictly: no key twice, and numbers by the rules of YAML 1.2."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ultimetric.errors import UserError

# YAML 1.2, core schema; in YAML 1.1, which PyYAML follows, 1e-2 is a text.
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")


class _Strict(yaml.CSafeLoader):
    """A loader that refuses keys that are written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, _ in node.value:
                name = key.value if isinstance(key, yaml.ScalarNode) else None
                if name in seen:
                    line = key.start_mark.line + 1
                    raise UserError(f"line {line}: the key {name!r} is written twice")
                if name is not None and key.tag != "tag:yaml.org,2002:merge":
                    seen.add(name)
        return super().construct_mapping(node, deep)

    def construct_yaml_map(self, node: yaml.MappingNode) -> Any:
        data: dict[Any, Any] = {}
        yield data
        data.update(self.construct_mapping(node))


_Strict.add_constructor("tag:yaml.org,2002:map", _Strict.construct_yaml_map)
_Strict.add_implicit_resolver("tag:yaml.org,2002:float", FLOAT, list("-+.0123456789"))


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises:
        UserError: It cannot be read, is not YAML, or has a key twice; file and line are named.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Strict)
    except UserError as error:
        raise UserError(f"{path}, {error}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{path}: cannot be read ({reason})") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}, line {mark.line + 1}" if mark else f"{path}"
        raise UserError(f"{place}: not YAML ({getattr(error, 'problem', error)})") from None
