"""What the commands print, see :mod:`ext.edition.terminal`, which the build shares."""

from __future__ import annotations

from ext.edition.terminal import printable

__all__ = ["printable"]
