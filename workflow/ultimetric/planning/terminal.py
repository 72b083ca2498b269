"""What a run shows: one line per job, how much is left, and at its end the verdict or what failed.

Snakemake's own log file (.snakemake/log) keeps all that it says.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake_interface_logger_plugins.common import LogEvent

from ultimetric.planning.time_left import TimeLeft

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
# What has no event, on every run or every job, and is of no use to a user.
CHATTER = re.compile(
    r"Building DAG|Using shell|Conda env|Singularity|Group jobs|Select jobs|Job \S+ has been|Remov"
    r"|Shutting down, this|Exiting because a job|RuleException|Trying to restart|At least one job"
)
ERROR = re.compile(r"^\S+ \S+ ERROR (.*)")  # in the log of a stage
KILLED = "it was killed, or ran out of memory or time"


class Terminal(logging.Formatter):
    """Formatter and filter for what Snakemake writes to the terminal.

    Arguments:
        otherwise: formats what is not changed here.
        conclude: gives the last lines of a run that ended well, or found nothing to do.
        dryrun: nothing is run.
        live: the stream is a terminal, where progress bars may stand.
    """

    def __init__(
        self,
        otherwise: logging.Formatter,
        conclude: Callable[[], str],
        dryrun: bool,
        live: bool,
    ) -> None:
        super().__init__()
        self.otherwise = otherwise
        self.conclude = conclude
        self.dryrun = dryrun
        self.live = live
        self.left = TimeLeft()
        self.messages: dict[int, str] = {}
        self.failed: dict[int, Failed] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Take note of every event; whether it is to be shown."""
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
            self.failed[record.jobid] = Failed(message, record.log, in_group=record.indent)
        text = str(record.msg or "")
        return event not in UNSHOWN and not CHATTER.match(text)

    def format(self, record: logging.LogRecord) -> str:
        """The text of an event that is shown."""
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
        """What each failed job says itself, and where its logs are."""
        told = [job for job in self.failed.values() if job.words()]
        # Of a group of jobs, all are reported that one of them has ended.
        mute = [x for x in self.failed.values() if not x.words() and not (told and x.in_group)]
        return "\n".join(job.text() for job in told + mute)


@dataclass(frozen=True)
class Failed:
    """A job that failed.

    Arguments:
        message: what it does.
        logs: its log, and what the cluster wrote.
        in_group: it was submitted together with others.
    """

    message: str
    logs: list[str]
    in_group: bool

    def words(self) -> str | None:
        """What it says itself."""
        return next(filter(None, (last_words(Path(path)) for path in self.logs)), None)

    def text(self) -> str:
        """The job, its own sentence, and its logs."""
        logs = ", ".join(path for path in self.logs if Path(path).exists())
        return f"Failed: {self.message}\n    {self.words() or KILLED}\n    log: {logs or 'none'}"


def last_words(log: Path) -> str | None:
    """The error that ended a stage, as its log tells it; None if it tells none."""
    lines: list[str] = []
    with suppress(OSError):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [(i, found[1]) for i, line in enumerate(lines) if (found := ERROR.match(line))]
    if not errors:
        return None
    place, sentence = errors[-1]
    traceback = [line for line in lines[place + 1 :] if line.strip()]
    return traceback[-1] if traceback else sentence


def take_over(
    logger: logging.Logger, conclude: Callable[[], str], dryrun: bool
) -> Terminal | None:
    """Shorten what Snakemake writes to the terminal; None if another logger was chosen.

    No character can end a run that the terminal does not know.
    """
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler" and handler.formatter:
            if hasattr(handler.stream, "reconfigure"):
                handler.stream.reconfigure(errors="replace")
            terminal = Terminal(handler.formatter, conclude, dryrun, handler.stream.isatty())
            handler.setFormatter(terminal)
            handler.addFilter(terminal.filter)
            return terminal
    return None
