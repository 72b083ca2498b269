"""Estimate the time left of a run from the jobs that are done."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from itertools import chain

UNITS = ((1, "s"), (60, "min"), (3600, "h"))  # each from two of it on


class TimeLeft:
    """A count of the jobs of a run, with the mean duration of the jobs of each rule.

    Arguments:
        clock: A function that gives seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock, self.begin = clock, clock()
        self.planned: Counter[str] = Counter()
        self.running: dict[int, tuple[str, float]] = {}
        self.took: dict[str, list[float]] = {}

    def plan(self, jobs: dict[str, int]) -> None:
        """Take the numbers of jobs by rule, as Snakemake counts them; `all` makes nothing."""
        self.planned = Counter({k: n for k, n in jobs.items() if k not in ("total", "all")})

    def start(self, job: int, rule: str) -> None:
        """Note that a job starts."""
        self.running[job] = (rule, self.clock())

    def finish(self, job: int) -> None:
        """Note that a job has ended well."""
        if job in self.running:
            rule, start = self.running.pop(job)
            self.took.setdefault(rule, []).append(self.clock() - start)

    def seconds(self) -> float | None:
        """Estimate the time left: the jobs to come, each as long as others of its rule, or as all
        others, by as many at a time as until now; None before the first has ended."""
        ended = [*chain(*self.took.values())]
        if not ended:
            return None
        spent = sum(self.clock() - start for _, start in self.running.values())
        at_a_time = max(1.0, (sum(ended) + spent) / max(self.clock() - self.begin, 1e-9))
        left = -spent
        for rule, planned in self.planned.items():
            known = self.took.get(rule, ended)
            left += (planned - len(self.took.get(rule, []))) * sum(known) / len(known)
        return max(left, 0.0) / at_a_time

    def text(self) -> str:
        """Return a text such as `[ 17/210, about 4 min left]`; `over` before a rule has run."""
        done, total = sum(map(len, self.took.values())), self.planned.total()
        count = f"{done:{len(str(total))}}/{total}"
        seconds = self.seconds()
        if seconds is None:
            return f"[{count}]"
        size, unit = [x for x in UNITS if seconds >= 2 * x[0]][-1] if seconds >= 2 else UNITS[0]
        about = "about" if self.planned.keys() <= self.took.keys() else "over"
        return f"[{count}, {about} {seconds / size:.0f} {unit} left]"
