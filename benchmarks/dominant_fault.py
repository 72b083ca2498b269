"""Is the dominant fault named first? Every cell of real showers is smeared by 10 %.

The energy response of the sample is then some per cent wide where the truth's is per mille.
Prints the first findings with the networks and with boosted trees, cpu cards, high-level inputs;
then again with one weight that outweighs all others.

    PYTHONPATH=workflow .venv/bin/python benchmarks/dominant_fault.py [showers] [width] [seed]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import yaml
from ultimetric.kinds.showers.showers import threshold

from ultimetric.classifiers.base import Classifier
from ultimetric.data.duplicates import duplicate_groups
from ultimetric.data.splits import split_rows
from ultimetric.failures.candidates import candidates
from ultimetric.failures.finder import Finding, find
from ultimetric.failures.population import Population
from ultimetric.faults.trials import judge
from ultimetric.kinds.showers.formats.calogan import read_showers
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.observables import compute
from ultimetric.metrics.auc import auc_components
from ultimetric.plugins import load_plugin

WORKFLOW = Path(__file__).parents[1] / "workflow"
SHOWN = 4
OUTLIER = 1.6e7  # a weight that a network has given to one shower of such a sample
VOXELS = 50


def main(showers: str = "3000", width: str = "0.1", seed: str = "1") -> None:
    torch.set_num_threads(1)
    geometry = Geometry.from_config(geometry_config("calogan_coarse"))
    bundled = read_showers(WORKFLOW / "resources" / "showers" / "eplus.hdf5", geometry)
    # The division of the default study, whose final truth stays untouched.
    parts = split_rows(duplicate_groups(bundled), final=2200, generator=5000, classifier=4000)
    n, rng = int(showers), np.random.default_rng(int(seed))
    truth, other = bundled[parts["classifier"][:n]], bundled[parts["training"][:n]]
    factor = 1 + float(width) * rng.normal(size=other.voxels.shape)
    voxels = threshold((other.voxels * factor).clip(min=0).astype(np.float32), 0.01)
    sample = replace(other, voxels=voxels)
    for kind, showers in (("truth", truth), ("sample", sample)):
        print(f"E_tot/E_inc of {kind}: {100 * width_of(compute(showers)['response']):.2f} % wide")
    for test in ("dnn", "bdt"):
        card = yaml.safe_load((WORKFLOW / f"ultimetric/classifiers/{test}.yaml").read_text())
        classifier = load_plugin(f"ultimetric.classifiers.{test}", Classifier)(card["cpu"], None)
        weights, found = judge(truth, sample, classifier, "high_level", VOXELS, int(seed))
        auc = auc_components(weights.label, weights.joined("logit")).value
        w = weights.sample.w
        print(
            f"{test}: AUC {auc:.4f}, {100 * w.max() / w.sum():.2g} % of the weight in one shower"
        )
        tell(found)
        weights.sample.w[0] = OUTLIER
        of_truth, of_sample, _ = candidates(truth, sample, VOXELS)
        again = find(
            Population(truth.energy, of_truth, weights.truth.w),
            Population(sample.energy, of_sample, weights.sample.w),
            int(seed),
        )
        print(f"{test}, one weight of {OUTLIER:.2g}:")
        tell(again)


def width_of(x: np.ndarray) -> float:
    """Half of the central 68 %."""
    return float(np.diff(np.quantile(x, (0.16, 0.84)))[0] / 2)


def tell(found: list[Finding]) -> None:
    """Print the first findings."""
    for k, one in enumerate(found[:SHOWN], 1):
        print(
            f"  {k} {one.observable}: share {one.share:.3g}, "
            f"chi2 {one.test.statistic:.0f} / {one.test.dof}",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
