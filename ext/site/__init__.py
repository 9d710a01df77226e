"""The site around the posts: settings of the edition, the frame of every page, the home page, what others are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

PARTS = ("settings", "languages", "publishing", "shown", "navigation", "home", "syndication", "social", "alternates",
         "assets", "compiled", "reference", "translated", "book", "epub", "pdf", "citing", "reporting")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the parts of the room."""
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
