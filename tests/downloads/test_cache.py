"""Files of the cache: downloaded once, verified, never there in part."""

from __future__ import annotations

import hashlib
import io
import logging
import multiprocessing
import os
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from web import PAGE, Answer, Site

from ultimetric.downloads import cache, transfer
from ultimetric.downloads.cache import provide
from ultimetric.downloads.places import CACHE, MIRROR, folder, path_of
from ultimetric.downloads.published import FileEntry, PublishedFile
from ultimetric.errors import UserError


def hdf5(seed: int = 1) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["numbers"] = np.random.default_rng(seed).random(1000)
    return content.getvalue()


CONTENT = hdf5()
MD5 = hashlib.md5(CONTENT).hexdigest()
SHA256 = hashlib.sha256(CONTENT).hexdigest()
ADDRESS = "https://zenodo.org/records/5/files/{file}?download=1"
PLACE = "records/5/files/a.hdf5"


@pytest.fixture
def site(tmp_path: Path, monkeypatch) -> Iterator[Site]:
    monkeypatch.setattr(transfer.transfer, "__defaults__", ((0.0,),))
    monkeypatch.setenv(CACHE, str(tmp_path))
    with Site(**{PLACE: CONTENT}) as running:
        monkeypatch.setenv(MIRROR, f"{running.address}/")
        yield running


def a_file(**entry: object) -> PublishedFile:
    content = {"file": "a.hdf5", **entry}
    address = ADDRESS.format(file=content["file"])
    return PublishedFile("10.5281_zenodo.5", address, "10.5281/zenodo.5", FileEntry(**content))


def names(tmp_path: Path) -> set[str]:
    """The files of the cache besides locks."""
    found = (x for x in tmp_path.rglob("*") if x.is_file() and x.suffix != ".lock")
    return {x.name for x in found}


@pytest.mark.parametrize("known", [{"md5": MD5}, {"sha256": SHA256, "bytes": len(CONTENT)}, {}])
def test_a_file_is_downloaded_once(site: Site, tmp_path: Path, known: dict) -> None:
    first, again = provide(a_file(**known)), provide(a_file(**known))
    assert first == again
    assert first.path == tmp_path / "downloads" / "10.5281_zenodo.5" / "a.hdf5"
    assert first.path.read_bytes() == CONTENT
    assert first.checksums == {"md5": MD5, "sha256": SHA256}
    assert site.requests == [(f"/{PLACE}", None)]
    assert names(tmp_path) == {"a.hdf5", "a.hdf5.checked.json"}


def test_without_a_published_checksum_the_first_one_is_told_and_kept(
    site: Site, tmp_path: Path, caplog
) -> None:
    with caplog.at_level(logging.WARNING):
        path = provide(a_file()).path
    assert SHA256 in caplog.text
    # Emptying the cache leaves the record; another file is then refused.
    path.unlink()
    site.files[f"/{PLACE}"] = hdf5(2)
    with pytest.raises(UserError, match=rf"{SHA256} is recorded in .*a.hdf5.checked.json"):
        provide(a_file())
    assert names(tmp_path) == {"a.hdf5.checked.json"}
    site.files[f"/{PLACE}"] = CONTENT
    caplog.clear()
    assert provide(a_file()).path.read_bytes() == CONTENT
    assert not caplog.records


def test_a_wrong_checksum_is_refused(site: Site, tmp_path: Path) -> None:
    site.files[f"/{PLACE}"] = hdf5(2)
    with pytest.raises(UserError) as error:
        provide(a_file(md5=MD5))
    wrong = hashlib.md5(hdf5(2)).hexdigest()
    assert str(error.value) == (
        f"a.hdf5 cannot be downloaded: what {site.address}/{PLACE}?download=1 sends has the md5 "
        f"{wrong}, {MD5} is published; get it from https://zenodo.org/{PLACE}?download=1 by other "
        f"means, put it (md5 {MD5}) at {path_of(a_file())}, and run again"
    )
    assert names(tmp_path) == set()


def test_remains_of_another_file_are_not_used(site: Site, tmp_path: Path) -> None:
    part = path_of(a_file()).with_name("a.hdf5.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(b"other" * 200)
    assert provide(a_file(md5=MD5)).path.read_bytes() == CONTENT
    assert [asked for _, asked in site.requests] == ["bytes=1000-", None]


def test_a_web_page_is_never_trusted(site: Site, tmp_path: Path) -> None:
    site.answers = [Answer(body=PAGE)]  # without the type of a page
    with pytest.raises(UserError, match=r"is no \.hdf5 file"):
        provide(a_file())
    assert names(tmp_path) == set()


def test_without_a_network_one_sentence_says_which_file_to_put_where(
    site: Site, tmp_path: Path
) -> None:
    site.__exit__()
    with pytest.raises(UserError) as error:
        provide(a_file(md5=MD5))
    path = path_of(a_file())
    assert str(error.value) == (
        f"a.hdf5 cannot be downloaded from {site.address}/{PLACE}?download=1 (Connection refused)"
        f"; get it from https://zenodo.org/{PLACE}?download=1 by other means, put it (md5 {MD5}) "
        f"at {path}, and run again"
    )
    path.write_bytes(CONTENT)  # by hand
    assert provide(a_file(md5=MD5)).path == path


def test_a_file_put_there_by_hand_is_verified(site: Site, tmp_path: Path) -> None:
    path = path_of(a_file())
    path.parent.mkdir(parents=True)
    path.write_bytes(hdf5(2))
    with pytest.raises(UserError, match=rf"{path}: has the md5 .*, {MD5} is published; remove"):
        provide(a_file(md5=MD5))
    with pytest.raises(UserError, match=f"has {len(hdf5(2))} bytes, 7 are published"):
        provide(a_file(bytes=7))
    assert path.read_bytes() == hdf5(2)  # it is the user's
    assert not site.requests


def test_a_change_in_the_cache_is_found(site: Site, tmp_path: Path) -> None:
    path = provide(a_file()).path
    path.write_bytes(hdf5(2))
    with pytest.raises(UserError, match="is recorded in"):
        provide(a_file())


def test_an_unchanged_file_is_not_read_again(site: Site, tmp_path: Path, monkeypatch) -> None:
    provide(a_file(md5=MD5))
    monkeypatch.setattr("ultimetric.downloads.verification.checksums_of", None)
    provide(a_file(md5=MD5))
    with pytest.raises(TypeError):  # another published checksum makes it read
        provide(a_file(md5=MD5[::-1]))


def test_members_of_archives_come_with_one_download(site: Site, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in (("e/train.hdf5", CONTENT), ("e/test.hdf5", hdf5(2))):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    site.files["/records/5/files/e.tar.gz"] = packed.getvalue()
    known = {"file": "e.tar.gz", "md5": hashlib.md5(packed.getvalue()).hexdigest()}
    train = provide(a_file(**known, member="train.hdf5"))
    test = provide(a_file(**known, member="test.hdf5"))
    assert (train.path.name, train.path.read_bytes()) == ("train.hdf5", CONTENT)
    assert (test.path.name, test.path.read_bytes()) == ("test.hdf5", hdf5(2))
    assert len(site.requests) == 1
    # What was unpacked is enough, and it must stay what it was.
    train.path.with_name("e.tar.gz").unlink()
    assert provide(a_file(**known, member="train.hdf5")) == train
    train.path.write_bytes(hdf5(3))
    with pytest.raises(UserError, match="is recorded in"):
        provide(a_file(**known, member="train.hdf5"))


def wait_until(reached: Callable[[], bool]) -> None:
    """Wait until another process has done something, 20 seconds at most."""
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.01)


def _provide(queue: multiprocessing.Queue) -> None:
    found = provide(a_file(md5=MD5))
    queue.put((found.path.read_bytes() == CONTENT, os.getpid()))


def test_two_processes_download_a_file_once(site: Site, tmp_path: Path) -> None:
    begin = threading.Event()
    site.answers = [Answer(wait=begin)]
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    jobs = [context.Process(target=_provide, args=(queue,)) for _ in range(2)]
    for job in jobs:
        job.start()
    wait_until(lambda: bool(site.requests))
    begin.set()
    found = [queue.get(timeout=20) for _ in jobs]
    for job in jobs:
        job.join(20)
    assert [whole for whole, _ in found] == [True, True]
    assert len({pid for _, pid in found}) == 2
    assert len(site.requests) == 1


def test_a_killed_download_goes_on(site: Site, tmp_path: Path) -> None:
    never, part = threading.Event(), path_of(a_file()).with_name("a.hdf5.part")
    site.answers = [Answer(stop=5000, hold=never)]
    context = multiprocessing.get_context("fork")
    job = context.Process(target=_provide, args=(context.Queue(),))
    job.start()
    wait_until(lambda: part.exists() and part.stat().st_size == 5000)
    job.kill()
    job.join(20)
    assert not path_of(a_file()).exists()
    assert provide(a_file(md5=MD5)).path.read_bytes() == CONTENT
    assert [asked for _, asked in site.requests] == [None, "bytes=5000-"]
    never.set()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_complete_folder_of_others_is_read_only(site: Site, tmp_path: Path) -> None:
    path = provide(a_file(md5=MD5)).path
    path.with_name("a.hdf5.lock").unlink()
    path.parent.chmod(0o500)
    try:
        assert provide(a_file(md5=MD5)).path == path
    finally:
        path.parent.chmod(0o700)


def test_a_folder_that_cannot_be_made_is_told(site: Site, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(CACHE, str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"cannot be used for downloads .* set ULTIMETRIC_CACHE"):
        provide(a_file())


def test_a_disk_without_locks_is_told(site: Site, tmp_path: Path, monkeypatch) -> None:
    def refuse(*args: object, **options: object) -> bool:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(cache, "lock", refuse)
    with pytest.raises(UserError, match=r"Operation not supported.*set ULTIMETRIC_CACHE"):
        provide(a_file())


def test_the_cache_is_where_the_user_wants_it(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    for name in (CACHE, "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert folder() == Path("/home/me/.cache/ultimetric/downloads")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # which is to be ignored
    assert folder() == Path("/home/me/.cache/ultimetric/downloads")
    monkeypatch.setenv("XDG_CACHE_HOME", "/scratch/cache")
    assert folder() == Path("/scratch/cache/ultimetric/downloads")
    monkeypatch.setenv(CACHE, "~/data")
    assert folder() == Path("/home/me/data/downloads")
    monkeypatch.setenv(CACHE, "~nobody-of-this-name/data")
    with pytest.raises(UserError, match="no folder for downloads"):
        folder()
