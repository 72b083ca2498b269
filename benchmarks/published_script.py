"""Run the CaloChallenge's evaluate.py as it is, but without LaTeX and without a display.

    python benchmarks/published_script.py CODE ARGUMENTS

CODE is the folder `code` of a clone of CaloChallenge/homepage, ARGUMENTS are those of evaluate.py
(paths absolute, since it runs in that folder).
"""

from __future__ import annotations

import os
import runpy
import sys
from typing import Any

import jetnet_alone  # noqa: F401  makes its FPD and KPD importable
import matplotlib as mpl
import matplotlib.pyplot as plt


def main(code: str, *arguments: str) -> None:
    mpl.use("Agg")
    settings = plt.rc

    def without_latex(group: str, **values: Any) -> None:
        if group != "text":
            settings(group, **values)

    plt.rc = without_latex
    os.chdir(code)
    sys.path.insert(0, code)
    sys.argv = ["evaluate.py", *arguments]
    runpy.run_path("evaluate.py", run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
