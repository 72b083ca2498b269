"""The published truths of the package, and those that users describe."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from places import REPOSITORY

from ultimetric.config.entries import Dataset
from ultimetric.config.sentences import conformed
from ultimetric.downloads.published import GENERATOR, HELD_OUT, TRUTH, known_sets, published
from ultimetric.errors import UserError
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.planning.downloads import Download
from ultimetric.planning.kind_entry import kind_of, kind_settings

MINE = {
    "title": "Mine",
    "doi": "10.5281/zenodo.5",
    "address": "https://zenodo.org/records/5/files/{file}",
    "sets": {"mine": {"about": "showers", "truth": [{"file": "a.hdf5"}]}},
}
OTHER = {"other": MINE["sets"]["mine"]}
NO_ADDRESS = {key: value for key, value in MINE.items() if key != "address"}


@pytest.mark.parametrize("name", known_sets())
def test_a_published_truth_is_described_as_a_whole(name: str) -> None:
    found = published(name, "here")
    assert found.doi
    truths = ({TRUTH}, {HELD_OUT, GENERATOR})
    assert set(found.parts) in truths or (found.samples and not found.parts)
    files = [file for part in found.files.values() for file in part]
    assert len({(x.entry.file, x.entry.member) for x in files}) == len(files)
    for file in files:
        address = urlsplit(file.address)
        assert address.scheme == "https"
        if address.hostname == "zenodo.org":
            record = found.doi.removeprefix("10.5281/zenodo.")
            assert address.path == f"/records/{record}/files/{file.entry.file}"
    # The dataset of its own is one that the package knows.
    entry = conformed(Dataset, found.dataset, name)
    kind_of(kind_settings(entry, name), entry, name)


def test_numbers_of_jets_fit_their_sizes() -> None:
    """A JetNet file has 2048 bytes besides the float32 values of particles, masks and jets."""
    known = 0
    for name, found in known_sets().items():
        (file, *_) = next(iter(found.files.values()))
        if name.startswith("jetnet-") and file.entry.bytes:
            options = {key: x for key, x in found.dataset.items() if key != "kind"}
            values = JetKind(options).stored_values + 4
            assert file.entry.bytes == 2048 + 4 * values * file.entry.entries
            known += 1
    assert known == 5


def test_the_docs_list_all_names_and_records() -> None:
    docs = (REPOSITORY / "docs" / "downloads.md").read_text()
    for name, found in known_sets().items():
        assert f"`{name}`" in docs
        assert f"https://doi.org/{found.doi}" in docs


def test_names_are_looked_up() -> None:
    with pytest.raises(UserError, match="did you mean 'calochallenge-2'"):
        published("calochallenge_2", "config")


def test_users_describe_their_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(MINE))
    (file,) = published(str(path), "config").parts[TRUTH]
    assert file.address == "https://zenodo.org/records/5/files/a.hdf5"
    assert file.record == "10.5281_zenodo.5"


def test_samples_are_published_beside_a_truth_or_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    beside = {**MINE["sets"]["mine"], "samples": {"flow": {"file": "flow.hdf5"}}}
    path.write_text(yaml.safe_dump({**MINE, "sets": {"mine": beside}}))
    found = published(str(path), "config")
    assert found.samples["flow"].address == "https://zenodo.org/records/5/files/flow.hdf5"
    assert {part: [x.name for x in files] for part, files in found.files.items()} == {
        "truth": ["a.hdf5"],
        "flow": ["flow.hdf5"],
    }
    alone = {name: x for name, x in beside.items() if name != "truth"}
    path.write_text(yaml.safe_dump({**MINE, "sets": {"mine": alone}}))
    assert list(published(str(path), "config").files) == ["flow"]
    with pytest.raises(UserError, match="has no truth, but the samples flow, whose files"):
        Download(str(path), "config, datasets.mine")


def test_records_without_a_doi_do_not_share_a_folder(tmp_path: Path) -> None:
    folders = set()
    for host in ("one", "two"):
        path = tmp_path / host / "mine.yaml"
        path.parent.mkdir()
        mine = {**MINE, "doi": None, "address": f"https://{host}/{{file}}"}
        path.write_text(yaml.safe_dump(mine))
        (file,) = published(str(path), "config").parts[TRUTH]
        folders.add(file.record)
    assert len(folders) == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"tittle": "x"}, "unknown key 'tittle', did you mean 'title'"),
        ({"sets": {**MINE["sets"], **OTHER}}, "has the sets mine, other; one is needed"),
        ({"address": "ftp://host/{file}"}, "'ftp://host/{file}' is not an address"),
        ({"address": "https://host/"}, "has no {file}"),
        ({"sets": {"a": {"about": "x"}}}, "sets.a: the files are those of `truth`, or of `held_"),
        (
            {"sets": {"a": {"about": "x", "generator": [{"file": "a"}]}}},
            "the files are those of `truth`",
        ),
        (
            {"sets": {"a": {"about": "x", "truth": [{"file": "../a"}]}}},
            "sets.a.truth.0.file: the text '../a' is not",
        ),
        (
            {"sets": {"a": {"about": "x", "truth": [{"file": "a", "md5": "5"}]}}},
            "sets.a.truth.0.md5: the text '5' is not",
        ),
        (
            {"sets": {"a": {"about": "x", "truth": [{"file": "a", "address": "file:/a"}]}}},
            "'file:/a' is not an address",
        ),
    ],
)
def test_mistakes_are_told(change: dict, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(MINE | change))
    with pytest.raises(UserError) as error:
        published(str(path), "config")
    assert sentence in str(error.value)
    assert str(path) in str(error.value)


def test_a_file_needs_an_address(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(NO_ADDRESS))
    with pytest.raises(UserError, match=r"sets.mine.truth: `address` is missing"):
        published(str(path), "config")
