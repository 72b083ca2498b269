"""What figures are given, and what they are refused for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from showers import write_showers

from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study, canonical
from ultimetric.report.declared import declared


def test_a_figure_of_estimated_energies_needs_them(config: dict, tmp_path: Path) -> None:
    del config["analyses"]["energy_regression"]
    sentence = r"figures\.energy_regression: it draws energy_regression, which is not under"
    with pytest.raises(UserError, match=sentence):
        load_study(config, tmp_path / "c.json")
    del config["figures"]["energy_regression"]
    assert "energy_regression" not in load_study(config, tmp_path / "c.json").analyses


def test_findings_are_searched_if_asked_for(config: dict, tmp_path: Path) -> None:
    study = load_study(config, tmp_path / "c.json")
    names = study.samples.of("eplus")
    assert list(study.analyses["findings"].places) == [f"eplus/{name}" for name in names]
    assert study.analyse("findings", "eplus/truth")["analysis"]["options"]["method"] == "dnn"
    assert study.figure("eplus", "findings")["figure"]["inputs"] == "high_level"
    told = {table["analysis"]: table["options"] for table in study.report()["tables"]}
    of_findings = told["findings"]["eplus"]
    assert (of_findings["method"], of_findings["inputs"]) == ("dnn", "high_level")
    config["analyses"]["findings"] = None
    sentence = r"figures\.findings: it draws findings, which is not under `analyses`"
    with pytest.raises(UserError, match=sentence):
        load_study(config, tmp_path / "c.json")
    del config["figures"]["findings"]
    study = load_study(config, tmp_path / "c.json")
    assert "findings" not in study.analyses
    assert "findings" not in {table["analysis"] for table in study.report()["tables"]}


def test_an_analysis_may_have_a_name_of_its_own(config: dict, tmp_path: Path) -> None:
    config["analyses"]["wrong"] = {"module": "findings"} | config["analyses"].pop("findings")
    study = load_study(config, tmp_path / "c.json")
    files = study.parts.paths(study.figures["findings"].files("eplus"), "r")
    assert "r/analyses/wrong/eplus/truth.findings.csv" in files["findings"]


def test_a_sample_of_the_user_is_in_the_figures(
    config: dict, tmp_path: Path, eplus: Showers
) -> None:
    path = tmp_path / "mine.hdf5"
    write_showers(path, eplus[:300])
    config["samples"] = {"mine": {"file": str(path)}}
    study = load_study(config, tmp_path / "c.json")
    shown = {name for name in study.figures if "mine" in study.figures[name].samples("eplus")}
    # Seven samples share no panel: it is in the first of two figures.
    further = {name for name, figure in study.figures.items() if figure.part}
    assert further == {"auc_energy-2", "roc-2"}
    assert shown == set(study.figures) - {"weights_features", "noise_order"} - further


def test_many_samples_are_drawn_in_several_figures(config: dict, tmp_path: Path) -> None:
    def parts(entry: dict) -> dict[str, list[str]]:
        config["figures"] = {"roc": entry}
        config["style"]["order"].pop("figures", None)
        study = load_study(config, tmp_path / "c.json")
        titles = [figure["title"] for figure in study.report()["figures"]]
        number = len(study.figures)
        if number > 1:
            assert titles == [f"ROC ({k} of {number})" for k in range(1, number + 1)]
        return {name: study.figures[name].samples("eplus") for name in study.figures}

    whole = parts({"title": "ROC", "most": 20})
    (everything,) = whole.values()
    controls = load_study(config, tmp_path / "c.json").samples.controls("eplus")
    divided = parts({"title": "ROC", "most": 3})
    own = [x for names in divided.values() for x in names if x not in controls]
    assert own == [x for x in everything if x not in controls]
    assert list(divided) == ["roc", "roc-2", "roc-3"][: len(divided)]
    assert len(divided) > 1
    for names in divided.values():
        assert set(controls) <= set(names)
        assert 0 < len(set(names) - set(controls)) <= 3
    # Samples that the config names are drawn as it asks for.
    assert list(parts({"title": "ROC", "samples": everything})) == ["roc"]
    # A figure without shared panels stays one.
    assert (
        "losses"
        in load_study(config | {"figures": {"losses": {"most": 1}}}, tmp_path / "c.json").figures
    )


def test_columns_of_a_table_keep_their_order_in_stored_settings(
    config: dict, tmp_path: Path
) -> None:
    config["analyses"]["pairs"] = {"pairs": [["caloflow", "caloinn"]]}
    study = load_study(config, tmp_path / "c.json")
    tables = json.loads(canonical(study.report()))["tables"]
    (table,) = (x for x in tables if x["analysis"] == "pairs")
    keys = {key: x for key, x in table.items() if key not in ("analysis", "section", "options")}
    headings = [column.heading for column in declared(keys, "pairs").columns]
    assert headings[:3] == ["AUC of the first", "AUC of the second", "difference of the AUCs"]


def test_a_figure_without_anything_to_show_is_left_out(config: dict, tmp_path: Path) -> None:
    config["figures"]["exact_weights"] = {}
    study = load_study(config, tmp_path / "c.json")
    assert "exact_weights" not in study.figures_of("eplus")
    assert study.remarks == ["figures.exact_weights: it has nothing to show and is left out"]


def test_an_analysis_without_a_sample_is_left_out(config: dict, tmp_path: Path) -> None:
    config["analyses"]["exact"] = {}
    study = load_study(config, tmp_path / "c.json")
    assert study.remarks == ["analyses.exact: no sample has what it needs, and it is left out"]


def test_every_figure_has_its_caption(study: Study) -> None:
    report = study.report()
    assert [figure["name"] for figure in report["figures"]] == list(study.figures)
    assert study.figures["noise_order"].module == "ultimetric.figures.observables"
    assert all(len(figure["caption"]) > 100 for figure in report["figures"])


def test_every_sample_has_a_colour_of_its_own(study: Study) -> None:
    cfg = study.figure("eplus", "weights")
    assert cfg["datasets"][0]["samples"] == study.samples.of("eplus")
    assert len(set(cfg["style"]["colours"].values())) == len(study.samples.of("eplus"))


def test_figures_of_a_dataset_show_its_samples_only(config: dict, tmp_path: Path) -> None:
    entry = {"source": "bundled", "geometry": "calogan_coarse"}
    config["datasets"]["gamma"] = entry | {"generator": 2000, "classifier": 2000, "final": 1000}
    config["generators"]["caloinn"]["datasets"] = ["eplus"]
    config["figures"]["roc"]["samples"] = ["caloflow", "caloinn"]
    study = load_study(config, tmp_path / "c.json")
    cfg = study.figure("gamma", "roc")
    assert cfg["datasets"][0]["samples"] == ["caloflow"]
    assert "samples" not in cfg["figure"]
    assert study.samples.controls("gamma") == {
        "truth": "baseline",
        "power_control": "positive control",
    }


def test_what_figures_ask_for(config: dict, tmp_path: Path) -> None:
    """Scans and histories of models that are trained only, numbers of the analyses they draw."""
    config["figures"]["scan_curves"] = {"samples": ["caloflow", "truth"]}
    config["figures"]["reweighting"]["samples"] = ["caloflow", "truth"]
    study = load_study(config, tmp_path / "c.json")
    files = {name: figure.files("eplus") for name, figure in study.figures.items()}
    assert files["scan_curves"]["scan"] == [["eplus", "caloflow"]]
    assert "rows" not in files["scan_curves"]
    assert files["reweighting"] == {
        "rows": [["reweighting", "eplus/caloflow", "reweighting"]],
    }
    assert "scan" not in files["summary"]
    assert files["energy_regression"]["arrays"] == [
        ["energy_regression", "eplus", "energy_regression"]
    ]
    assert sorted(x for _, x in files["losses"]["history"]) == ["caloflow", "caloinn"]


def test_a_figure_of_samples_is_of_the_datasets_that_have_them(tmp_path: Path) -> None:
    drawn = {"kind": "vectors", "dimensions": 1, "source": {"draw": {"events": 2000}}}
    config = {
        "datasets": {"narrow": drawn, "broad": drawn},
        "samples": {"wider": {"dataset": "broad", "distort": {"width": 1.5}}},
        "inputs": ["vector"],
        "figures": {"wide": {"module": "weights", "samples": ["wider"]}, "weights": {}},
    }
    study = load_study(config, tmp_path / "c.json")
    assert study.figures["wide"].datasets == ["broad"]
    assert study.figures["weights"].datasets == ["broad", "narrow"]


def test_a_figure_of_an_observable_is_of_the_datasets_that_have_it(tmp_path: Path) -> None:
    drawn = {"kind": "vectors", "source": {"draw": {"events": 2000}}}
    config = {
        "datasets": {"line": drawn | {"dimensions": 1}, "plane": drawn | {"dimensions": 2}},
        "inputs": ["vector"],
        "figures": {"second": {"module": "observables", "names": ["x_2"], "group": "components"}},
    }
    study = load_study(config, tmp_path / "c.json")
    assert study.figures["second"].datasets == ["plane"]
    config["figures"]["second"]["names"] = ["x_3"]
    with pytest.raises(UserError, match=r"figures\.second\.names: 'x_3' is not one of"):
        load_study(config, tmp_path / "c.json")


def test_a_figure_takes_a_classifier_that_sees_its_dataset(tmp_path: Path) -> None:
    drawn = {"kind": "vectors", "dimensions": 1, "source": {"draw": {"events": 2000}}}
    config = {
        "datasets": {"narrow": drawn, "broad": drawn},
        "classifiers": {"dnn": {"datasets": ["broad"]}, "trees": {"module": "bdt"}},
        "inputs": ["vector"],
        "figures": {"weights": {}, "calibration": {"inputs": "vector"}},
    }
    study = load_study(config, tmp_path / "c.json")
    assert "method" not in study.figure("broad", "weights")["figure"]
    assert study.figure("narrow", "weights")["figure"]["method"] == "trees"


def test_parts_of_the_report_change_the_report_alone(config: dict, tmp_path: Path) -> None:
    before = load_study(config, tmp_path / "c.json")
    part = {"title": "Showers", "text": "Of Geant4.", "datasets": ["eplus"]}
    config["report"] = {"parts": [part]}
    study = load_study(config, tmp_path / "c.json")
    assert study.report() == before.report() | {"parts": [part | {"samples": None}]}
    assert study.aggregate() == before.aggregate()
