"""Numbers of a study that stand beside published ones."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ultimetric.analyses.numbers import Row

COPIED = ("value", "error", "error_test", "error_train", "n_train", "n_test", "repeats")
STUDY = "study"  # the column `method` of the numbers of a study
Where = dict[str, str]


def first_number(rows: pd.DataFrame, places: Iterable[Where]) -> pd.Series | None:
    """The number of the first place that has one; None if none has.

    Arguments:
        rows: The rows of one sample; those of an observable, a bin or two samples are left out.
        places: The texts of columns, the best place first.
    """
    whole = rows[rows[["observable", "bin", "other"]].eq("").all(axis=1)]
    for place in places:
        found = whole[whole[list(place)].eq(pd.Series(place)).all(axis=1)]
        if len(found) and found["value"].notna().iloc[0]:
            return found.iloc[0]
    return None


def placed(row: pd.Series, sample: str, metric: str, note: str = "") -> Row:
    """A number of the study as a row beside the published ones, with one more note."""
    return {
        **row[list(COPIED)],
        "sample": sample,
        "method": STUDY,
        "metric": metric,
        "note": "; ".join(filter(None, [note, row["note"]])),
    }
