"""The terminal output of a run: a line per job with the time left, then verdict or failures.

Snakemake's own log file (.snakemake/log) has everything.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake_interface_logger_plugins.common import LogEvent

from ultimetric.errors import UserError
from ultimetric.figures.labels import label
from ultimetric.snake.inside import guarded
from ultimetric.snake.time_left import TimeLeft

if TYPE_CHECKING:
    from ultimetric.planning.study import Study

FEATURE = "the short display of jobs"
LIVE = "\r\x1b[K"  # clears the line, which may hold a progress bar
UNSHOWN = {
    LogEvent.WORKFLOW_STARTED,
    LogEvent.JOB_STARTED,
    LogEvent.JOB_FINISHED,
    LogEvent.PROGRESS,
    LogEvent.RESOURCES_INFO,
    LogEvent.GROUP_INFO,
    LogEvent.GROUP_ERROR,
}
# What has no event, on every run or every job, and is of no use to a user; the verdict, or what
# failed, comes last.
CHATTER = re.compile(
    r"Building DAG|Using shell|Conda env|Singularity|Group jobs|Select jobs|Job \S+ has been|Remov"
    r"|Shutting down, this|Exiting because a job|RuleException|Trying to restart|At least one job"
    r"|WorkflowError:\nAt least one job|Complete log|Elapsed time"
)
ERROR = re.compile(r"^\S+ \S+ ERROR (.+)", re.MULTILINE)  # in the log of a stage
KILLED = "it was killed, or ran out of memory or time"


class Failed(NamedTuple):
    """A failed job: its message, its logs, and whether it was submitted with others."""

    message: str
    logs: list[str]
    in_group: bool


class Terminal(logging.Formatter):
    """A formatter and filter of Snakemake's output on the terminal.

    Arguments:
        handler: The handler of the terminal, whose formatter is used for everything else.
        conclude: A function that gives the last lines of a run that found nothing to do.
        dryrun: Whether nothing is run.
    """

    def __init__(
        self, handler: logging.StreamHandler, conclude: Callable[[], str], dryrun: bool
    ) -> None:
        super().__init__()
        self.otherwise = handler.formatter or logging.Formatter()
        self.conclude = conclude
        self.dryrun = dryrun
        self.live = handler.stream.isatty()  # progress bars may stand there
        self.left = TimeLeft()
        self.messages: dict[int, str] = {}
        self.failed: dict[int, Failed] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Note every event; return whether it is shown."""
        with guarded(FEATURE):
            return self._take_note(record)
        return True

    def _take_note(self, record: Any) -> bool:  # its fields follow from the event
        event = getattr(record, "event", None)
        if event is LogEvent.RUN_INFO:
            self.left.plan(record.stats)
        elif event is LogEvent.JOB_INFO:
            self.messages[record.jobid] = record.rule_msg or record.rule_name
            self.left.start(record.jobid, record.rule_name)
            return bool(record.rule_msg)
        elif event is LogEvent.JOB_FINISHED:
            self.left.finish(record.job_id)
            self.failed.pop(record.job_id, None)  # another attempt went well
        elif event is LogEvent.JOB_ERROR:
            message = self.messages.get(record.jobid, record.rule_name)
            self.failed[record.jobid] = Failed(message, record.log, record.indent)
        return event not in UNSHOWN and not CHATTER.match(str(record.msg or ""))

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of an event that is shown."""
        with guarded(FEATURE):
            return self._formatted(record)
        return self.otherwise.format(record)

    def _formatted(self, record: Any) -> str:
        event = getattr(record, "event", None)
        if event is LogEvent.JOB_INFO:
            text = self._line(record.rule_msg)
        elif event is LogEvent.JOB_ERROR:
            text = self._line(f"Failed: {self.failed[record.jobid].message}")
        else:
            text = self.otherwise.format(record)
        if record.msg == NOTHING_TO_BE_DONE_MSG and not self.dryrun:
            text = f"{text}\n{self.conclude()}"
        return f"{LIVE}{text}" if self.live and text else text

    def _line(self, message: str) -> str:
        if self.dryrun:
            return message
        return f"{time.strftime('%H:%M:%S')}  {self.left.text()}  {message}"

    def failures(self) -> str:
        """Return the error of each failed job, and the paths of its logs."""
        told: list[str] = []
        mute: list[str] = []
        together: list[str] = []
        for message, logs, in_group in self.failed.values():
            words = next(filter(None, map(last_words, map(Path, logs))), None)
            there = ", ".join(path for path in logs if Path(path).exists())
            text = f"Failed: {message}\n    {words or KILLED}\n    log: {there or 'none'}"
            (told if words else together if in_group else mute).append(text)
        # Of a group of jobs, all are reported that one of them has ended.
        return "\n".join(told + mute + ([] if told else together))


def last_words(log: Path) -> str | None:
    """Return the error that ended a stage, from its log; None if there is none."""
    text = ""
    with suppress(OSError):
        text = log.read_text(encoding="utf-8", errors="replace")
    *_, error = [None, *ERROR.finditer(text)]
    return f"{error[1]}{text[error.end() :]}".rstrip().splitlines()[-1] if error else None


def take_over(
    logger: logging.Logger, conclude: Callable[[], str], dryrun: bool
) -> Terminal | None:
    """Shorten Snakemake's output on the terminal; None if another logger was chosen.

    Characters that the terminal cannot show do not end a run.
    """
    streams = (x for x in logger.handlers if isinstance(x, logging.StreamHandler))
    for handler in streams:
        if handler.name == "DefaultStreamHandler" and handler.formatter:
            if hasattr(handler.stream, "reconfigure"):
                handler.stream.reconfigure(errors="replace")
            terminal = Terminal(handler, conclude, dryrun)
            handler.setFormatter(terminal)
            handler.addFilter(terminal.filter)
            return terminal
    return None


def conclude(study: Study, results: Path) -> str:
    """Return the last lines of a run: the verdict on each sample, and the path of the report.

    For a damaged table they say what to do; without a table there are no lines.
    """
    # Its imports of scipy and pandas cost seconds, which only the end of a run need spend.
    from ultimetric.report.verdict import study_verdict

    try:
        cfg = study.report()
        name = partial(label, cfg["style"])
        verdict = study_verdict(results, name, cfg)
    except UserError as error:
        return str(error)
    except OSError:
        return ""
    return "\n\n".join(filter(None, [verdict, f"Report: {results}/report.html"]))
