"""Explain failures of code outside the package in one sentence with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ultimetric.errors import UserError, in_own_code, what_failed


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an exception of the block into a UserError of one sentence.

    Arguments:
        path: The path of the module; the innermost line in its folder is named.
    """
    try:
        yield
    except Exception as error:
        said = in_own_code(error, [path]) or what_failed(error)
        raise UserError(said if str(path) in said else f"{path}: {said}") from error
