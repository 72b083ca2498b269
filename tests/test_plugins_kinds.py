"""What works on some kinds of data only is used there only, and refused elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from ultimetric.errors import UserError
from ultimetric.events import EventFile, write_events
from ultimetric.kinds.base import Kind
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.vectors.kind import VectorKind
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study

VECTORS = "gauss: {kind: vectors, source: {draw: {events: 1000}}}"
BOTH = f"datasets: {{eplus: {{}}, {VECTORS}}}"
ONE = "and the dataset gauss is of the kind vectors"
FLOW = "caloflow: {preprocessing: noise_before"
ONLY = f"datasets: {{{VECTORS}}}"


def planned(text: str, folder: Path) -> Study:
    return load_study(yaml.safe_load(text), folder / "checks.json")


def test_generators_model_the_datasets_of_their_kinds(tmp_path: Path) -> None:
    mine = planned(
        f"{BOTH}\ngenerators: {{caloflow: {{card: tiny, preprocessing: noise_before}}, "
        "flow: {card: tiny, preprocessing: standardised, datasets: [gauss]}, independent: {}}",
        tmp_path,
    )
    assert set(mine.samples.generated("eplus")) == {"truth", "caloflow", "independent"}
    assert set(mine.samples.generated("gauss")) == {"truth", "flow", "independent"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            f"{ONLY}\ngenerators: {{caloflow: {{preprocessing: noise_before}}}}",
            "config, generators.caloflow: it models showers only, and no dataset is of this kind",
        ),
        (
            f"{BOTH}\ngenerators: {{{FLOW}, datasets: [gauss]}}}}",
            f"config, generators.caloflow: it models showers only, {ONE}",
        ),
        (
            f"{ONLY}\ngenerators: {{flow: {{preprocessing: [normalise, standardise]}}}}",
            "config, generators.flow.preprocessing, normalise: the step normalise works on "
            f"showers only, {ONE}",
        ),
        (
            f"{ONLY}\ngenerators: {{x: {{model: faulty, override: {{fault: tail_cut}}}}}}",
            f"config, generators.x: the fault tail_cut works on showers only, {ONE}",
        ),
        (
            f"{ONLY}\nfigures: {{averages: {{}}}}",
            "config, figures.averages: it draws showers only, and no dataset is of this kind",
        ),
        (
            f"{ONLY}\nanalyses: {{energy_regression: {{card: tiny}}}}",
            "config, analyses.energy_regression: it is of showers only, and no dataset is of this "
            "kind",
        ),
        (
            f"{ONLY}\ngenerators: {{x: {{model: reweighted, builds_on: flow}}, "
            "flow: {preprocessing: standardised}}",
            "config, generators.x.inputs: 'high_level' is not one of vector",
        ),
        (
            f"{ONLY}\nsamples: {{x: {{distort: {{module: mass, power: 1}}}}}}",
            f"config, samples.x.distort: the distortion works on jets only, {ONE}",
        ),
        (
            "datasets: {eplus: {}}\nsamples: {x: {distort: {shift: 1}}}",
            "x.distort: `module` or `file` must say how; there are none",
        ),
        (f"{ONLY}\ngenerators: {{flow: {{}}}}", "for example preprocessing: standardised"),
        ("datasets: {gauss: {kind: vectrs}}", "did you mean 'vectors'?"),
        ("datasets: {gauss: {kind: vectors, dimension: 2}}", "did you mean 'dimensions'?"),
    ],
)
def test_elsewhere_they_are_refused_in_one_sentence(
    text: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError) as error:
        planned(text, tmp_path)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_recipe_with_mirror_images_needs_a_kind_that_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ultimetric.kinds.showers.kind.ShowerKind.symmetries", lambda self: [])
    with pytest.raises(UserError) as error:
        planned(f"datasets: {{eplus: {{}}}}\ngenerators: {{{FLOW}}}}}", tmp_path)
    assert str(error.value) == (
        "config, preprocessing.noise_before, mirror: showers in calogan_coarse have no mirror "
        "images"
    )


@pytest.mark.parametrize(
    "kind",
    [VectorKind({"dimensions": 2}), JetKind({}), JetKind({"content": "high_level"})],
    ids=["vectors", "jets", "numbers of jets"],
)
def test_a_part_without_entries_is_written(kind: Kind, tmp_path: Path) -> None:
    """The final part is empty in most studies."""
    data = np.ones((4, kind.n_values), dtype=np.float32)
    write_events(tmp_path / "all.hdf5", kind.entries(np.empty((4, 0)), data))
    some = EventFile(tmp_path / "all.hdf5", kind, np.arange(0))
    write_events(tmp_path / "none.hdf5", some)
    assert (tmp_path / "none.hdf5").exists()
