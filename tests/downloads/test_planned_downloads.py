"""Plans of studies whose truth is published, without the files and without a network."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from web import Site

from ultimetric.data.hdf5 import read_attributes
from ultimetric.downloads import cache
from ultimetric.downloads.places import CACHE, MIRROR, path_of
from ultimetric.downloads.published import GENERATOR, HELD_OUT
from ultimetric.downloads.transfer import transfer
from ultimetric.downloads.verification import checksums_of
from ultimetric.errors import UserError
from ultimetric.events import EventFile, event_files, write_events
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning import settings
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study
from ultimetric.stages.download import download
from ultimetric.stages.ingest import ingest
from ultimetric.stages.preprocess import preprocess

SMALL = {"classifiers": {"dnn": {"card": "tiny"}}, "inputs": ["energies"], "figures": None}
MINE = {
    "title": "Mine",
    "doi": "10.5281/zenodo.5",
    "address": "https://zenodo.org/records/5/files/{file}?download=1",
    "sets": {
        "mine": {
            "about": "positrons",
            "dataset": {"geometry": "calogan"},
            "generator": [{"file": "1.hdf5", "entries": 400}, {"file": "2.hdf5", "entries": 300}],
            "held_out": [{"file": "3.hdf5", "entries": 350}, {"file": "4.hdf5", "entries": 250}],
        }
    },
}
ROWS = {
    "1": (0, 400),
    "2": (400, 700),
    "3": (700, 1050),
    "4": (1050, 1300),
    "sample": (1300, 2000),
}
PARTS = ("final", "training", "validation", "classifier")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "transfer", None)  # a plan that downloads fails


def planned(folder: Path, source: str, plans: bool = True, **given: Any) -> Study:
    entry = {"source": {"download": source}, **given.pop("entry", {})}
    config = deepcopy(SMALL) | {"datasets": {"e": entry}} | given
    return load_study(config, folder / "checks.json", plans)


def own(folder: Path, **changes: Any) -> str:
    """The path of a description of a truth, with changes to its set."""
    content = deepcopy(MINE)
    content["sets"]["mine"] |= changes
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    return str(path)


@pytest.fixture
def files(tmp_path: Path, eplus_full: Showers) -> dict[str, Path]:
    """The files of MINE, outside of the cache, and a sample."""
    found = {}
    for name, (start, stop) in ROWS.items():
        found[name] = tmp_path / f"{name}.hdf5"
        write_events(found[name], eplus_full[start:stop], remark="simulated", number=name)
    return found


def fill(study: Study, files: dict[str, Path]) -> None:
    """Put files in the cache."""
    download = study.datasets["e"].download
    for part in (GENERATOR, HELD_OUT):
        for file in download.files(part):
            path = path_of(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(files[file.entry.file.removesuffix(".hdf5")], path)


def receipt_of(study: Study, folder: Path, reader: str) -> Path:
    """The receipt that the job before a reader writes."""
    receipt = folder / f"{reader}.json"
    download(settings.download(study.parts, "e", reader), {}, {"receipt": receipt})
    return receipt


def test_the_challenge_is_planned_by_its_name_alone(tmp_path: Path) -> None:
    study = planned(tmp_path, "calochallenge-2")
    entry = study.datasets["e"].entry
    assert (entry.generator, entry.classifier, entry.final) == (100_000, 4000, 0)
    assert study.datasets["e"].kind.geometry.n_voxels == 6480
    assert study.remarks == [
        "datasets.e: dataset_2_2.hdf5, dataset_2_1.hdf5 (2.7 GB) of calochallenge-2 will be "
        "downloaded from https://doi.org/10.5281/zenodo.6366271 to "
        f"{tmp_path}/cache/downloads/10.5281_zenodo.6366271 as soon as a job needs it"
    ]
    truth = settings.preprocess(study.parts, "e")
    assert truth["download"] == [{"md5": "7a56fd68aa53ded37c2ac445694d9736"}]
    assert truth["download_generator"] == [{"md5": "e590333e9a2da51b258288d74bd8357a"}]
    assert study.aggregate()["downloads"]["e"] == {
        "set": "calochallenge-2",
        "doi": "10.5281/zenodo.6366271",
        "truth": truth["download"],
        "generator": truth["download_generator"],
    }


def test_a_truth_in_one_part_is_divided(tmp_path: Path) -> None:
    study = planned(tmp_path, "calogan-eplus", entry={"final": 10_000})
    entry = study.datasets["e"].entry
    assert entry.generator + entry.classifier + entry.final == 100_000
    truth = settings.preprocess(study.parts, "e")
    assert truth["download"] == [{"doi": "10.17632/pvn3xc3wy5.1", "file": "eplus.hdf5"}]
    assert "download_generator" not in truth


@pytest.mark.parametrize(("name", "particles"), [("jetnet-top", 30), ("jetnet-gluon-150", 150)])
def test_jets_are_jets(name: str, particles: int, tmp_path: Path) -> None:
    config = {"datasets": {"t": {"source": {"download": name}}}, "figures": None}
    study = load_study(config, tmp_path / "checks.json")
    assert study.datasets["t"].kind.entry == "jet"
    assert study.datasets["t"].kind.n_values == 3 * particles


def test_only_what_a_study_uses_is_downloaded(tmp_path: Path) -> None:
    entry = {"generator": 0, "classifier": 4000}
    study = planned(tmp_path, "calochallenge-3", entry=entry)
    wanted = settings.download(study.parts, "e", "truth")["parts"]
    names = {part: [x["entry"]["file"] for x in files] for part, files in wanted.items()}
    assert names == {"truth": ["dataset_3_3.hdf5", "dataset_3_4.hdf5"]}
    assert "dataset_3_1" not in study.remarks[0]


def test_where_the_cache_is_reruns_nothing(tmp_path: Path, monkeypatch) -> None:
    before = settings.preprocess(planned(tmp_path, "calochallenge-2").parts, "e")
    monkeypatch.setenv(CACHE, str(tmp_path / "elsewhere"))
    monkeypatch.setenv(MIRROR, "http://127.0.0.1:1")
    assert settings.preprocess(planned(tmp_path, "calochallenge-2").parts, "e") == before


def test_keys_of_the_dataset_come_first(tmp_path: Path, coarse) -> None:
    study = planned(tmp_path, "calogan-eplus", entry={"geometry": "calogan_coarse"})
    assert study.datasets["e"].kind.geometry.n_voxels == coarse.n_voxels


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (
            {"source": {"download": "calochalenge-2"}},
            "config, datasets.e.source.download: 'calochalenge-2' is not one of .*did you mean "
            "'calochallenge-2'",
        ),
        (
            {"source": {"download": "calochallenge-2", "bundled": "eplus"}},
            "not `bundled` and `download`",
        ),
        ({"source": {"dwnload": "calochallenge-2"}}, "did you mean 'download'"),
        ({"source": {"download": 5}}, "datasets.e.source.download: 5 is not a text"),
        (
            {"source": {"download": "calochallenge-2"}, "classifier": 100_001},
            r"datasets.e: 0 \+ 100001 showers are asked for, calochallenge-2 has 100000",
        ),
        (
            {"source": {"download": "caloflow-eplus"}},
            "datasets.e: how many showers its source has is known once its files were "
            "downloaded; give `generator`, `classifier` and `final`",
        ),
        (
            {"source": {"download": "calogan-eplus"}, "energy_range_GeV": [10, 20]},
            "is known once its files were downloaded",
        ),
        (
            {"source": {"download": "calochallenge-2"}, "geometry": "calochallenge_1_photons"},
            "datasets.e.geometry: 'calochallenge_1_photons' does not fit calochallenge-2, whose "
            "geometry is calochallenge_2",
        ),
        (
            {"source": {"download": "jetnet-gluon"}, "kind": "showers"},
            "datasets.e.kind: 'showers' does not fit jetnet-gluon, whose kind is jets",
        ),
        (
            {"source": {"download": "jetnet-gluon"}, "particles": 150},
            "datasets.e.particles: 150 does not fit jetnet-gluon, whose particles is 30",
        ),
        ({"source": {"download": "nowhere.yaml"}}, "nowhere.yaml: cannot be read"),
    ],
)
def test_what_does_not_fit_is_refused(entry: dict, sentence: str, tmp_path: Path) -> None:
    config = deepcopy(SMALL) | {"datasets": {"e": entry}}
    with pytest.raises(UserError, match=sentence):
        load_study(config, tmp_path / "checks.json")


def test_a_published_file_is_not_two_truths(tmp_path: Path) -> None:
    source = own(tmp_path, held_out=[{"file": "3.hdf5"}, {"file": "2.hdf5", "entries": 300}])
    sizes = {"generator": 20, "classifier": 60, "final": 0}
    with pytest.raises(UserError, match=r"content of 2\.hdf5 is both `generator` and `held_out`"):
        planned(tmp_path, source, entry=sizes)


def test_unknown_numbers_are_given(tmp_path: Path) -> None:
    sizes = {"generator": 60_000, "classifier": 20_000, "final": 0}
    study = planned(tmp_path, "caloflow-eplus", entry=sizes)
    assert study.datasets["e"].n_entries == 20_000


def test_files_that_are_there_tell_their_numbers(tmp_path: Path, files: dict, eplus_full) -> None:
    """Of a part of the energies, and where nothing is published."""
    source = own(tmp_path)
    fill(planned(tmp_path, source), files)
    energy = eplus_full.energy[700:1300]
    expected = int(((energy >= 20) & (energy <= 60)).sum())
    study = planned(tmp_path, source, entry={"energy_range_GeV": [20, 60]})
    assert study.datasets["e"].entry.classifier == expected
    unknown = own(tmp_path, held_out=[{"file": "3.hdf5"}, {"file": "4.hdf5"}])
    assert planned(tmp_path, unknown).datasets["e"].entry.classifier == 600
    assert not planned(tmp_path, unknown).remarks


def test_several_files_are_divided_as_one(tmp_path: Path, files: dict, eplus_full) -> None:
    study = planned(tmp_path, own(tmp_path), entry={"final": 100})
    entry = study.datasets["e"].entry
    assert (entry.generator, entry.classifier, entry.final) == (700, 500, 100)
    fill(study, files)
    outputs = {part: tmp_path / f"{part}.out" for part in PARTS}
    cfg = json.loads(json.dumps(settings.preprocess(study.parts, "e")))
    preprocess(cfg, {"truth": [receipt_of(study, tmp_path, "truth")]}, outputs)
    parts = {name: EventFile(path, study.datasets["e"].kind) for name, path in outputs.items()}
    assert [len(parts[name]) for name in PARTS] == [100, 630, 70, 500]
    found = np.sort(np.concatenate([parts[x].data.sum(1) for x in ("training", "validation")]))
    assert np.array_equal(found, np.sort(eplus_full[:700].data.sum(1)))
    found = np.sort(np.concatenate([parts[x].data.sum(1) for x in ("final", "classifier")]))
    assert np.array_equal(found, np.sort(eplus_full[700:1300].data.sum(1)))
    # What the files have in common is told of the parts, and where they come from.
    told = read_attributes(outputs["classifier"])
    origin = [
        {"doi": "10.5281/zenodo.5", "file": f"{x}.hdf5", **checksums_of(files[x])} for x in "34"
    ]
    assert (json.loads(told["download"]), told["remark"]) == (origin, "simulated")
    assert "number" not in told


def test_a_sample_is_matched_to_all_files(tmp_path: Path, files: dict) -> None:
    samples = {"mine": {"file": str(files["sample"])}}
    study = planned(tmp_path, own(tmp_path), samples=samples)
    fill(study, files)
    cfg = settings.ingest(study.parts, "e", "mine")
    made = {"sample": tmp_path / "made.hdf5"}
    receipt = receipt_of(study, tmp_path, "mine")
    assert list(json.loads(receipt.read_text())) == ["truth"]
    ingest(cfg, {"truth": [receipt], "file": [files["sample"]]}, made)
    assert len(EventFile(made["sample"], study.datasets["e"].kind)) == 600
    # The plan does the same as soon as it can.
    assert planned(tmp_path, own(tmp_path), samples=samples).samples.of("e")[0] == "mine"


def test_a_file_that_changed_since_it_was_verified_is_refused(tmp_path: Path, files: dict) -> None:
    study = planned(tmp_path, own(tmp_path))
    fill(study, files)
    receipt = receipt_of(study, tmp_path, "truth")
    path = path_of(study.datasets["e"].download.files(HELD_OUT)[1])
    shutil.copy(files["1"], path)
    cfg = settings.preprocess(study.parts, "e")
    with pytest.raises(UserError, match=f"{path}: it has changed since it was verified"):
        preprocess(cfg, {"truth": [receipt]}, {part: tmp_path / part for part in PARTS})
    path.unlink()
    with pytest.raises(UserError, match=f"{path}: no such file"):
        preprocess(cfg, {"truth": [receipt]}, {part: tmp_path / part for part in PARTS})


@pytest.mark.parametrize("rows", [[], [0, 3, 399], [400, 401], [0, 399, 400, 699], [5, 650]])
def test_rows_of_several_files_are_those_of_all(rows: list, files: dict, eplus_full) -> None:
    chosen = np.array(rows, int)
    events = event_files([files["1"], files["2"]], eplus_full.kind, chosen)
    assert np.array_equal(events.condition[:, 0], eplus_full.energy[chosen])
    assert np.array_equal(events.data, eplus_full.data[chosen])


def test_jets_come_out_of_an_archive(tmp_path: Path, monkeypatch) -> None:
    kind = JetKind({})
    rng = np.random.default_rng(3)
    particles = np.stack([*rng.normal(0, 0.1, (2, 400, 30)), rng.exponential(size=(400, 30))], 2)
    write_events(tmp_path / "g.hdf5", kind.entries(np.empty((400, 0)), _flat(particles)))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(tmp_path / "g.hdf5", "jets/g.hdf5")
    truth = {"about": "jets", "dataset": {"kind": "jets"}}
    truth["truth"] = [{"file": "jets.tar.gz", "member": "g.hdf5", "entries": 400}]
    record = tmp_path / "jets.yaml"
    record.write_text(yaml.safe_dump(MINE | {"sets": {"jets": truth}}))
    config = {"datasets": {"g": {"source": {"download": str(record)}, "final": 50}}}
    study = load_study(config | {"figures": None}, tmp_path / "checks.json")
    receipt, outputs = tmp_path / "truth.json", {part: tmp_path / part for part in PARTS}
    with Site(**{"records/5/files/jets.tar.gz": packed.getvalue()}) as site:
        monkeypatch.setenv(MIRROR, site.address)
        monkeypatch.setattr(cache, "transfer", transfer)
        download(settings.download(study.parts, "g", "truth"), {}, {"receipt": receipt})
    preprocess(settings.preprocess(study.parts, "g"), {"truth": [receipt]}, outputs)
    entry = study.datasets["g"].entry
    sizes = {part: len(EventFile(path, kind)) for part, path in outputs.items()}
    assert sizes["training"] + sizes["validation"] == entry.generator
    assert (sizes["final"], sizes["classifier"]) == (50, entry.classifier)
    assert sum(sizes.values()) == 400


def _flat(particles: np.ndarray) -> np.ndarray:
    return particles.reshape(len(particles), -1).astype(np.float32)
