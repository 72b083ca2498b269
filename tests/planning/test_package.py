"""What the package imports where, and that its studies can be planned."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY
from showers import write_showers

from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning import settings
from ultimetric.planning.fingerprint import closure, plugins_in
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study

STAGES = sorted(
    path.stem for path in (REPOSITORY / "workflow/ultimetric/stages").glob("[a-z]*.py")
)


def test_planning_is_light() -> None:
    """Each of these would cost a plan, and every job, most of a second."""
    code = (
        f"import sys; sys.path.insert(0, {str(REPOSITORY / 'workflow')!r})\n"
        "import ultimetric.planning.load, ultimetric.snake.terminal\n"
        "heavy = {'torch', 'matplotlib', 'numba', 'pandas', 'scipy.stats', 'sklearn'}\n"
        "print(heavy & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


@pytest.mark.parametrize("stage", ["train", "sample", "classify", "preprocess", "ingest", "weigh"])
def test_no_training_or_sampling_reaches_figures(stage: str, study: Study) -> None:
    slices = {
        "train": lambda: settings.train(study.parts, "eplus", "caloflow"),
        "sample": lambda: settings.sample(study.parts, "eplus", "caloinn"),
        "classify": lambda: settings.classify(
            study.parts, "eplus", "truth", "dnn", "energies", "0"
        ),
    }
    plugins = plugins_in(slices[stage]()) if stage in slices else []
    names = closure([f"ultimetric.stages.{stage}", *plugins])
    assert not any(name.startswith("ultimetric.figures") for name in names)


@pytest.mark.parametrize("stage", STAGES)
def test_stages_use_nothing_of_planning_that_changes_results(stage: str) -> None:
    """What no fingerprint covers: the door's checks, and the key of a checkpoint."""
    names = {n for n in closure([f"ultimetric.stages.{stage}"]) if ".planning." in n}
    assert names <= {"ultimetric.planning.fingerprint"}


@pytest.mark.slow
def test_nothing_imports_stages_and_no_circle() -> None:
    package = REPOSITORY / "workflow" / "ultimetric"
    modules = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts)
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }
    reached = {module: closure([module]) - {module} for module in modules}
    for module, names in reached.items():
        inside = {n for n in names if n.startswith("ultimetric.stages.")}
        if not module.startswith("ultimetric.stages."):
            assert not inside, module
        for name in names & modules:
            assert module not in reached[name], f"{module} and {name} import each other"


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((REPOSITORY / "workflow" / "studies").glob("*.yaml")))
def test_ready_studies_are_valid(path: Path, tmp_path: Path, eplus: Showers) -> None:
    config = yaml.safe_load(path.read_text())
    if "file" in config:
        write_showers(tmp_path / "their.hdf5", eplus[:300])
        config |= {"file": str(tmp_path / "their.hdf5"), "name": path.stem + "-test"}
        path = path.with_stem(config["name"])
    study = load_study(config, tmp_path / "c.json")
    assert study.name == path.stem
    for dataset in study.datasets:
        for sample in study.samples.generated(dataset):
            assert study.code("train", settings.train(study.parts, dataset, sample))
        roles = set(study.samples.controls(dataset).values())
        # Where exact weights are known, no control need tell whether a classifier is sensitive.
        assert roles | set(study.samples.distorted(dataset)) > {"baseline"}
