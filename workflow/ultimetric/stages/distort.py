"""Make a sample of truth that is distorted in a known way, with its exact weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.distortions.base import Distortion
from ultimetric.distortions.exact import Exact, write_exact
from ultimetric.events import EventFile, Joined, write_events
from ultimetric.kinds.base import load_kind
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths, log


def distort(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    kind = load_kind(cfg["kind"])
    options = {key: value for key, value in cfg["distortion"].items() if key != "plugin"}
    distortion = load_plugin(cfg["distortion"]["plugin"], Distortion)(options, kind)
    source = Joined(tuple(EventFile(path, kind) for path in files["source"]))
    seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "distort")
    made = distortion.distort(source, cfg["entries"], np.random.default_rng(seed))
    attributes = {"sample": cfg["sample"]}
    if len(made.sample) < cfg["entries"]:
        few = f"only {len(made.sample)} of {cfg['entries']} {kind.several} could be made"
        log.warning("%s of %s: %s", cfg["sample"], cfg["dataset"], few)
        attributes["note"] = few
    log.info("AUC of the exact weights: %.5f", made.ideal_auc)
    write_events(outputs["sample"], made.sample, **attributes)
    log_w = (made.log_w(events) for events in (EventFile(files["truth"][0], kind), made.sample))
    write_exact(outputs["exact"], Exact(*log_w, made.ideal_auc))
