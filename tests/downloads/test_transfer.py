"""Transfers over HTTP: interrupted, resumed, refused."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from web import PAGE, Answer, Site

from ultimetric.downloads import transfer as module
from ultimetric.downloads.transfer import TransferError, transfer
from ultimetric.errors import UserError

CONTENT = np.random.default_rng(1).bytes(3 * 2**20 + 17)  # several chunks
SIZE = len(CONTENT)
NO_WAIT = (0.0, 0.0)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(data=CONTENT) as running:
        yield running


def get(site: Site, part: Path, size: int | None = SIZE, trusted: bool = True) -> bytes:
    transfer(f"{site.address}/data", part, size, trusted, NO_WAIT)
    return part.read_bytes()


def ranges(site: Site) -> list[str | None]:
    return [asked for _, asked in site.requests]


def test_a_file_comes_whole(site: Site, tmp_path: Path) -> None:
    assert get(site, tmp_path / "data.part") == CONTENT
    assert ranges(site) == [None]


@pytest.mark.parametrize("size", [SIZE, None])
def test_a_broken_transfer_goes_on_where_it_ended(
    site: Site, tmp_path: Path, size: int | None
) -> None:
    site.answers = [Answer(stop=2**20), Answer(stop=1000)]
    assert get(site, tmp_path / "data.part", size) == CONTENT
    assert ranges(site) == [None, f"bytes={2**20}-", f"bytes={2**20 + 1000}-"]


def test_tries_with_progress_are_not_counted(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(stop=100) for _ in range(10)]
    assert get(site, tmp_path / "data.part") == CONTENT
    assert len(site.requests) == 11


def test_a_later_run_goes_on(site: Site, tmp_path: Path) -> None:
    part = tmp_path / "data.part"
    site.answers = [Answer(stop=5000), *(Answer(503) for _ in range(3))]
    with pytest.raises(TransferError, match="503 Service Unavailable"):
        get(site, part)
    assert part.read_bytes() == CONTENT[:5000]
    assert get(site, part) == CONTENT
    assert ranges(site)[-1] == "bytes=5000-"


def test_a_server_without_ranges_sends_all_again(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(stop=2**20, ranges=False), Answer(ranges=False)]
    assert get(site, tmp_path / "data.part") == CONTENT
    assert ranges(site) == [None, f"bytes={2**20}-"]


def test_pieces_of_two_files_are_not_joined(site: Site, tmp_path: Path) -> None:
    """Without a checksum only the server can tell that its file is still the same."""
    part = tmp_path / "data.part"
    site.answers = [Answer(stop=2**20), *(Answer(503) for _ in range(3))]
    with pytest.raises(TransferError):
        get(site, part, None, trusted=False)
    assert part.stat().st_size == 2**20
    site.files["/data"], site.tag = CONTENT[::-1], '"two"'
    assert get(site, part, None, trusted=False) == CONTENT[::-1]
    assert ranges(site)[-1] == f"bytes={2**20}-"


def test_without_a_checksum_or_a_tag_it_begins_anew(site: Site, tmp_path: Path) -> None:
    part = tmp_path / "data.part"
    part.write_bytes(b"of something else")
    assert get(site, part, None, trusted=False) == CONTENT
    assert ranges(site) == [None]


def test_another_range_than_asked_for_is_not_used(site: Site, tmp_path: Path) -> None:
    wrong = Answer(206, headers={"Content-Range": f"bytes 7-{SIZE - 1}/{SIZE}"}, body=CONTENT[7:])
    site.answers = [Answer(stop=1000), wrong]
    assert get(site, tmp_path / "data.part") == CONTENT
    assert ranges(site) == [None, "bytes=1000-", None]


def test_what_is_there_as_a_whole_is_kept(site: Site, tmp_path: Path) -> None:
    part = tmp_path / "data.part"
    part.write_bytes(CONTENT)
    assert get(site, part) == CONTENT
    assert ranges(site) == [f"bytes={SIZE}-"]


def test_more_than_the_server_has_begins_anew(site: Site, tmp_path: Path) -> None:
    part = tmp_path / "data.part"
    part.write_bytes(CONTENT + b"more")
    assert get(site, part) == CONTENT
    assert ranges(site) == [f"bytes={SIZE + 4}-", None]


def test_a_busy_server_is_asked_again(site: Site, tmp_path: Path, monkeypatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=slept.append))
    site.answers = [Answer(503), Answer(429, headers={"Retry-After": "7"}), Answer(500)]
    transfer(f"{site.address}/data", tmp_path / "data.part", SIZE, True, (1.0, 2.0, 4.0))
    assert (tmp_path / "data.part").read_bytes() == CONTENT
    assert slept == [1.0, 7.0, 4.0]


@pytest.mark.parametrize(
    ("answer", "size", "sentence", "tries"),
    [
        (Answer(404), SIZE, "the server answers 404 Not Found", 1),
        (Answer(403), SIZE, "the server answers 403 Forbidden", 1),
        (Answer(503), SIZE, "the server answers 503 Service Unavailable", 3),
        (Answer(body=PAGE, headers={"Content-Type": "text/html"}), SIZE, "a web page", 1),
        (Answer(headers={"Content-Encoding": "gzip"}), SIZE, "compresses what it sends", 1),
        (Answer(), SIZE + 1, f"the server has {SIZE} bytes, {SIZE + 1} are published", 1),
        (Answer(headers={"Content-Length": ""}), None, "does not tell the size", 1),
        (Answer(headers={"Content-Length": ""}), SIZE - 5, "sends more than the", 1),
        (Answer(302, headers={"Location": "file:///etc/passwd"}), SIZE, "not allowed", 1),
        (Answer(302, headers={"Location": "ftp://127.0.0.1/data"}), SIZE, "not an address", 1),
    ],
)
def test_what_cannot_succeed_ends(
    answer: Answer, size: int | None, sentence: str, tries: int, site: Site, tmp_path: Path
) -> None:
    site.answers = [answer] * tries
    with pytest.raises(TransferError, match=sentence):
        get(site, tmp_path / "data.part", size)
    assert len(site.requests) == tries


def test_a_page_does_not_replace_what_is_there(site: Site, tmp_path: Path) -> None:
    part = tmp_path / "data.part"
    part.write_bytes(CONTENT[:1000])
    site.answers = [Answer(body=PAGE, headers={"Content-Type": "text/html; charset=utf-8"})]
    with pytest.raises(TransferError, match="web page"):
        get(site, part)
    assert part.read_bytes() == CONTENT[:1000]


def test_redirects_are_followed_with_the_range(site: Site, tmp_path: Path) -> None:
    with Site(there=CONTENT) as other:
        moved = Answer(302, headers={"Location": f"{other.address}/there"}, body=b"")
        site.answers = [moved, moved]
        other.answers = [Answer(stop=4000)]
        assert get(site, tmp_path / "data.part") == CONTENT
        assert ranges(other) == [None, "bytes=4000-"]


def test_redirects_stay_encrypted() -> None:
    request = SimpleNamespace(full_url="https://here/data")
    with pytest.raises(TransferError, match="not encrypted"):
        module._WebOnly().redirect_request(request, None, 302, "", {}, "http://there/data")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://host/file", "data"])
def test_only_web_addresses_are_opened(address: str, tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="not an address of the web"):
        transfer(address, tmp_path / "data.part", None, False, NO_WAIT)


def test_without_a_network_it_ends(site: Site, tmp_path: Path) -> None:
    address = site.address
    site.__exit__()
    with pytest.raises(TransferError, match="Connection refused"):
        transfer(f"{address}/data", tmp_path / "data.part", SIZE, True, NO_WAIT)


def test_a_file_that_does_not_fit_is_not_begun(site: Site, tmp_path: Path, monkeypatch) -> None:
    free = SimpleNamespace(disk_usage=lambda path: SimpleNamespace(free=SIZE - 1))
    monkeypatch.setattr(module, "shutil", free)
    with pytest.raises(UserError, match=r"no space left .* set ULTIMETRIC_CACHE"):
        get(site, tmp_path / "data.part")
    assert not (tmp_path / "data.part").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_gets_full_is_told(site: Site, tmp_path: Path, monkeypatch) -> None:
    part = tmp_path / "data.part"
    part.symlink_to("/dev/full")
    with pytest.raises(UserError, match=r"no space left \(No space left on device\)"):
        get(site, part)
    assert shutil.disk_usage(tmp_path).free > SIZE


def test_a_folder_that_is_gone_is_told(site: Site, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        get(site, tmp_path / "gone" / "data.part")


def test_a_silent_server_is_left(site: Site, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT", 0.2)
    never = threading.Event()
    site.answers = [Answer(wait=never) for _ in range(3)]
    with pytest.raises(TransferError, match="timed out"):
        get(site, tmp_path / "data.part")
    never.set()


def test_a_terminal_shows_the_progress(site: Site, tmp_path: Path, capsys, monkeypatch) -> None:
    get(site, tmp_path / "quiet.part")
    assert not capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    (tmp_path / "data.part").write_bytes(CONTENT[: SIZE // 2])
    get(site, tmp_path / "data.part")
    said = capsys.readouterr().err
    assert "data:  50%" in said
    assert "/3.15M [" in said
    assert "B/s" in said
