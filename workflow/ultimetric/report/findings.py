"""What the failure finder says of each sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ultimetric.findings.table import Failure
from ultimetric.statistics.pvalues import p_text

SHOWN = 5


@dataclass(frozen=True)
class Verdict:
    """The findings of one sample.

    Arguments:
        label: of the sample.
        role: floor or power control; empty of other samples.
        first: the first SHOWN findings.
        others: those that follow.
    """

    label: str
    role: str
    first: list[Failure]
    others: list[Failure]


def verdicts(
    failures: list[Failure],
    label: Callable[[str], str],
    samples: dict[str, list[str]],
    controls: dict[str, str],
) -> dict[str, list[Verdict]]:
    """Verdicts on all samples, by the label of their dataset.

    Arguments:
        failures: of failures.csv, ranked within a sample.
        label: gives the label of a name.
        samples: of each dataset, in their order.
        controls: name to role.
    """
    result = {}
    for dataset, names in samples.items():
        result[label(dataset)] = []
        for name in names:
            rows = [_readable(x) for x in failures if (x.dataset, x.sample) == (dataset, name)]
            role = label(controls[name]) if name in controls else ""
            result[label(dataset)].append(Verdict(label(name), role, rows[:SHOWN], rows[SHOWN:]))
    return result


def _readable(failure: Failure) -> Failure:
    return replace(
        failure,
        observable=failure.label,
        pvalue=p_text(float(failure.pvalue)).removeprefix("p ").lstrip("= "),
    )
