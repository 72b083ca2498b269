"""Times and memory of generators: what is measured, in which order, and what is left out."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from given import dataset_of, sample_of
from linear import Linear
from models import card, make, plugin
from threadpoolctl import threadpool_info, threadpool_limits

from ultimetric.analyses import cost
from ultimetric.analyses.cost import Cost
from ultimetric.analyses.given import Given
from ultimetric.costs import of_dataset, values_at
from ultimetric.kinds.showers.geometry import geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.timing import machine, memory, repeated, whole_way
from ultimetric.timing.whole_way import WholeWay

FIXED, EACH = 0.25, 0.01  # seconds of a batch, and of each shower in it
MIB = 2**20


@dataclass
class Clock:
    """A clock that only calls move, and a list of what was asked of the GPU."""

    now: float = 0.0
    said: list[str] = field(default_factory=list)

    def perf_counter(self) -> float:
        self.said.append("clock")
        return self.now


class Slow(Linear):
    """A generator that takes FIXED + EACH n seconds for n showers, at first a second more."""

    clock: Clock
    ready = False

    def generate(self, condition: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        self.clock.now += FIXED + EACH * len(condition) + (not self.ready)
        self.clock.said.append(f"generate {len(condition)}")
        self.ready = True
        return super().generate(condition, rng)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(repeated, "time", clock)
    monkeypatch.setattr(repeated, "peak_memory_MiB", lambda: 100.0)
    return clock


@pytest.fixture
def given(eplus: Showers) -> Given:
    sample = sample_of("mine", eplus[:2], paths={"model": Path("m")}, generator={"card": {}})
    return Given({"eplus": dataset_of("eplus", eplus[:2], sample)}, seed=1)


@pytest.fixture
def measured(
    clock: Clock, given: Given, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., pd.DataFrame]:
    """Runs the analysis on a slow generator; fresh processes take 4 s and 10 ms per shower."""

    def load(settings: dict[str, Any], path: Path, on: torch.device) -> Slow:
        slow = Slow({"likelihood": True}, given.dataset.kind)
        slow.clock = clock
        slow.spectrum += torch.linspace(1, 100, len(slow.spectrum))
        return slow

    def fresh(*place: Any, batch: int, entries: int, seed: int, limit_s: float) -> WholeWay:
        clock.said.append(f"fresh {batch} {entries}")
        return WholeWay(4 + 0.01 * entries, 1.0, 0.01 * entries, 250 + seed % 2, 30.0)

    def run(**options: Any) -> pd.DataFrame:
        few = {"devices": ["cpu"], "conditions": 0, "whole_batches": [], "repeats": 3}
        result = Cost(few | options).result(given)
        assert result.table.empty  # nothing for metrics.csv
        return result.costs

    monkeypatch.setattr(cost, "trained_generator", load)
    monkeypatch.setattr(cost, "whole_way", fresh)
    monkeypatch.setattr(cost, "model_of", lambda device: f"a {device.type}")
    return run


def test_milliseconds_per_shower(measured: Callable[..., pd.DataFrame], clock: Clock) -> None:
    found = measured(batches=[100, 1, 10])
    assert found["batch"].tolist() == [1, 10, 100]
    expected = [1e3 * (FIXED + EACH * n) / n for n in (1, 10, 100)]
    assert found["value"].tolist() == pytest.approx(expected)  # without the first second
    assert found["error"].tolist() == pytest.approx([0, 0, 0], abs=1e-9)
    assert clock.said[:10] == ["generate 1", *3 * ["clock", "generate 1", "clock"]]
    (row, *_) = found.itertuples()
    assert (row.sample, row.stage, row.quantity) == ("mine", "generate", "time_per_shower")
    assert (row.unit, row.device, row.threads) == ("ms", "cpu", torch.get_num_threads())
    assert row.note == "dataset eplus; 3 repeats on a cpu"
    assert len(of_dataset(found, "eplus")) == 3
    assert of_dataset(found, "gamma").empty


def test_the_error_is_the_standard_deviation(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = iter([9.0, 1.0, 2.0, 6.0])

    def call() -> None:
        clock.now += next(steps)

    found = repeated.timed(call, torch.device("cpu"), 3, 100.0)
    assert found.seconds.tolist() == [1, 2, 6]
    assert found.mean == 3
    row = cost._OnDevice._value(SimpleNamespace(), found.seconds, "")
    assert row["error"] == pytest.approx(1e3 * math.sqrt((4 + 1 + 9) / 2))


def test_no_repeat_begins_after_the_limit(clock: Clock) -> None:
    def call() -> None:
        clock.now += 4.0

    assert len(repeated.timed(call, torch.device("cpu"), 10, 10.0).seconds) == 3
    assert len(repeated.timed(call, torch.device("cpu"), 10, 1.0).seconds) == 1


def test_batches_that_would_take_too_long_are_named(
    measured: Callable[..., pd.DataFrame],
) -> None:
    found = measured(batches=[1, 10, 100, 10000], seconds=5, whole_batches=[1, 10000])
    in_memory = found[found["stage"] == "generate"]
    assert in_memory["value"].notna().tolist() == [True, True, True, False]
    sentence = "dataset eplus; not measured: one batch would take 100 s, more than 5 s"
    assert in_memory["note"].iloc[-1] == sentence  # 0.25 s and 10,000 times 10 ms
    whole = found[found["stage"] == "whole_way"].set_index(["quantity", "batch"])
    assert whole.loc[("time_per_shower", 10000), "note"] == sentence
    # One by one they take 0.26 s each: 19 in 5 s.
    expected = 1e3 * (4 + 0.01 * 19) / 19
    assert whole.loc[("time_per_shower", 1), "value"] == pytest.approx(expected)


def test_batches_that_would_take_too_much_memory_are_named(
    measured: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    peaks = iter([300.0, 318.0])  # 300 MiB, and 2 MiB for each shower more
    monkeypatch.setattr(repeated, "peak_memory_MiB", lambda: next(peaks))
    found = measured(batches=[1, 10, 1000], mem_mb=2000)
    note = "dataset eplus; not measured: one batch would take 2298 MiB, more than 2000 MiB"
    assert found["note"].iloc[-1] == note


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")]
)
def test_a_batch_without_memory_is_named(
    error: Exception, measured: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: Any) -> None:
        raise error

    monkeypatch.setattr(Slow, "generate", fail)
    note = "dataset eplus; not measured: a batch needs more memory than there is on a cpu"
    assert measured(batches=[1])["note"].tolist() == [note]
    monkeypatch.setattr(cost, "out_of_memory", lambda error: False)
    with pytest.raises(type(error)):
        measured(batches=[1])


def test_all_libraries_have_the_threads_of_torch(
    measured: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[int] = set()

    def look(self: Slow, condition: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        seen.update(x["num_threads"] for x in threadpool_info())
        return Linear.generate(self, condition, rng)

    monkeypatch.setattr(Slow, "generate", look)
    with threadpool_limits(2):
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        measured(batches=[1])
        torch.set_num_threads(before)
    assert seen == {1}


def test_the_whole_way(measured: Callable[..., pd.DataFrame], clock: Clock) -> None:
    found = measured(batches=[1], whole_batches=[100], whole_entries=250, seconds=30)
    assert clock.said[-3:] == ["fresh 100 300"] * 3  # whole batches
    time, peak = found[found["stage"] == "whole_way"].itertuples()
    assert (time.value, time.error) == pytest.approx((1e3 * 7 / 300, 0))
    assert "300 showers in each of 3 fresh processes on a cpu: 3 s to start" in time.note
    assert (peak.quantity, peak.value, peak.unit) == ("peak_memory", 251, "MiB")


def test_a_fresh_process_that_fails_says_why(
    measured: Callable[..., pd.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "whole_way", lambda *_, **__: WholeWay(ended="failed: busy"))
    found = measured(batches=[1], whole_batches=[1])
    assert found["note"].iloc[-1] == "dataset eplus; not measured: a fresh process failed: busy"
    assert np.isnan(found["value"].iloc[-1])


def test_times_against_the_condition(measured: Callable[..., pd.DataFrame]) -> None:
    found = measured(batches=[1], conditions=3, condition_batch=20)
    at = values_at(found, "shower")
    assert at.dropna().tolist() == [1, 50.5, 100]
    assert found["quantity"].iloc[2] == "time_per_shower_at_50.5_GeV"
    assert found["value"][at.notna()].tolist() == pytest.approx([1e3 * (FIXED / 20 + EACH)] * 3)


def test_a_device_that_is_not_there_is_named_once(
    measured: Callable[..., pd.DataFrame],
) -> None:
    found = measured(batches=[1, 10], devices=["cpu", "cuda"])
    (absent,) = found[found["device"] == "cuda"].itertuples()
    assert np.isnan(absent.value)
    assert absent.note == "dataset eplus; this job has no cuda device"


def test_a_gpu_has_finished_when_the_clock_is_read(
    measured: Callable[..., pd.DataFrame], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu = torch.device("cuda", 0)
    monkeypatch.setattr(machine, "device", lambda: gpu)
    fake = {
        "synchronize": lambda device: clock.said.append(f"finish {device}"),
        "empty_cache": lambda: clock.said.append("empty"),
        "reset_peak_memory_stats": lambda device: clock.said.append("reset"),
        "max_memory_allocated": lambda device: 5 * MIB,
    }
    for name, function in fake.items():
        monkeypatch.setattr(torch.cuda, name, function)
    found = measured(batches=[10], devices=["cuda"], repeats=2, whole_batches=[10])
    repeat = ["finish cuda:0", "clock", "generate 10", "finish cuda:0", "clock"]
    assert clock.said[:12] == ["reset", "generate 10", *repeat, *repeat]
    assert clock.said[12:14] == ["empty", "fresh 10 850"]  # 0.35 s per batch, 30 s in all
    assert set(found["device"]) == {"cuda"}
    peaks = found.set_index("quantity")["value"]
    assert peaks["peak_memory_device"] == 30


def test_the_job_says_which_gpu_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.device_of("cpu") == torch.device("cpu")
    monkeypatch.setattr(machine, "device", lambda: torch.device("cpu"))
    assert machine.device_of("cuda") is None
    monkeypatch.setattr(machine, "device", lambda: torch.device("cuda", 1))
    assert machine.device_of("cuda") == torch.device("cuda", 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"GPU {device.index}")
    assert machine.model_of(torch.device("cuda", 1)) == "GPU 1"


def test_the_model_of_the_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nmodel name\t: Old Chip: 2 GHz\nmodel name\t: other\n")
    monkeypatch.setattr(machine, "PROCESSORS", path)
    assert machine.model_of(torch.device("cpu")) == "Old Chip: 2 GHz"
    path.unlink()
    assert machine.model_of(torch.device("cpu"))


def test_peak_memory_is_that_of_this_process() -> None:
    before = memory.peak_memory_MiB()
    block = np.ones(64 * MIB // 8)
    assert memory.peak_memory_MiB() >= max(before, block.nbytes / MIB)


def test_peak_memory_without_proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = memory.peak_memory_MiB()
    monkeypatch.setattr(memory, "STATUS", tmp_path / "none")
    assert memory.peak_memory_MiB() >= 0.9 * known  # that of a parent may be in it


@pytest.mark.slow
def test_a_fresh_process_generates_and_writes(
    eplus: Showers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = make("independent_voxels", eplus.geometry)
    generator.fit(eplus[:60], eplus[60:80], seed=1)
    generator.save(tmp_path / "model.safetensors")
    cfg = {
        "plugin": plugin("independent_voxels"),
        "card": card("independent_voxels"),
        "kind": {
            "plugin": ShowerKind.__module__,
            "options": {"geometry": geometry_config("calogan_coarse")},
        },
    }
    task = {"batch": 10, "entries": 30, "seed": 1, "limit_s": 60.0}
    model = tmp_path / "model.safetensors"
    found = whole_way.whole_way(cfg, model, torch.device("cpu"), **task)
    assert found.ended == ""
    assert 0 < found.loading + found.generating < found.seconds
    assert 50 < found.memory_MiB < 4000
    found = whole_way.whole_way(cfg, tmp_path / "none", torch.device("cpu"), **task)
    assert found.ended.startswith("failed: ")
    assert "No such file" in found.ended


def test_a_process_that_was_killed_or_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    task = {"batch": 1, "entries": 1, "seed": 1, "limit_s": 2.0}
    place = ({"card": {"threads": 3}}, Path("m"), torch.device("cpu"))
    asked: list[Any] = []

    def killed(command: list[str], **options: Any) -> Any:
        asked.append((command, options))
        return SimpleNamespace(returncode=-9, stdout="", stderr="")

    monkeypatch.setattr(subprocess, "run", killed)
    assert whole_way.whole_way(*place, **task).ended.startswith("ended by signal 9")
    ((command, options),) = asked
    assert command[1:3] == ["-m", "ultimetric.timing.whole_way"]
    assert options["env"]["ULTIMETRIC_DEVICE"] == "cpu"
    assert options["env"]["OMP_NUM_THREADS"] == "3"
    assert json.loads(options["input"])["model"] == "m"

    def late(command: list[str], **options: Any) -> Any:
        raise subprocess.TimeoutExpired(command, options["timeout"])

    monkeypatch.setattr(subprocess, "run", late)
    assert whole_way.whole_way(*place, **task).ended == "not finished after 302 s"
