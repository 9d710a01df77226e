"""Read the words of a formula as rows of terms, and number runs of them: what formulas are looked up by.

A term is a sign with its arguments and its scripts, a row is what stands side by side in the formula or in an argument.
A run is one to three terms in a row. A formula has another as a part where it has all of the other's runs, letter for
letter or with other letters. The search page does the same in the browser (``static/formulas/terms.js``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ext.edition.search.formula_words import CLOSE, OPEN, RULES, is_variable

#: Terms of a run, and words of one at most: longer ones would make the work grow faster than the formula.
TERMS, LONGEST = 3, 48
_ARITY = RULES["arity"]
_DIGITS = frozenset("0123456789")
#: Between the words of a key.
BETWEEN = "\x1f"


class Term(NamedTuple):
    """Where a term begins, where its scripts do, and where it ends."""

    start: int
    scripts: int
    end: int


def rows(words: Sequence[str]) -> Iterator[list[Term]]:
    """Yield the rows of a formula: its own, and those of every argument and script."""
    closes = _closes(words)
    pending = [(0, len(words))]

    def argument(at: int, stop: int) -> int:
        """Note what is in the argument that begins at a place; return where it ends."""
        if at >= stop:
            return at
        close = closes.get(at)
        pending.append((at, at + 1) if close is None else (at + 1, close))
        return (at if close is None else close) + 1

    while pending:
        at, stop = pending.pop()
        row: list[Term] = []
        while at < stop:
            start, word = at, words[at]
            at = argument(at, stop) if at in closes else at + 1
            for _ in range(_ARITY.get(word, 0)):
                at = argument(at, stop)
            while word in _DIGITS and at < stop and words[at] in _DIGITS:
                at += 1
            scripts = at
            while at < stop and words[at] in ("_", "^"):
                at = argument(at + 1, stop)
            row.append(Term(start, scripts, at))
        yield row


def _closes(words: Sequence[str]) -> dict[int, int]:
    """Return where what is held together ends, by where it begins."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for at, word in enumerate(words):
        if word == OPEN:
            opened.append(at)
        elif word == CLOSE and opened:
            found[opened.pop()] = at
    return found


def runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    """Return the runs of a formula, and what its scripts stand at; single words are none."""
    found: set[tuple[str, ...]] = set()
    for row in rows(words):
        for at, (start, scripts, end) in enumerate(row):
            ends = [scripts] if scripts < end else []
            for stop in (*ends, *(term.end for term in row[at:at + TERMS])):
                if 1 < stop - start <= LONGEST:
                    found.add(tuple(words[start:stop]))
    return found


def numbered(words: Iterable[str]) -> Iterator[str]:
    """Yield the words, each variable as its place in the order of their first appearance."""
    seen: dict[str, str] = {}
    for word in words:
        yield seen.setdefault(word, f"{len(seen)}!") if is_variable(word) else word
