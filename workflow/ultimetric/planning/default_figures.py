"""The figures of a study that names none."""

from __future__ import annotations

from typing import Any

from ultimetric.planning.shown import Shown

Entries = dict[str, dict[str, Any]]
ANY_CONDITION = "the condition"


def default_figures(config: dict[str, Any], known: Entries) -> Entries:
    """Those that have something to show of some dataset, and one of each group of observables.

    Arguments:
        config: The config with all its other parts.
        known: The figures of defaults.yaml; `{condition}` in a title is what entries are
            conditioned on.
    """
    everything = {**known, **_of_groups(Shown({**config, "figures": {}}))}
    study = Shown({**config, "figures": everything})
    conditions = [study.kind(dataset).condition for dataset in study.datasets]
    words = {condition.words for condition in conditions if condition}
    condition = words.pop() if len(words) == 1 else ANY_CONDITION
    drawn = {name for dataset in study.datasets for name in study.figures_of(dataset)}
    figures = {}
    for name, entry in everything.items():
        if name not in drawn or (name == "losses" and not any(map(study.trained, study.datasets))):
            continue
        figures[name] = entry | {"title": entry["title"].replace("{condition}", condition)}
        if entry.get("inputs") not in (None, *study.inputs):
            figures[name]["inputs"] = study.suited(study.datasets[0], study.default_method, "")
    return figures


def _of_groups(study: Shown) -> Entries:
    """Histograms of every group of observables that the kinds of a study have."""
    figures: Entries = {}
    for kind in map(study.kind, study.datasets):
        for group in dict.fromkeys(x.group for x in kind.observables.values() if x.shown):
            title = kind.groups.get(group, group.replace("_", " ").capitalize() or "Observables")
            figures[group or "observables"] = {
                "module": "observables",
                "title": title,
                "group": group,
            }
    return figures
