"""One key chooses a scale of a study."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY

from ultimetric.errors import UserError
from ultimetric.planning.config_files import check_config_files
from ultimetric.planning.load import load_study
from ultimetric.planning.scales import scaled

CONFIG = {
    "study": "small",
    "datasets": {"a": {"generator": 5, "source": "bundled"}},
    "samples": {"b": {"dataset": "a"}, "c": {}},
    "inputs": ["x", "y"],
    "scales": {
        "large": {
            "study": "big",
            "datasets": {"a": {"generator": 50}},
            "samples": {"c": None, "d": {"file": "d.hdf5"}},
            "inputs": ["x"],
        }
    },
}


def test_keys_of_keys_are_merged_and_all_else_is_replaced() -> None:
    before = deepcopy(CONFIG)
    assert scaled(CONFIG | {"scale": "large"}) == {
        "study": "big",
        "datasets": {"a": {"generator": 50, "source": "bundled"}},
        "samples": {"b": {"dataset": "a"}, "c": None, "d": {"file": "d.hdf5"}},
        "inputs": ["x"],
    }
    assert before == CONFIG
    plain = scaled(CONFIG)
    assert plain == {k: x for k, x in CONFIG.items() if k != "scales"}
    assert scaled(plain) == plain


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scale": "lrage"}, "config.scale: 'lrage' is not one of large, did you mean 'large'?"),
        ({"scale": "large", "scales": {}}, "this study has no `scales`"),
        ({"scales": {"large": 3}}, "config.scales: it must have the keys of a study"),
    ],
)
def test_refusals(changes: dict, sentence: str) -> None:
    with pytest.raises(UserError) as error:
        scaled(CONFIG | changes)
    assert sentence in str(error.value)


def test_a_scale_removes_only_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(CONFIG))
    check_config_files([path])
    path.write_text(yaml.safe_dump(CONFIG).replace("c: null", "cc: null"))
    with pytest.raises(UserError, match=r"scales\.large\.samples: cc is null.*no config file"):
        check_config_files([path])


def scales() -> list[tuple[Path, str]]:
    """Every scale of every ready study."""
    paths = sorted((REPOSITORY / "workflow" / "studies").glob("*.yaml"))
    return [(x, scale) for x in paths for scale in yaml.safe_load(x.read_text()).get("scales", {})]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "scale"), scales())
def test_scales_of_ready_studies_are_valid(path: Path, scale: str, tmp_path: Path) -> None:
    """Each has a folder of results of its own."""
    config = yaml.safe_load(path.read_text())
    study = load_study(config | {"scale": scale}, tmp_path / "c.json")
    assert study.name not in (config["study"], path.stem)


def test_the_published_scale_of_jets(tmp_path: Path) -> None:
    config = yaml.safe_load((REPOSITORY / "workflow" / "studies" / "jets.yaml").read_text())
    study = load_study(config | {"scale": "paper"}, tmp_path / "c.json")
    card = study.methods.known["particlenet"].card
    assert (card["epochs"], card["batch"], card["trials"], card["best_epochs"]) == (20, 1024, 5, 5)
    assert study.datasets["gluon"].n_entries == 150_000
    assert study.config.samples["mass_cut"].distort["cut"] == 0.17
