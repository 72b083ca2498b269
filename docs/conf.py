"""The documentation site: `make docs` builds it in results/docs, without the network."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "extensions"), str(HERE.parent / "workflow")]

project = "ultimetric"
author = "ultimetric founders"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "reference", "mathml"]
exclude_patterns = ["extensions"]
html_theme = "furo"
html_title = "ultimetric"
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4  # links to headings, as forges make them

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
default_role = "literal"  # `words` of docstrings
napoleon_custom_sections = [("Options", "params_style")]
suppress_warnings = ["docutils"]  # of docstrings, which are plain text
