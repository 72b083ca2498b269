"""Resources under the names that HTCondor's plugin reads.

They are not mem_mb, gpu and runtime. In its profile a resource of such a name may therefore name
another one, `request_gpus: gpu`, or a multiple of it, `60 * runtime`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from snakemake.resources import Resource

if TYPE_CHECKING:
    from snakemake.workflow import Workflow


def fill_resources(workflow: Workflow) -> None:
    """Give HTCondor's resources of each rule what they name; call it after the last rule."""
    for rule in workflow.rules:
        resources = rule.resources
        for name, wanted in list(resources.items()):
            named = re.fullmatch(r"(?:(\d+) \* )?([a-z_]+)", str(wanted.raw))
            theirs = name.startswith(("htcondor_", "request_", "classad_"))
            if theirs and named and named[2] in resources.keys():  # noqa: SIM118
                resources[name] = _multiple(name, int(named[1] or 1), resources[named[2]])


def _multiple(name: str, factor: int, source: Resource) -> Resource:
    """A multiple of what another resource turns out to be for a job."""

    def value(wildcards: Any, **given: Any) -> int:
        return factor * source.evaluate(wildcards, **given).value

    return Resource(name, value)
