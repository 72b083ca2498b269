"""Plant a fault, or none, again and again, and see what the failure finder names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.base import Classifier
from ultimetric.data.duplicates import duplicate_groups
from ultimetric.faults.base import Fault, auc_bound
from ultimetric.faults.table import Trial, write_trials
from ultimetric.faults.trials import divide, judge, planted
from ultimetric.kinds.showers.formats.calogan import read_showers
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.inputs import WITH_VOXELS
from ultimetric.kinds.showers.showers import concatenate
from ultimetric.metrics.auc import delong
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, open_door


def trial(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    torch.set_num_threads(cfg["card"].get("threads", 1))
    geometry = Geometry.from_config(cfg["geometry"])
    showers = concatenate([read_showers(path, geometry) for path in inputs["truth"]])
    groups = duplicate_groups(showers)
    layout = geometry if cfg["features"] in WITH_VOXELS else None
    classifier = load_plugin(cfg["plugin"], Classifier)(cfg["card"], layout)
    fault, fraction = None, cfg["fraction"]
    if cfg["fault"]:
        options = dict(cfg["fault"])
        fault = load_plugin(options.pop("plugin"), Fault)(options, geometry)
    trials = []
    for number in range(*cfg["trials"]):
        seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "trial", number)
        rng = np.random.default_rng(seed)
        truth, rest = divide(showers, groups, cfg["showers"], rng)
        sample = planted(rest, fault, fraction, cfg["showers"], rng)
        weights, found = judge(truth, sample, classifier, cfg["features"], cfg["voxels"], seed)
        families = [(one.observable, *one.relatives) for one in found]
        named = [fault is not None and fault.names(names) for names in families]
        trials.append(
            Trial(
                number=number,
                auc=delong(weights.label, weights.joined("score")[:, 0])[0],
                auc_bound=auc_bound(fraction),
                first="; ".join(families[0]) if families else "",
                others="; ".join(names[0] for names in families[1:]),
                named_first=int(named[:1] == [True]),
                named=int(any(named)),
            )
        )
    write_trials(outputs["trials"], trials)


if __name__ == "__main__":
    open_door(trial)
