"""What an import did to one post: repaired, converted, dropped and left, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from ext.edition.checks.markup import Construct, directive

_SNIPPET = 60


@dataclass(frozen=True, slots=True)
class Pair:
    """A formula that a repair changed: how it was written, and how it is now."""

    before: str
    after: str


@dataclass(slots=True)
class Notes:
    """Collect what is done to one post while it is imported."""

    repaired: Counter[str] = field(default_factory=Counter)
    converted: Counter[str] = field(default_factory=Counter)
    dropped: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    #: The markup that the import itself writes; marks in it stand for what the vault holds.
    meant: Counter[Construct] = field(default_factory=Counter)

    def mean(self, name: str, title: str, options: Sequence[str] = ()) -> None:
        """Note a directive that is written."""
        self.meant[directive(name, title, options)] += 1

    def drop(self, what: str, count: int = 1) -> None:
        """Note something that is not taken over."""
        self.dropped.append(what if count == 1 else f"{what} ({count})")

    def leave(self, what: str, snippet: str = "") -> None:
        """Note something that a person has to look at."""
        shown = " ".join(snippet.split())[:_SNIPPET]
        note = f"{what}: {shown}" if shown else what
        if note not in self.left:
            self.left.append(note)

    def change(self, before: str, after: str) -> None:
        """Note a formula that was changed."""
        self.pairs.append(Pair(before, after))


def difference(pair: Pair) -> tuple[str, str]:
    """Return what differs between the two sides of a pair, with a little of what stands around it."""
    before, after = pair.before, pair.after
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    first, last = max(0, start - 8), max(0, end - 8)
    return tuple(_short(side[first : len(side) - last]) for side in (before, after))  # type: ignore[return-value]


def _short(text: str) -> str:
    text = text.replace("\n", "⏎")
    return text if len(text) <= _SNIPPET else f"{text[: _SNIPPET // 2]}…{text[-_SNIPPET // 2 + 1 :]}"
