"""Labels of datasets, samples and inputs in figures and in the report."""

from __future__ import annotations

from typing import Any

# The held-out truth has no name of its own among the samples, where `truth` is the baseline.
HELD_OUT = "held_out"
BASELINE = "truth"

DEFAULTS = {
    HELD_OUT: "truth",
    BASELINE: "truth vs truth",
    "positive_control": "positive control",
    "eplus": "e⁺",
    "gamma": "γ",
    "piplus": "π⁺",
    "calochallenge_1_photons": "CaloChallenge, photons",
    "calochallenge_1_pions": "CaloChallenge, pions",
    "calochallenge_2": "CaloChallenge, dataset 2",
    "calochallenge_3": "CaloChallenge, dataset 3",
    "high_level": "high-level inputs",
    "dnn": "DNN",
    "bayesian_dnn": "Bayesian DNN",
    "bdt": "BDT",
    "resnet": "ResNet",
    "particlenet": "ParticleNet",
    "multiclass": "multi-class",
    "judged truth": "held-out truth",
    "nll": "negative log-likelihood",
    "elbo": "evidence lower bound",
}


def label(style: dict[str, Any], name: str) -> str:
    """The label of a name: that of the study's style, the default, or the name itself."""
    labels = {**DEFAULTS, **style.get("labels", {})}
    return labels.get(name, name.replace("_", " "))
