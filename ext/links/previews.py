"""Previews of what references lead to: a script and its style, nothing is prepared at build time.

The script reads the target from the page that holds it, so that a preview is never out of date.
"""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the script and the style."""
    app.setup_extension("ext.site.navigation")
    app.add_css_file("previews.css", priority=810)
    app.add_js_file("previews.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
