"""What a generator says itself of held-out truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from given import given_of, rows_of
from linear import Linear
from showers import write_showers

from ultimetric.analyses import evaluate_model
from ultimetric.kinds.showers.kind import Showers


def test_a_likelihood_becomes_a_row(eplus: Showers, tmp_path: Path, monkeypatch) -> None:
    truth, path, asked = eplus[:50], tmp_path / "truth.hdf5", []

    def trained(cfg: dict, path: Path) -> Linear:
        asked.append((cfg, path))
        return Linear({"likelihood": True}, eplus.kind)

    monkeypatch.setattr(evaluate_model, "trained_generator", trained)
    model = {"model": tmp_path / "model.safetensors"}
    given = given_of(truth, eplus[:1], generator={"seed": 1}, paths=model)
    write_showers(path, truth)
    given.dataset.paths["truth"] = path
    (row,) = rows_of(evaluate_model.EvaluateModel({}), given).values()
    assert asked == [({"seed": 1}, model["model"])]
    assert (row.method, row.metric, row.n_test) == ("likelihood", "nll", 50)
    assert row.value == pytest.approx(truth.energy.mean(), rel=1e-5)
    assert row.error == pytest.approx(truth.energy.std(ddof=1) / np.sqrt(50), rel=1e-5)
