"""The command line of the check, which prints one sentence and exits with 0 or 1."""

from __future__ import annotations

import argparse
import inspect
import sys
from pathlib import Path

import ultimetric.check
from ultimetric.check.generator import check_generator
from ultimetric.errors import UserError


def main() -> None:
    """Run `check_generator` with options from the command line."""
    parser = argparse.ArgumentParser(prog="ultimetric.check", description=ultimetric.check.__doc__)
    for option in inspect.signature(check_generator).parameters.values():
        if option.default is option.empty:
            parser.add_argument(option.name)
        else:
            parser.add_argument(f"--{option.name.replace('_', '-')}", default=option.default)
    parser.add_argument("--seen-from", default=".", help="folder of the file, if not this one")
    options = vars(parser.parse_args())
    folder = options.pop("seen_from")  # the folder of the shell that called make -C
    if not Path(options["file"]).exists():
        options["file"] = str(Path(folder, options["file"]))
    try:
        print(check_generator(**options))
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
