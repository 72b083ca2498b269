"""Events simulated with Pythia."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ultimetric.errors import UserError
from ultimetric.kinds.events.kind import EventKind
from ultimetric.kinds.events.measures import MOST_JETS, MUONS
from ultimetric.kinds.simulation import Simulation
from ultimetric.seeds import seed_from

log = logging.getLogger("ultimetric")

PROCESS = (
    "pp at 13 TeV, Z/gamma* of 66 to 116 GeV to two muons, anti-kT jets with R = 0.4, "
    "pT > 20 GeV, |eta| < 4.5"
)
# The shares of inclusive events that have exactly one, two and three jets: of SHARES_FEWER errors
# fewer than expected, so that a truth never has fewer entries than were planned.
SHARES = (0.216, 0.0617, 0.0163)
SHARES_FEWER = 5.0


class PythiaEvents(Simulation):
    """Inclusive Z(-> mu mu) events, of which those with exactly one, two or three jets are kept.

    Options:
        events: The number of inclusive events.
        seed: The random seed; with `events_per_job` it decides which events there are.
        prescale: Three numbers a, b, c: one in a of the events of one jet is kept, drawn at
            random, one in b of those of two and one in c of those of three jets.
    """

    defaults: ClassVar = {
        "events": None,
        "seed": 1,
        "prescale": [1.0] * MOST_JETS,
        "events_per_job": 2000,
    }
    limits: ClassVar = {
        "events": "whole in [1, 100000000]",
        "seed": "whole >= 0",
        "prescale": "list of number >= 1",
        "events_per_job": "whole >= 1",
    }
    needed = ("events",)
    packages = ("pythia8mc",)

    def slice(self, options: dict[str, Any], kind: dict[str, Any], place: str) -> dict[str, Any]:
        if len(options["prescale"]) != MOST_JETS:
            raise UserError(f"{place}.prescale: needs {MOST_JETS} numbers, for 1, 2 and 3 jets")
        return options

    def entries(self, options: dict[str, Any]) -> int:
        shares = sum(s / p for s, p in zip(SHARES, options["prescale"], strict=True))
        expected = options["events"] * shares
        return max(0, int(expected - SHARES_FEWER * np.sqrt(expected)))

    def run(self, cfg: dict[str, Any], path: Path) -> None:
        # Only jobs need Pythia, which a machine that plans may lack once the truth is there.
        from ultimetric.kinds.events.pythia import simulate_events
        from ultimetric.kinds.pythia import VERSION

        number, start = len(range(*cfg["rows"])), time.process_time()
        made = simulate_events(number, seed_from(cfg["seed"], "zjets", *cfg["rows"]))
        seconds = time.process_time() - start
        log.info("%d of %d events have jets; %.1f CPU seconds", len(made), number, seconds)
        write_shard(path, made, cfg, simulation=VERSION)


def write_shard(path: Path, momenta: np.ndarray, cfg: dict[str, Any], **about: str) -> None:
    """Write the events of a job that the prescale keeps, with the way in which they were made.

    Arguments:
        path: The new file.
        momenta: All events of the job with one to three jets (N, 5, 4).
        cfg: The settings of the job.
        about: Other attributes of the file.
    """
    jets = (momenta[..., 0] != 0).sum(1) - MUONS
    rng = np.random.default_rng(seed_from(cfg["seed"], "zjets", *cfg["rows"], "prescale"))
    kept = rng.random(len(jets)) * np.array(cfg["prescale"])[jets - 1] < 1
    kind = EventKind({})
    data = momenta[kept].reshape(-1, kind.n_values).astype(np.float32)
    events = kind.entries(jets[kept, None] - 1.0, data)
    about |= {
        "process": PROCESS,
        "seed": str(cfg["seed"]),
        "prescale": ", ".join(f"{x:g}" for x in cfg["prescale"]),
    }
    with kind.formats[0].writer(path, kind, compress=True, **about) as append:
        append(events)
