"""Best epochs and rank correlations of scores that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from given import dataset_of, sample_of
from scipy.stats import spearmanr

from ultimetric.analyses.epochs import Epochs, rank_correlation, scores, trainings
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import number_table
from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers

EPOCHS = (1, 2, 3, 10)
FRD, AUC = (8.0, 4.0, 2.0, 2.05), (0.9, 0.8, 0.6, 0.7)


def samples(showers: Showers, generator: str = "net", processed: int = 3) -> list[Any]:
    """Samples of some epochs, the last ones with a post-processor, in another order."""
    return [
        sample_of(
            f"{generator}_{epoch}",
            showers[:1],
            attributes={
                "epoch": str(epoch),
                "epoch_of": generator,
                "post_processed": str(epoch >= processed),
            },
        )
        for epoch in reversed(EPOCHS)
    ]


def rows(generator: str = "net") -> pd.DataFrame:
    """Two scores of these samples, and rows that are none."""
    found = [{"sample": "truth", "metric": "frd", "method": "regressor", "value": 0.1}]
    for epoch, frd, auc in zip(EPOCHS, FRD, AUC, strict=True):
        of = {"dataset": "d", "sample": f"{generator}_{epoch}"}
        where = {"method": "dnn", "inputs": "high"}
        found += [
            of | {"metric": "frd", "method": "regressor", "value": frd, "error": 0.1},
            of | where | {"metric": "auc", "value": auc, "error": 0.01},
            of | where | {"metric": "auc", "value": 0.0, "bin": "1-20"},
            of | {"metric": "shape", "value": 0.0},
        ]
    return number_table(found, {"dataset": "d"})


def table_of(showers: Showers, given_rows: pd.DataFrame, *others: Any, **options: Any) -> Any:
    dataset = dataset_of("d", showers[:1], *samples(showers), *others)
    given = Given({"d": dataset}, 1, rows=given_rows)
    table = Epochs(options).result(given).table
    return {(r.sample, r.metric, r.other, r.bin): r for r in table.itertuples()}


def test_trainings_are_in_the_order_of_epochs(eplus: Showers) -> None:
    plain = sample_of("plain", eplus[:1], attributes={})
    few = [x for x in samples(eplus, "few") if x.name in ("few_1", "few_2")]
    (found,) = trainings({x.name: x for x in [plain, *few, *samples(eplus)]})
    assert found.generator == "net"
    assert found.samples == [f"net_{epoch}" for epoch in EPOCHS]
    assert found.epochs.tolist() == list(EPOCHS)
    assert found.processed.tolist() == [False, False, True, True]
    assert found.switched == 2
    (always,) = trainings({x.name: x for x in samples(eplus, processed=0)})
    assert always.switched is None


def test_scores_are_those_of_all_samples() -> None:
    names = [f"net_{epoch}" for epoch in EPOCHS]
    found = scores(rows(), names, ["auc", "frd", "fid"])
    assert list(found) == ["auc dnn high", "frd regressor"]
    assert found["frd regressor"].tolist() == [[value, 0.1] for value in FRD]
    assert found["auc dnn high"][:, 0].tolist() == list(AUC)
    assert list(scores(rows(), ["truth", *names], ["auc", "frd"])) == ["frd regressor"]


def test_best_epochs(eplus: Showers) -> None:
    found = table_of(eplus, rows())
    frd, auc = "frd regressor", "auc dnn high"

    def number(metric: str, score: str, other: str = "") -> Any:
        return found["net", metric, score, other]

    assert number("best_epoch", frd).value == 3
    assert number("best_epoch", frd).error == 3.5  # of epochs 3 and 10, either may be the best
    assert number("epochs_alike", frd).value == 2
    assert number("best_epoch_score", frd).value == 2.0
    assert (number("best_epoch", auc).value, number("best_epoch", auc).error) == (3, 0)
    assert number("epochs_alike", auc).value == 1
    best = number("best_epoch_auc", frd)
    assert (best.value, best.error) == (0.6, 0.01)
    assert number("before_post_processor", frd).value == 4.0
    assert number("after_post_processor", frd).value == 2.0
    expected = spearmanr(FRD, AUC).statistic
    assert expected == pytest.approx(1)
    for metric, other in (("rank_correlation", auc), ("rank_correlation_auc", "")):
        assert number(metric, frd, other).value == pytest.approx(expected)
    assert number("rank_correlation", frd, frd).value == pytest.approx(1)


def test_the_classifier_of_the_auc_is_chosen(eplus: Showers) -> None:
    bdt = [
        {**row, "method": "bdt", "value": 0.55}
        for row in rows().to_dict("records")
        if row["metric"] == "auc" and not row["bin"]
    ]
    both = pd.concat([rows(), number_table(bdt)])
    for method, value in (("dnn", 0.6), ("bdt", 0.55)):
        found = table_of(eplus, both, method=method)
        assert found["net", "best_epoch_auc", "frd regressor", ""].value == value


def test_rank_correlation_in_limits() -> None:
    rng = np.random.default_rng(1)
    exact = np.stack([np.arange(40.0), np.zeros(40)], 1)
    same = rank_correlation(exact, exact, rng)
    assert same.value == pytest.approx(1)
    assert same.error_test == pytest.approx(0, abs=1e-12)
    assert rank_correlation(exact, exact * [-1, 1], rng).value == pytest.approx(-1)
    # Of independent numbers, as with errors far beyond all differences, the standard deviation is
    # 1 / sqrt(n - 1).
    blurred = np.stack([np.arange(40.0), np.full(40, 1e4)], 1)
    assert rank_correlation(blurred, blurred, rng).error_test == pytest.approx(39**-0.5, rel=0.1)


def test_nothing_to_compare_is_said(eplus: Showers) -> None:
    with pytest.raises(UserError, match="analysis epochs: no generator has scores after 3 epochs"):
        table_of(eplus, rows("other"))
