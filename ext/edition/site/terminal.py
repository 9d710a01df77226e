"""Print what was fetched without letting it steer the terminal."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return *text* with control characters and changes of direction shown as a replacement character."""
    return _CONTROL.sub("\ufffd", text)
