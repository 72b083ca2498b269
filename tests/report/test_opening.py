"""The sentence on all samples that the verdict opens with."""

from __future__ import annotations

import pytest
from reported import row

from ultimetric.analyses.numbers import number_table
from ultimetric.costs import COSTS
from ultimetric.findings.table import FINDINGS
from ultimetric.report.opening import openings
from ultimetric.report.tables import Names
from ultimetric.report.verdict import verdicts
from ultimetric.tables import frame_of


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (
            0.559,
            "The lowest AUCs, of flow (0.554(7)) and inn (0.559(6)), agree within their errors.",
        ),
        (0.58, "The lowest AUC is that of flow, 0.554(7)."),
    ],
)
def test_the_lowest_auc_is_no_winner_within_errors(second: float, sentence: str) -> None:
    aucs = {"inn": (second, 0.006), "flow": (0.554, 0.007), "third": (0.7, 0.007)}
    rows = [row(name, "high_level", "auc", *auc) for name, auc in aucs.items()]
    rows += [row(name, "high_level", "pvalue", 1e-9) for name in aucs]
    found = verdicts(number_table(rows), frame_of([], FINDINGS), (), {})
    names = Names(str, {"eplus": list(aucs)}, {}, {})
    (opening,) = openings(found, frame_of([], COSTS), {}, names)
    assert opening.summary == f"3 of 3 samples can be distinguished from truth. {sentence}"
