# HTCondor's plugin reads resources of its own names, not mem_mb, gpu and runtime. In a profile a
# resource may therefore name another one, `request_gpus: gpu`, or a multiple, `60 * runtime`:
# here, after the last rule, it gets what the rule says. Other profiles name none.
import re

from snakemake.resources import Resource


def taken_over(name, source, factor):
    """Resource `name`: a multiple of what `source` turns out to be for a job."""

    def value(wildcards, **given):
        return factor * source.evaluate(wildcards, **given).value

    return Resource(name, value)


for each in workflow.rules:
    for name, resource in list(each.resources.items()):
        named = re.fullmatch(r"(?:(\d+) \* )?([a-z_]+)", str(resource.raw))
        if named and named[2] != name and named[2] in each.resources.keys():
            each.resources[name] = taken_over(
                name, each.resources[named[2]], int(named[1] or 1)
            )
