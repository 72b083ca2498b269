"""Plan the jobs that make the truth of a dataset, by simulation or from a density."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.names import one_of
from ultimetric.forms.values import options
from ultimetric.kinds.simulation import Simulation
from ultimetric.planning.fingerprint import SOURCE
from ultimetric.plugins import load_plugin

MOST_JOBS = 500  # their names fit on one command line
HANDED_ON = "ULTIMETRIC_SIMULATION"  # the variable with the findings of the plan
Found = dict[str, dict[str, Any]]


def simulation_of(kind: dict[str, Any], place: str) -> str:
    """The module that makes the truth of a kind.

    Arguments:
        kind: The settings of the kind.
        place: The dataset in the config, for messages.

    Raises:
        UserError: The package cannot make truth of this kind.
    """
    module = f"{kind['plugin'].rpartition('.')[0]}.simulation"
    if not SOURCE.joinpath(*module.split(".")).with_suffix(".py").is_file():
        raise UserError(f"{place}.source: no truth of this kind is made here; name a file")
    return module


def simulation_options(module: str, source: dict[str, Any], place: str) -> dict[str, Any]:
    """All options of a truth that is made here.

    Arguments:
        module: The module from `simulation_of`.
        source: The dataset's source, one key with what was given.
        place: The source in the config, for messages.

    Raises:
        UserError: An option is missing, unknown, or has a value that it cannot have.
    """
    made = load_plugin(module, Simulation)()
    ((word, given),) = source.items()
    one_of(word, [made.word], place)
    place = f"{place}.{word}"
    found = made.defaults | options(given, made.defaults, made.limits, place)
    for name in made.needed:
        if name not in given:
            raise UserError(f"{place}: `{name}` is missing")
    if (jobs := len(made.shards(found))) > MOST_JOBS:
        raise UserError(f"{place}: {jobs} jobs, more than {MOST_JOBS}: raise {made.unit}_per_job")
    return found


def hand_on(found: Found, variables: set[str]) -> None:
    """Pass the findings for each dataset on to jobs, so that they have the planned settings.

    A job may run on a machine without Geant4's tables or without the truth. All is in one
    variable, in letters and digits: HTCondor's plugin (0.3.0) joins several in a way that HTCondor
    takes for one, and puts quotes around its value that stay.

    Arguments:
        found: The findings of simulations on this machine, by dataset.
        variables: The environment variables that they need.
    """
    given = {name: os.environ[name] for name in sorted(variables) if name in os.environ}
    known = json.dumps({"found": found, "variables": given})
    os.environ[HANDED_ON] = urlsafe_b64encode(known.encode()).decode()


def handed_on() -> Found:
    """The findings of the plan; empty if the batch system did not pass them on.

    Environment variables that are not set here get their values on the planning machine.
    """
    text = os.environ.get(HANDED_ON, "").strip('"')
    if not text:
        return {}
    known = json.loads(urlsafe_b64decode(text))
    for name, value in known["variables"].items():
        os.environ.setdefault(name, value)
    return known["found"]
