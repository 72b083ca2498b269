"""Whatever fails in somebody's own code, in one sentence with file and line."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ultimetric.errors import UserError


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an exception of the block into a UserError of one sentence.

    Arguments:
        path: of the own module; the innermost line in its folder is named.
    """
    try:
        yield
    except Exception as error:
        said = str(error)
        if not isinstance(error, UserError):
            said = " ".join("".join(traceback.format_exception_only(error)).split())
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).parent == path.parent]
        if own:
            said = f"{own[-1].filename}, line {own[-1].lineno}, in {own[-1].name}: {said}"
        elif str(path) not in said:
            said = f"{path}: {said}"
        raise UserError(said) from error
