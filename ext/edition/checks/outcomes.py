"""What can keep a formula from being computed; each is an outcome of its own, and none of them is a pass."""

from __future__ import annotations


class NotComputed(Exception):
    """A formula was not computed; ``token`` is where, ``reason`` is why, in words for the annotator."""

    def __init__(self, token: str, reason: str) -> None:
        super().__init__(f"{reason}: {token}" if token else reason)
        self.token = token
        self.reason = reason


class Unreadable(NotComputed):
    """The grammar does not read this, or could read it in two ways."""


class Unbound(NotComputed):
    """A symbol has no value."""


class WrongShape(NotComputed):
    """The values do not fit together: a sum of a vector and a matrix, an index outside its range."""
