"""Read the words of a formula as rows of terms, and number runs of them: what formulas are looked up by.

A term is a sign with its arguments and its scripts, a row is what stands side by side in the formula or in an argument.
A run is one to three terms in a row. A formula has another as a part where it has all of the other's runs, letter for
letter or with other letters. The search page does the same in the browser (``static/formulas/terms.js``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ext.edition.search.formula_words import CLOSE, OPEN, RULES, SCRIPTS, VARIABLES

#: Terms of a run, and words of one at most: longer ones would make the work grow faster than the formula.
TERMS, LONGEST = 3, 48
_ARITY: dict[str, int] = RULES["arity"]
_DIGITS = frozenset("0123456789")
#: Between the words of a key.
BETWEEN = "\x1f"
#: Where a term begins, where its scripts do, and where it ends.
Term = tuple[int, int, int]


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
        if stop - at == 1:  # most arguments and scripts
            yield [(at, stop, stop)]
            continue
        row: list[Term] = []
        while at < stop:
            start, word = at, words[at]
            at = argument(at, stop) if at in closes else at + 1
            if word in _ARITY:
                for _ in range(_ARITY[word]):
                    at = argument(at, stop)
            elif word in _DIGITS:
                while at < stop and words[at] in _DIGITS:
                    at += 1
            scripts = at
            while at < stop and words[at] in SCRIPTS:
                at = argument(at + 1, stop)
            row.append((start, scripts, at))
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


def runs(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield where each run of a formula begins and ends, and what its scripts stand at; single words are none."""
    for row in rows(words):
        for at, (start, scripts, end) in enumerate(row):
            if scripts < end and 1 < scripts - start <= LONGEST:
                yield start, scripts
            for term in row[at:at + TERMS]:
                if 1 < term[2] - start <= LONGEST:
                    yield start, term[2]


def numbered(words: Iterable[str]) -> list[str]:
    """Return the words, each variable as its place in the order of their first appearance."""
    seen: dict[str, str] = {}
    return [seen.setdefault(word, f"{len(seen)}!") if word in VARIABLES else word for word in words]
