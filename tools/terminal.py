"""What the commands print, see :mod:`ext.edition.site.terminal`, which the build shares."""

from __future__ import annotations

from ext.edition.site.terminal import printable

__all__ = ["printable"]
