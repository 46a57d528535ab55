"""The site: ``pip install -e ".[docs]"``, ``npm install`` in this folder, then
``sphinx-build -W docs docs/_build``. What is made from the code is made by ``docs/site_parts``.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from site_parts import build, links, reference  # noqa: E402

import symconv  # noqa: E402

project = "symconv"
author = "The symconv authors"
copyright = author  # noqa: A001
version = release = symconv.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "node_modules", "site_parts", "README.md", "gallery"]
nitpicky = False

html_theme = "furo"
html_title = f"symconv {version}"
html_static_path = ["static", "generated/static"]
html_favicon = "generated/static/kernel.svg"
html_css_files = ["symconv.css"]
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
# For the owner: the address of the site, once it has one.
html_baseurl = ""

myst_enable_extensions = ["amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_merge_streams = True
suppress_warnings = ["mystnb.unknown_mime_type"]

# What is not ours is carried along: the site needs no network.
mathjax_path = "mathjax/tex-chtml-full.js"
mathjax3_config = {
    "options": {"enableMenu": False},
    "chtml": {"displayAlign": "left"},
    "tex": {"inlineMath": [["\\(", "\\)"], ["$", "$"]]},
}
# Sentences that a notebook shows as HTML have formulas between dollars.
myst_mathjax_classes = "tex2jax_process|mathjax_process|math|cell_output"

autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True


def setup(app):
    """Everything that is made from the code, before the pages are read."""
    app.connect("config-inited", lambda app, config: build.everything(HERE), priority=1)
    app.connect("source-read", links.moved)
    app.connect("autodoc-process-docstring", reference.plain, priority=400)
