"""Samples with a posterior: of generators whose card says so, and files said to have one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from kinds.events.examples import example

from ultimetric.errors import UserError
from ultimetric.events import write_events
from ultimetric.kinds.events.kind import EventKind
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study


@pytest.fixture
def posterior(tmp_path: Path) -> dict[str, Any]:
    """A study of events with a plain and a Bayesian generator and two files."""
    for name, seed in (("truth", 1), ("theirs", 2), ("others", 3)):
        write_events(tmp_path / f"{name}.hdf5", example(EventKind({}), 2000, seed))
    dataset = {"kind": "events", "source": "truth.hdf5", "generator": 600, "classifier": 500}
    return {
        "study": "posterior",
        "datasets": {"zjets": dataset},
        "generators": {
            "inn": {"model": "hierarchical_inn", "preprocessing": "events"},
            "binn": {"model": "bayesian_inn", "preprocessing": "events"},
        },
        "samples": {
            "theirs": {"file": "theirs.hdf5", "posterior": True},
            "others": {"file": "others.hdf5"},
        },
        "analyses": {"posterior": {}},
        "figures": {"posterior_pulls": {"title": "Pulls"}},
    }


def planned(config: dict[str, Any], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.chdir(folder)
    return load_study(config, folder / "c.json")


def test_jobs(posterior: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = planned(posterior, tmp_path, monkeypatch)
    analysis = study.analyses["posterior"]
    assert set(analysis.places) == {"zjets/binn", "zjets/theirs"}
    of_model, of_file = (analysis.places[f"zjets/{name}"] for name in ("binn", "theirs"))
    assert analysis.files(of_model)["model"] == [["zjets", "binn"]]
    assert not analysis.files(of_file).get("model")
    assert "generator" in analysis.settings(of_model)["settings"]["zjets"]["binn"]
    assert "settings" not in analysis.settings(of_file)
    assert analysis.resources(of_model)["mem_mb"] == 2000


def test_only_a_file_is_said_to_have_one(
    posterior: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posterior["samples"]["theirs"] = {"distort": {}, "posterior": True}
    with pytest.raises(UserError, match="`posterior` belongs to a `file`"):
        planned(posterior, tmp_path, monkeypatch)
