"""Find the sample that is nearest to the truth, with one classifier of all samples.

The mean log posterior and the consistency matrix of the CaloChallenge (arXiv:2410.21611), after
arXiv:2211.11765.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.special import logsumexp

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number, Row, Where, number_of
from ultimetric.classifiers.joint_scores import JointScores, read_joint
from ultimetric.statistics.components import Components


class Consistency(Analysis):
    """The mean log posterior of each sample, for entries of the truth and of every sample."""

    per: ClassVar = "dataset"
    needs: ClassVar = ("scores",)
    section: ClassVar = "Nearest sample"
    tables: ClassVar = (
        {
            "title": "Nearest sample",
            "text": "The mean log posterior of each sample for entries of the truth, in nats, "
            "from one classifier of all samples: the nearest sample has the largest.",
            "columns": {"mean log posterior": "log_posterior"},
        },
        {
            "title": "Consistency",
            "text": "The mean log posterior of each sample (columns) for entries of a sample "
            "(rows), in nats. A good classifier has the largest number of each row on the "
            "diagonal; where it is elsewhere, one sample is taken for another.",
            "columns": {"{}": {"metric": "consistency", "by": "other"}},
        },
    )

    def run(self, given: Given) -> Result:
        rows = []
        for method, paths in given.dataset.scores.items():
            blocks = [read_joint(path) for path in paths]
            rows += consistency_rows(given.dataset.name, method, blocks)
        return Result(rows)


def mean_log_posterior(log_posterior: np.ndarray, group: np.ndarray | None = None) -> list[Number]:
    """The mean of log p(sample | entry) over N entries, for each of n samples, in nats.

    The posterior is among the samples only: the share of the truth is divided out, by Bayes'
    theorem. Errors are those of a mean over entries and repeats, see `Components`.

    Arguments:
        log_posterior: The out-of-fold log posteriors, truth first (N, R, 1 + n).
        group: The labels of groups, as of `auc_components`.
    """
    samples = log_posterior[..., 1:].astype(np.float64)
    samples -= logsumexp(samples, axis=-1, keepdims=True)
    groups = None if group is None else (group,)
    return [
        number_of(Components(each.mean(0), (each,), groups), n_test=len(each))
        for each in np.moveaxis(samples, -1, 0)
    ]


def consistency_rows(
    dataset: str, method: tuple[str, str], blocks: list[JointScores]
) -> list[Row]:
    """Rows of one joint test.

    `log_posterior` is that of a sample for entries of the truth, largest for the nearest sample,
    and ln(1/n) for each of n equal samples. `consistency` is that of another sample (`other`) for
    entries of a sample.

    Arguments:
        dataset: The name of the dataset.
        method: The names of the classifier and its inputs.
        blocks: The blocks of repeats.
    """
    first = blocks[0]
    log_posterior = np.concatenate([block.fit.log_posterior for block in blocks], axis=1)

    def row(sample: str, metric: str, number: Number, **other: str) -> Row:
        counts = {"n_train": first.fit.n_train, "repeats": log_posterior.shape[1]}
        return number.row(Where(dataset, sample, *method), metric, **counts, **other)

    def means(number: int) -> list[Number]:
        rows = first.label == number
        return mean_log_posterior(
            log_posterior[rows], None if first.group is None else first.group[rows]
        )

    of_truth = means(0)
    rows = [row(x, "log_posterior", y) for x, y in zip(first.samples, of_truth, strict=True)]
    for i, sample in enumerate(first.samples, start=1):
        for other, number in zip(first.samples, means(i), strict=True):
            rows.append(row(sample, "consistency", number, other=other))
    return rows
