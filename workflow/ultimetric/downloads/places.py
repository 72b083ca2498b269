"""Where published files lie: in the cache of the user, and on the web."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ultimetric.downloads.published import PublishedFile
from ultimetric.errors import UserError

CACHE = "ULTIMETRIC_CACHE"  # the variable with the folder
MIRROR = "ULTIMETRIC_DOWNLOADS"  # the variable with the address of a mirror


def folder() -> Path:
    """The folder of all downloads: in $ULTIMETRIC_CACHE, or in the cache of the user.

    Raises:
        UserError: The user has no home.
    """
    given, xdg = (os.environ.get(name, "") for name in (CACHE, "XDG_CACHE_HOME"))
    try:
        if given:
            return Path(given).expanduser().absolute() / "downloads"
        # An XDG variable that is not an absolute path is to be ignored.
        cache = Path(xdg) if xdg.startswith("/") else Path.home() / ".cache"
    except RuntimeError as error:
        raise UserError(f"no folder for downloads ({error}); set {CACHE} to one") from None
    return cache / "ultimetric" / "downloads"


def path_of(file: PublishedFile) -> Path:
    """The path of a file in the cache."""
    return folder() / file.record / file.name


def address_of(file: PublishedFile) -> str:
    """The address of a file, on the mirror in $ULTIMETRIC_DOWNLOADS if that is set."""
    mirror = os.environ.get(MIRROR, "").rstrip("/")
    parts = urlsplit(file.address)
    return mirror + urlunsplit(("", "", parts.path, parts.query, "")) if mirror else file.address
