"""How the truth of a kind is made here instead of read from a file.

`kinds/<kind>/simulation.py` defines the one public subclass of `Simulation`. Jobs make parts of
the truth, each its own range of numbers, which are joined in order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar


class Simulation(ABC):
    """The truth from the options of a dataset's `source`.

    Attributes:
        word: The key of `source` that asks for it.
        unit: What is numbered; the option of this name says how many, `<unit>_per_job` how many
            one job makes.
        defaults, limits: All options with their defaults, and what they must be.
        needed: Options without a default.
        variables: Environment variables that jobs on other machines need as they are here.
        memory_mb: The memory of a job.
    """

    word: ClassVar[str] = "simulate"
    unit: ClassVar[str] = "events"
    defaults: ClassVar[dict[str, Any]] = {}
    limits: ClassVar[dict[str, str]] = {}
    needed: ClassVar[tuple[str, ...]] = ()
    variables: ClassVar[tuple[str, ...]] = ()
    memory_mb: ClassVar[int] = 1000

    @abstractmethod
    def slice(self, options: dict[str, Any], kind: dict[str, Any], place: str) -> dict[str, Any]:
        """Everything that the truth follows from, as the plan knows it.

        Arguments:
            options: All options of the source.
            kind: The slice of the dataset's kind.
            place: The source in the config, for messages.

        Raises:
            UserError: An option cannot be.
        """

    def found(self, made: Path) -> dict[str, Any]:
        """What else the truth follows from: what is found on this machine, or in a finished file.

        Arguments:
            made: The file of the truth, if it is there.
        """
        return {}

    def entries(self, options: dict[str, Any]) -> int:
        """How many entries there will be."""
        return options[self.unit]

    def shards(self, options: dict[str, Any]) -> list[range]:
        """The numbers that each job makes."""
        number, size = options[self.unit], options[f"{self.unit}_per_job"]
        return [range(i, min(i + size, number)) for i in range(0, number, size)]

    def minutes(self, cfg: dict[str, Any]) -> int:
        """How long a job may take, by its slice."""
        return 60

    def check_tools(self, place: str) -> None:
        """Refuse to start where what makes the truth is missing.

        Raises:
            UserError: One sentence.
        """
        return None

    @abstractmethod
    def run(self, cfg: dict[str, Any], path: Path) -> None:
        """Make the entries of some numbers in a file that others can be joined to.

        Arguments:
            cfg: The slice, with the numbers, `rows`: [first, last + 1].
            path: The new file.
        """
