"""The one error a user meets: what happened, where, and what to do about it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

#: Where the program itself lies, whose lines say more of a defect than those of the libraries below.
_HOME = Path(__file__).parents[3]


class EditionError(Exception):
    """Report a problem of the user's files or network, with its place and its remedy.

    ``where`` is a file (with ``:line`` when known) or a URL; ``remedy`` is an imperative sentence.
    Programming errors are never wrapped in this class.
    """

    def __init__(self, what: str, *, where: object = None, remedy: str | None = None) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.remedy = remedy
        super().__init__(what, self.where, remedy)

    def __reduce__(self) -> tuple[Callable[..., EditionError], tuple[str]]:
        """Let the error come back from another process, which by default would give all its parts by position."""
        return partial(type(self), where=self.where, remedy=self.remedy), (self.what,)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"\n  remedy: {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{advice}"


def defect(error: Exception) -> str:
    """Say of an error that nobody foresaw what it is, and where in the program it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(_HOME)
           and "site-packages" not in frame.filename]
    place = f" ({Path(own[-1].filename).relative_to(_HOME)}:{own[-1].lineno})" if own else ""
    said = " ".join(str(error).split())[:200]
    return f"the program cannot take it: {type(error).__name__}{f': {said}' if said else ''}{place}\n" \
           "  remedy: leave it out for now, and report this line as a defect"
