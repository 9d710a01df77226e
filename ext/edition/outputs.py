"""The summary in the forms that other programs read."""

from __future__ import annotations

import msgspec

from ext.edition.summary import Summary


def to_json(whole: Summary) -> bytes:
    """Return ``audit.json``: the summary field by field, the same bytes for the same edition."""
    return msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"
