"""The receipt of a conversion: what the page had, what the MyST has, and what was lost on the way, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ext.edition.math.tex import tokens as split

KINDS = ("inline", "displayed", "headings", "images", "tables", "code")
_NAMED = ("lost", "without_tex", "reconstructed", "literal")


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
class Left:
    """Formulas of the page that are not in the post: why, in which element, and each by its TeX."""

    reason: str
    place: str
    formulas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a post may not be whole: ``lost``, or too small a share of the page's ``formulas`` or ``text``."""

    kind: str
    kept: int
    of: int

    def __str__(self) -> str:
        return f"{self.kind} {self.kept}/{self.of}"


@dataclass(frozen=True, slots=True)
class Account:
    """The census of the whole page, before anything was chosen, and what became of it."""

    formulas: int = 0
    kept: int = 0
    letters: int = 0
    letters_kept: int = 0
    things: Mapping[str, int] = field(default_factory=dict)
    left: tuple[Left, ...] = ()

    def __add__(self, other: Account) -> Account:
        return Account(self.formulas + other.formulas, self.kept + other.kept, self.letters + other.letters,
                       self.letters_kept + other.letters_kept,
                       dict(Counter(self.things) + Counter(other.things)), self.left + other.left)


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
    census: Account = field(default_factory=Account)
    #: Why the post may not be whole.
    doubts: tuple[Doubt, ...] = ()

    def __add__(self, other: Receipt) -> Receipt:
        return Receipt(self.page + other.page, self.myst + other.myst,
                       census=self.census + other.census, doubts=self.doubts + other.doubts,
                       **{name: getattr(self, name) + getattr(other, name) for name in _NAMED})

    def settled(self, census: Account, lost: tuple[Finding, ...], drawn: tuple[Finding, ...], doubts: tuple[Doubt, ...]
                ) -> Receipt:
        """Return the receipt with what only the census of the whole page found."""
        return replace(self, lost=self.lost + lost, without_tex=self.without_tex + drawn, census=census, doubts=doubts)

    @property
    def clean(self) -> bool:
        """Tell whether nothing was lost or changed, every formula has its own TeX, and the post seems whole."""
        return not self.doubts and not any(getattr(self, name) for name in _NAMED)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for front matter and JSON; what is empty is left out."""
        plain: dict[str, Any] = {
            kind: {"page": getattr(self.page, kind), "myst": getattr(self.myst, kind)}
            for kind in KINDS if getattr(self.page, kind) or getattr(self.myst, kind)}
        for name in _NAMED:
            if getattr(self, name):
                plain[name] = [{"kind": f.kind, "snippet": f.snippet} for f in getattr(self, name)]
        if self.census != Account():
            plain["census"] = {
                "formulas": {"page": self.census.formulas, "kept": self.census.kept},
                "letters": {"page": self.census.letters, "kept": self.census.letters_kept},
                **{kind: number for kind, number in self.census.things.items() if number}}
        if self.census.left:
            plain["left_out"] = [{"reason": one.reason, "place": one.place, "formulas": list(one.formulas)}
                                 for one in self.census.left]
        if self.doubts:
            plain["doubts"] = [{"kind": one.kind, "kept": one.kept, "of": one.of} for one in self.doubts]
        return plain

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Receipt:
        """Read what ``to_dict`` wrote."""
        sides = [Counts(**{kind: int(plain[kind][side]) for kind in KINDS if kind in plain})
                 for side in ("page", "myst")]
        named = {name: tuple(Finding(str(f["kind"]), str(f["snippet"])) for f in plain.get(name, ()))
                 for name in _NAMED}
        census = plain.get("census") or {"formulas": {}, "letters": {}}
        formulas, letters = census["formulas"], census["letters"]
        account = Account(
            int(formulas.get("page", 0)), int(formulas.get("kept", 0)), int(letters.get("page", 0)),
            int(letters.get("kept", 0)),
            {kind: int(number) for kind, number in census.items() if kind not in {"formulas", "letters"}},
            tuple(Left(str(one["reason"]), str(one["place"]), tuple(map(str, one["formulas"])))
                  for one in plain.get("left_out", ())))
        doubts = tuple(Doubt(str(one["kind"]), int(one["kept"]), int(one["of"])) for one in plain.get("doubts", ()))
        return cls(sides[0], sides[1], census=account, doubts=doubts, **named)


def tokens(tex: str) -> tuple[str, ...]:
    """Return the TeX tokens of a formula without the space between them."""
    return tuple(t if not (len(t) > 1 and t[0] == "\\" and t[1].isspace()) else "\\ "
                 for t in split(tex) if not t.isspace())


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
