"""Freed memory stays with a training."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest
from tests.places import PACKAGE

FAULTS = """
import resource, sys
import torch
from ultimetric.training.memory import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
for _ in range(20):  # until the heap has a place for it
    torch.ones(1 << 24)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    torch.ones(1 << 24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone is told to keep it")
def test_pages_are_asked_for_once() -> None:
    kept, given_back = (
        int(
            subprocess.run(
                [sys.executable, "-c", FAULTS, how],
                env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
                capture_output=True,
                check=True,
            ).stdout
        )
        for how in ("keep", "give back")
    )
    assert kept < given_back / 5
