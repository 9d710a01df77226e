"""The gate at the end of every way in: a text leaves only with the markup that was meant.

A converter writes passages (blocks, each ready to stand alone) and counts the markup it means to write. Here the whole
is read once more by the reader of the build. A passage in which something else begins is written as literal text, and
the receipt says so; if the whole then still holds what nobody meant, the post is refused. What was meant and is not
found is no danger but a loss, which is the receipt's to say.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ext.edition.checks.markup import CODE, FORMULA, IMAGE, Construct, Found, code, compared, plain, read
from ext.edition.site.errors import EditionError
from tools.convert.escape import fence
from tools.convert.receipt import Finding

#: How often a text is mended and read again: each time ends what the last one uncovered further down.
_ROUNDS = 6
_LITERAL = str.maketrans({sign: f"\\{sign}" for sign in string.punctuation if sign != "\\"} | {"\\": "&#92;"})


@dataclass(frozen=True, slots=True)
class Settled:
    """Passages as they may be written, what the reader finds in them, and which of them are literal now."""

    passages: tuple[str, ...]
    found: tuple[Found, ...]
    literal: tuple[Finding, ...] = ()

    def below(self, passages: int) -> tuple[Found, ...]:
        """Return what is found after so many passages."""
        first = sum(passage.count("\n") + 2 for passage in self.passages[:passages])
        return tuple(one for one in self.found if one.first >= first)


def settle(passages: Sequence[str], meant: Counter[Construct], *, where: object = None, skipped: int = 0,
           harmless: Callable[[Construct], bool] | None = None) -> Settled:
    """Return the passages such that they hold no other markup than what is ``meant``, and what is ``harmless``.

    The lines in the findings count from the passage ``skipped`` on. Raises EditionError when no writing of them will
    do.
    """
    written, meant = list(passages), Counter(meant)
    literal: list[tuple[int, str]] = []
    for left in reversed(range(_ROUNDS)):
        found = read("\n\n".join(written) + "\n")
        wrong = unmeant(found, meant, harmless)
        if not wrong:
            starts = _starts(written)
            base = starts[skipped] if skipped < len(starts) else 0
            return Settled(tuple(written), found, tuple(
                Finding("literal", f"line {max(starts[at] - base, 0) + 1}: {what}") for at, what in literal))
        if not left:
            break
        starts = _starts(written)
        bad: dict[int, Found] = {}
        for one in wrong:
            bad.setdefault(max(n for n, start in enumerate(starts) if start <= one.first), one)
        # The last rounds spare nothing from the first leak on: what is not mended by then hides behind another.
        chosen = range(min(bad), len(written)) if left < 2 else bad
        for at in chosen:
            literal = [(known, what) for known, what in literal if known != at]
            literal.append((at, str(bad[at].construct) if at in bad else "what follows such a passage"))
            written[at] = _as_text(passages[at])
            if written[at].startswith("`"):
                meant[code("text", passages[at])] += 1
    raise EditionError(f"the reader finds markup that was not meant: {wrong[0].construct}", where=where,
                       remedy="report the page: it is not written, because it could do what no text may")


def settle_text(text: str, meant: Counter[Construct], *, where: object = None) -> tuple[str, tuple[Finding, ...]]:
    """Return a Markdown text such that it holds only what is ``meant`` besides plain Markdown, and what became literal.

    Nobody says where its passages end: a block of the reader's is one, the innermost whose lines can be exchanged.
    """
    literal: list[Finding] = []
    for _ in range(_ROUNDS):
        wrong = unmeant(read(text), meant, plain)
        if not wrong:
            return text, tuple(literal)
        lines = text.split("\n")
        edge = len(lines)
        for one in sorted(wrong, key=lambda one: (one.first, one.last), reverse=True):
            first, last = one.first, min(one.last, edge)
            while last > first and not lines[last - 1].strip():
                last -= 1
            if first >= last:
                continue
            lines[first:last] = _as_text("\n".join(lines[first:last])).split("\n")
            literal.append(Finding("literal", f"line {first + 1}: {one.construct}"))
            edge = first
        text = "\n".join(lines)
    raise EditionError(f"the reader finds markup that was not meant: {wrong[0].construct}", where=where,
                       remedy="report the file: it is not imported, because it could do what no text may")


def _starts(written: Iterable[str]) -> list[int]:
    starts, line = [], 0
    for passage in written:
        starts.append(line)
        line += passage.count("\n") + 2
    return starts


def unmeant(found: Sequence[Found], meant: Counter[Construct],
            harmless: Callable[[Construct], bool] | None = None) -> list[Found]:
    """Return what is found more often than it was meant, each place of it."""
    excess = +(Counter(compared(found)) - meant)
    return [one for one in found if one.construct in excess and not (harmless and harmless(one.construct))]


def unread(found: Sequence[Found], meant: Counter[Construct]) -> list[Finding]:
    """Return what was meant and is not found, of the kinds that no inventory counts."""
    missing = meant - Counter(compared(found))
    return [Finding(one.kind, " ".join(filter(None, (one.name, *one.detail)))[:120]) for one in missing.elements()
            if one.kind not in {FORMULA, CODE, IMAGE}]


def _as_text(passage: str) -> str:
    """Write a passage so that it shows as its own text: a heading by escapes, everything else as code."""
    level = len(passage) - len(passage.lstrip("#"))
    if 0 < level < 7 and "\n" not in passage:
        return f"{passage[:level]} {literal(passage[level:].strip())}"
    return fence(passage, "text")


def literal(text: str) -> str:
    """Escape a line so that no sign in it can mean anything."""
    return " ".join(text.split()).translate(_LITERAL)


