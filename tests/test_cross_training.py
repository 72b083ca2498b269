"""Particle identification across truth and sample: accuracies, folds, planning, figure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from places import REPOSITORY
from scipy.stats import norm

from ultimetric.classifiers.folds import fold_of, learners
from ultimetric.data.versions import linked
from ultimetric.errors import UserError
from ultimetric.events import write_events
from ultimetric.figures.base import FigureInputs, NothingToShowError
from ultimetric.figures.cross_training import PUBLISHED, CrossTraining
from ultimetric.figures.style import look
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.metrics.base import Row, read_rows
from ultimetric.particles.identification import accuracy, cross_training
from ultimetric.planning.load import load_study
from ultimetric.stages.identify import identify


class TestFigure:
    def inputs(self, dataset: str, rows: list[Row]) -> FigureInputs:
        geometry = Geometry.from_config(geometry_config("calogan_coarse"))
        return FigureInputs(
            dataset=dataset,
            kind=ShowerKind.of(geometry),
            truth=Path("none"),
            samples={"flow": Path("none")},
            controls=(),
            truth_observables=Path("none"),
            observables={"flow": Path("none")},
            weights={},
            histories={},
            scans={},
            rows=rows,
            style={"labels": {}, "colours": {}},
        )

    def test_every_number_is_where_it_belongs(self) -> None:
        numbers = {
            "truth_to_truth": 0.91, "truth_to_sample": 0.82,
            "sample_to_truth": 0.73, "sample_to_sample": 0.64,
        }  # fmt: skip
        rows = [
            Row("eplus_gamma", "flow", "dnn", "high_level", f"accuracy:{route}", x, 0.01)
            for route, x in numbers.items()
        ]
        with look():
            ours, published = CrossTraining({}).draw(self.inputs("gamma", rows)).axes
        assert [t.get_text() for t in ours.texts] == [
            "91.0(1.0)",
            "82.0(1.0)",
            "73.0(1.0)",
            "64.0(1.0)",
        ]
        assert ours.get_ylabel().startswith("e⁺ or γ")
        assert "other data" in published.get_title(loc="left")
        assert published.texts[0].get_text() == "66.1 ± 1.2"
        assert set(PUBLISHED) == {"eplus_piplus", "eplus_gamma"}

    def test_nothing_to_show(self) -> None:
        with pytest.raises(NothingToShowError):
            CrossTraining({}).draw(self.inputs("gamma", []))
