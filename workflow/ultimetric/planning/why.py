"""For every pending job, what changed since its outputs were made.

    python -m ultimetric.planning.why [what one would give to snakemake]

First come the causes, each with the jobs that it concerns and those that follow; then every
pending job, with its own causes or the jobs that it waits for.
"""

from __future__ import annotations

import ast
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from snakemake.cli import args_to_api, parse_args
from snakemake.io import is_flagged
from snakemake.workflow import Workflow

from ultimetric.errors import UserError
from ultimetric.planning.differences import of_code, of_settings
from ultimetric.planning.records import CodeTables
from ultimetric.snake.command import in_full

if TYPE_CHECKING:
    from snakemake.dag import DAG
    from snakemake.jobs import Job

CODE_TABLES = Path("results/.cache/code")
SHOWN = 3  # causes in the line of one job; all stand above
NEW = "no output yet"
NEEDED = "its temporary output is needed again"


@dataclass(frozen=True)
class Pending:
    """A planned job.

    Arguments:
        job: rule and wildcard values.
        causes: what of its own makes it pending; none if it only follows others.
        after: pending jobs whose outputs it reads.
    """

    job: tuple[str, ...]
    causes: tuple[str, ...]
    after: tuple[tuple[str, ...], ...]


def plan(arguments: list[str]) -> list[Pending] | None:
    """Plan as `snakemake` with these arguments would; None if it refuses, which it says itself."""
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
    """Lines that say why jobs are pending."""
    if not jobs:
        yield "Nothing is pending."
        return
    yield f"{len(jobs)} jobs are pending."
    followers = _followers(jobs)
    concerned: dict[str, list[Pending]] = {}
    for job in jobs:
        for cause in job.causes:
            concerned.setdefault(cause, []).append(job)
    for cause, roots in sorted(concerned.items(), key=lambda item: (-len(item[1]), item[0])):
        own = {root.job for root in roots}
        behind = set().union(*(followers[name] for name in own)) - own
        yield f"\n{cause}\n    concerns {_counts(own)}"
        if behind:
            yield f"    followed by {_counts(behind)}"
    yield "\nEvery pending job:"
    for job in sorted(jobs, key=lambda job: job.job):
        after = _first([_name(before) for before in job.after], ", ")
        yield f"{_name(job.job)}: {_first(job.causes, '; ') or f'after {after}'}"


def _first(texts: Sequence[str], separator: str) -> str:
    more = f"{separator}{len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return separator.join(texts[:SHOWN]) + more


def _pending(dag: DAG) -> Iterator[Pending]:
    for job in dag.needrun_jobs():
        if not job.rule.norun:
            before = sorted(_job(x) for x in dag.job_dependencies(job) if dag.needrun(x))
            yield Pending(_job(job), tuple(_causes(dag, job)), tuple(before))


def _job(job: Job) -> tuple[str, ...]:
    return (job.rule.name, *map(str, job.wildcards_dict.values()))


def _causes(dag: DAG, job: Job) -> list[str]:
    reason, records = dag.reason(job), dag.workflow.persistence
    recorded = [record for path in job.output if (record := records.metadata(path))]
    made = [path for path in job.output if Path(path).exists()]
    gone = [path for path in job.output if path not in made]
    if recorded and all(is_flagged(path, "temp") for path in job.output):  # gone, as they should
        before = any(map(dag.needrun, dag.job_dependencies(job)))
        return _since(recorded[0], dag, job) or ([] if before else [NEEDED])
    if not made:
        return [NEW]
    causes = [f"no output {path}" for path in gone]
    if dag.workflow.async_run(records.incomplete(job)):
        return [*causes, "interrupted while it ran"]
    if reason.forced:
        causes.append("forced on the command line")
    if len(recorded) < len(made):
        causes.append("no record of how its outputs were made")
    causes += [f"other content of {path}" for path in sorted(reason.updated_input)]
    if reason.software_stack_changed:
        causes.append("another software environment (conda or container)")
    if recorded:
        causes += _since(recorded[0], dag, job)
    return causes


def _since(record: Any, dag: DAG, job: Job) -> list[str]:
    """What is different now from a record."""
    if not record.params:
        return ["its record was damaged"]
    causes = []
    if record.code not in (None, job.rule.shellcmd):
        causes.append(f"the command of the rule {job.rule.name} changed")
    new = set(map(str, job.input))
    old = new if record.input is None else set(record.input)
    causes += [
        f"{'new input' if Path(path).exists() else 'no input'} {path}"
        for path in sorted(new - old)
    ]
    causes += [f"no longer an input: {path}" for path in sorted(old - new)]
    params = [ast.literal_eval(text) for text in record.params or ()]
    cfg = next((text for text in params if text.startswith("{")), "{}")
    code = next((text for text in params if not text.startswith("{")), "")
    causes += _of_cfg(cfg, job.params.cfg)
    if code != job.params.code:
        tables = CodeTables(CODE_TABLES)
        before, now = tables.read(code), tables.read(job.params.code)
        lost = ["code changed; which is not known, the old table in results/.cache/code is gone"]
        causes += of_code(before, now) if before and now else lost
    return causes


def _of_cfg(old: str, new: str) -> list[str]:
    """What differs between two slices, without the fingerprints of trainings.

    Those state their own causes.
    """
    if old == new:
        return []
    try:
        before, now = ({k: v for k, v in in_full(x).items() if k != "code"} for x in (old, new))
    except UserError:
        return ["settings changed; which is not known, the old ones in results/.cache are gone"]
    return of_settings(before, now)


def _followers(jobs: Iterable[Pending]) -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    """All pending jobs behind each, however far."""
    direct: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for job in jobs:
        for before in job.after:
            direct.setdefault(before, []).append(job.job)
    result: dict[tuple[str, ...], set[tuple[str, ...]]] = {}

    def behind(job: tuple[str, ...]) -> set[tuple[str, ...]]:
        if job not in result:
            nexts = direct.get(job, [])
            result[job] = set(nexts).union(*map(behind, nexts))
        return result[job]

    return {job.job: behind(job.job) for job in jobs}


def _counts(jobs: Iterable[tuple[str, ...]]) -> str:
    names = sorted(jobs)
    if len(names) <= 3:
        return ", ".join(map(_name, names))
    counts = Counter(name[0] for name in names)
    return f"{len(names)} jobs: " + ", ".join(f"{n} {rule}" for rule, n in sorted(counts.items()))


def _name(job: tuple[str, ...]) -> str:
    return " ".join((job[0], "/".join(job[1:]))).strip()


def main() -> None:
    """Print why each job is pending."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # a reader may stop early
    jobs = plan(sys.argv[1:])
    if jobs is None:
        sys.exit(1)
    print("\n".join(explain(jobs)))


if __name__ == "__main__":
    main()
