"""The command line that all stages share."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
import time
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

import ultimetric
from ultimetric.errors import UserError, in_own_code
from ultimetric.files import whole
from ultimetric.planning.fingerprint import closure, plugins_in
from ultimetric.snake.command import in_full
from ultimetric.snake.environment import SOURCE_VARIABLE, end_with_snakemake, has_snakemake
from ultimetric.snake.notes import check_whole, note
from ultimetric.stages import log


def main() -> None:
    """Run a stage from the command line; a UserError ends it with one sentence.

    The log file gets every message, the terminal gets warnings. An error is told there by the
    Snakemake that started the stage; without one, by the stage.
    """
    arguments = _parse()
    _log_to(arguments.log)
    end_with_snakemake()
    cfg: dict[str, Any] = {}
    try:
        _check_source()
        cfg, files = in_full(arguments.cfg), in_full(arguments.files)
        inputs = {name: [Path(p) for p in paths] for name, paths in files["inputs"].items()}
        made = [Path(path) for path in files["outputs"].values()]
        for path in chain(*inputs.values()):
            check_whole(path)
        stage = importlib.import_module(f"{__package__}.{arguments.stage}")
        start = _ready(cfg)
        declared = _closure(stage.__name__, cfg)  # before the sources can be edited
        with ExitStack() as stack:
            partial = [stack.enter_context(whole(path)) for path in made]
            outputs = dict(zip(files["outputs"], partial, strict=True))
            clean_up = getattr(stage, arguments.stage)(cfg, inputs, outputs)
            _check_closure(declared)
        note(made, arguments.cfg, arguments.code, list(chain(*inputs.values())))
        log.info("worked for %.2f CPU seconds", time.process_time() - start)
        if clean_up:
            clean_up()
    except UserError as error:
        log.error("%s", error)
        sys.exit(1)
    except Exception as error:
        log.exception("the stage failed")
        own = [plugin for plugin in plugins_in(cfg) if plugin.endswith(".py")]
        if sentence := in_own_code(error, own):
            log.error("%s", sentence)
        sys.exit(1)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)  # all is written: taking torch down in good order costs a quarter of a second


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("stage")
    parser.add_argument("--log", required=True, type=Path)
    parser.add_argument("--code", required=True)
    parser.add_argument("--cfg", required=True)
    parser.add_argument("--files", required=True)
    return parser.parse_args()


def _log_to(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    console = logging.StreamHandler()
    console.setLevel(logging.WARNING)
    console.addFilter(lambda record: record.levelno < logging.ERROR or not has_snakemake())
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        handlers=[logging.FileHandler(path, mode="w", encoding="utf-8"), console],
    )
    logging.captureWarnings(True)


def _ready(cfg: dict[str, Any]) -> float:
    """Import what the stage needs, and return the CPU seconds that starting took."""
    for plugin in plugins_in(cfg):
        if not plugin.endswith(".py"):
            importlib.import_module(plugin)
    start = time.process_time()
    log.info("ready after %.2f CPU seconds", start)
    return start


def _check_source() -> None:
    """Refuse to run a package from elsewhere than the workflow that started the stage."""
    expected = os.environ.get(SOURCE_VARIABLE)
    found = Path(ultimetric.__file__).parents[1]
    if expected and found.resolve() != Path(expected).resolve():
        raise UserError(f"ultimetric was imported from {found}, the workflow's is in {expected}")


def _closure(stage: str, cfg: dict[str, Any]) -> set[str]:
    """Modules that the rule's `code` fingerprint covers, and this one with what it needs."""
    return closure([f"{__package__}.__main__", stage, *plugins_in(cfg)])


def _check_closure(declared: set[str]) -> None:
    """Refuse results made by code that no fingerprint covers."""
    loaded = {name for name in sys.modules if name.split(".")[0] == "ultimetric"}
    if stray := sorted(loaded - declared):
        raise UserError(f"{', '.join(stray)} was loaded, which no fingerprint covers")


if __name__ == "__main__":
    main()
