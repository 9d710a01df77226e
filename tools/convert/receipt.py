"""The receipt of a conversion: what the page had, what the MyST has, and what was lost on the way, by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

KINDS = ("inline", "displayed", "headings", "images", "tables", "code")
_NAMED = ("lost", "without_tex", "reconstructed", "literal")
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|\s+|.", re.S)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each kind there are; formulas inline and displayed apart."""

    inline: int = 0
    displayed: int = 0
    headings: int = 0
    images: int = 0
    tables: int = 0
    code: int = 0

    @property
    def formulas(self) -> int:
        """Return all formulas."""
        return self.inline + self.displayed

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was lost, or that came without its TeX: its kind, and enough of it to find it."""

    kind: str
    snippet: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the page had and what the MyST has; receipts of many posts add up."""

    page: Counts = field(default_factory=Counts)
    myst: Counts = field(default_factory=Counts)
    lost: tuple[Finding, ...] = ()
    without_tex: tuple[Finding, ...] = ()
    reconstructed: tuple[Finding, ...] = ()
    #: Passages that are written as literal text, because they would have been read as markup that nobody meant.
    literal: tuple[Finding, ...] = ()

    def __add__(self, other: Receipt) -> Receipt:
        return Receipt(self.page + other.page, self.myst + other.myst,
                       *(getattr(self, name) + getattr(other, name) for name in _NAMED))

    @property
    def clean(self) -> bool:
        """Tell whether nothing was lost or changed, and every formula has its own TeX."""
        return not any(getattr(self, name) for name in _NAMED)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for front matter and JSON; what is empty is left out."""
        plain: dict[str, Any] = {
            kind: {"page": getattr(self.page, kind), "myst": getattr(self.myst, kind)}
            for kind in KINDS if getattr(self.page, kind) or getattr(self.myst, kind)}
        for name in _NAMED:
            if getattr(self, name):
                plain[name] = [{"kind": f.kind, "snippet": f.snippet} for f in getattr(self, name)]
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Receipt:
        """Read what ``to_dict`` wrote."""
        sides = [Counts(**{kind: int(plain[kind][side]) for kind in KINDS if kind in plain})
                 for side in ("page", "myst")]
        named = [tuple(Finding(str(f["kind"]), str(f["snippet"])) for f in plain.get(name, ()))
                 for name in _NAMED]
        return cls(sides[0], sides[1], *named)


def tokens(tex: str) -> tuple[str, ...]:
    """Return the TeX tokens of a formula without the space between them."""
    return tuple(t if not (len(t) > 1 and t[0] == "\\" and t[1].isspace()) else "\\ "
                 for t in _TOKEN.findall(tex) if not t.isspace())


@dataclass(frozen=True, slots=True)
class Inventory:
    """The things of a page or of a MyST text, each kind as a list of what names them."""

    inline: tuple[str, ...] = ()
    displayed: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    code: tuple[str, ...] = ()

    def counts(self) -> Counts:
        """Return how many of each there are."""
        return Counts(*(len(getattr(self, kind)) for kind in KINDS))


def compare(page: Inventory, myst: Inventory, without_tex: Sequence[Finding],
            reconstructed: Sequence[Finding] = ()) -> Receipt:
    """Draw up the receipt: what stands in the page and not in the MyST is lost."""
    lost = [Finding("formula", tex[:120]) for tex in _missing(
        page.inline + page.displayed, myst.inline + myst.displayed, lambda tex: "\x1f".join(tokens(tex)))]
    if len(page.headings) != len(myst.headings):  # the texts differ by what is code or math in them
        lost += [Finding("heading", h[:120]) for h in _missing(page.headings, myst.headings, _letters)]
    lost += [Finding("code", c.strip()[:120]) for c in _missing(page.code, myst.code, str.strip)]
    lost += [Finding("image", i[:200]) for i in _missing(page.images, myst.images, str)]
    lost += [Finding("table", t[:120]) for t in page.tables[len(myst.tables):]]
    return Receipt(page.counts(), myst.counts(), tuple(lost), tuple(without_tex), tuple(reconstructed))


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def _missing(wanted: Iterable[str], had: Iterable[str], key: Any) -> list[str]:
    there = Counter(had)
    same = there & Counter(wanted := list(wanted))  # most are spelled alike, and need not be taken apart
    left = Counter(key(item) for item in (there - same).elements())
    missing = []
    for item in wanted:
        if same[item] > 0:
            same[item] -= 1
        elif left[spelling := key(item)] > 0:
            left[spelling] -= 1
        else:
            missing.append(item)
    return missing
