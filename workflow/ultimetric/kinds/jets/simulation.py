"""Jets simulated with Pythia."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any, ClassVar

import h5py

from ultimetric.data.rows import COMPRESSED
from ultimetric.kinds.jets.formats.jetnet import append_jets
from ultimetric.kinds.jets.measures import PARTICLES
from ultimetric.kinds.simulation import Simulation
from ultimetric.seeds import seed_from

log = logging.getLogger("ultimetric")

JETS_PER_EVENT = 1.5  # at least; of at most two


class PythiaJets(Simulation):
    """Jets of one type of parton, at most two per event.

    Options:
        type: The type of the partons: g, q, t, w or z.
        events: The number of events, which have at least 1.5 jets on average.
        seed: The random seed; with `events_per_job` it decides which jets there are.
    """

    defaults: ClassVar = {"type": "g", "events": None, "seed": 1, "events_per_job": 1000}
    limits: ClassVar = {
        "type": "g | q | t | w | z",
        "events": "whole in [1, 100000000]",
        "seed": "whole >= 0",
        "events_per_job": "whole >= 1",
    }
    needed = ("events",)
    packages = ("pythia8mc",)

    def slice(self, options: dict[str, Any], kind: dict[str, Any], place: str) -> dict[str, Any]:
        # The usual number is left out, so that truths made without this key stay as they are.
        particles = kind["options"]["particles"]
        return options | ({} if particles == PARTICLES else {"particles": particles})

    def entries(self, options: dict[str, Any]) -> int:
        return int(JETS_PER_EVENT * options["events"])

    def run(self, cfg: dict[str, Any], path: Path) -> None:
        # Only jobs need Pythia, which a machine that plans may lack once the truth is there.
        from ultimetric.kinds.jets.pythia import simulate_jets
        from ultimetric.kinds.pythia import VERSION

        events, start = range(*cfg["rows"]), time.process_time()
        seed = seed_from(cfg["seed"], cfg["type"], *cfg["rows"])
        made = simulate_jets(cfg["type"], events, seed, cfg.get("particles", PARTICLES))
        seconds = time.process_time() - start
        log.info("%d jets of %d events in %.1f CPU seconds", len(made.event), len(events), seconds)
        with h5py.File(path, "w") as file:
            told = {"type": cfg["type"], "seed": str(cfg["seed"]), "simulation": VERSION}
            file.attrs.update(told)
            append_jets(file, COMPRESSED, made.particles, made.event, made.features)
