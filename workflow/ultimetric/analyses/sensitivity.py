"""Mark AUCs of classifiers that miss the positive control as not sensitive."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd

from ultimetric.analyses.numbers import with_note

NOT_SENSITIVE = "not sensitive"
NO_CONTROL = "no positive control"
# The control counts as found if half of the ideal classifier's excess over 0.5 is seen.
SHARE = 0.5
OWN_CONTROL = (
    "auc_before",
    "auc_reweighted",
    "auc_reweighted_control",
    "auc_reweighted_baseline",
)
AUCS = "auc", "delta_auc", "local_auc"  # what such names begin with
TEST = ["dataset", "method", "inputs"]
T = TypeVar("T", float, pd.Series)


def is_missed(value: T, ideal: T) -> bool | pd.Series:
    """Whether the AUC of a positive control means that the classifier is not sensitive."""
    return value - 0.5 < SHARE * (ideal - 0.5)


def mark_insensitive(table: pd.DataFrame) -> pd.DataFrame:
    """The numbers, with a note on every AUC whose positive control was missed or does not exist.

    A positive control is a sample with rows `ideal_auc`. AUCs of tests with a control of their own
    (OWN_CONTROL) are unchanged.
    """
    ideal = table[table["metric"] == "ideal_auc"]
    reached = table[table["metric"] == "auc"].merge(ideal, on=[*TEST, "sample"])
    missed = reached[is_missed(reached["value_x"], reached["value_y"])]
    tests = pd.MultiIndex.from_frame(table[TEST])
    none = ~tests.isin(pd.MultiIndex.from_frame(ideal[TEST]))
    found = tests.isin(pd.MultiIndex.from_frame(missed[TEST]))
    note = np.select([found, none], [NOT_SENSITIVE, NO_CONTROL], "")
    marked = table["metric"].str.startswith(AUCS) & ~table["metric"].isin(OWN_CONTROL)
    return with_note(table, np.where(marked, note, "").tolist())
