"""List the published sets, or download some: `python -m ultimetric.downloads [NAME ...]`."""

from __future__ import annotations

import argparse
import logging
import sys

from ultimetric.downloads.cache import provide
from ultimetric.downloads.places import path_of
from ultimetric.downloads.published import PublishedSet, known_sets, published
from ultimetric.errors import UserError


def main() -> None:
    """Print what there is, or the paths of the files of some sets, which are downloaded."""
    parser = argparse.ArgumentParser(prog="ultimetric.downloads", description=__doc__)
    parser.add_argument("names", nargs="*", help="names of sets, or .yaml files that describe one")
    names = parser.parse_args().names
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        for found in [published(name, "ultimetric.downloads") for name in names]:
            for part, files in found.files.items():
                for file in files:
                    print(f"{found.name} {part} {provide(file).path}")
    except UserError as error:
        sys.exit(str(error))
    if not names:
        print("\n".join(map(_line, known_sets().values())))


def _line(found: PublishedSet) -> str:
    files = [file for part in found.files.values() for file in part]
    there = all(path_of(file).exists() for file in files)
    return f"{found.name:24} {'here' if there else '-':5} {found.about}"


if __name__ == "__main__":
    main()
