"""Match two sequences of texts as difflib does, in a time that grows only as they do.

difflib looks at every pair of equal entries, so a post of nothing but equal blocks takes the square of their number,
and one long line of equal characters worse. Here an entry that stands too often is told apart by which of its kind it
is, and long texts are compared by their words.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

OFTEN = 8
"""An entry that stands more often than this is matched with the one of the same rank only."""
CHARACTERS = 2_000
"""Texts longer than this are compared by words."""
WORDS = 2_000
"""Texts of more words than this are compared by which words they hold."""


class Matcher(difflib.SequenceMatcher[Any]):
    """Match without taking frequent entries for noise, and without comparing each of them with each."""

    def __init__(self, isjunk: Callable[[Any], bool] | None = None, a: Sequence[Any] = "", b: Sequence[Any] = "",
                 autojunk: bool = False) -> None:
        often = {key for side in (a, b) for key, times in Counter(side).items() if times > OFTEN}
        super().__init__(isjunk, _ranked(a, often), _ranked(b, often), autojunk=False)


def _ranked(entries: Sequence[Any], often: set[Any]) -> Sequence[Any]:
    if not often:
        return entries
    seen: Counter[Any] = Counter()
    ranked = []
    for entry in entries:
        if entry in often:
            seen[entry] += 1
        ranked.append((entry, seen[entry]) if entry in often else entry)
    return ranked


def alike(one: str, other: str, share: float) -> bool:
    """Tell whether two texts share at least a part of what they say, in its order."""
    matcher: difflib.SequenceMatcher[str] = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < share or matcher.quick_ratio() < share:
        return False
    if max(len(one), len(other)) <= CHARACTERS:
        return Matcher(None, one, other).ratio() >= share
    words = one.split(), other.split()
    by_word = Matcher(None, *words)
    return by_word.quick_ratio() >= share if max(map(len, words)) > WORDS else by_word.ratio() >= share
