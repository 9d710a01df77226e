"""The build: what is read and written again and when, with how much work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

PARTS = ("garbage", "patches", "boundary", "tocs", "contents", "resume", "views", "jobs", "sharing")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the parts of the room."""
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
