"""An analysis of one's own, with a figure and a table of the report: two files, two entries."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY

from ultimetric.analyses.numbers import COLUMNS
from ultimetric.costs import read_costs
from ultimetric.errors import UserError
from ultimetric.planning.declarations import DECLARED
from ultimetric.planning.load import load_study
from ultimetric.planning.parts import FILES
from ultimetric.tables import read_table

ANALYSIS = '''
"""How long the vectors of a sample are."""

from ultimetric.analyses.base import Analysis, Result


class MeanLength(Analysis):
    """The mean of the observable `length`, sample over truth."""

    needs = ("observables",)
    writes = ("costs",)
    alone = True
    defaults = {"power": 1.0}
    limits = {"power": "number > 0"}
    tables = (
        {
            "title": "How long vectors are",
            "text": "Sample over truth, 1 if equal.",
            "columns": {"mean length": "mean_length"},
        },
    )

    def run(self, given):
        truth, sample = given.dataset.truth_observables, given.sample.observables
        lengths = [x["length"] ** self.options["power"] for x in (sample, truth)]
        ratio = lengths[0].mean() / lengths[1].mean()
        cost = {"stage": "measure", "quantity": "vectors_read", "value": len(lengths[0])}
        return Result([{"metric": "mean_length", "value": ratio}], costs=[cost])
'''
FIGURE = '''
"""How long the vectors of every sample are."""

from matplotlib.figure import Figure as Picture

from ultimetric.figures.base import Figure


class Lengths(Figure):
    """A bar for each sample."""

    needs = ()
    analyses = ("mean_length",)

    def draw(self, given):
        picture = Picture()
        rows = given.rows[given.rows["metric"] == "mean_length"]
        names = [given.label(name) for name in rows["sample"]]
        picture.subplots().barh(names, rows["value"])
        return picture
'''
STUDY = """
study: lengths
datasets: {gauss: {kind: vectors, dimensions: 3, source: {draw: {events: 1000}}}}
analyses: {mean_length: {file: mine/mean_length.py, power: 2}}
figures: {lengths: {file: mine/lengths.py, title: My lengths}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "mean_length.py").write_text(ANALYSIS)
    (tmp_path / "mine" / "lengths.py").write_text(FIGURE)
    (tmp_path / "mine" / "lengths.rst").write_text("What my figure shows.")
    (tmp_path / "study.yaml").write_text(STUDY)
    return tmp_path


def test_it_is_planned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    study = load_study(yaml.safe_load(STUDY), folder / "c.json")
    assert list(study.analyses["mean_length"].places) == [
        "gauss/truth",
        "gauss/positive_control",
    ]
    cfg = study.analyse("mean_length", "gauss/truth")
    assert cfg["analysis"] == {"plugin": "mine/mean_length.py", "options": {"power": 2}}
    assert cfg["files"] == {
        "truth_observables": [["gauss"]],
        "observables": [["gauss", "truth"]],
    }
    drawn = study.figure("gauss", "lengths")["files"]["rows"]
    assert drawn == [
        ["mean_length", x, "mean_length"] for x in study.analyses["mean_length"].places
    ]
    (table,) = study.report()["tables"]
    assert (table["analysis"], table["title"]) == ("mean_length", "How long vectors are")
    (figure,) = study.report()["figures"]
    assert (figure["title"], figure["caption"]) == ("My lengths", "What my figure shows.")


@pytest.mark.workflow
def test_it_runs_and_the_package_holds_no_more_files(folder: Path) -> None:
    before = _code()
    run(folder, "--cores", "1")
    assert _code() == before
    results = folder / "results" / "lengths"
    rows = read_table(results / "metrics.csv", COLUMNS, published=True)
    found = rows[rows["metric"] == "mean_length"].set_index("sample")["value"]
    assert found["truth"] == pytest.approx(1, abs=0.2)
    assert found["positive_control"] > found["truth"]
    costs = read_costs(results / "costs.csv", published=True).set_index(["sample", "quantity"])
    assert costs.loc[("truth", "vectors_read"), "value"] == 500
    assert costs.loc[("truth", "vectors_read"), "note"] == "dataset gauss"
    assert (results / "figures" / "gauss" / "lengths.pdf").stat().st_size > 5000
    page = (results / "report.html").read_text()
    for text in ("How long vectors are", "mean length", "My lengths", "What my figure shows."):
        assert text in page
    # It measures times: with two cores, one job still waits for the other.
    run(folder, "--cores", "2", "--forcerun", "mean_length", "--until", "mean_length")
    logs = map(lines_of, (results / "logs" / "mean_length").rglob("*.log"))
    (_, end), (start, _) = sorted((lines[0][:23], lines[-1][:23]) for lines in logs)
    assert end < start


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


def run(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    done = subprocess.run(
        [*command, "--configfile", "study.yaml", "--quiet", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "workflow")},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("def x(:", "mine/mean_length.py, line"),
        ('per = "shower"', "MeanLength.per: 'shower' is not one of sample, pair, dataset, study"),
        ('needs = ("trueth",)', "needs[0]: 'trueth' is not one of truth, sample"),
        ('needs = ("truth")', "MeanLength.needs: 'truth' is not a list"),
        ('needs = tuple(["truth"])', "needs: planning reads the source and runs none of it"),
        ('optional = ("condition",)', "optional[0]: 'condition' is not one of truth, sample"),
        ('writes = ("images",)', "writes[0]: 'images' is not one of findings, pictures, "),
        ('alone = "yes"', "MeanLength.alone: 'yes' is not true or false"),
        ('trains = "yes"', "MeanLength.trains: 'yes' is not true or false"),
        ('kinds = "vectors"', "MeanLength.kinds: 'vectors' is not a list"),
        ('defaults = ["power"]', "MeanLength.defaults: it is no set of keys"),
        ('defaults = {"power": 1 / 2}', "MeanLength.defaults: planning reads the source"),
        ('per = "pair"', "an analysis of pairs needs the option `pairs` in `defaults`"),
        ('tables = ({"titel": "x"},)', "tables[0]: unknown key 'titel', did you mean 'title'?"),
        ('tables = ("x",)', "MeanLength.tables[0]: it is no set of keys"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(
    lines: str, sentence: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with Path("mine/mean_length.py").open("a") as file:
        file.write(f"\n    {lines}\n")
    with pytest.raises(UserError) as error:
        load_study(yaml.safe_load(STUDY), folder / "c.json")
    assert str(error.value).startswith("config, analyses.mean_length")
    assert sentence in str(error.value)


def test_each_need_has_its_files() -> None:
    words = (DECLARED[x]["needs"].removeprefix("list of ") for x in ("analyses", "figures"))
    known = {word for text in words for word in text.split(" | ")}
    assert known == {*FILES, "scores", "planted", "posterior", "control", "condition"}


def test_an_analysis_of_the_study_has_the_models_of_all_datasets(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    text = ANALYSIS.replace('needs = ("observables",)', 'needs = ("model",)\n    per = "study"')
    Path("mine/mean_length.py").write_text(text)
    config = yaml.safe_load(STUDY) | {"figures": None}
    assert not load_study(config, folder / "c.json").analyses["mean_length"].places
    config["datasets"] = {"a": config["datasets"]["gauss"], "b": config["datasets"]["gauss"]}
    config["generators"] = {"flow": {"preprocessing": "standardised"}}
    cfg = load_study(config, folder / "c.json").analyse("mean_length", "study")
    for name in "ab":
        assert cfg["settings"][name]["flow"]["generator"]["dataset"] == name


@pytest.mark.parametrize("analyses", ["OTHERS", '{"mean_length"}'])
def test_a_declaration_may_be_a_set_or_a_constant(
    analyses: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    text = FIGURE.replace('("mean_length",)', analyses)
    Path("mine/lengths.py").write_text(f'OTHERS = ("mean_length",)\n{text}')
    study = load_study(yaml.safe_load(STUDY), folder / "c.json")
    assert study.figure("gauss", "lengths")["files"]["rows"]


def _code() -> set[Path]:
    """The files of the package."""
    paths = (REPOSITORY / "workflow").rglob("*")
    return {path for path in paths if "__pycache__" not in path.parts}
