"""Time and peak memory of all distances of two files in the format of the CaloChallenge.

Showers are made up, N of truth and of a sample. Tables of observables are made first, as in the
workflow; then each analysis of a section "Distances ..." runs in a process of its own. By default:
20,000 showers of dataset 2, and 5,000 of dataset 3 through observe, separation and FPD.

    PYTHONPATH=workflow python benchmarks/distances.py [geometry showers [analysis ...]]
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import Timing, record
from showers import kind_of, made_up_showers
from streaming import FILES, in_process, measured, run_stage

from ultimetric.analyses.base import Analysis
from ultimetric.events import write_events
from ultimetric.planning.declared import modules, package_module
from ultimetric.plugins import load_plugin

GOAL_S, GOAL_MIB = 360, 4096
SETS = {"truth": "truth", "sample": "file"}  # by the names of the files
VOXELS = {"inputs": "challenge_log_voxels", "standardise": False}
DS2, DS3 = ("calochallenge_2", 20_000, ()), ("calochallenge_3", 5_000, ("separation", "fpd"))


def distances() -> dict[str, tuple[str, dict]]:
    """The plug-in and the options of each distance by name."""
    found = {}
    for name in modules("analyses"):
        plugin = package_module("analyses", name)
        if load_plugin(plugin, Analysis).section.startswith("Distances"):
            found[name] = plugin, {}
    found["prdc_of_voxels"] = found["prdc"][0], VOXELS
    return found


def child(step: str, geometry: str, n: str, folder: str) -> None:
    """Make the files of a set or its table, or run an analysis."""
    place = Path(folder)
    with measured():
        what, _, of = step.partition(":")
        if what == "make":
            of_sample = {"response": 0.99, "width_mm": 13.0} if of == "sample" else {}
            showers = made_up_showers(kind_of(geometry), int(n), len(of), **of_sample)
            write_events(place / SETS[of], showers)
        elif what == "observe":
            files = {"events": [SETS[of]]}, {"table": f"of_{SETS[of]}"}
            run_stage("observe", {}, *files, geometry, place)
        else:
            plugin, options = distances()[of]
            own = {"analysis": {"plugin": plugin, "options": options}}
            roles = {role: [file] for role, (file, _) in FILES.items() if role != "weights"}
            run_stage("analyse", own, roles, {"rows": "rows"}, geometry, place)


def measure(geometry: str, n: int, chosen: tuple[str, ...]) -> None:
    """Run all steps, one after another."""
    steps = [f"{what}:{of}" for what in ("make", "observe") for of in SETS]
    steps += [f"analyse:{name}" for name in chosen or distances()]
    found = []
    with TemporaryDirectory() as folder:
        for step in steps:
            used = in_process(__file__, step, geometry, str(n), folder)
            if not step.startswith("make:"):
                found.append(used)
                note = f"{n} showers each; peak {used.peak:.0f} MiB; CPU {used.cpu:.3g} s"
                record(f"distances:{geometry}:{step}", Timing([used.seconds]), note=note)
    total, largest = sum(x.seconds for x in found), max(x.peak for x in found)
    met = "met" if total <= GOAL_S and largest <= GOAL_MIB else "MISSED"
    note = (
        f"{n} showers each; largest peak {largest:.0f} MiB; "
        f"CPU {sum(x.cpu for x in found):.3g} s; goal {GOAL_S} s one after another, "
        f"{GOAL_MIB} MiB: {met}"
    )
    record(f"distances:{geometry}:together", Timing([total]), note=note)


def main() -> None:
    for each in (DS2, DS3):
        measure(*each)


if __name__ == "__main__":
    if len(sys.argv) == 5 and ":" in sys.argv[1]:
        child(*sys.argv[1:])
    elif len(sys.argv) > 2:
        measure(sys.argv[1], int(sys.argv[2]), tuple(sys.argv[3:]))
    else:
        main()
