"""The table of losses of a generator's training, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ultimetric.tables import NUMBER, TEXT, WHOLE, frame_of, read_table, write_table

# network           the network, such as "flow"
# epoch             the number of the epoch, from 1
# train, validation losses
# lr                the learning rate
# seconds           how long the epoch took
COLUMNS = {
    "network": TEXT,
    "epoch": WHOLE,
    **dict.fromkeys(("train", "validation", "lr", "seconds"), NUMBER),
}


def write_history(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the epochs in their order."""
    write_table(path, frame_of(rows, COLUMNS))


def read_history(path: str | Path) -> pd.DataFrame:
    """Read what `write_history` wrote."""
    return read_table(path, COLUMNS)
