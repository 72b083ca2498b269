"""The numbers of the samples of a study that stand beside the published ones."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ultimetric.analyses.beside import STUDY
from ultimetric.costs import GENERATE, SIMULATE, WHOLE_WAY, of_dataset, time_per
from ultimetric.figures.base import FigureInputs
from ultimetric.figures.rows import chosen, value
from ultimetric.kinds.showers.published import PREFIX, dataset_of, protocol_text

# The stages of costs, the best first; what comes with a sample counts as the whole way.
STAGES = (WHOLE_WAY, "", GENERATE)


def numbers_of(given: FigureInputs, samples: Iterable[str], quantity: str) -> pd.DataFrame:
    """The value and the error of a quantity by sample, nan where there is none."""
    if quantity.startswith(("time_", "parameters_")):
        costs = of_dataset(given.costs, given.dataset)
        found = {x: _cost(chosen(costs, sample=x), quantity, given.kind.entry) for x in samples}
    else:
        metric = f"{PREFIX}{quantity}"
        found = {x: value(given.rows, x, metric, method=STUDY) for x in samples}
    return pd.DataFrame.from_dict(found, "index", columns=["value", "error"], dtype=float)


def protocol_of(given: FigureInputs, sample: str, quantity: str) -> str:
    """By which protocol an AUC of a sample was made; empty for other numbers."""
    rows = chosen(given.rows, sample=sample, metric=f"{PREFIX}{quantity}", method=STUDY)
    if "auc" not in quantity or rows.empty:
        return ""
    (row,) = rows.head(1).itertuples()
    return protocol_text(dataset_of(given.kind), row.note, row.n_train)


def simulation_time(given: FigureInputs, quantity: str) -> float | None:
    """The milliseconds per shower of the program that made the truth, on an axis of CPU times."""
    times = chosen(given.costs, stage=SIMULATE, quantity=time_per(given.kind.entry), device="cpu")
    if times.empty or not quantity.startswith("time_cpu"):
        return None
    return float(times["value"].iloc[0])


def _cost(costs: pd.DataFrame, quantity: str, entry: str) -> tuple[float, float]:
    """A cost of one sample: a time is that of the whole way, else one in memory, else a given one.

    Arguments:
        costs: The costs of the sample.
        quantity: The published quantity, such as time_cpu_100 or parameters_training.
        entry: What one entry of the data is called.
    """
    name, *of = quantity.split("_")
    if name == "time":
        device, batch = of
        found = chosen(
            costs, quantity=time_per(entry), device="cuda" if device == "gpu" else device
        )
        found = found[found["batch"].eq(int(batch))]
    else:
        own = {"parameters_training": "parameters"}.get(quantity, quantity)
        found = chosen(costs, quantity=own)
    found = found[found["value"] > 0]
    if found.empty:
        return np.nan, np.nan
    places = [STAGES.index(x) if x in STAGES else len(STAGES) for x in found["stage"]]
    best = int(np.argmin(places))
    return float(found["value"].iloc[best]), float(found["error"].iloc[best])
