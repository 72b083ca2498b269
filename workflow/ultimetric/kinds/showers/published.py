"""The published results of the CaloChallenge (arXiv:2410.21611)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import cast

import pandas as pd

from ultimetric.errors import UserError
from ultimetric.folders import RESOURCES
from ultimetric.kinds.base import Kind
from ultimetric.kinds.showers.calochallenge import ranges
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind

READS = "published/calochallenge"
# Columns `method` and `metric` of rows beside which the numbers of a study stand.
SOURCE, PREFIX = "arXiv:2410.21611", "challenge_"
PROTOCOL = "protocol calochallenge"  # in the note of a number that was made by it
# Showers of both classes in the parts that trained one classifier of the challenge.
TRAINED = {
    "calochallenge_1_photons": 160_000,
    "calochallenge_1_pions": 160_000,
    "calochallenge_2": 120_000,
    "calochallenge_3": 120_000,
}
GEANT4 = "GEANT4"  # the row of one half of the truth against the other
BATCHES = (1, 100, 10000)


@dataclass(frozen=True)
class Quantity:
    """A quantity of the published tables.

    Arguments:
        label: The label.
        log: Whether its axis is logarithmic.
        ideal: The value of samples that are equal to the truth; None if there is none.
        sign: -1 where larger values are better: an axis then shows the negative.
        unit: The unit, by which two quantities can be compared; empty if they cannot.
    """

    label: str
    log: bool = False
    ideal: float | None = None
    sign: int = 1
    unit: str = ""

    @property
    def axis(self) -> str:
        """The label of its axis."""
        return self.label if self.sign > 0 else f"− {self.label}"

    @property
    def scale(self) -> str:
        """The scale of its axis."""
        return "log" if self.log else "linear"


QUANTITIES = {
    "auc_low": Quantity("AUC, low-level inputs", ideal=0.5, unit="AUC"),
    "auc_high": Quantity("AUC, high-level inputs", ideal=0.5, unit="AUC"),
    "auc_resnet": Quantity("AUC, ResNet", ideal=0.5, unit="AUC"),
    "log_posterior": Quantity("mean log posterior (nats)", log=True, sign=-1),
    "log_posterior_resnet": Quantity("mean log posterior, ResNet (nats)", log=True, sign=-1),
    "separation_sum": Quantity("sum of all separation powers", log=True),
    "fpd": Quantity("FPD", log=True),
    "kpd": Quantity("KPD"),
    "precision": Quantity("precision", sign=-1),
    "recall": Quantity("recall", sign=-1),
    "density": Quantity("density", log=True),
    "coverage": Quantity("coverage", sign=-1),
    "parameters_training": Quantity("parameters in training", log=True),
    "parameters_generation": Quantity("parameters in generation", log=True),
    **{
        f"time_{device.lower()}_{batch}": Quantity(
            f"{device} time per shower, batch {batch} (ms)", log=True, unit="ms"
        )
        for device in ("CPU", "GPU")
        for batch in BATCHES
    },
}

# What names one of them, for the limits of options, which planning reads without running them.
QUANTITY = (
    "auc_low | auc_high | auc_resnet | log_posterior | log_posterior_resnet | separation_sum"
    " | fpd | kpd | precision | recall | density | coverage"
    " | parameters_training | parameters_generation"
    " | time_cpu_1 | time_cpu_100 | time_cpu_10000"
    " | time_gpu_1 | time_gpu_100 | time_gpu_10000"
)
DATASET = "calochallenge_1_photons | calochallenge_1_pions | calochallenge_2 | calochallenge_3"


def datasets() -> tuple[str, ...]:
    """The datasets of the challenge, which have the names of their geometries."""
    return tuple(_tables())


def dataset_of(kind: Kind) -> str:
    """The dataset of the challenge that showers of some kind belong to.

    Raises:
        UserError: There is none.
    """
    geometry = cast(ShowerKind, kind).geometry
    if (found := home_of(geometry)) is None:
        raise UserError(
            f"geometry {geometry.name}: the CaloChallenge has no such dataset; there are "
            f"published numbers for {', '.join(datasets())}"
        )
    return found


def home_of(geometry: Geometry) -> str | None:
    """The dataset of the challenge that has the cells of a geometry; None if there is none."""
    found = ranges.dataset_of(geometry)
    return None if found is None else f"calochallenge_{found.replace('-', '_')}"


def published(dataset: str) -> pd.DataFrame:
    """The numbers of a dataset of the challenge: columns model, quantity, value, error."""
    return _tables()[dataset]


def models() -> list[str]:
    """The models of all submissions in alphabetical order, without Geant4."""
    names = {name for table in _tables().values() for name in table["model"]}
    return sorted(names - {GEANT4}, key=str.casefold)


def values(dataset: str, quantity: str) -> pd.DataFrame:
    """The value and the error of a quantity by model, Geant4 among them."""
    table = published(dataset)
    return table[table["quantity"] == quantity].set_index("model")[["value", "error"]]


def n_submissions(dataset: str) -> int:
    """The number of submissions for a dataset, among which the log posteriors are."""
    return published(dataset)["model"].nunique() - 1


def among_text(number: int) -> str:
    """The note of a log posterior among so many samples."""
    return f"among {number} samples"


def protocol_text(dataset: str, note: str, n_train: float) -> str:
    """By which protocol an AUC was made, and whether on as many showers as the published ones.

    Arguments:
        dataset: The dataset of the challenge.
        note: The note of the AUC.
        n_train: The showers that trained one network; missing if they are not known.
    """
    if PROTOCOL not in note:
        return "other protocol"
    many = pd.notna(n_train) and n_train >= TRAINED[dataset]
    return f"protocol of the challenge{'' if many else ', fewer showers'}"


@cache
def _tables() -> dict[str, pd.DataFrame]:
    paths = sorted((RESOURCES / READS).glob("*.csv"))
    return {path.stem: pd.read_csv(path) for path in paths}
