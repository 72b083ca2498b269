"""The published results of the CaloChallenge beside the numbers of the study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pandas as pd

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.beside import Where, first_number, placed
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Row
from ultimetric.kinds.showers.published import (
    PREFIX,
    READS,
    SOURCE,
    among_text,
    dataset_of,
    n_submissions,
    protocol_text,
    published,
)

# Inputs of the study for those of the challenge, which come first.
LOW, HIGH = ("challenge_low", "unnormalised"), ("challenge_high", "high_level")
VOXELS, NEIGHBOURS = "challenge_log_voxels", ("precision", "recall", "density", "coverage")


class Published(Analysis):
    """Every number of the submissions, and those of the samples of the study that stand for them.

    Metrics are those of the tables of the challenge with the prefix `challenge_`. A submission is
    the sample "<model> (published)". A log posterior is among so many samples as its note says:
    only those among about the same samples can be compared.

    Options:
        method: The classifier of the AUCs on low-level and high-level inputs.
        resnet: The classifier of the AUC of the ResNet.
        multiclass: The classifier of the log posteriors.
    """

    per: ClassVar = "dataset"
    needs: ClassVar = ()
    analyses: ClassVar = ("classifier", "separation", "consistency", "fpd", "kpd", "prdc")
    reads: ClassVar = READS
    binning: ClassVar = "calochallenge"
    defaults: ClassVar = {"method": "", "resnet": "resnet", "multiclass": "multiclass"}
    section: ClassVar = "Published results"
    tables: ClassVar = (
        {
            "title": "Published results of the CaloChallenge: quality",
            "text": "The submissions to the CaloChallenge (arXiv:2410.21611), with the standard "
            "deviation of ten trainings of its classifiers, and the samples of this study. The "
            "submissions were compared with the truth of the challenge by its own protocol. An "
            "AUC of this study can be ranked with theirs only if it was made by this protocol, of "
            "as many showers, with the truth of the challenge: protocol and number of showers "
            "stand beneath it. A log posterior depends on the samples among which it is, the "
            "other numbers on the number of showers: compare them with the baseline.",
            "name": "{dataset}",
            "columns": {
                "AUC, low-level": "challenge_auc_low",
                "AUC, high-level": "challenge_auc_high",
                "AUC, ResNet": "challenge_auc_resnet",
                "mean log posterior": "challenge_log_posterior",
                "sum of separation powers": "challenge_separation_sum",
                "FPD": "challenge_fpd",
                "KPD": "challenge_kpd",
                "precision": "challenge_precision",
                "recall": "challenge_recall",
                "density": "challenge_density",
                "coverage": "challenge_coverage",
            },
            "rank": "challenge_auc_high",
            "shaded": ["challenge_auc_low", "challenge_auc_high", "challenge_auc_resnet"],
            "notes": True,
        },
        {
            "title": "Published results of the CaloChallenge: cost",
            "text": "Parameters, and milliseconds per shower from the start of a program to the "
            "file of showers, by the number of showers in a batch.",
            "name": "{dataset}",
            "columns": {
                "parameters, training": "challenge_parameters_training",
                "parameters, generation": "challenge_parameters_generation",
                "CPU, batch 1": "challenge_time_cpu_1",
                "CPU, 100": "challenge_time_cpu_100",
                "CPU, 10000": "challenge_time_cpu_10000",
                "GPU, batch 1": "challenge_time_gpu_1",
                "GPU, 100": "challenge_time_gpu_100",
                "GPU, 10000": "challenge_time_gpu_10000",
            },
            "rank": "challenge_time_gpu_100",
            "notes": True,
        },
    )

    def run(self, given: Given) -> Result:
        dataset = dataset_of(given.dataset.kind)
        found = [_submission(row, dataset) for row in published(dataset).itertuples()]
        for sample in given.dataset.samples:
            rows = given.rows[given.rows["sample"] == sample]
            for quantity, places in self._places().items():
                row = first_number(rows, places)
                if row is not None:
                    told = _told(given.rows, row, dataset)
                    found.append(placed(row, sample, f"{PREFIX}{quantity}", told))
        return Result(found)

    def _places(self) -> dict[str, list[Where]]:
        """Where the numbers of a sample of the study may stand, by quantity, the best first."""
        method, resnet, joint = (self.options[x] for x in ("method", "resnet", "multiclass"))
        return {
            "auc_low": _aucs(method, LOW),
            "auc_high": _aucs(method, HIGH),
            "auc_resnet": _aucs(resnet, LOW),
            "log_posterior": [
                {"metric": "log_posterior", "method": joint, "inputs": x} for x in LOW
            ],
            "separation_sum": [{"metric": "separation_calochallenge_sum"}],
            **{name: [{"metric": name, "inputs": HIGH[0]}] for name in ("fpd", "kpd")},
            **{name: [{"metric": name, "inputs": VOXELS}] for name in NEIGHBOURS},
        }


def _aucs(method: str, inputs: Sequence[str]) -> list[Where]:
    """Where the AUC of a classifier may stand: by the protocol of the challenge, or by ours."""
    return [
        {"metric": metric, "method": method, "inputs": name}
        for name in inputs
        for metric in ("auc_published", "auc")
    ]


def _submission(row: Any, dataset: str) -> Row:
    """A published number as a row."""
    among = row.quantity.startswith("log_posterior")
    return {
        "sample": f"{row.model} (published)",
        "method": SOURCE,
        "metric": f"{PREFIX}{row.quantity}",
        "value": row.value,
        "error": row.error,
        "note": among_text(n_submissions(dataset)) if among else "",
    }


def _told(rows: pd.DataFrame, row: pd.Series, dataset: str) -> str:
    """What the note of a number of a classifier begins with; empty for other numbers."""
    by = f"{row['method']} on {row['inputs']}; "
    if row["metric"] == "log_posterior":
        where = ["metric", "method", "inputs"]
        same = rows[where].eq(row[where]).all(axis=1)
        return by + among_text(rows["sample"][same].nunique())
    if row["metric"].startswith("auc"):
        protocol = protocol_text(dataset, row["note"], row["n_train"])
        return f"{by}{protocol}; {row['n_test']:.0f} showers tested"
    return ""
