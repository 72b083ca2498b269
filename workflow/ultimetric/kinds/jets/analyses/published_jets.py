"""The published distances of distorted gluon jets (arXiv:2211.10295) beside those of the study."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import pandas as pd

from ultimetric.analyses.base import Analysis, Result, option_error
from ultimetric.analyses.beside import STUDY, Where, first_number, placed
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Row
from ultimetric.folders import RESOURCES

READS = "published/jets2211"
PREFIX, PUBLISHED = "jets2211_", "_published"
POLYNOMIALS = "efp"


class PublishedJets(Analysis):
    """Of each sample that is called like a published one, the numbers of both.

    The published samples are `truth` (the baseline), `mass_smeared`, `mass_shifted` and `mass_cut`
    (at 0.17), `particles_smeared`, `eta_smeared`, `pt_smeared` and `pt_shifted`. The names of
    metrics are those of the published numbers with the prefix `jets2211_`; those that end in
    `_published` are the published ones.

    Options:
        low: The classifier of the AUC on the particles, default particlenet.
        high: The classifier of the AUC on the polynomials, default dnn.
    """

    per: ClassVar = "dataset"
    needs: ClassVar = ()
    analyses: ClassVar = ("classifier", "fpd", "kpd", "prdc", "jet_wasserstein")
    reads: ClassVar = READS
    defaults: ClassVar = {"low": "particlenet", "high": "dnn"}
    section: ClassVar = "Published results"
    tables: ClassVar = (
        {
            "title": "Distances of distorted gluon jets",
            "text": "The numbers of this study, and those that arXiv:2211.10295 gives for the "
            "same distortions of JetNet's gluon jets. There truth and samples are 50,000 jets, "
            "drawn with replacement from the same 177,000 (5,000 in batches of KPD). Distances of "
            "other numbers of jets can be compared with the baseline only. Published AUCs are the "
            "largest of all epochs on the test set, those of this study are not.",
            "name": "{dataset}",
            "columns": {
                "W1 of the mass": "jets2211_w1_mass",
                "published W1": "jets2211_w1_mass_published",
                "FPD": "jets2211_fpd",
                "published FPD": "jets2211_fpd_published",
                "KPD": "jets2211_kpd",
                "published KPD": "jets2211_kpd_published",
                "AUC, particles": "jets2211_auc_low",
                "published AUC, particles": "jets2211_auc_low_published",
                "AUC, polynomials": "jets2211_auc_high",
                "published AUC, polynomials": "jets2211_auc_high_published",
                "precision": "jets2211_precision",
                "published precision": "jets2211_precision_published",
                "recall": "jets2211_recall",
                "published recall": "jets2211_recall_published",
            },
            "notes": True,
        },
    )

    def run(self, given: Given) -> Result:
        found: list[Row] = []
        for sample in given.dataset.samples:
            rows = given.rows[given.rows["sample"] == sample]
            for stated in published().query("sample == @sample").itertuples():
                metric = f"{PREFIX}{stated.quantity}"
                own = first_number(rows, [self._place(stated.quantity)])
                if own is not None:
                    found += [placed(own, sample, metric), _published(stated)]
        if not found:
            names = ", ".join(published()["sample"].unique())
            raise option_error("published_jets", f"no sample with numbers is called {names}")
        return Result(found)

    def _place(self, quantity: str) -> Where:
        """Where the number of a sample stands that is of the same quantity."""
        aucs = {"auc_low": ("low", "constituents"), "auc_high": ("high", POLYNOMIALS)}
        if quantity in aucs:
            option, inputs = aucs[quantity]
            return {"metric": "auc", "method": self.options[option], "inputs": inputs}
        if quantity == "w1_mass":
            return {"metric": quantity}
        return {"metric": quantity, "inputs": POLYNOMIALS}


@cache
def published() -> pd.DataFrame:
    """The published numbers: columns sample, quantity, value, error."""
    return pd.read_csv(RESOURCES / READS / "values.csv", comment="#")


def _published(stated: Any) -> Row:
    """A published number as a row."""
    return {
        "sample": stated.sample,
        "method": STUDY,
        "metric": f"{PREFIX}{stated.quantity}{PUBLISHED}",
        "value": stated.value,
        "error": stated.error,
        "note": "arXiv:2211.10295",
    }
