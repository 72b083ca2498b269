"""Give analyses and figures the files of a job."""

from __future__ import annotations

from typing import Any

from ultimetric.analyses.given import DatasetFiles, SampleFiles
from ultimetric.kinds.base import load_kind
from ultimetric.stages import Paths

OF_DATASETS = (
    "truth", "truth_observables",
    "training", "training_observables", "validation", "validation_observables",
)  # fmt: skip
OF_SAMPLES = ("events", "observables", "weights", "exact", "model", "history", "scan")
OF_BASELINE = {"baseline_events": "events", "baseline_observables": "observables"}
BASELINE = "truth"


def datasets_of(cfg: dict[str, Any], files: Paths) -> dict[str, DatasetFiles]:
    """The datasets of a job with their files.

    Arguments:
        cfg: {"datasets": [{"name", "kind", "samples": [names in their order]}],
            "files": {role: [key of each file: [dataset], [dataset, sample], or [dataset, method,
            inputs, block]]}, "settings": {dataset: {sample: settings}}}.
        files: The files of each role, in the order of cfg["files"].
    """
    of = {
        role: [(tuple(key), path) for key, path in zip(keys, files.get(role, []), strict=True)]
        for role, keys in cfg["files"].items()
    }
    return {
        (name := entry["name"]): DatasetFiles(
            name=name,
            kind=(kind := load_kind(entry["kind"])),
            paths=_paths(of, OF_DATASETS, name),
            samples={
                sample: SampleFiles(
                    sample,
                    kind,
                    _paths(of, OF_SAMPLES, name, sample),
                    cfg.get("settings", {}).get(name, {}).get(sample, {}),
                )
                for sample in entry["samples"]
            },
            baseline=_baseline(of, name, kind),
            scores=_scores(of, name),
        )
        for entry in cfg["datasets"]
    }


def _paths(of: dict[str, list], roles: tuple[str, ...], *key: str) -> dict[str, Any]:
    """The file of each role for a dataset, or for a sample."""
    return {role: path for role in roles for known, path in of.get(role, []) if known == key}


def _baseline(of: dict[str, list], dataset: str, kind: Any) -> SampleFiles | None:
    found = _paths(of, tuple(OF_BASELINE), dataset)
    paths = {OF_BASELINE[role]: path for role, path in found.items()}
    return SampleFiles(BASELINE, kind, paths) if paths else None


def _scores(of: dict[str, list], dataset: str) -> dict[tuple[str, str], list]:
    """The blocks of each classifier that sees all samples at once, and its inputs."""
    found: dict[tuple[str, str], list] = {}
    for (name, method, inputs, _), path in of.get("scores", []):
        if name == dataset:
            found.setdefault((method, inputs), []).append(path)
    return found
