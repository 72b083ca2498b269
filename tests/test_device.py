"""Which device a job computes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ultimetric import device as module
from ultimetric.errors import UserError

VARIABLES = (
    "ULTIMETRIC_DEVICE", "ULTIMETRIC_GPUS", "ULTIMETRIC_REMOTE", "CUDA_VISIBLE_DEVICES",
    "SLURM_JOB_GPUS",
)  # fmt: skip
HOLD = """
import sys, time
from pathlib import Path
from ultimetric.device import take_free
print(take_free(sys.argv[2:], Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No choice remembered, no variable set, two GPUs pretended."""
    module.device.cache_clear()
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", lambda index: None)
    yield
    module.device.cache_clear()


class Holder:
    """Another process that takes a GPU and keeps it."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder), *names],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(Path(module.__file__).parents[1]), "OMP_NUM_THREADS": "1"},
        )

    def gpu(self) -> int:
        return int(self.process.stdout.readline())

    def end(self, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        self.process.communicate()


@pytest.mark.slow
def test_jobs_take_distinct_gpus(tmp_path: Path) -> None:
    first, second = Holder(tmp_path, "0", "1"), Holder(tmp_path, "0", "1")
    taken = {first.gpu(), second.gpu()}
    assert taken == {0, 1}
    third = Holder(tmp_path, "0", "1")
    with pytest.raises(subprocess.TimeoutExpired):
        third.process.wait(3)  # it waits
    first.end(kill=True)  # a killed job leaves no lock behind
    assert third.gpu() in (0, 1)
    second.end()
    third.end()


def test_no_gpu_unless_the_rule_asks() -> None:
    assert module.device() == torch.device("cpu")


@pytest.mark.slow
def test_a_gpu_where_the_rule_asks(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("ULTIMETRIC_GPUS", "1")
    holder = Holder(tmp_path / f"ultimetric-gpus-{module.os.getuid()}", "0")
    assert holder.gpu() == 0
    assert module.device() == torch.device("cuda", 1)
    holder.end()


def test_what_the_batch_system_gave_is_ours(monkeypatch) -> None:
    """Constrained jobs all see their GPU as number 0: no lock may make them wait."""
    monkeypatch.setenv("ULTIMETRIC_GPUS", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setenv("ULTIMETRIC_REMOTE", "1")
    monkeypatch.setattr(module, "take_free", None)
    assert module.device() == torch.device("cuda", 0)


def test_a_gpu_in_slurms_own_words(monkeypatch) -> None:
    monkeypatch.setenv("ULTIMETRIC_GPUS", "0")
    monkeypatch.setenv("SLURM_JOB_GPUS", "3")
    assert module.device() == torch.device("cpu")  # a workstation inside an allocation
    module.device.cache_clear()
    monkeypatch.setenv("ULTIMETRIC_REMOTE", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    assert module.device() == torch.device("cuda", 0)


def test_visible_devices_limit_the_choice(monkeypatch) -> None:
    monkeypatch.setenv("ULTIMETRIC_GPUS", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5, GPU-7")
    monkeypatch.setattr(module, "take_free", lambda names: names.index("GPU-7"))
    assert module.device() == torch.device("cuda", 1)


def test_a_card_with_a_gpu_runs_without_one(monkeypatch, caplog) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("ULTIMETRIC_GPUS", "1")
    assert module.device() == torch.device("cpu")
    assert "there is none" in caplog.text


def test_the_user_has_the_last_word(monkeypatch) -> None:
    monkeypatch.setenv("ULTIMETRIC_DEVICE", "cpu")
    monkeypatch.setenv("ULTIMETRIC_GPUS", "1")
    assert module.device() == torch.device("cpu")


def test_a_chosen_gpu_is_the_current_one(monkeypatch) -> None:
    chosen = []
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setenv("ULTIMETRIC_DEVICE", "cuda:1")
    assert [module.device()] == chosen == [torch.device("cuda", 1)]


def test_mps_is_refused_in_one_sentence(monkeypatch) -> None:
    monkeypatch.setenv("ULTIMETRIC_DEVICE", "mps")
    with pytest.raises(UserError, match="float64"):
        module.device()
