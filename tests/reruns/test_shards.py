"""Samples and truths that several jobs make."""

from __future__ import annotations

import json
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from reruns.changes import set_in_config
from reruns.graph import Job
from reruns.mechanisms import PACKAGE
from showers import write_showers
from workspace import Planner, Workspace, build, write_study

from ultimetric.kinds.showers.geant4.tables import tables_name
from ultimetric.kinds.showers.kind import Showers

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def sharded(tmp_path_factory, planner: Planner, eplus: Showers) -> Workspace:
    """A sample made by two jobs, whose parts are gone."""
    folder = tmp_path_factory.mktemp("sharded")
    write_study(folder, eplus)
    eplus_only = {"source": "bundled", "geometry": "calogan_coarse"}
    sizes = {"generator": 5300, "classifier": 5100, "final": 200}
    cut: dict[str, Any] = {"generators": {}, "samples": {}, "figures": {"roc": {}}}
    cut |= {"analyses": {"classifier": {}}}
    cut |= {"datasets": {"eplus": eplus_only | sizes}, "shard": 5000}
    Workspace(folder, planner).configure(lambda config: {**config, **cut})
    build(folder, SHARDED)
    return Workspace(folder, planner, (SHARDED,))


SHARDED = "results/small/samples/eplus/truth.hdf5"
SHARDS: set[Job] = {("sample_shard", "eplus", "truth", shard) for shard in "01"}
GATHER: Job = ("gather", "eplus", "truth")


@pytest.mark.parametrize(
    ("module", "planned", "cause"),
    [
        ("sample", SHARDS | {GATHER}, "module ultimetric.stages.sample changed"),
        ("gather", SHARDS | {GATHER}, "its temporary output is needed again"),
        ("classify", set(), ""),
    ],
)
def test_a_sample_of_several_jobs(
    module: str, planned: set[Job], cause: str, sharded: Workspace
) -> None:
    with sharded:
        sharded.rewrite(f"{PACKAGE}/stages/{module}.py", lambda text: f"{text}\nNEW = 1\n")
        plan = sharded.plan()
    assert plan.jobs is not None, plan.said
    assert set(plan.jobs) == planned
    assert all(plan.jobs[job] == [cause] for job in SHARDS & planned)


def test_shards_that_failed_after_a_change_are_made(sharded: Workspace) -> None:
    """Snakemake has recorded what they were to be made with; that they are gone is no news."""
    with sharded:
        for shard in "01":
            name = f"results/small/samples/.shards/eplus/truth/{shard}.hdf5"
            record = f".snakemake/metadata/{urlsafe_b64encode(name.encode()).decode()}"
            sharded.rewrite(record, lambda text: json.dumps(json.loads(text) | {"endtime": 2e9}))
        gathered = sharded.folder / ".snakemake/metadata"
        sharded._keep(gathered / urlsafe_b64encode(SHARDED.encode()).decode())
        plan = sharded.plan()
    assert plan.jobs is not None, plan.said
    assert set(plan.jobs) == SHARDS | {GATHER}


TRUTH = "results/small/simulated/eplus.hdf5"
SIMULATE: set[Job] = {("simulate", "eplus", "0"), ("simulate", "eplus", "1")}
GATHER_TRUTH: Job = ("gather_truth", "eplus")


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like Geant4's tables, and is taken for them."""
    folder = tmp_path / "tables"
    (folder / "G4EMLOW1").mkdir(parents=True)
    (folder / "G4EMLOW1" / "table").write_text("1")
    monkeypatch.setenv("GEANT4_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def simulated(tables: Path, tmp_path: Path, eplus: Showers) -> Iterator[Workspace]:
    """A simulated truth of two shards, which are gone."""
    folder = tmp_path / "study"
    folder.mkdir()
    write_study(folder, eplus)
    (folder / "results/small/simulated").mkdir(parents=True)
    write_showers(folder / TRUTH, eplus[:700], geant4_data=tables_name())
    planner = Planner()  # one that knows of the tables
    space = Workspace(folder, planner, (TRUTH,))
    entry = {"detector": "calogan", "particle": "e+", "showers": 700, "showers_per_job": 350}
    set_in_config("datasets.eplus.source", {"simulate": entry})(space)
    space.accept()
    yield space
    planner.close()


def test_other_tables_of_geant4_simulate_again(simulated: Workspace, tables: Path) -> None:
    assert simulated.plan().jobs == {}
    (tables / "G4EMLOW1" / "table").write_text("12")
    plan = simulated.plan()
    assert set(plan.jobs) == SIMULATE | {GATHER_TRUTH}
    assert any("simulation.tables: G4EMLOW1: 1 files" in x for x in plan.jobs[GATHER_TRUTH])


def test_a_finished_truth_needs_no_tables(simulated: Workspace, tables: Path) -> None:
    shutil.rmtree(tables)
    assert simulated.plan().jobs == {}
    (simulated.folder / TRUTH).unlink()
    plan = simulated.plan()
    assert plan.jobs is None
    assert "simulation: GEANT4_DATA_DIR names" in plan.said


def test_shards_of_other_tables_are_made_again(
    simulated: Workspace, tables: Path, eplus: Showers
) -> None:
    """Of a simulation that was interrupted, and goes on with other tables."""
    shards = [f"results/small/simulated/.shards/eplus/{i}.hdf5" for i in (0, 1)]
    (simulated.folder / TRUTH).unlink()
    (simulated.folder / shards[0]).parent.mkdir(parents=True)
    write_showers(simulated.folder / shards[0], eplus[:350])
    simulated.arguments = [shards[0], "--notemp"]
    simulated.accept()
    simulated.arguments = [TRUTH]
    assert set(simulated.plan().jobs) == {("simulate", "eplus", "1"), GATHER_TRUTH}
    (tables / "G4EMLOW1" / "table").write_text("12")
    assert set(simulated.plan().jobs) == SIMULATE | {GATHER_TRUTH}
