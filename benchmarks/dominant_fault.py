"""Is the dominant fault named first? Every cell of real showers is smeared by 10 %.

The energy response of the sample is then some per cent wide where the truth's is per mille.
Prints the first findings with the networks and with boosted trees, cpu cards, high-level inputs;
then again with one weight that outweighs all others.

    PYTHONPATH=workflow .venv/bin/python benchmarks/dominant_fault.py [showers] [width] [seed]
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from showers import bundled, classifier_of, default_parts, smeared

from ultimetric.findings.candidates import candidates
from ultimetric.findings.diagnosis import Finding, diagnose
from ultimetric.findings.population import population
from ultimetric.findings.trials import weigh_and_diagnose
from ultimetric.observed import compute
from ultimetric.statistics.auc import auc

SHOWN = 4
OUTLIER = 1.6e7  # a weight that a network has given to one shower of such a sample
VOXELS = 50


def main(showers: str = "3000", width: str = "0.1", seed: str = "1") -> None:
    torch.set_num_threads(1)
    everything = bundled("calogan_coarse")
    parts = default_parts(everything)
    truth, other = (everything[parts[part][: int(showers)]] for part in ("classifier", "training"))
    sample = smeared(other, float(width), np.random.default_rng(int(seed)))
    tables = compute(truth), compute(sample)
    for name, table in zip(("truth", "sample"), tables, strict=True):
        low, high = np.quantile(table["response"], (0.16, 0.84))
        print(f"E_tot/E_inc of {name}: {50 * (high - low):.2f} % wide")
    for method in ("dnn", "bdt"):
        classifier = classifier_of(method, "high_level", truth.kind)
        weights, found = weigh_and_diagnose(
            truth, sample, classifier, "high_level", VOXELS, int(seed)
        )
        w, area = weights.sample.w, auc(weights.label, weights.joined("logit"))
        largest = 100 * w.max() / w.sum()
        print(f"{method}: AUC {area:.4f}, {largest:.2g} % of the weight in one shower")
        tell(found)
        w[0] = OUTLIER
        values = candidates(truth, sample, *tables, VOXELS)
        sides = zip((truth, sample), values, (weights.truth, weights.sample), strict=True)
        print(f"{method}, one weight of {OUTLIER:.2g}:")
        tell(diagnose(*(population(*side) for side in sides), int(seed)))


def tell(found: list[Finding]) -> None:
    """Print the first findings."""
    for k, one in enumerate(found[:SHOWN], 1):
        chi2 = f"chi2 {one.test.statistic:.0f} / {one.test.dof}"
        print(f"  {k} {one.observable}: share {one.share:.3g}, {chi2}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
