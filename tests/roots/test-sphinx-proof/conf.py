# A project written for sphinx-proof: the test builds it with that package alone, then with ours in its place.
extensions = ["myst_parser", "sphinx_proof"]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
suppress_warnings = ["toc.not_included"]
language = "en"
