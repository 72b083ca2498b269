"""The figures of a study: what each shows, and how samples look in all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.figures.palette import FOREMOST, colours, line_styles
from ultimetric.planning.cards import plugin
from ultimetric.planning.catalogue import TRUTH
from ultimetric.planning.entries import OWN, declared_by
from ultimetric.planning.remember import remembered
from ultimetric.planning.tested import Tested


class Shown(Tested):
    """The figures of a study."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.figures = self._in_order("figures", self.config["figures"])

    @remembered
    def figures_of(self, dataset: str) -> list[str]:
        """Figures that have something to show of a dataset: those for its kind and its numbers."""
        kind, known = self.kind(dataset), self.applied("figures", dataset)
        has = {"exact"} if self.distorted(dataset) else set()
        has |= {"condition"} if kind.condition is not None else set()
        groups = {observable.group for observable in kind.observables.values() if observable.shown}
        return [
            figure
            for figure in self.figures
            if figure in known
            and self.needs("figures", figure) <= has
            and (dataset in self.regressed or not self.wants(figure, "regression"))
            and (dataset in self.searched or not self.wants(figure, "failures"))
            and self.config["figures"][figure].get("group") in (None, *groups)
        ]

    def options_of(self, dataset: str, figure: str) -> dict[str, Any]:
        """The options of a figure; inputs that the kind of the dataset lacks are those suited."""
        entry = self.config["figures"][figure]
        options = {key: value for key, value in entry.items() if key not in OWN}
        declared = declared_by("figures", plugin("figures", figure, entry), figure)
        wanted = options.get("inputs", declared[0].get("inputs") if declared else None)
        if isinstance(wanted, str) and wanted not in self.kind(dataset).inputs:
            method = options.get("method", self.default_method)
            options["inputs"] = self.suited(dataset, method, wanted)
        return options

    def shown(self, dataset: str, figure: str) -> list[str]:
        """Samples that a figure shows, in its order."""
        samples = self.samples(dataset)
        entry = self.config["figures"][figure]
        chosen = entry.get("samples", samples)
        return [x for x in chosen if x in samples and x not in entry.get("exclude", [])]

    def scanned(self, dataset: str, figure: str) -> list[str]:
        """Samples whose scans a figure wants."""
        wanted = "scans" in self._reads(figure)
        return self._shown_and_trained(dataset, figure) if wanted else []

    def exactly_known(self, dataset: str, figure: str) -> list[str]:
        """Samples that a figure shows and whose exact weights are known."""
        return [n for n in self.shown(dataset, figure) if n in self.distorted(dataset)]

    def rows_of(self, dataset: str, figure: str) -> dict[str, list[str]]:
        """Samples and metrics whose numbers a figure wants."""
        if "metrics" not in self._reads(figure):
            return {"metrics": [], "examined": []}
        shown = self.shown(dataset, figure)
        return {"metrics": shown, "examined": [n for n in shown if n in self.examined(dataset)]}

    def rows_beside(self, figure: str) -> list[tuple[str, str]]:
        """Other datasets, and their samples, whose numbers a figure wants."""
        others = self.config["figures"][figure].get("beside", [])
        return [(dataset, name) for dataset in others for name in self.shown(dataset, figure)]

    def wants(self, figure: str, result: str) -> bool:
        """Whether a figure also reads a result such as `regression` or `failures`."""
        return result in self._reads(figure)

    def shown_pairs(self, dataset: str, figure: str) -> list[str]:
        """Pairs of particles that a figure of one of them wants to show told apart."""
        wanted = self.wants(figure, "particles")
        return [name for name, pair in self.particle_pairs.items() if wanted and dataset in pair]

    def shown_reweighted(self, dataset: str, figure: str) -> list[str]:
        """Samples that a figure wants to show before and after reweighting."""
        wanted = self.wants(figure, "reweighting")
        return [n for n in self.shown(dataset, figure) if wanted and n in self.reweighted(dataset)]

    def figure_module(self, figure: str) -> str:
        """Name of the module that draws a figure."""
        name = plugin("figures", figure, self.config["figures"][figure])
        return Path(name).stem if name.endswith(".py") else name.rpartition(".")[2]

    def _reads(self, figure: str) -> list[str]:
        return self.config["figures"][figure].get("reads", [])

    def _shown_and_trained(self, dataset: str, figure: str) -> list[str]:
        return [n for n in self.shown(dataset, figure) if n in self.trained(dataset)]

    @remembered
    def _style(self) -> dict[str, dict[str, str]]:
        """A colour for every sample, and how it is drawn, the same in all figures."""
        names = {name for dataset in self.datasets for name in self.samples(dataset)}
        controls = [name for dataset in self.datasets for name in self.controls(dataset)]
        style = self.config["style"]
        names = self._in_order("samples", names)
        return {
            "colours": {**colours(names, controls), **style.get("colours", {})},
            "lines": line_styles(names, controls),
            "widths": {name: FOREMOST for name in names if name in self.config["samples"]},
        }

    def _style_of(self, dataset: str, shown: list[str]) -> dict[str, dict[str, str]]:
        """The style without what only samples have that are not shown."""
        style = {"labels": self.labels(dataset), **self._style()}
        others = set(style["colours"]) - set(shown)
        return {
            part: {name: look for name, look in looks.items() if name not in others}
            for part, looks in style.items()
        }

    def labels(self, *datasets: str) -> dict[str, str]:
        """Labels of samples, inputs and more; that of the baseline says who made the truth."""
        kinds = [self.kind(dataset) for dataset in datasets]
        made_by = {kind.made_by for kind in kinds}
        name = made_by.pop() if len(made_by) == 1 else "truth"
        of_kinds = {name: text for kind in kinds for name, text in kind.labels.items()}
        own = self.config["style"].get("labels", {})
        return {**of_kinds, TRUTH: f"{name} vs {name}", **own}
