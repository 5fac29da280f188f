project = "NHS diffusion"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "docs/index"
include_patterns = ["docs/**", "*.md"]
exclude_patterns = []
html_theme = "furo"
myst_heading_anchors = 4
suppress_warnings = []
