"""Validate findings: faults are planted repeatedly, and the findings must name them."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

import numpy as np
import torch

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.classifiers.base import Classifier
from ultimetric.data.duplicates import related_groups
from ultimetric.events import concatenate
from ultimetric.faults.base import Fault, auc_bound
from ultimetric.findings.trial_numbers import trial_rows
from ultimetric.findings.trials import divide, planted, trial_of, weigh_and_diagnose
from ultimetric.kinds.base import Kind
from ultimetric.plugins import load_plugin

log = logging.getLogger("ultimetric")
PARTS = ("training", "validation", "truth")


class ValidateFindings(Analysis):
    """The shares of trials that name a planted fault, and of trials with false findings.

    Each trial divides all truth but the final one anew, plants the fault of the sample in one
    part, or none for the baseline, and trains one classifier by cross-fitting.

    Options:
        method, inputs: The classifier and its inputs.
        values: The number of single values among the candidates.
        repeats: The number of trials of a fault.
        controls: The number of trials of truth against truth.
    """

    needs: ClassVar[tuple[str, ...]] = ("truth", "training", "planted")
    trains: ClassVar[bool] = True
    defaults: ClassVar[dict[str, Any]] = {
        "method": "",
        "inputs": "",
        "values": 50,
        "repeats": 10,
        "controls": 40,
    }
    limits: ClassVar[dict[str, str]] = {
        "values": "whole >= 0",
        "repeats": "whole >= 1",
        "controls": "whole >= 1",
    }
    section: ClassVar[str] = "Planted faults"
    tables: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "title": "Planted faults",
            "text": "In what share of trials the first finding, or any finding, names the "
            "observables of the planted fault; and in what share something is found where "
            "nothing is planted.",
            "columns": {
                "first finding": "trial_found_first",
                "any finding": "trial_found_any",
                "false findings": "trial_false_finds",
                "AUC": "trial_auc",
                "largest possible AUC": "trial_auc_bound",
            },
            "shaded": ["trial_auc"],
            "notes": True,
        },
    )

    def run(self, given: Given) -> Result:
        torch.set_num_threads(given.classifier["card"].get("threads", 1))
        dataset, sample, kind = given.dataset, given.sample, given.dataset.kind
        fault, fraction = _fault(sample.settings, kind)
        inputs, values = self.options["inputs"], self.options["values"]
        layout = kind.inputs[inputs].layout(kind)
        classifier = load_plugin(given.classifier["plugin"], Classifier)(
            given.classifier["card"], layout
        )
        events = concatenate([dataset.events(part)[:] for part in PARTS])
        groups = related_groups(events)
        trials = []
        for number in range(self.options["repeats" if fault else "controls"]):
            seed = given.seed_of(dataset.name, sample.name, "trial", number)
            rng = np.random.default_rng(seed)
            truth, rest = divide(events, groups, given.entries, rng)
            faulty = planted(rest, fault, fraction, given.entries, rng)
            weights, found = weigh_and_diagnose(truth, faulty, classifier, inputs, values, seed)
            trials.append(trial_of(weights, found, fault))
            named = "; ".join(one.observable for one in found) or "nothing"
            log.info("trial %d: AUC %.3f, found: %s", number, trials[-1].auc, named)
        where = given.where(self.options["method"], inputs)
        bound = auc_bound(fraction) if fault else None
        return Result(trial_rows(where, trials, bound, 2 * given.entries))


def _fault(settings: dict[str, Any], kind: Kind) -> tuple[Fault | None, float]:
    """The fault of a sample and its share of the entries; none for the baseline."""
    if not settings["fault"]:
        return None, 0.0
    options = dict(settings["fault"])
    return load_plugin(options.pop("plugin"), Fault)(options, kind), settings["fraction"]
