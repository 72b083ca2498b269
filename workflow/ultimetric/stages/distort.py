"""Make a sample of truth that is distorted in a known way, with exact weights if there are any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.distortions.base import Distortion
from ultimetric.distortions.exact import Exact, write_exact
from ultimetric.errors import refusal
from ultimetric.events import EventFile, Joined, write_events
from ultimetric.kinds.base import load_kind
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths, log


def distort(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    kind = load_kind(cfg["kind"])
    options = {key: value for key, value in cfg["distortion"].items() if key != "plugin"}
    distortion = load_plugin(cfg["distortion"]["plugin"], Distortion)(options, kind)
    truth = [EventFile(path, kind) for path in files["truth"]]
    independent = [EventFile(path, kind) for path in files["source"]]
    source = Joined((*independent, *(truth if distortion.of_all_truth else ())))
    seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "distort")
    made = distortion.distort(source, cfg["entries"], np.random.default_rng(seed))
    notes = [made.note]
    if len(made.sample) < cfg["entries"]:
        notes.append(f"only {len(made.sample)} of {cfg['entries']} {kind.several} could be made")
    attributes = {"sample": cfg["sample"]}
    if note := "; ".join(filter(None, notes)):
        log.warning("%s of %s: %s", cfg["sample"], cfg["dataset"], note)
        attributes["note"] = note
    write_events(outputs["sample"], made.sample, **attributes)
    if "exact" not in outputs:
        return
    if made.log_w is None:
        raise refusal(distortion, "distort returned no log_w", "one, or `exact = False`")
    log.info("AUC of the exact weights: %.5f", made.ideal_auc)
    log_w = (made.log_w(events) for events in (*truth, made.sample))
    write_exact(outputs["exact"], Exact(*log_w, made.ideal_auc))
