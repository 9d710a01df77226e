"""Links: between posts, to posts that lead here, maps, previews, and to works."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

PARTS = ("elsewhere", "crosslinks", "citations", "related", "maps", "plates", "previews", "mystref")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the parts of the room."""
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
