"""Generated jets of `cloud_flow_matching` beside jets of Pythia: the numbers in docs/jets.md.

Trains on the first half of the bundled gluon jets and generates as many jets as a quarter has. A
row per number: that of the generated jets, and of the third quarter, both against the last one.

    PYTHONPATH=workflow .venv/bin/python benchmarks/jet_generator.py [--epochs 60]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch
from scipy.stats import wasserstein_distance

from ultimetric.by_name import bundled, classifier, load_kind
from ultimetric.classifiers.fitting import separated
from ultimetric.events import Entries, read_events
from ultimetric.generators.base import Generator
from ultimetric.kinds.jets.measures import VARIABLES, relative_mass
from ultimetric.planning.cards import card_of, hyper_parameters
from ultimetric.plugins import load_plugin
from ultimetric.statistics.auc import auc

MODULE = "ultimetric.kinds.jets.generators.cloud_flow_matching"
RADIUS = 0.4  # of the jets


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--epochs", type=int, help="of the particles, else those of the card")
    epochs = asked.parse_args().epochs
    torch.set_num_threads(1)
    jets = read_events(bundled("gluon"), load_kind("jets"))
    half, quarter = len(jets) // 2, len(jets) // 4
    training, other, truth = jets[:half], jets[half : half + quarter], jets[half + quarter :]
    card = hyper_parameters(card_of("generators", MODULE, "cpu", {}, "generator"))
    if epochs is not None:
        card["train_particles"]["epochs"] = epochs
    torch.manual_seed(0)
    generator = load_plugin(MODULE, Generator)(card, jets.kind)
    start = time.process_time()
    generator.fit(training[: -half // 10], training[-half // 10 :], seed=1)
    print(f"training: {time.process_time() - start:.0f} CPU seconds")
    start = time.process_time()
    made = generator.eval().sample(quarter, seed=1)
    print(f"sampling: {1000 * (time.process_time() - start) / quarter:.2f} CPU ms per jet")
    rows = [numbers(sample, truth) for sample in (made, other)]
    for name in rows[0]:
        print(f"{name:36}" + "".join(f"{row[name]:12.2e}" for row in rows))


def numbers(sample: Entries, truth: Entries) -> dict[str, float]:
    """Numbers of a sample of jets, some of them against the truth."""
    clouds = [jets.kind.particles(jets.data).astype(np.float64) for jets in (sample, truth)]
    there = [(x != 0).any(2) for x in clouds]
    pairs = {"relative mass": tuple(relative_mass(x) for x in clouds)} | {
        f"{name} of all particles": tuple(x[of, k] for x, of in zip(clouds, there, strict=True))
        for k, name in enumerate(VARIABLES)
    }
    found = {f"W1 of {name}": wasserstein_distance(*pair) for name, pair in pairs.items()}
    distance = np.hypot(*clouds[0][there[0]].T[:2])
    found[f"share beyond dR = {RADIUS}"] = (distance > RADIUS).mean()
    last = [x[:, -1, -1][of[:, -1]].mean() for x, of in zip(clouds, there, strict=True)]
    found["ptrel of the last particle / truth"] = last[0] / last[1]
    module, card = classifier("dnn", "cpu")
    cfg = {"plugin": module, "card": card, "inputs": "high_level"}
    scores = separated(cfg, truth, sample, [1])
    found["AUC, dnn on high_level"] = auc(scores.label, scores.fit.score[:, 0].astype(float))
    return found


if __name__ == "__main__":
    main()
