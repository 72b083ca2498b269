"""The time and the memory that a trained generator needs to make entries."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.costs import GENERATE, GIVEN_DEVICES, WHOLE_WAY, time_per
from ultimetric.generators.trained import trained_generator
from ultimetric.kinds.base import Kind
from ultimetric.timing.machine import device_of, model_of
from ultimetric.timing.repeated import Timed, foreseen, out_of_memory, timed
from ultimetric.timing.whole_way import WholeWay, whole_way

MS = 1e3  # milliseconds in a second
Row = dict[str, Any]


class Cost(Analysis):
    """Milliseconds per entry on each device, in memory and the whole way, and peak memory.

    In memory: `generate` of the generator for conditions that are drawn before, with the inverse
    preprocessing, on the device. The whole way: a fresh process starts, loads the weights, draws
    conditions, generates and writes the file. Values are means over repeats, errors their standard
    deviations.

    Options:
        batches: The numbers of entries that are generated at once.
        devices: The devices, of "cpu" and "cuda", which may be called "gpu"; the job has a GPU if
            the card of its generator asks for one.
        repeats: The number of repeats in memory.
        seconds: The seconds that a batch may take, and after which no repeat begins.
        mem_mb: The memory in MiB that generation on a CPU may take.
        conditions: The number of values of a continuous condition at which time is measured.
        condition_batch: The number of entries generated at once there.
        whole_batches: The numbers of entries generated at once on the whole way.
        whole_entries: The number of entries of the whole way, or one batch if that is more.
        whole_repeats: The number of fresh processes.
    """

    needs: ClassVar = ("generator",)
    writes: ClassVar = ("costs",)
    trains: ClassVar = True
    alone: ClassVar = True
    defaults: ClassVar = {
        "batches": [1, 10, 100, 128, 512, 1000, 1024, 10000],
        "devices": ["cpu", "cuda"],
        "repeats": 10,
        "seconds": 30,
        "mem_mb": 4000,
        "conditions": 5,
        "condition_batch": 100,
        "whole_batches": [1, 100, 10000],
        "whole_entries": 1000,
        "whole_repeats": 3,
    }
    limits: ClassVar = {
        "batches": "list of whole >= 1",
        "devices": "list of cpu | cuda | gpu",
        "repeats": "whole >= 1",
        "seconds": "number > 0",
        "mem_mb": "whole >= 1",
        "conditions": "whole >= 0",
        "condition_batch": "whole >= 1",
        "whole_batches": "list of whole >= 1",
        "whole_entries": "whole >= 1",
        "whole_repeats": "whole >= 1",
    }

    def run(self, given: Given) -> Result:
        sample = given.sample
        seed = given.seed_of(given.dataset.name, sample.name, "cost")
        rows: list[Row] = []
        for name in dict.fromkeys(GIVEN_DEVICES[x] for x in self.options["devices"]):
            device = device_of(name)
            if device is None:
                what = {"stage": GENERATE, "quantity": time_per(sample.kind.entry), "unit": "ms"}
                rows.append({**what, "device": name, "note": f"this job has no {name} device"})
                continue
            settings, model = sample.settings["generator"], sample.paths["model"]
            rows += _OnDevice(settings, model, device, seed, self.options).rows()
        return Result(costs=rows)


class _OnDevice:
    """The costs of one generator on one device.

    Arguments:
        settings: The settings of the generator.
        model: The file of its weights.
        device: The device.
        seed: The random seed.
        options: The options of the analysis.
    """

    def __init__(
        self,
        settings: dict[str, Any],
        model: Path,
        device: torch.device,
        seed: int,
        options: dict[str, Any],
    ) -> None:
        self.settings, self.model, self.device = settings, model, device
        self.seed, self.options = seed, options
        self.generator = trained_generator(settings, model, device)
        self.kind: Kind = self.generator.kind
        self.common = {"device": device.type, "threads": torch.get_num_threads(), "unit": "ms"}
        self.on = f"on {model_of(device)}"
        self.seconds: list[tuple[int, float]] = []  # that batches took, by size
        self.memory: list[tuple[int, float]] = []

    def rows(self) -> Iterator[Row]:
        """All costs, smallest batches first."""
        for batch in sorted(set(self.options["batches"])):
            yield self._in_memory(batch)
        for value in values_of(self.kind, self.options["conditions"]):
            yield self._at(value)
        for batch in sorted(set(self.options["whole_batches"])):
            yield from self._whole_way(batch)

    def _in_memory(self, batch: int) -> Row:
        """The time per entry of batches of one size, with conditions as in the training truth."""
        condition = self.generator.draw(batch, self._rng())
        what = {"quantity": time_per(self.kind.entry), "batch": batch}
        return self._generated(condition, what)

    def _at(self, value: float) -> Row:
        """The time per entry of entries of one value of the condition."""
        batch, condition = self.options["condition_batch"], self.kind.condition
        assert condition is not None
        what = {"quantity": time_per(self.kind.entry, value, condition.unit), "batch": batch}
        return self._generated(np.full((batch, 1), value), what)

    def _generated(self, condition: np.ndarray, what: Row) -> Row:
        """The time per entry of entries that are generated at once for conditions (N, C)."""
        batch, row = len(condition), self.common | what | {"stage": GENERATE}
        if reason := self._too_much(batch):
            return row | {"note": reason}
        given, rng = self.generator.tensor(condition), self._rng()
        repeats, limit = self.options["repeats"], self.options["seconds"]
        try:
            # The job may have all cores, but no library takes more of them than torch.
            with torch.no_grad(), threadpool_limits(torch.get_num_threads()):
                found = timed(
                    lambda: self.generator.generate(given, rng), self.device, repeats, limit
                )
        except Exception as error:
            if not out_of_memory(error):
                raise
            return row | {
                "note": f"not measured: a batch needs more memory than there is {self.on}"
            }
        self._keep(batch, found)
        return row | self._value(found.seconds / batch, f"{len(found.seconds)} repeats {self.on}")

    def _whole_way(self, batch: int) -> Iterator[Row]:
        """The time per entry, and the peak memory, of fresh processes."""
        row = self.common | {"stage": WHOLE_WAY, "batch": batch}
        time_row = row | {"quantity": time_per(self.kind.entry)}
        if reason := self._too_much(batch):
            yield time_row | {"note": reason}
            return
        limit, expected = self.options["seconds"], self._foreseen(self.seconds, batch)
        batches = ceil(self.options["whole_entries"] / batch)
        if expected * batches > limit:
            batches = max(1, int(limit / expected))
        entries, found = batches * batch, []
        if self.device.type == "cuda":
            torch.cuda.empty_cache()  # for the other process
        for repeat in range(self.options["whole_repeats"]):
            found.append(
                whole_way(
                    self.settings, self.model, self.device,
                    batch=batch, entries=entries, seed=self.seed + repeat, limit_s=10 * limit,
                )
            )  # fmt: skip
            if found[-1].ended:
                yield time_row | {"note": f"not measured: a fresh process {found[-1].ended}"}
                return
        seconds = np.array([each.seconds for each in found])
        of = "one fresh process" if len(found) == 1 else f"each of {len(found)} fresh processes"
        words = f"{entries} {self.kind.several} in {of} {self.on}"
        yield time_row | self._value(seconds / entries, f"{words}: {_parts(found)}")
        row |= {"unit": "MiB", "note": words}
        yield row | {"quantity": "peak_memory", "value": max(x.memory_MiB for x in found)}
        if self.device.type == "cuda":
            most = max(x.device_MiB for x in found)
            yield row | {"quantity": "peak_memory_device", "value": most}

    def _too_much(self, batch: int) -> str:
        """Why a batch is not generated, as those before it tell; empty if it is."""
        limit, mem_mb = self.options["seconds"], self.options["mem_mb"]
        if (seconds := self._foreseen(self.seconds, batch)) > limit:
            return f"not measured: one batch would take {seconds:.0f} s, more than {limit:g} s"
        if (memory := self._foreseen(self.memory, batch)) > mem_mb:
            return f"not measured: one batch would take {memory:.0f} MiB, more than {mem_mb} MiB"
        return ""

    def _foreseen(self, known: list[tuple[int, float]], batch: int) -> float:
        return foreseen([point for point in known if point[0] <= batch], batch)

    def _keep(self, batch: int, found: Timed) -> None:
        """Keep what a batch took, so that larger ones can be foreseen; sizes ascend."""
        if not self.seconds or batch > self.seconds[-1][0]:
            self.seconds.append((batch, found.mean))
            if self.device.type == "cpu":  # a GPU says itself where its memory ends
                self.memory.append((batch, found.memory_MiB))

    def _value(self, seconds: np.ndarray, note: str) -> Row:
        """Mean and standard deviation of the seconds of repeats, in milliseconds."""
        error = MS * seconds.std(ddof=1) if len(seconds) > 1 else np.nan
        return {"value": MS * seconds.mean(), "error": error, "note": note}

    def _rng(self) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed)


def values_of(kind: Kind, n: int) -> list[float]:
    """Values of a continuous condition over its range, of three digits; none without a range."""
    condition = kind.condition
    if condition is None or condition.classes is not None or condition.range is None or not n:
        return []
    return [float(f"{value:.3g}") for value in condition.steps(n)]


def _parts(found: list[WholeWay]) -> str:
    """Where the time of fresh processes went, on average."""
    seconds, loading, generating = (
        float(np.mean([getattr(each, name) for each in found]))
        for name in ("seconds", "loading", "generating")
    )
    start = seconds - loading - generating
    return (
        f"{start:.2g} s to start and end, {loading:.2g} s to load the model, {generating:.2g} s "
        "to generate and write"
    )
