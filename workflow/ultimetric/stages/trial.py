"""Plant a fault, or none, again and again, and see what the failure finder names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.base import Classifier
from ultimetric.data.duplicates import related_groups
from ultimetric.events import concatenate, read_events
from ultimetric.faults.base import Fault, auc_bound
from ultimetric.faults.table import Trial, write_trials
from ultimetric.faults.trials import divide, judge, planted
from ultimetric.kinds.base import load_kind
from ultimetric.statistics.auc import delong
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths


def trial(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    torch.set_num_threads(cfg["card"].get("threads", 1))
    kind = load_kind(cfg["kind"])
    events = concatenate([read_events(path, kind) for path in files["truth"]])
    groups = related_groups(events)
    layout = kind.files[cfg["inputs"]].layout(kind)
    classifier = load_plugin(cfg["plugin"], Classifier)(cfg["card"], layout)
    fault, fraction = None, cfg["fraction"]
    if cfg["fault"]:
        options = dict(cfg["fault"])
        fault = load_plugin(options.pop("plugin"), Fault)(options, kind)
    trials = []
    for number in range(*cfg["trials"]):
        seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "trial", number)
        rng = np.random.default_rng(seed)
        truth, rest = divide(events, groups, cfg["entries"], rng)
        sample = planted(rest, fault, fraction, cfg["entries"], rng)
        weights, found = judge(truth, sample, classifier, cfg["inputs"], cfg["values"], seed)
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
