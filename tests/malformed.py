"""Ways to make small files that no study can read."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

SHAPES = ((3, 96), (12, 12), (12, 6))
SHOWERS = 60
Data = dict[str, np.ndarray]
Change = Callable[[h5py.File], None]


def good(n_showers: int = SHOWERS) -> Data:
    """Showers of 10 GeV with 1 MeV in each voxel."""
    layers = {f"layer_{i}": np.ones((n_showers, *shape)) for i, shape in enumerate(SHAPES)}
    return {"energy": np.full((n_showers, 1), 10.0), **layers}


def write(path: Path, data: Data | None = None) -> Path:
    """Write arrays, by default `good`."""
    with h5py.File(path, "w") as file:
        for name, values in (good() if data is None else data).items():
            file[name] = values
    return path


def replaced(name: str, values: object) -> Change:
    """Another dataset in place of a good one; a callable makes it of the good values."""

    def change(file: h5py.File) -> None:
        before = file[name][:]
        del file[name]
        if values is not None:
            file[name] = values(before) if callable(values) else values

    return change


def value(name: str, number: float, dtype: str = "f8") -> Change:
    """One value of row 4 is another."""

    def changed(before: np.ndarray) -> np.ndarray:
        after = before.astype(dtype)
        with np.errstate(over="ignore"):
            after[4].flat[-1] = number
        return after

    return replaced(name, changed)


def scaled(factor: float, *names: str) -> Change:
    def change(file: h5py.File) -> None:
        for name in names:
            file[name][:] *= factor

    return change


def linked(link: Callable[[Path], object]) -> Change:
    """A link in place of the first layer, whose values are in another file beside it."""

    def change(file: h5py.File) -> None:
        path = Path(file.filename)
        other = write(path.with_name("other.hdf5"))
        del file["layer_0"]
        file["layer_0"] = link(other)

    return change


def through_another_file(file: h5py.File) -> None:
    linked(lambda other: h5py.SoftLink("/far/layer_0"))(file)
    file["far"] = h5py.ExternalLink("other.hdf5", "/")


def to_a_pipe(other: Path) -> object:
    os.mkfifo(other.with_name("pipe"))
    return h5py.ExternalLink("pipe", "/layer_0")


def virtual(there: bool) -> Change:
    def change(file: h5py.File) -> None:
        other = write(Path(file.filename).with_name("other.hdf5"))
        shape = file["layer_1"].shape
        layout = h5py.VirtualLayout(shape, "f8")
        layout[:] = h5py.VirtualSource("other.hdf5", "layer_1", shape)
        del file["layer_1"]
        file.create_virtual_dataset("layer_1", layout)
        if not there:
            other.unlink()

    return change


def external(there: bool) -> Change:
    def change(file: h5py.File) -> None:
        raw = Path(file.filename).with_name("raw")
        values = file["layer_2"][:]
        del file["layer_2"]
        place = [(str(raw), 0, values.nbytes)]
        file.create_dataset("layer_2", values.shape, "f8", external=place)[:] = values
        if not there:
            file.flush()
            raw.unlink(missing_ok=True)

    return change


def created(name: str, rows: int = SHOWERS, written: int = 0, **options: object) -> Change:
    """A dataset of which only some rows are written."""

    def change(file: h5py.File) -> None:
        shape = (rows, *file[name].shape[1:])
        del file[name]
        file.create_dataset(name, shape, "f4", **options)[:written] = 1

    return change


def endless(file: h5py.File) -> None:
    """A few kilobytes that state 10^12 showers."""
    for name in good(1):
        created(name, rows=10**12, chunks=(16, *file[name].shape[1:]), compression="gzip")(file)


def stored(name: str, **filters: object) -> Change:
    """A dataset with filters, of random numbers: zeros have no bytes that matter."""

    def change(file: h5py.File) -> None:
        shape = file[name].shape
        del file[name]
        values = np.random.default_rng(1).random(shape)
        file.create_dataset(name, data=values, chunks=shape, **filters)

    return change


def damaged(change: Change, name: str = "layer_0") -> Callable[[Path], None]:
    """Some bytes in the middle of a dataset's only chunk are others."""

    def make(path: Path) -> None:
        made(change)(path)
        with h5py.File(path) as file:
            chunk = file[name].id.get_chunk_info(0)
        overwrite(path, chunk.byte_offset + chunk.size // 2, b"\xa5" * 64)

    return make


def unknown_filter(path: Path) -> None:
    """The number of its filter is one of no filter."""
    made(stored("layer_0", compression="lzf"))(path)
    content = path.read_bytes()
    number, name = (32000).to_bytes(2, "little"), b"lzf"
    at = content.rindex(number, 0, content.index(name))
    overwrite(path, at, (31999).to_bytes(2, "little"))


def overwrite(path: Path, at: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(content)


def made(change: Change) -> Callable[[Path], None]:
    """A good file with one change."""

    def make(path: Path) -> None:
        write(path)
        with h5py.File(path, "r+") as file:
            change(file)

    return make


def bytes_of(content: bytes | Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """A file of some bytes, or of what becomes of a good file's."""

    def make(path: Path) -> None:
        whole = write(path).read_bytes()
        path.write_bytes(content(whole) if callable(content) else content)

    return make


def link_to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(path.parent)  # the path itself may be too long
        listening.bind(path.name)


def left_open(path: Path) -> None:
    """As a writer leaves it that was killed."""
    with h5py.File(path.with_name("open"), "w", libver="latest") as file:
        for name, values in good().items():
            file[name] = values
        file.swmr_mode = True
        path.write_bytes(path.with_name("open").read_bytes())


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """As while another program writes it."""
    write(path)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def compound(values: np.ndarray) -> np.ndarray:
    return np.zeros(values.shape, [("energy", "f8"), ("time", "f8")])


def in_a_group(file: h5py.File) -> None:
    values = file["layer_1"][:]
    del file["layer_1"]
    file["layer_1/voxels"] = values


def array_type(file: h5py.File) -> None:
    del file["layer_0"]
    file.create_dataset("layer_0", (SHOWERS,), np.dtype(("f8", SHAPES[0])))


def variable_length(file: h5py.File) -> None:
    del file["layer_0"]
    file.create_dataset("layer_0", (SHOWERS, *SHAPES[0]), h5py.vlen_dtype(np.float64))


def references(file: h5py.File) -> None:
    del file["layer_0"]
    file.create_dataset("layer_0", (SHOWERS, *SHAPES[0]), h5py.ref_dtype)
