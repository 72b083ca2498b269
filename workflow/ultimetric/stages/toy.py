"""Draw the events of a toy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, log, open_door
from ultimetric.toys.base import Toy
from ultimetric.toys.events import write_events


def toy(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    drawing = load_plugin(cfg["toy"]["plugin"], Toy)(cfg["toy"]["options"])
    jets = next(iter(inputs.get("jets", [])), None)
    events = drawing.drawn(cfg["events"], seed_from(cfg["seed"], cfg["name"]), jets)
    log.info("AUC of the exact weights: %.5f", events.ideal_auc)
    write_events(outputs["events"], events)


if __name__ == "__main__":
    open_door(toy)
