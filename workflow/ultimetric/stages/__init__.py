"""One small command per rule: read files, call the package, write files.

    python -m ultimetric.stages <stage> --log FILE --code HASH --cfg JSON
        --files '{"inputs": {NAME: [PATH, ...], ...}, "outputs": {NAME: PATH, ...}}'

If the JSON is long, `{"kept in": PATH}` names a file with it.

A stage is the function with the name of its module. It gets its settings, its input paths by name
and its output paths. It writes to temporary paths, which become the outputs when it ends well. If
it returns a function, this is called when the outputs are in place.
"""

import logging
from pathlib import Path

log = logging.getLogger("ultimetric")

Paths = dict[str, list[Path]]
