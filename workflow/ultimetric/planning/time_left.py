"""How many jobs are done, and about how long the others take."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

MINUTE, HOUR = 60, 3600  # seconds


class TimeLeft:
    """Counts the jobs of a run, and learns from those that ended how long one of a rule takes.

    Arguments:
        clock: gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.begin = clock()
        self.planned: Counter[str] = Counter()
        self.running: dict[int, tuple[str, float]] = {}
        self.took: dict[str, list[float]] = {}

    def plan(self, jobs: dict[str, int]) -> None:
        """Take the numbers of jobs by rule, as Snakemake counts them; `all` makes nothing."""
        self.planned = Counter({k: n for k, n in jobs.items() if k not in ("total", "all")})

    def start(self, job: int, rule: str) -> None:
        """A job starts."""
        self.running[job] = (rule, self.clock())

    def finish(self, job: int) -> None:
        """A job has ended well."""
        if job in self.running:
            rule, start = self.running.pop(job)
            self.took.setdefault(rule, []).append(self.clock() - start)

    def seconds(self) -> float | None:
        """Estimate of what is left: the jobs to come, each as long as others of its rule, or as
        all others, by as many at a time as until now; None before the first has ended."""
        ended = [seconds for of_rule in self.took.values() for seconds in of_rule]
        if not ended:
            return None
        spent = sum(self.clock() - start for _, start in self.running.values())
        at_a_time = max(1.0, (sum(ended) + spent) / max(self.clock() - self.begin, 1e-9))
        left = -spent
        for rule, planned in self.planned.items():
            known = self.took.get(rule, [])
            mean = sum(known) / len(known) if known else sum(ended) / len(ended)
            left += (planned - len(known)) * mean
        return max(left, 0.0) / at_a_time

    def text(self) -> str:
        """Such as `[ 17/210, about 4 min left]`; `over` while a rule to come has never run."""
        done, total = sum(map(len, self.took.values())), self.planned.total()
        count = f"{done:{len(str(total))}}/{total}"
        seconds = self.seconds()
        if seconds is None:
            return f"[{count}]"
        unknown = any(rule not in self.took for rule in self.planned)
        return f"[{count}, {'over' if unknown else 'about'} {_rounded(seconds)} left]"


def _rounded(seconds: float) -> str:
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 2 * HOUR:
        return f"{seconds / MINUTE:.0f} min"
    return f"{seconds / HOUR:.0f} h"
