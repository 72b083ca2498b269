"""Check a config before any work starts: its form, the names it uses, the files it names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ultimetric.forms.form import check_plain, conformed
from ultimetric.planning.checks import Checks
from ultimetric.planning.config_files import check_config_files
from ultimetric.planning.defaults import switched_off, with_defaults
from ultimetric.planning.entries import with_checked_options
from ultimetric.planning.judge import with_files
from ultimetric.planning.looks import check_looks
from ultimetric.planning.references import check_references
from ultimetric.planning.samples import check_samples
from ultimetric.planning.simulation import handed_on
from ultimetric.planning.sizes import remarks_on_sizes
from ultimetric.planning.study import Study


def load_study(
    config: dict[str, Any], cache: Path, plans: bool = True, files: Iterable[Path] = ()
) -> Study:
    """Make a study of a config.

    Arguments:
        config: as read from YAML; what it does not say has a default. Entries that are null are
            dropped, together with their names in pairs and figures.
        cache: file that remembers the verdict on data files.
        plans: this is the process that plans. A job, which reads the config as well, takes from it
            what else would depend on the machine, and is refused nothing that it does not need.
        files: that the config was read from, one laid over the other.

    Raises:
        UserError: one sentence on what is wrong with the config or with a file it names.
    """
    check_plain(config, "config")
    if plans:
        check_config_files(files)
    removed = {
        name
        for part in ("generators", "samples")
        if isinstance(entries := config.get(part), dict)
        for name, entry in entries.items()
        if entry is None
    }
    config = {key: _without_nulls(value) for key, value in switched_off(config).items()}
    config = with_files(config, Checks(cache))
    config = conformed(config, "config", "config")
    config = with_checked_options(with_defaults(config, Checks(cache)))
    if "particles" in config:
        chosen = [name for name in config["particles"]["samples"] if name not in removed]
        config["particles"] = config["particles"] | {"samples": chosen}
    study = Study(config, cache, found={} if plans else handed_on())
    check_references(study, removed)
    if plans:
        check_looks(config)
        _check_tools(study)
        study.remarks = check_samples(study) + remarks_on_sizes(study)
    return study


def _check_tools(study: Study) -> None:
    """What is still to be made can be: a truth that is there needs no Geant4."""
    for dataset in study.datasets:
        if study.simulated(dataset) and not study.source(dataset).exists():
            study.simulation(dataset).check_tools(f"config, datasets.{dataset}")


def _without_nulls(config: Any) -> Any:
    """Drop entries that a later config file set to null; in `override` null is a value."""
    if isinstance(config, dict):
        return {
            k: v if k == "override" else _without_nulls(v)
            for k, v in config.items()
            if v is not None
        }
    return config
