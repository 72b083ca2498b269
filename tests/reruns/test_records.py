"""Records of what was made: moved, lost, damaged, and told of."""

from __future__ import annotations

import json
import re
import shutil
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest
from reruns.changes import in_file
from reruns.graph import END, GRAPH, trained
from reruns.table import CASES
from workspace import Planner, Workspace, copy_of

pytestmark = pytest.mark.workflow


@pytest.mark.parametrize("copy_function", [shutil.copy2, shutil.copyfile])
def test_a_moved_study_is_still_made(
    copy_function, built: Path, planner: Planner, tmp_path: Path
) -> None:
    """Whether or not times are copied, too."""
    shutil.copytree(built, tmp_path / "elsewhere", copy_function=copy_function)
    assert Workspace(tmp_path / "elsewhere", planner).plan().jobs == {}


@pytest.mark.parametrize("rule", sorted({job[0] for job in GRAPH.jobs()}))
def test_what_a_killed_job_left_undone_is_made(rule: str, killed: Workspace) -> None:
    """Snakemake deletes the outputs of a job before it starts, and those of one that failed."""
    records = killed.folder / ".snakemake" / "metadata"
    made = {path: json.loads(path.read_text()) for path in records.rglob("*") if path.is_file()}
    job = min(GRAPH.jobs(rule))
    log = f"results/small/logs/{'/'.join(job)}.log"
    with killed:
        for path, record in made.items():
            killed.callback(path.write_text, json.dumps(record))
            if record["log"] == [log]:
                killed.delete(urlsafe_b64decode(path.name).decode())
        plan = killed.plan()
    assert plan.jobs is not None, plan.said
    assert set(plan.jobs) == GRAPH.after(job)


PUBLISHED = ("metrics.csv", "costs.csv", "findings.csv", "provenance.json", "report.html")


@pytest.mark.parametrize(
    ("name", "rule"),
    [(name, "aggregate") for name in PUBLISHED[:-1]]
    + [("report.html", "report"), ("figures/eplus/roc.png", "figure")]
    + [("figures/eplus/roc.pdf", "figure")],
)
def test_what_is_deleted_by_hand_is_made_again(name: str, rule: str, killed: Workspace) -> None:
    with killed:
        killed.delete(f"results/small/{name}")
        plan = killed.plan()
    assert plan.jobs is not None
    assert rule in {job[0] for job in plan.jobs}


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b"{", b"\xff\xfe{}", b"[" * 10**5])
def test_damaged_records_cost_time_only(content: bytes, killed: Workspace) -> None:
    """Of Snakemake and of our own; the job that a record tells of is made again."""
    name = urlsafe_b64encode(b"results/small/analyses/separation/gamma/truth.csv").decode()
    for place in ("metadata", "ultimetric.made", "incomplete"):
        with killed:
            for path in killed.folder.glob(".snakemake/metadata/*"):
                killed._keep(path)
            killed.replace(f".snakemake/{place}/{name}", content)
            killed.replace("results/.cache/checks.json", content)
            plan = killed.plan()
        assert plan.jobs is not None, plan.said
        assert set(plan.jobs) == GRAPH.after(("separation", "gamma/truth"))
        assert plan.said.count("damaged files in .snakemake") == 1


def test_a_moved_checkout_changes_nothing(built: Path, planner: Planner, tmp_path: Path) -> None:
    """Of a study in a folder of its own, which takes its showers and the template from there."""
    space = Workspace(copy_of(built, tmp_path / "study"), planner)
    before = space.folder
    for place in ("checkout", "moved"):
        checkout = tmp_path / place
        checkout.mkdir()
        for name in ("Snakefile", "config.yaml", "profiles", "envs", "workflow"):
            shutil.move(before / name, checkout / name)
        space.arguments = ["--snakefile", str(checkout / "Snakefile")]
        space.path = [str(checkout / "workflow")]
        plan = space.plan()
        assert plan.jobs == {}, plan.said
        before = checkout
    template = before / "workflow" / "report" / "report.html.j2"
    template.write_text(f"{template.read_text()}<p>End</p>")
    assert set(space.plan().jobs) == {("report",)}


def test_lost_records_are_said(built: Path, planner: Planner, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path / "study")
    space = Workspace(folder, planner)
    said = "have no record of how they were made"
    assert said not in space.plan().said
    shutil.rmtree(folder / ".snakemake")
    plan = space.plan()
    assert plan.jobs == {}
    assert said in " ".join(plan.said.split())
    assert "snakemake --touch --forceall" in plan.said
    space.accept()
    assert said not in space.plan().said
    CASES["a hyper-parameter of one generator"].change(space)
    assert set(space.plan().jobs) == trained("caloflow")


def test_triggers_switched_off_are_said(space: Workspace) -> None:
    with space:
        plan = space.plan("--rerun-triggers", "mtime")
    assert "without code, input, params" in plan.said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda space: space.delete("plugins/means.py"),
            "classifiers.means: plugins/means.py: no such file",
        ),
        (
            lambda space: space.delete("plugins/nearest.py"),
            "generators.nearest: plugins/nearest.py: no",
        ),
        (in_file("plugins/nearest.py", "def generate(", "def generate(("), "nearest.py, line "),
    ],
    ids=["a classifier gone", "a generator gone", "a generator that is no Python"],
)
def test_a_broken_plug_in_is_one_sentence(change, sentence: str, space: Workspace) -> None:
    with space:
        change(space)
        plan = space.plan()
    assert plan.jobs is None
    assert sentence in plan.said
    assert "Traceback" not in plan.said


def test_an_interrupted_job_is_said(built: Path, planner: Planner, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path / "study")
    records = folder / ".snakemake"
    name = urlsafe_b64encode(b"results/small/costs.csv").decode()
    (records / "incomplete" / name).write_text('{"external_jobid": null}')
    (records / "metadata" / name).unlink()
    plan = Workspace(folder, planner).plan()
    assert set(plan.jobs) == END
    assert plan.jobs["aggregate",] == ["interrupted while it ran"]
    assert "no record" not in plan.said


def test_a_change_is_explained_once_with_all_that_follows(space: Workspace) -> None:
    with space:
        CASES["a generator outside the repository"].change(space)
        said = space.plan().said
    assert f"{len(trained('nearest'))} jobs are pending." in said
    cause = said[said.index("module nearest changed") :].splitlines()
    assert cause[1].strip() == "concerns sample eplus/nearest, train eplus/nearest"
    assert re.fullmatch(
        r"followed by \d+ jobs: 1 aggregate, 1 classifier, 2 classify, .*", cause[2].strip()
    )
    start = "classify eplus/nearest/dnn/high_level/0: after "
    (line,) = (line for line in said.splitlines() if line.startswith(start))
    before = line.removeprefix(start).split(", ")
    assert sorted(before) == ["observe eplus/nearest", "sample eplus/nearest"]


def test_a_lost_table_of_code_is_said(built: Path, planner: Planner, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path / "study")
    space = Workspace(folder, planner)
    CASES["the module of one generator"].change(space)
    shutil.rmtree(folder / "results" / ".cache" / "code")
    assert "the old table in results/.cache/code is gone" in space.plan().said
