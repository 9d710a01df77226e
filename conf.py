"""Sphinx configuration: what every edition shares. What differs is in ``edition.toml`` (see ``ext.site.settings``)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from ext.edition.checks.reader import SETTINGS
from ext.edition.site.on_demand import on_demand

on_demand("soupsieve")  # the theme's selectors, which no page of ours is made with

extensions = [
    "ext.build",  # first: it counts what the others make
    "myst_parser",
    "sphinx_design",
    "sphinxcontrib.bibtex",
    "sphinx.ext.doctest",
    "ext.checks",
    "ext.annotations",
    "ext.math",
    "ext.posts",
    "ext.audit",
    "ext.links",
    "ext.search",
    "ext.site",
]

# Sources: Markdown only. The pristine originals are compared, not built; conflicts wait to be resolved.
source_suffix = {".md": "markdown"}
exclude_patterns = ["originals/**", "conflicts/**", "**/.*"]
suppress_warnings = [
    "toc.not_included",  # navigation is computed from topics and series, so a post belongs to no toctree
    "misc.highlighting_failure",  # code of the blog that is not what it says; it is shown plain
    "myst.topmatter",  # ours names the line and the remedy
    "bibtex.key_not_found",  # likewise
]

# How Markdown is read: one recipe with the gate through which every text comes in, see ext/edition/checks/reader.py.
myst_enable_extensions = list(SETTINGS["enable_extensions"])
myst_dmath_double_inline = SETTINGS["dmath_double_inline"]
myst_heading_anchors = SETTINGS["heading_anchors"]

doctest_test_doctest_blocks = ""  # only blocks that say they are checks
doctest_show_successes = False

bibtex_reference_style = "author_year"
bibtex_default_style = "unsrt"
bibtex_cite_id = "cite-{key}"  # an address that lasts, whatever else is cited

# One catalogue of messages for every page, without the numbers of lines, which change with every edit.
gettext_compact = False
gettext_location = False
gettext_last_translator = gettext_language_team = ""

smartquotes = False
html_theme = "zhushu"  # ours, from sphinx_book_theme: ext/templates/theme.toml
html_theme_options = {  # what theme.toml cannot say: it knows words only
    "secondary_sidebar_items": [],
    "shorten_urls": False,  # a link of the original stands as it was written
}
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_domain_indices = False
html_last_updated_fmt = None
html_permalinks_icon = "#"
