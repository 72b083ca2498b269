"""Where things are."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
WORKFLOW = REPOSITORY / "workflow"
PACKAGE = WORKFLOW / "ultimetric"
BUNDLED = WORKFLOW / "resources" / "showers"
STUDIES = REPOSITORY / "tests" / "studies"
