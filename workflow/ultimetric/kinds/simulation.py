"""The base class of simulations, which make the truth of a kind.

`kinds/<kind>/simulation.py` defines the one public subclass of `Simulation`. Each job makes a part
of the truth, a range of numbered showers or events; the parts are joined in order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from ultimetric.errors import UserError


class Simulation(ABC):
    """A simulation that makes the truth of a dataset from the options of its `source`.

    Attributes:
        word: The key of `source` that selects it.
        unit: The name of what is numbered; the option of this name is their number, the option
            `<unit>_per_job` the number that one job makes.
        defaults, limits: All options with their defaults, and what they must be.
        needed: The options without a default.
        packages: The Python packages that jobs need.
        variables: The environment variables that jobs on other machines need.
        memory_mb: The memory of a job.
    """

    word: ClassVar[str] = "simulate"
    unit: ClassVar[str] = "events"
    defaults: ClassVar[dict[str, Any]] = {}
    limits: ClassVar[dict[str, str]] = {}
    needed: ClassVar[tuple[str, ...]] = ()
    packages: ClassVar[tuple[str, ...]] = ()
    variables: ClassVar[tuple[str, ...]] = ()
    memory_mb: ClassVar[int] = 1000

    @abstractmethod
    def slice(self, options: dict[str, Any], kind: dict[str, Any], place: str) -> dict[str, Any]:
        """All settings on which the truth depends and that the plan knows.

        Arguments:
            options: All options of the source.
            kind: The settings of the dataset's kind.
            place: The source in the config, for messages.

        Raises:
            UserError: An option has a value that it cannot have.
        """

    def found(self, made: Path) -> dict[str, Any]:
        """Other things on which the truth depends, as found on this machine or in a finished file.

        Arguments:
            made: The file of the truth, which need not exist.
        """
        return {}

    def entries(self, options: dict[str, Any]) -> int:
        """The number of entries of the truth."""
        return options[self.unit]

    def shards(self, options: dict[str, Any]) -> list[range]:
        """The numbers that each job makes."""
        number, size = options[self.unit], options[f"{self.unit}_per_job"]
        return [range(i, min(i + size, number)) for i in range(0, number, size)]

    def minutes(self, cfg: dict[str, Any]) -> int:
        """The minutes that a job may take, from its settings."""
        return 60

    def check_tools(self, place: str) -> None:
        """Refuse to start where a tool that makes the truth is missing.

        Raises:
            UserError: A tool is missing; the message says how to get it.
        """
        for name in self.packages:
            if find_spec(name) is None:
                raise UserError(f"{place}: simulations need {name}, which this environment lacks")

    @abstractmethod
    def run(self, cfg: dict[str, Any], path: Path) -> None:
        """Make the entries of some numbers in a file that others can be joined to.

        Arguments:
            cfg: The settings, with the numbers as `rows`: [first, last + 1].
            path: The new file.
        """
