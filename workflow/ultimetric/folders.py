"""The folder of the files of the workflow that are not Python: resources, schemas, report."""

from pathlib import Path

PACKAGE = Path(__file__).parent
# In the repository they lie beside the package; an installation has them inside of it.
INSTALLED = PACKAGE / "workflow"
WORKFLOW = INSTALLED if INSTALLED.is_dir() else PACKAGE.parent
RESOURCES = WORKFLOW / "resources"
