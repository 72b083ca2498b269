"""What the HTCondor plugin uses of HTCondor's bindings; submissions are written down and fail."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace


class JobEventType:
    """The numbers are HTCondor's; which one an event has is all that matters here."""

    SUBMIT, EXECUTE, JOB_EVICTED, JOB_TERMINATED, IMAGE_SIZE, SHADOW_EXCEPTION = 0, 1, 4, 5, 6, 7
    JOB_ABORTED, JOB_SUSPENDED, JOB_UNSUSPENDED, JOB_HELD, JOB_RELEASED = 9, 10, 11, 12, 13
    JOB_DISCONNECTED, JOB_RECONNECTED, JOB_RECONNECT_FAILED, FILE_TRANSFER = 22, 23, 24, 40


class JobAction:
    Remove = 3


class Submit(dict):
    def issue_credentials(self) -> None:
        pass


class Schedd:
    def submit(self, description: Submit) -> SimpleNamespace:
        record = Path(os.environ["ULTIMETRIC_RECORD"])
        with record.open("a") as file:
            print(json.dumps(description), file=file)
        number = len(record.read_text().splitlines())
        with Path(description["log"]).open("a") as file:
            print(number, file=file)
        return SimpleNamespace(cluster=lambda: number)

    def act(self, action: int, jobs: list[str]) -> None:
        pass


class Terminated(dict):
    type = JobEventType.JOB_TERMINATED

    def __init__(self, cluster: int) -> None:
        super().__init__(ReturnValue=1, TerminatedNormally=True)
        self.cluster = cluster


class JobEventLog:
    def __init__(self, path: str) -> None:
        self.path, self.n_read = Path(path), 0

    def events(self, stop_after: int) -> Iterator[Terminated]:
        new = self.path.read_text().splitlines()[self.n_read :]
        self.n_read += len(new)
        for line in new:
            yield Terminated(int(line))

    def close(self) -> None:
        pass
