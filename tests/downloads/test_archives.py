"""Single files taken out of archives."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from ultimetric.downloads.archives import unpack
from ultimetric.errors import UserError

CONTENT = bytes(range(256)) * 5000


def tar(path: Path, *members: tuple[str, bytes | tarfile.TarInfo]) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for name, content in members:
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def link(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tar", "a.zip"])
@pytest.mark.parametrize("place", ["train.hdf5", "eplus/train.hdf5", "../../../train.hdf5"])
def test_a_member_is_found_in_any_folder(name: str, place: str, tmp_path: Path) -> None:
    archive, target = tmp_path / name, tmp_path / "out" / "train.hdf5"
    target.parent.mkdir()
    if name.endswith(".zip"):
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("folder/", b"")
            packed.writestr("test.hdf5", b"other")
            packed.writestr(place, CONTENT)
    else:
        tar(archive, ("test.hdf5", b"other"), (place, CONTENT))
    unpack(archive, "train.hdf5", target)
    assert target.read_bytes() == CONTENT
    assert [x.name for x in tmp_path.rglob("*") if x.is_file()] == [name, "train.hdf5"]


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ([("trian.hdf5", b"")], "has no file train.hdf5, did you mean 'trian.hdf5'"),
        ([("a/train.hdf5", b""), ("b/train.hdf5", b"")], "several files are called train.hdf5"),
        ([("", link("train.hdf5", tarfile.SYMTYPE, "/etc/passwd"))], "has no file train.hdf5"),
        ([("", link("train.hdf5", tarfile.LNKTYPE, "test.hdf5"))], "has no file train.hdf5"),
        ([("", link("train.hdf5", tarfile.CHRTYPE, ""))], "has no file train.hdf5"),
        ([("", link("train.hdf5", tarfile.DIRTYPE, ""))], "has no file train.hdf5"),
    ],
)
def test_only_one_regular_file_is_taken(members: list, sentence: str, tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tar.gz", *members)
    with pytest.raises(UserError, match=sentence):
        unpack(archive, "train.hdf5", tmp_path / "train.hdf5")
    assert not (tmp_path / "train.hdf5").exists()


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tar"])
def test_a_damaged_archive_leaves_no_file(name: str, tmp_path: Path) -> None:
    archive = tar(tmp_path / name, ("train.hdf5", CONTENT))
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(UserError, match=str(archive)):
        unpack(archive, "train.hdf5", tmp_path / "train.hdf5")
    assert list(tmp_path.iterdir()) == [archive]


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"<html>")
    with pytest.raises(UserError, match=r"a.tar.gz: the archive is damaged"):
        unpack(tmp_path / "a.tar.gz", "train.hdf5", tmp_path / "train.hdf5")


def test_a_member_larger_than_the_disk_is_not_begun(tmp_path: Path, monkeypatch) -> None:
    archive = tar(tmp_path / "a.tar.gz", ("train.hdf5", CONTENT))
    free = SimpleNamespace(free=len(CONTENT) - 1)
    monkeypatch.setattr("shutil.disk_usage", lambda path: free)
    with pytest.raises(UserError, match=r"no space left \(train.hdf5 needs 0.00 GB"):
        unpack(archive, "train.hdf5", tmp_path / "train.hdf5")
