"""Every malformed file is refused when planning, in one sentence and at once."""

from __future__ import annotations

import errno
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from malformed import (
    SHAPES,
    SHOWERS,
    a_socket,
    array_type,
    bytes_of,
    compound,
    created,
    damaged,
    endless,
    external,
    good,
    in_a_group,
    left_open,
    link_to,
    linked,
    locked,
    made,
    references,
    replaced,
    scaled,
    stored,
    through_another_file,
    to_a_pipe,
    unknown_filter,
    value,
    variable_length,
    virtual,
    write,
)
from showers import check_showers, shower_file

from ultimetric.errors import UserError
from ultimetric.kinds.showers.formats import layout
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.planning.checks import Checks

# How to make each file, and the word that its error must contain.
LAYERS = [f"layer_{i}" for i in range(len(SHAPES))]
ONE_CHUNK = (SHOWERS, *SHAPES[0])

FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    # No regular file.
    "nothing": (lambda path: None, "no such file"),
    "folder": (Path.mkdir, "folder"),
    "pipe": (os.mkfifo, "pipe"),
    "device": (link_to("/dev/zero"), "device"),
    "socket": (a_socket, "not a regular file"),
    "link to itself": (link_to("link to itself"), "Too many levels of symbolic links"),
    "link to nothing": (link_to("none.hdf5"), "no such file"),
    # Not HDF5.
    "no bytes": (bytes_of(b""), "not a readable HDF5 file"),
    "text": (bytes_of(b"energy,layer_0\n1,2\n"), "not a readable HDF5 file"),
    "zeros": (bytes_of(bytes(100_000)), "not a readable HDF5 file"),
    "zip": (bytes_of(b"PK\x03\x04" + bytes(500)), "not a readable HDF5 file"),
    "gzipped as a whole": (bytes_of(gzip.compress), "not a readable HDF5 file"),
    "signature only": (bytes_of(b"\x89HDF\r\n\x1a\n"), "not a readable HDF5 file"),
    "first byte": (bytes_of(lambda x: b"X" + x[1:]), "not a readable HDF5 file"),
    "superblock": (bytes_of(lambda x: x[:8] + b"\xff" * 16 + x[24:]), "not a readable HDF5 file"),
    "cut in half": (bytes_of(lambda x: x[: len(x) // 2]), "cut short"),
    "last byte": (bytes_of(lambda x: x[:-1]), "cut short"),
    "root group": (bytes_of(lambda x: x[:96] + bytes(600) + x[696:]), "HDF5"),
    "killed writer": (left_open, "in use"),
    # Datasets missing, of another kind, or of another type.
    "empty HDF5": (
        lambda path: write(path, {}),
        "no file of showers: its datasets are none; needed",
    ),
    "jets": (lambda path: write(path, {"particle_features": np.ones(3)}), "no file of showers"),
    **{f"no {name}": (made(replaced(name, None)), f"{name!r} is missing") for name in good(1)},
    "group": (made(in_a_group), "'layer_1' is missing"),
    "type": (made(replaced("energy", np.dtype("f8"))), "'energy' is missing"),
    "text numbers": (made(replaced("energy", np.full((SHOWERS, 1), b"10"))), "holds |S2"),
    "strings": (made(replaced("energy", [["ten"]] * SHOWERS)), "holds object"),
    "complex energies": (made(replaced("energy", lambda x: x + 1j)), "holds complex128"),
    "complex deposits": (
        made(replaced("layer_2", lambda x: x.astype("c8"))),
        "holds complex64",
    ),
    "truth values": (made(replaced("layer_0", lambda x: x > 0)), "holds bool"),
    "compound": (made(replaced("layer_0", compound)), "not numbers"),
    "opaque": (made(replaced("layer_0", lambda x: x.astype("V8"))), "not numbers"),
    "array type": (made(array_type), "not numbers"),
    "variable length": (made(variable_length), "holds object"),
    "references": (made(references), "holds object"),
    "null energy": (made(replaced("energy", h5py.Empty("f8"))), "null dataspace"),
    "null layer": (made(replaced("layer_1", h5py.Empty("f4"))), "null dataspace"),
    # Shapes.
    "scalar": (made(replaced("energy", 10.0)), "'energy' has shape ()"),
    "flat energies": (made(replaced("energy", lambda x: x[:, 0])), "not (N, 1)"),
    "two energies": (made(replaced("energy", lambda x: np.tile(x, 2))), "not (N, 1)"),
    "energies in a row": (made(replaced("energy", lambda x: x.T)), "not (N, 1)"),
    "axes swapped": (made(replaced("layer_0", lambda x: x.swapaxes(1, 2))), "(96, 3)"),
    "showers last": (made(replaced("layer_1", lambda x: x.transpose(1, 2, 0))), "(12, 60)"),
    "flat layer": (made(replaced("layer_0", lambda x: x.reshape(SHOWERS, -1))), "(288,)"),
    "scalar layer": (made(replaced("layer_0", 1.0)), "dataset 'layer_0' has rows of shape ()"),
    "other cells": (made(replaced("layer_2", lambda x: x[:, :6])), "(6, 6)"),
    "fewer deposits": (made(replaced("layer_1", lambda x: x[:-1])), "has 59 rows"),
    "fewer energies": (made(replaced("energy", lambda x: x[:-1])), "'energy' has 59"),
    "no showers": (lambda path: write(path, good(0)), "has no rows"),
    # Values that lie in other files.
    "external link": (made(linked(lambda x: h5py.ExternalLink(x.name, "/layer_0"))), "link"),
    "external link to nothing": (made(linked(lambda x: h5py.ExternalLink("no", "/x"))), "link"),
    "external link to a pipe": (made(linked(to_a_pipe)), "link"),
    "soft link": (made(linked(lambda x: h5py.SoftLink("/layer_1"))), "link"),
    "soft link to nothing": (made(linked(lambda x: h5py.SoftLink("/none"))), "link"),
    "soft link to itself": (made(linked(lambda x: h5py.SoftLink("/layer_0"))), "link"),
    "soft link through another file": (made(through_another_file), "link"),
    "virtual": (made(virtual(True)), "virtual"),
    "virtual of nothing": (made(virtual(False)), "virtual"),
    "external storage": (made(external(True)), "external file"),
    "external storage gone": (made(external(False)), "external file"),
    # Values that are not there, or damaged.
    "endless": (made(endless), "never written"),
    "more than there are bytes": (made(created("layer_0", rows=2**50)), "never written"),
    "never written": (made(created("layer_0")), "never written"),
    "no chunk written": (made(created("layer_1", chunks=(4, 12, 12))), "never written"),
    "half written": (made(created("energy", written=30, chunks=(10, 1))), "never written"),
    "gzip": (damaged(stored("layer_0", compression="gzip")), "damaged"),
    "checksum": (damaged(stored("layer_0", fletcher32=True)), "checksum"),
    "checksum of gzip": (
        damaged(stored("layer_0", fletcher32=True, compression="gzip")),
        "checksum",
    ),
    "unknown filter": (unknown_filter, "filter"),
    # Values that cannot be.
    "energy not a number": (made(value("energy", np.nan)), "'energy', row 4: not finite"),
    "infinite energy": (made(value("energy", np.inf)), "'energy', row 4: not finite"),
    "no energy": (made(value("energy", 0)), "'energy', row 4: outside 1 to 100 GeV"),
    "negative energy": (made(value("energy", -10)), "row 4: outside"),
    "energies in MeV": (made(scaled(1e3, "energy")), "is the unit GeV?"),
    "energies in TeV": (made(scaled(1e-3, "energy")), "is the unit GeV?"),
    "not a number": (made(value("layer_0", np.nan)), "'layer_0', row 4: not finite"),
    "infinite": (made(value("layer_1", np.inf)), "'layer_1', row 4: not finite"),
    "minus infinity": (made(value("layer_1", -np.inf)), "'layer_1', row 4: not finite"),
    "half precision": (made(value("layer_1", 1e6, "f2")), "'layer_1', row 4: not finite"),
    "negative": (made(value("layer_2", -0.5)), "'layer_2', row 4: a negative deposit"),
    "slightly negative": (made(value("layer_2", -1e-12)), "row 4: a negative deposit"),
    "negative integer": (made(value("layer_2", -1, "i8")), "row 4: a negative deposit"),
    "too large": (made(value("layer_0", 1e39)), "'layer_0', row 4: deposits too large"),
    "deposits in GeV": (made(scaled(1e-3, *LAYERS)), "is the unit MeV"),
    "deposits in keV": (made(scaled(1e3, *LAYERS)), "is the unit MeV"),
}

CALOGAN = Geometry.from_config(geometry_config("calogan"))
KIND = ShowerKind.of(CALOGAN)


def refusal(path: Path) -> str:
    """What planning says of a file, which must be one sentence that names it."""
    checks = Checks(path.with_name("checks.json"))
    with pytest.raises(UserError) as error:
        checks.entries(path, KIND)
    message = str(error.value)
    assert str(path) in message
    assert len(message.splitlines()) == 1
    return message


@pytest.mark.parametrize("name", FILES)
def test_each_is_refused_in_one_sentence(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    make, word = FILES[name]
    path = tmp_path / name
    make(path)
    assert word in refusal(path)


def test_a_good_file_is_not(tmp_path: Path) -> None:
    checks = Checks(tmp_path / "checks.json")
    assert checks.entries(write(tmp_path / "a.hdf5"), KIND) == 60


def test_in_use(tmp_path: Path) -> None:
    with locked(tmp_path / "a.hdf5"):
        assert "in use" in refusal(tmp_path / "a.hdf5")


def test_a_disk_without_locks(tmp_path: Path, monkeypatch) -> None:
    def without_locks(*args: object, **options: object) -> None:
        raise OSError(errno.ENOLCK, "unable to lock file, errno = 37")

    path = write(tmp_path / "a.hdf5")
    monkeypatch.setattr(h5py, "File", without_locks)
    assert "cannot be locked" in refusal(path)


def test_what_must_not_be_read(tmp_path: Path, monkeypatch) -> None:
    def denied(*args: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    path = write(tmp_path / "a.hdf5")
    monkeypatch.setattr(h5py, "File", denied)
    assert "permission denied" in refusal(path)


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    for name in ("a\0b", "a" * 300):
        with pytest.raises(UserError, match="cannot be found"):
            Checks(tmp_path / "checks.json").sha256(tmp_path / name)


def test_chunks_too_large_to_read(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(layout, "CHUNKS_KEPT", 2**16)
    monkeypatch.setattr(layout, "LARGEST_CHUNKS", 2**17)
    path = write(tmp_path / "a.hdf5", {})
    with h5py.File(path, "w") as file:
        for name, values in good().items():
            file.create_dataset(name, data=values, chunks=values.shape, compression="gzip")
    assert "smaller chunks" in refusal(path)


def test_large_chunks_are_decompressed_once(tmp_path: Path, monkeypatch) -> None:
    """Blocks of a chunk that is larger than what is kept by default."""
    monkeypatch.setattr(layout, "CHUNKS_KEPT", 2**16)
    monkeypatch.setattr("ultimetric.events.BLOCK", 8)
    path = tmp_path / "a.hdf5"
    with h5py.File(path, "w") as file:
        for name, values in good().items():
            file.create_dataset(name, data=values, chunks=values.shape, compression="gzip")
    opened, open_hdf5 = [], layout.open_hdf5

    def counted(path: Path, chunks_kept: int) -> h5py.File:
        opened.append(chunks_kept)
        return open_hdf5(path, chunks_kept)

    monkeypatch.setattr(layout, "open_hdf5", counted)
    assert check_showers(path, CALOGAN) == 60
    assert opened[-1] >= good()["layer_0"].nbytes
    np.testing.assert_array_equal(shower_file(path, CALOGAN).data, 1)
