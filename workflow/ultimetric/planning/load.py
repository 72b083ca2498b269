"""Load a config as a study, with checks of its form, its names and its files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ultimetric.config.old_keys import refuse_old_keys
from ultimetric.config.plain import check_plain
from ultimetric.planning.apart import check_apart
from ultimetric.planning.checks import Checks
from ultimetric.planning.config_files import check_config_files
from ultimetric.planning.declared import look_anew
from ultimetric.planning.defaults import completed, switched_off
from ultimetric.planning.downloads import with_published
from ultimetric.planning.given_samples import check_samples
from ultimetric.planning.judge import with_files
from ultimetric.planning.judge_remarks import remarks_on_files
from ultimetric.planning.looks import check_looks
from ultimetric.planning.names import check_names
from ultimetric.planning.scales import scaled
from ultimetric.planning.simulation import handed_on
from ultimetric.planning.sizes import remarks_on_sizes
from ultimetric.planning.study import Study


def load_study(
    config: dict[str, Any], cache: Path, plans: bool = True, files: Iterable[Path] = ()
) -> Study:
    """Make a study of a config.

    Arguments:
        config: The config as read from YAML; what it does not say has a default. Entries that are
            null are dropped, together with their names in analyses and figures.
        cache: The file in which verdicts on data files are cached.
        plans: Whether this is the process that plans. A job, which reads the config as well, takes
            from it what else would depend on the machine, and is refused nothing that it does not
            need.
        files: The files that the config was read from, one laid over the other.

    Raises:
        UserError: Something is wrong with the config or with a file that it names.
    """
    look_anew()
    check_plain(config, "config")
    config = scaled(config)
    refuse_old_keys(config)
    if plans:
        check_config_files(files)
    removed = {
        name
        for part in ("generators", "samples")
        if isinstance(entries := config.get(part), dict)
        for name, entry in entries.items()
        if entry is None
    }
    content = {key: _without_nulls(value) for key, value in switched_off(config).items()}
    found = None if plans else handed_on()
    complete = completed(with_published(with_files(content, Checks(cache))), cache, found)
    study = Study(complete, cache, found)
    check_names(study, removed)
    if plans:
        check_looks(complete)
        for dataset in study.datasets.values():
            check_apart(dataset)
            # What is still to be made can be: a truth that is there needs no Geant4.
            if "simulation" in dataset.truth and not dataset.source.exists():
                dataset.simulation.check_tools(dataset.place)
            if of_download := dataset.remark_on_download:
                study.remarks.append(of_download)
        study.remarks += remarks_on_files(content, study.datasets, study.config.inputs)
        study.remarks += check_samples(study)
        study.remarks += remarks_on_sizes(study)
        study.remarks += [
            f"figures.{name}: it has nothing to show and is left out"
            for name, figure in study.figures.items()
            if not figure.datasets
        ]
        study.remarks += [
            f"analyses.{name}: no sample has what it needs, and it is left out"
            for name, analysis in study.analyses.items()
            if not analysis.places
        ]
    return study


def _without_nulls(config: Any) -> Any:
    """Drop entries that a later config file set to null; in `override` null is a value."""
    if isinstance(config, dict):
        return {
            k: v if k == "override" else _without_nulls(v)
            for k, v in config.items()
            if v is not None
        }
    return config
