"""A Z peak that is a little too wide is seen by networks, though its tails are long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from places import WORKFLOW

from ultimetric.by_name import classifier
from ultimetric.classifiers.fitting import normal_scores, seen, separated
from ultimetric.classifiers.weighing import weigh
from ultimetric.events import Entries, read_events
from ultimetric.kinds.events.kind import EventKind
from ultimetric.kinds.events.preprocessing.smeared_peak import SmearedPeak
from ultimetric.observed import inputs_of
from ultimetric.preprocessing.base import State
from ultimetric.statistics.auc import auc

KIND = EventKind({}, {"inputs": [{"plugin": "ultimetric.kinds.events.inputs"}]})
MASS = 9  # of the inputs of one jet
N = 4000


@pytest.fixture(scope="module")
def both() -> tuple[Entries, Entries]:
    """Events of one jet, and others whose mass of the muons is smeared by 4 GeV."""
    events = read_events(WORKFLOW / "resources" / "events" / "zjets.hdf5", KIND)
    truth, sample = np.split(np.flatnonzero(events.condition[:, 0] == 0)[: 2 * N], 2)
    of_sample = events[sample]
    state = State(torch.as_tensor(of_sample.condition), torch.as_tensor(of_sample.data).double())
    found = SmearedPeak(KIND, 4.0)(state, torch.Generator().manual_seed(1))
    return events[truth], replace(of_sample, data=found.data.float().numpy())


def test_the_network_sees_it_and_its_weights_undo_it(both: tuple[Entries, Entries]) -> None:
    module, card = classifier("dnn", "cpu")
    cfg: dict[str, Any] = {"plugin": module, "card": card, "inputs": "one_jet"}
    weights = weigh(separated(cfg, *both, [1]), 1)
    assert auc(weights.label, weights.joined("logit")) > 0.63
    near = [np.abs(inputs_of("one_jet", x)[:, MASS] - 91) < 1 for x in both]
    w = weights.sample.w
    truth, before, after = near[0].mean(), near[1].mean(), (w * near[1]).sum() / w.sum()
    assert before < truth / 2
    assert (after - before) / (truth - before) > 0.6


def test_classifiers_see_normal_scores_of_what_has_peaks(both: tuple[Entries, Entries]) -> None:
    x, found = inputs_of("one_jet", both[0]), seen("one_jet", both[0], None)
    np.testing.assert_array_equal(found, normal_scores(x))
    assert found.std(0) == pytest.approx(1, abs=0.01)
    order = np.argsort(x[:, MASS])
    assert (np.diff(found[order, MASS]) >= 0).all()
    # Any other scale of an input gives the same.
    np.testing.assert_allclose(normal_scores(np.exp(x[:, :1] / 50)), found[:, :1], atol=0.02)
