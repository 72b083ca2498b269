"""The numbers of the samples of a study that stand beside the published ones."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ultimetric.costs import GENERATE, WHOLE_WAY, of_dataset, time_per
from ultimetric.figures.base import FigureInputs
from ultimetric.figures.rows import chosen, value
from ultimetric.kinds.showers.published import PREFIX, PROTOCOL, STUDY

# The stages of costs in their order; what comes with a sample is of any other one.
STAGES = {WHOLE_WAY: 0, GENERATE: 1}


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
    """Whether an AUC of a sample was made by the published protocol; empty for other numbers."""
    rows = chosen(given.rows, sample=sample, metric=f"{PREFIX}{quantity}", method=STUDY)
    if "auc" not in quantity or rows.empty:
        return ""
    return "published protocol" if PROTOCOL in rows["note"].iloc[0] else "other protocol"


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
    first = found["stage"].map(STAGES).fillna(len(STAGES)).to_numpy().argmin()
    return float(found["value"].iloc[first]), float(found["error"].iloc[first])
