"""A profile that is not there: Snakemake goes on without it, on the machine it was started on."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ultimetric.errors import UserError
from ultimetric.forms.names import meant

NONE = "none"  # Snakemake's word for no profile


def check_profile(arguments: Sequence[str], folder: Path, repository: Path) -> None:
    """Refuse a --workflow-profile that Snakemake would not find.

    Arguments:
        arguments: of Snakemake.
        folder: where it was started.
        repository: holds the Snakefile.

    Raises:
        UserError: no such profile.
    """
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--workflow-profile", default=NONE)
    name = parser.parse_known_args(arguments)[0].workflow_profile
    places = [folder / name, folder / "profiles" / name, repository / "profiles" / name]
    if name != NONE and not any(place.exists() for place in places):
        known = sorted(f"profiles/{path.name}" for path in (repository / "profiles").iterdir())
        hint = meant(name, known) or f"; there are {', '.join(known)}"
        raise UserError(f"--workflow-profile: there is no {name}{hint}")
