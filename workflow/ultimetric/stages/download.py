"""Get the published files of a truth, from the cache of the user or from their publisher."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.downloads.cache import provide
from ultimetric.downloads.published import PublishedFile
from ultimetric.downloads.receipts import Receipt, write_receipt
from ultimetric.stages import Paths, log


def download(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    receipt: Receipt = {}
    for part, entries in cfg["parts"].items():
        found = [provide(PublishedFile.of_settings(entry)) for entry in entries]
        for file in found:
            log.info("%s: %s", file.path, file.checksums)
        receipt[part] = [
            {"path": str(x.path), "version": x.version, "checksums": x.checksums} for x in found
        ]
    write_receipt(outputs["receipt"], receipt)
