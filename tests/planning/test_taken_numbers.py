"""Analyses that take the numbers of others, and those that read resources."""

from __future__ import annotations

from pathlib import Path

import pytest

from ultimetric.planning import plugged
from ultimetric.planning.load import load_study

ANALYSIS = '''
from ultimetric.analyses.base import Analysis, Result


class {name}(Analysis):
    """What others found."""

    per = "dataset"
    needs = ()
    analyses = {taken}
    reads = "{reads}"

    def run(self, given):
        return Result([{{"sample": "truth", "metric": "rows", "value": len(given.rows)}}])
'''


def study_with(config: dict, folder: Path, **analyses: tuple[str, ...]):
    """The study with analyses of one's own, each with what it takes; their first one reads."""
    entries = {"classifier": {}, "separation": {}}
    for name, taken in analyses.items():
        path, reads = folder / f"{name}.py", "tables" if name == "reader" else ""
        path.write_text(ANALYSIS.format(name=name.title(), taken=taken, reads=reads))
        entries[name] = {"file": str(path)}
    return load_study(config | {"analyses": entries, "figures": {}}, folder / "checks.json")


def rows_of(study, name: str) -> list[list[str]]:
    analysis = study.analyses[name]
    return analysis.files(analysis.places["eplus"]).get("rows", [])


def test_numbers_of_all_samples_are_taken(config: dict, tmp_path: Path) -> None:
    study = study_with(config, tmp_path, collector=("classifier", "fpd"))
    expected = [["classifier", f"eplus/{x}", "classifier"] for x in study.samples.of("eplus")]
    assert sorted(rows_of(study, "collector")) == sorted(expected)
    cfg = study.analyse("collector", "eplus")
    assert cfg["files"]["rows"] == rows_of(study, "collector")
    paths = study.parts.paths(cfg["files"], "results/x")["rows"]
    assert "results/x/analyses/classifier/eplus/truth.csv" in paths


def test_a_star_takes_all_that_take_none(config: dict, tmp_path: Path) -> None:
    study = study_with(config, tmp_path, every=("*",), first=("separation",))
    assert {key[0] for key in rows_of(study, "every")} == {"classifier", "separation"}


def test_no_analysis_waits_for_itself(config: dict, tmp_path: Path) -> None:
    study = study_with(config, tmp_path, first=("second", "separation"), second=("first",))
    assert {key[0] for key in rows_of(study, "first")} == {"separation"}
    assert rows_of(study, "second") == []


def test_a_change_of_a_resource_changes_the_settings(
    config: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugged, "RESOURCES", tmp_path)
    table = tmp_path / "tables" / "numbers.csv"
    table.parent.mkdir()
    found = []
    for text in ("1", "2", "1"):
        table.write_text(text)
        study = study_with(config, tmp_path, reader=())
        found.append(study.analyse("reader", "eplus"))
        assert "reads" not in study.analyse("separation", "eplus/truth")
    assert found[0] == found[2] != found[1]
