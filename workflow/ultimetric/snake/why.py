"""Print for every pending job what changed since its outputs were made.

    python -m ultimetric.snake.why [arguments of snakemake]

First come the causes, each with its jobs and the jobs that follow; then every pending job, with
its own causes or the jobs that it waits for.
"""

from __future__ import annotations

import ast
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from snakemake.cli import args_to_api, parse_args
from snakemake.io import is_flagged
from snakemake.workflow import Workflow

from ultimetric.errors import UserError
from ultimetric.kept import read_object
from ultimetric.snake.command import in_full
from ultimetric.snake.differences import of_code, of_settings
from ultimetric.snake.inside import guarded

if TYPE_CHECKING:
    from snakemake.dag import DAG
    from snakemake.jobs import Job

CODE = Path("results/.cache/code")  # a table of modules and packages for each fingerprint
SHOWN = 3  # causes in the line of one job; all stand above
NEW = "no output yet"
NEEDED = "its temporary output is needed again"

Name = tuple[str, ...]  # of a job: its rule and the values of its wildcards


class Pending(NamedTuple):
    """A planned job, its own causes, and the pending jobs that it waits for."""

    job: Name
    causes: tuple[str, ...]
    after: tuple[Name, ...]


def plan(arguments: list[str]) -> list[Pending] | None:
    """Plan as `snakemake` with these arguments; None if it refuses, with its own message."""
    found: list[Pending] = []

    def collect(workflow: Workflow, detailed: bool = False) -> None:
        settings = workflow.dag_settings
        workflow._prepare_dag(settings.forceall, ignore_incomplete=False, lock_warn_only=True)
        workflow._build_dag()
        found.extend(_pending(workflow.dag))

    # The summary is what Snakemake offers to look at a plan; it runs nothing, locks nothing.
    with patch.object(Workflow, "summary", collect):
        parser, parsed = parse_args(["--summary", "--dry-run", *arguments])
        return found if args_to_api(parsed, parser) else None


def explain(jobs: list[Pending]) -> Iterator[str]:
    """Yield lines that say why jobs are pending."""
    if not jobs:
        yield "Nothing is pending."
        return
    after = {job.job: job.after for job in jobs}

    @cache
    def ahead(job: Name) -> frozenset[Name]:
        """All pending jobs that one waits for."""
        return frozenset(after[job]).union(*map(ahead, after[job]))

    concerned: dict[str, set[Name]] = {}
    for job in jobs:
        for cause in job.causes:
            concerned.setdefault(cause, set()).add(job.job)
    yield f"{len(jobs)} jobs are pending."
    for cause, own in sorted(concerned.items(), key=lambda item: (-len(item[1]), item[0])):
        yield f"\n{cause}\n    concerns {_counts(own)}"
        if behind := {job for job in after.keys() - own if ahead(job) & own}:
            yield f"    followed by {_counts(behind)}"
    yield "\nEvery pending job:"
    for job in sorted(jobs, key=lambda job: job.job):
        before = _first([*map(_text, job.after)], ", ")
        yield f"{_text(job.job)}: {_first(job.causes, '; ') or f'after {before}'}"


def _first(texts: Sequence[str], separator: str) -> str:
    more = f"{separator}{len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return separator.join(texts[:SHOWN]) + more


def _counts(jobs: Iterable[Name]) -> str:
    names = sorted(jobs)
    if len(names) <= 3:
        return ", ".join(map(_text, names))
    counts = Counter(name[0] for name in names)
    return f"{len(names)} jobs: " + ", ".join(f"{n} {rule}" for rule, n in sorted(counts.items()))


def _text(job: Name) -> str:
    return " ".join((job[0], "/".join(job[1:]))).strip()


def _pending(dag: DAG) -> Iterator[Pending]:
    for job in dag.needrun_jobs():
        if not job.rule.norun:
            before = sorted(_name(x) for x in dag.job_dependencies(job) if dag.needrun(x))
            yield Pending(_name(job), tuple(_causes(dag, job)), tuple(before))


def _name(job: Job) -> Name:
    return (job.rule.name, *map(str, job.wildcards_dict.values()))


def _causes(dag: DAG, job: Job) -> list[str]:
    reason, records = dag.reason(job), dag.workflow.persistence
    recorded = [record for path in job.output if (record := records.metadata(path))]
    gone = [path for path in job.output if not Path(path).exists()]
    made = len(job.output) - len(gone)
    if recorded and all(is_flagged(path, "temp") for path in job.output):  # gone, as they should
        before = any(map(dag.needrun, dag.job_dependencies(job)))
        return _since(recorded[0], job) or ([] if before else [NEEDED])
    if not made:
        return [NEW]
    causes = [f"no output {path}" for path in gone]
    if dag.workflow.async_run(records.incomplete(job)):
        return [*causes, "interrupted while it ran"]
    if reason.forced:
        causes.append("forced on the command line")
    if len(recorded) < made:
        causes.append("no record of how its outputs were made")
    causes += [f"other content of {path}" for path in sorted(reason.updated_input)]
    if reason.software_stack_changed:
        causes.append("another software environment (conda or container)")
    return causes + (_since(recorded[0], job) if recorded else [])


def _since(record: Any, job: Job) -> list[str]:
    """The differences from a record."""
    if not record.params:
        return ["its record was damaged"]
    causes = []
    if record.code not in (None, job.rule.shellcmd):
        causes.append(f"the command of the rule {job.rule.name} changed")
    new = set(map(str, job.input))
    old = new if record.input is None else set(record.input)
    for path in sorted(new - old):
        causes.append(f"{'new input' if Path(path).exists() else 'no input'} {path}")
    causes += [f"no longer an input: {path}" for path in sorted(old - new)]
    params = sorted(map(ast.literal_eval, record.params))
    cfg = next((text for text in params if text.startswith("{")), "{}")
    code = next((text for text in params if not text.startswith("{")), "")
    return causes + _of_cfg(cfg, job.params.cfg) + _of_code(code, job.params.code)


def _of_cfg(old: str, new: str) -> list[str]:
    """The differences between settings, without the fingerprints of trainings."""
    if old == new:
        return []
    try:
        before, now = ({k: v for k, v in in_full(x).items() if k != "code"} for x in (old, new))
    except UserError:
        return ["settings changed; which is not known, the old ones in results/.cache are gone"]
    return of_settings(before, now)


def _of_code(old: str, new: str) -> list[str]:
    """The differences between the code of two fingerprints."""
    if old == new:
        return []
    before, now = (read_object(CODE / f"{code}.json") for code in (old, new))
    if before and now:
        return of_code(before, now)
    return [f"code changed; which is not known, the old table in {CODE} is gone"]


def main() -> None:
    """Print why each job is pending."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader may stop early
    jobs = None
    with guarded("what is pending, and why,"):
        jobs = plan(sys.argv[1:])
    if jobs is None:
        sys.exit(1)
    print("\n".join(explain(jobs)))


if __name__ == "__main__":
    main()
