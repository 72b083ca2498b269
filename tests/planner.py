"""Plan many times without starting Python and Snakemake anew: each request is a fork.

    python planner.py    # a JSON object per line on standard input, one per line back

A request has `folder` (a copy of the repository, which is also the folder to run in), `arguments`
for Snakemake, `path` (folders to put first on the import path) and `touch` (accept all results as
they are, instead of planning). The answer has `jobs` (None if Snakemake refused) and `said`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from typing import Any

from snakemake.cli import args_to_api, parse_args


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Serve one request, in a process of its own."""
    os.chdir(request["folder"])
    sys.path[:0] = [*request["path"], f"{request['folder']}/workflow"]
    said = io.StringIO()
    jobs: list[Any] | None = None
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        if request["touch"]:
            arguments = [*request["arguments"], "--touch", "--forceall", "--cores", "100"]
            parser, parsed = parse_args(arguments)
            jobs = [] if args_to_api(parsed, parser) else None
        else:
            from ultimetric.snake.why import explain, plan

            found = plan(request["arguments"])
            if found is not None:
                jobs = [(job.job, job.causes, job.after) for job in found]
                print("\n".join(explain(found)))
    return {"jobs": jobs, "said": said.getvalue()}


def serve() -> None:
    """Answer requests until standard input ends."""
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            try:
                text = json.dumps(answer(json.loads(line)))
            except BaseException as error:
                text = json.dumps({"jobs": None, "said": f"{type(error).__name__}: {error}"})
            with os.fdopen(writer, "w") as pipe:
                pipe.write(text)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as pipe:
            print(pipe.read(), flush=True)
        os.waitpid(child, 0)


if __name__ == "__main__":
    serve()
