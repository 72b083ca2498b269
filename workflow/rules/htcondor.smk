# HTCondor's plugin reads resources of its own names, not mem_mb, gpu and runtime. In its profile a
# resource of such a name may therefore name another one, `request_gpus: gpu`, or a multiple of it,
# `60 * runtime`: here, after the last rule, it gets what the rule says.
import re

from snakemake.resources import Resource


def taken_over(name, source, factor):
    """Resource `name`: a multiple of what `source` turns out to be for a job."""

    def value(wildcards, **given):
        return factor * source.evaluate(wildcards, **given).value

    return Resource(name, value)


def take_over(resources):
    """Give HTCondor's resources of a rule what they name."""
    for name, wanted in list(resources.items()):
        named = re.fullmatch(r"(?:(\d+) \* )?([a-z_]+)", str(wanted.raw))
        theirs = name.startswith(("htcondor_", "request_", "classad_"))
        if theirs and named and named[2] in resources.keys():
            resources[name] = taken_over(name, resources[named[2]], int(named[1] or 1))


for each in workflow.rules:
    take_over(each.resources)
