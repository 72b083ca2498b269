"""Whether the truth has the showers that are asked for, and whether samples can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ultimetric.data.spectra import common_range
from ultimetric.errors import UserError
from ultimetric.kinds.showers.formats.calogan import read_energies
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.planning.study import Study
from ultimetric.seeds import seed_from


def check_energy_range(study: Study, dataset: str) -> str:
    """Check the incident energies to which a dataset is cut, and return them for messages.

    Raises:
        UserError: They are no range, or the truth is simulated.
    """
    for low, high in study.energy_range(dataset).values():
        place = f"config, datasets.{dataset}.energy_range_GeV"
        if study.simulated(dataset):
            raise UserError(f"{place}: this truth is simulated; give the range in `simulate`")
        if low > high:
            raise UserError(f"{place}: {low:g} is more than {high:g}")
        return f" of {low:g} to {high:g} GeV"
    return ""


def truth_showers(study: Study, dataset: str, geometry: Geometry) -> int:
    """Showers of a truth that is a file, within the dataset's incident energies.

    Raises:
        UserError: It does not fit.
    """
    path = study.source(dataset)
    n_showers = study.checks.showers(path, geometry)
    for energy_range in study.energy_range(dataset).values():
        n_showers = study.checks.showers_within(path, energy_range)
    return n_showers


def check_samples(study: Study) -> list[str]:
    """Check that each sample from a file can be compared, and return what users should know.

    A truth that is still to be simulated is compared by the job that reads the sample.

    Raises:
        UserError: A sample has too few showers, or other incident energies than its truth.
    """
    return [
        f"samples.{name}: {note}"
        for name in study.config["samples"]
        for note in _notes(study, name)
    ]


def proposed_range(truth: Path, samples: Sequence[Path]) -> tuple[float, float] | None:
    """The `energy_range_GeV` in which samples can be compared with a truth.

    Arguments:
        truth: The checked file of the truth.
        samples: The checked files of the samples.

    Returns:
        lowest and highest incident energy in GeV; None if they cover all of the truth, or nothing.
    """
    return common_range(read_energies(truth), [read_energies(path) for path in samples])


def _notes(study: Study, sample: str) -> list[str]:
    dataset = study.dataset_of(sample)
    truth = study.source(dataset)
    if study.simulated(dataset) and not truth.exists():
        return []
    ingest = study.ingest(dataset, sample)
    return study.checks.match(
        truth,
        study.external(sample),
        n_showers=ingest["showers"],
        seed=seed_from(ingest["seed"], dataset, sample, "ingest"),
        energy_range=ingest.get("energy_range_GeV"),
    )
