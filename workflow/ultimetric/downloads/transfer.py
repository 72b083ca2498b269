"""Transfer a file over HTTP into a .part file, from where an earlier try ended.

An interrupted transfer goes on with a range request, on the condition that the file of the server
is still the same (If-Range, RFC 9110). Servers that know no ranges send all of it again.
"""

from __future__ import annotations

import errno
import http.client
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ultimetric.errors import UserError
from ultimetric.progress import progress_of_bytes

TIMEOUT = 60  # seconds without a byte
WAITS = (1.0, 2.0, 4.0, 8.0)  # seconds before another try, after tries that brought nothing
LONGEST_WAIT = 120.0  # of those that a server asks for
UNREACHED = 2  # waits before it is clear that there is no network
MOST_TRIES = 200  # of one transfer, those that went on included
CHUNK = 2**20
AGAIN = (408, 425, 429, 500, 502, 503, 504)  # HTTP statuses that may pass
HEADERS = {"User-Agent": "ultimetric", "Accept-Encoding": "identity"}
RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)\Z")


class TransferError(Exception):
    """A transfer that cannot succeed; the message is the reason in a few words."""


class _PassingError(Exception):
    """A failure that may pass.

    Arguments:
        reason: The reason in a few words.
        wait: The seconds that the server asks for.
        reached: Whether the server was reached.
    """

    def __init__(self, reason: str, wait: float = 0.0, reached: bool = True) -> None:
        super().__init__(reason)
        self.wait, self.reached = wait, reached


def transfer(
    address: str, part: Path, size: int | None, trusted: bool, waits: Sequence[float] = WAITS
) -> None:
    """Transfer a file as a whole.

    Arguments:
        address: The address, http or https.
        part: The file that grows; what it has from earlier tries is kept.
        size: The size of the whole, if it is known.
        trusted: Whether a checksum of the whole is known. If not, a transfer goes on only if the
            server tells that its file is still the same.
        waits: The seconds before tries that follow tries without progress; one more try than
            there are of them ends the transfer.

    Raises:
        TransferError: It cannot succeed, or did not in all tries.
        UserError: The disk is full or may not be written.
    """
    _check_scheme(address)
    failures = 0
    for _ in range(MOST_TRIES):
        before = _size(part)
        try:
            _try(address, part, size, trusted)
            return
        except _PassingError as error:
            failure = error
        except OSError as error:
            raise _of_disk(error, part) from None
        failures = 0 if _size(part) > before else failures + 1
        if failures > len(waits if failure.reached else waits[:UNREACHED]):
            break
        pause = waits[failures - 1] if failures else 0.0
        time.sleep(max(pause, min(failure.wait, LONGEST_WAIT)))
    raise TransferError(str(failure))


def forget(part: Path) -> None:
    """Remove what there is of a file."""
    part.unlink(missing_ok=True)
    _tag_of(part).unlink(missing_ok=True)


def _try(address: str, part: Path, size: int | None, trusted: bool) -> None:
    there, tag = _size(part), _read_tag(part)
    if there and not (trusted or tag):
        there = 0
    headers = dict(HEADERS)
    if there:
        headers |= {"Range": f"bytes={there}-"} | ({"If-Range": tag} if tag else {})
    try:
        response = _OPENER.open(urllib.request.Request(address, headers=headers), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                if there and _whole_size(error.headers) == there and size in (None, there):
                    return
                forget(part)
                raise _PassingError("the server has less of it than was there") from None
            reason = f"the server answers {error.code} {error.reason}"
            if error.code in AGAIN:
                raise _PassingError(reason, _wait(error.headers)) from None
        raise TransferError(reason) from None
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise _PassingError(_meaning(error), reached=False) from None
    with response:
        _receive(response, part, there, size)


def _receive(response: Any, part: Path, there: int, size: int | None) -> None:
    """Write the body of a response behind what is there, or over it."""
    headers = response.headers
    if headers.get_content_type() == "text/html":
        raise TransferError("the server answers with a web page")
    if headers.get("Content-Encoding", "identity") != "identity":
        raise TransferError("the server compresses what it sends")
    if response.status == http.HTTPStatus.PARTIAL_CONTENT:
        found = RANGE.match(headers.get("Content-Range", ""))
        if not found or found[1] != str(there):
            forget(part)
            raise _PassingError("the server sent another range than was asked for")
        told = _whole_size(headers)
    else:
        there, length = 0, headers.get("Content-Length", "")
        told = int(length) if length.isdigit() else None
    if size is not None and told is not None and told != size:
        raise TransferError(f"the server has {told} bytes, {size} are published")
    whole = size if told is None else told
    if whole is None:
        raise TransferError("the server does not tell the size")
    _check_room(part, whole - there)
    _tag_of(part).write_text(_tag(headers), encoding="utf-8")
    with (
        part.open("ab" if there else "wb") as file,
        progress_of_bytes(part.name.removesuffix(".part"), there, whole) as bar,
    ):
        while there <= whole:
            try:
                chunk = response.read1(CHUNK)  # what has come; an interruption loses none of it
            except (http.client.HTTPException, OSError) as error:
                raise _PassingError(_meaning(error)) from None
            if not chunk:
                break
            file.write(chunk)
            there += len(chunk)
            bar.update(len(chunk))
    if there > whole:
        forget(part)
        raise TransferError(f"the server sends more than the {whole} bytes that there should be")
    if there < whole:
        raise _PassingError(f"the connection ended after {there} of {whole} bytes")


class _WebOnly(urllib.request.HTTPRedirectHandler):
    """Redirects to other web addresses, but not from https to http."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        _check_scheme(newurl)
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise TransferError(f"the server redirects to {newurl}, which is not encrypted")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_WebOnly)


def _check_scheme(address: str) -> None:
    if urlsplit(address).scheme not in ("http", "https"):
        raise TransferError(f"{address} is not an address of the web")


def _check_room(part: Path, needed: int) -> None:
    """Refuse to begin what does not fit on the disk."""
    if needed > (free := shutil.disk_usage(part.parent).free):
        raise no_room(part.parent, f"{needed / 1e9:.2f} GB are needed, {free / 1e9:.2f} are free")


def no_room(folder: Path, why: str) -> UserError:
    """The error of a full disk."""
    return UserError(
        f"{folder}: no space left ({why}); set ULTIMETRIC_CACHE to a folder on a larger disk"
    )


def _of_disk(error: OSError, part: Path) -> UserError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return no_room(part.parent, str(error.strerror))
    return UserError(f"{part} cannot be written ({error.strerror or error})")


def _meaning(error: Exception) -> str:
    """The reason of a failed connection in a few words."""
    reason = getattr(error, "reason", error)
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return " ".join(text.split())


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _whole_size(headers: Any) -> int | None:
    """The size of the whole file, from a range."""
    found = RANGE.match(headers.get("Content-Range", ""))
    return int(found[2]) if found and found[2] != "*" else None


def _wait(headers: Any) -> float:
    """The seconds after which a server wants to be asked again."""
    told = headers.get("Retry-After", "")
    return float(told) if told.isdigit() else 0.0


def _tag(headers: Any) -> str:
    """What tells that a file is still the same: a strong ETag, or the time of its last change."""
    tag = headers.get("ETag", "")
    return tag if tag.startswith('"') else headers.get("Last-Modified", "")


def _tag_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.tag")


def _read_tag(part: Path) -> str:
    path = _tag_of(part)
    return path.read_text(encoding="utf-8") if path.is_file() else ""
