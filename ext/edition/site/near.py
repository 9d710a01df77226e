"""Names that look like a name that does not exist: the remedy of a slip of the keyboard."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

#: How alike names are in percent, as rapidfuzz counts it, to be proposed for each other.
ALIKE = 60.0
#: How much less alike than the best of them.
_BEHIND = 15.0


def near(name: str, known: Iterable[str], *, most: int = 3, alike: float = ALIKE) -> list[str]:
    """Return at most so many of the *known* names that look like *name*, the most alike first.

    Full-width letters and capitals are taken for what they stand for.
    """
    from rapidfuzz import fuzz, process  # a build without a mistake never asks

    found = process.extract(name, list(dict.fromkeys(known)), scorer=fuzz.ratio, processor=_plain, limit=most,
                            score_cutoff=alike)
    return [one for one, score, _ in found if score >= found[0][1] - _BEHIND]


def hint(names: Iterable[str]) -> str:
    """Return names as the end of a message; nothing for none."""
    shown = ", ".join(names)
    return f" (near: {shown})" if shown else ""


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
