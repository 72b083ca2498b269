"""What a run shows: lines of jobs, time left, failures, on any terminal."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake.common import NOTHING_TO_BE_DONE_MSG
from snakemake.logging import ColorizingTextHandler, DefaultFormatter
from snakemake_interface_logger_plugins.common import LogEvent

from ultimetric.analyses.numbers import number_table, write_numbers
from ultimetric.findings.table import FINDINGS, write_findings
from ultimetric.snake.terminal import KILLED, Terminal, conclude, last_words, take_over
from ultimetric.snake.time_left import TimeLeft
from ultimetric.tables import frame_of


class Shown:
    """A logger with Snakemake's handler on a stream of some encoding."""

    def __init__(self, encoding: str = "utf-8", dryrun: bool = False) -> None:
        self.bytes = io.BytesIO()
        stream = io.TextIOWrapper(self.bytes, encoding=encoding, errors="strict")
        handler = ColorizingTextHandler(stream=stream, formatter=DefaultFormatter())
        handler.name = "DefaultStreamHandler"
        self.logger = logging.Logger("snakemake", logging.INFO)
        self.logger.addHandler(handler)
        self.terminal: Terminal = take_over(self.logger, lambda: "verdict on e⁺", dryrun)

    def say(self, message: str | None, event: LogEvent | None = None, **more: Any) -> None:
        self.logger.info(message, extra={"event": event, **more})

    def start(self, job: int, rule: str, message: str | None) -> None:
        self.say("", LogEvent.JOB_INFO, jobid=job, rule_name=rule, rule_msg=message, indent=False)

    def fail(self, job: int, *logs: Path, in_group: bool = False) -> None:
        paths = [str(path) for path in logs]
        more = {"jobid": job, "rule_name": "train", "log": paths, "indent": in_group}
        self.say("Error in rule train", LogEvent.JOB_ERROR, **more)

    def text(self) -> str:
        return self.bytes.getvalue().decode("latin-1")


def test_one_line_per_job() -> None:
    shown = Shown()
    stats = {"train": 1, "sample": 1, "all": 1, "total": 3}
    shown.say("Job stats", LogEvent.RUN_INFO, stats=stats)
    for job, rule in enumerate(("train", "sample")):
        shown.say("Select jobs to execute...")
        shown.say("Execute 1 jobs...", LogEvent.JOB_STARTED, jobs=[job])
        shown.start(job, rule, f"Make {rule}.")
        shown.say(f"Finished jobid: {job}", LogEvent.JOB_FINISHED, job_id=job)
        shown.say(None, LogEvent.PROGRESS, done=job + 1, total=3)
    shown.start(2, "all", None)
    lines = [line[10:] for line in shown.text().splitlines() if line]
    assert lines[1:] == ["[0/2]  Make train.", "[1/2, over 0 s left]  Make sample."]


@pytest.mark.parametrize(("dryrun", "end"), [(False, "verdict on e?"), (True, "")])
def test_the_verdict_also_where_nothing_is_to_be_done(dryrun: bool, end: str) -> None:
    """On a terminal without UTF-8."""
    shown = Shown("latin-1", dryrun)
    shown.say(NOTHING_TO_BE_DONE_MSG)
    assert shown.text() == f"{NOTHING_TO_BE_DONE_MSG}\n{end}".rstrip() + "\n"


def test_nothing_follows_the_verdict() -> None:
    shown = Shown()
    shown.say("verdict")
    shown.say("Complete log(s): a.log")
    shown.say("Elapsed time: 0:01")
    failed = "WorkflowError:\nAt least one job did not complete successfully.\n  File x"
    shown.say(failed, LogEvent.ERROR, exception="WorkflowError")
    shown.say("WorkflowError:\nNo rule makes x", LogEvent.ERROR, exception="WorkflowError")
    assert shown.text() == "verdict\nWorkflowError:\nNo rule makes x\n"


def test_failed_jobs_are_told_in_their_own_words(tmp_path: Path) -> None:
    begin = "2026-11-29 14:00:00,000 INFO ready\n2026-11-29 14:00:00,000 ERROR "
    logs = {
        "sentence": f"{begin}mine.py: no layer 3\n",
        "traceback": f"{begin}the stage failed\nTraceback\n  File x\nKeyError: 'x'\n",
        "killed": "2026-11-29 14:00:00,000 INFO ready\n",
        "binary": "\udcff",
    }
    paths = {name: tmp_path / name for name in logs}
    for name, text in logs.items():
        paths[name].write_bytes(text.encode("utf-8", "surrogateescape"))
    words = {name: last_words(path) for name, path in paths.items()}
    assert words == {
        "sentence": "mine.py: no layer 3",
        "traceback": "KeyError: 'x'",
        "killed": None,
        "binary": None,
    }
    shown = Shown()
    for job, name in enumerate(logs):
        shown.start(job, "train", f"Train {name}.")
        shown.fail(job, paths[name], tmp_path / "none", in_group=name == "binary")
    shown.say("", LogEvent.JOB_FINISHED, job_id=1)  # another attempt of it
    assert shown.terminal.failures() == (
        f"Failed: Train sentence.\n    mine.py: no layer 3\n    log: {paths['sentence']}\n"
        f"Failed: Train killed.\n    {KILLED}\n    log: {paths['killed']}"
    )


def test_another_logger_is_left_alone() -> None:
    assert take_over(logging.Logger("snakemake"), str, False) is None


def test_time_left() -> None:
    now = [0.0]
    left = TimeLeft(lambda: now[0])
    left.plan({"train": 4, "sample": 2, "all": 1, "total": 7})
    assert left.text() == "[0/6]"
    for job in (0, 1):
        left.start(job, "train")
    now[0] = 100.0
    for job in (0, 1):
        left.finish(job)
    # Two at a time: two trainings of 100 s, two samples taken to be as long.
    assert left.seconds() == 200
    assert left.text() == "[2/6, over 3 min left]"
    left.start(2, "sample")
    left.start(3, "train")
    now[0] = 110.0
    left.finish(2)
    # One sample of 10 s and two trainings, of which one has run for 10 s.
    assert left.seconds() == (2 * 100 + 10 - 10) / 2
    assert left.text() == "[3/6, about 100 s left]"


def test_a_damaged_table_is_told_in_place_of_the_verdict(tmp_path: Path) -> None:
    cfg = {"style": {}, "samples": {"eplus": ["a"]}, "controls": {}, "searched": []}
    cfg |= {"inputs_of_some": {}}
    study: Any = SimpleNamespace(report=lambda: cfg)
    assert conclude(study, tmp_path) == ""
    (tmp_path / "metrics.csv").touch()
    write_findings(tmp_path / "findings.csv", frame_of([], FINDINGS), published=True)
    assert conclude(study, tmp_path).startswith(f"{tmp_path / 'metrics.csv'} is damaged, ")
    row = {"dataset": "eplus", "sample": "a", "method": "dnn", "inputs": "e"}
    write_numbers(
        tmp_path / "metrics.csv", number_table([{**row, "metric": "auc", "value": 0.9}]), True
    )
    said = conclude(study, tmp_path)
    assert "distinguishable" in said and "0.9" in said
    assert said.endswith(f"\n\nReport: {tmp_path}/report.html")
