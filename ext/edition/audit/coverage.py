"""Equation coverage: which displayed equations of the original does some annotation explain, and how.

It is to derivations what line coverage is to tests. *Declared* coverage is what annotators marked up; *restated* is
inferred from shared TeX for editions that nobody has marked up, and is never mixed with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from ext.edition.annotations.kinds import KINDS, Relation
from ext.edition.annotations.targets import Index
from ext.edition.math.display import parse
from ext.edition.math.equation import Equation
from ext.edition.math.tex import comparable

#: Longest piece of TeX shown for an equation, in characters.
SNIPPET = 60


class Cover(StrEnum):
    """What annotations do for an equation; the best of them counts."""

    DERIVED = "derived"
    EXPLAINED = "explained"
    REFERENCED = "referenced"
    #: Some annotation stands right after it and does not say what it is about.
    BESIDE = "beside"
    UNCOVERED = "uncovered"


#: The states of an equation that nothing derives or explains.
OPEN = frozenset({Cover.REFERENCED, Cover.BESIDE, Cover.UNCOVERED})


@dataclass(frozen=True, slots=True)
class CoverCounts:
    """Original displayed equations by what covers them; they add up."""

    derived: int = 0
    explained: int = 0
    referenced: int = 0
    beside: int = 0
    uncovered: int = 0
    #: Those of them that some added formula restates, whatever is declared of them.
    restated: int = 0

    @property
    def total(self) -> int:
        """All original displayed equations."""
        return self.derived + self.explained + self.referenced + self.beside + self.uncovered

    @property
    def covered(self) -> int:
        """Those that are derived or explained: neither a mere reference nor standing next to it covers anything."""
        return self.derived + self.explained

    @property
    def attached(self) -> int:
        """Those that some annotation names, covered or not."""
        return self.covered + self.referenced

    def __add__(self, other: CoverCounts) -> CoverCounts:
        """Add field by field."""
        return CoverCounts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class CoveredBy:
    """An annotation that covers an equation: where it is, and its kind."""

    docname: str
    anchor: str
    kind: str


@dataclass(frozen=True, slots=True)
class EquationCover:
    """One original displayed equation and what covers it, the best first."""

    id: str
    anchor: str
    number: str
    line: int | None
    snippet: str
    state: Cover
    by: tuple[CoveredBy, ...]
    restated: bool
    #: Anchor of the first added formula that says the same, letter for letter but for layout; empty without one.
    again: str = ""
    #: Who accepted a proposal that covers it, and when; empty where its targets were written by hand.
    accepted: tuple[tuple[str, str], ...] = ()


def cover(
    docname: str, equations: Iterable[Equation], index: Index, references: Mapping[str, Sequence[CoveredBy]],
    restated: frozenset[str], again: Mapping[str, str],
    counts: Callable[[str, str], bool] = lambda docname, anchor: True,
) -> tuple[EquationCover, ...]:
    """Return the coverage of a document's original equations, in order.

    ``references`` maps an equation's anchor to the annotations of its document that refer to it; ``restated`` holds
    the ids found by :func:`restated_ids`, ``again`` the places found by :func:`recurrences`. Annotations for which
    ``counts`` says no, by their documents and anchors, cover nothing.
    """
    follows: dict[str, list[CoveredBy]] = {}
    if docname in index.pages:
        for record in index.pages[docname].annotations:
            # Position is no derivation: what stands after an equation mostly derives something from it.
            if record.follows and not record.of and record.written and _does(record.kind, Relation.OF):
                follows.setdefault(record.follows, []).append(CoveredBy(docname, record.anchor, record.kind))
    found = []
    for equation in equations:
        if equation.origin != "original":
            continue
        key = (docname, equation.anchor)
        ranked = [(state, CoveredBy(target.docname, target.anchor, target.annotation.kind))
                  for target in [*index.incoming.get(key, []), *index.used_by.get(key, [])]
                  if target.annotation and target.annotation.written
                  and (state := _does(target.annotation.kind, target.relation))]
        ranked += [(Cover.REFERENCED, by) for by in references.get(equation.anchor, ())]
        ranked += [(Cover.BESIDE, by) for by in follows.get(equation.id, ())]
        ranked = [pair for pair in ranked if counts(pair[1].docname, pair[1].anchor)]
        order = list(Cover)
        ranked.sort(key=lambda pair: order.index(pair[0]))
        found.append(EquationCover(
            id=equation.id, anchor=equation.anchor, number=equation.number or "", line=equation.line,
            snippet=snippet(equation.tex), state=ranked[0][0] if ranked else Cover.UNCOVERED,
            by=tuple(dict.fromkeys(by for _, by in ranked)), restated=equation.id in restated,
            again=again.get(equation.id, "")))
    return tuple(found)


def count(equations: Iterable[EquationCover]) -> CoverCounts:
    """Count covered equations by state."""
    known = tuple(equations)
    states = Counter(equation.state.value for equation in known)
    return CoverCounts(**states, restated=sum(equation.restated for equation in known))


def recurrences(equations: Iterable[Equation]) -> dict[str, str]:
    """Return where original equations are said again, by their ids.

    It is the anchor of the first added display that is equal or has a row that is.
    """
    known = tuple(equations)
    places: dict[tuple[str, ...], str] = {}
    for equation in known:
        if equation.origin == "added":
            for tex in (equation.tex, *(row.tex for row in parse(equation.tex).rows)):
                places.setdefault(comparable(tex), equation.anchor)
    return {equation.id: places[tokens] for equation in known
            if equation.origin == "original" and (tokens := comparable(equation.tex)) in places}


def restated_ids(equations: Iterable[Equation], window: int, share: float) -> frozenset[str]:
    """Return the ids of the original equations that some added formula restates.

    An added display restates an original one if their TeX is equal but for layout and spelling, or if at least
    *share* of the original's runs of *window* consecutive tokens occur in added displays (shingling, as in
    near-duplicate detection: Broder 1997). An original shorter than *window* tokens is restated only by an equal
    one, because a short run occurs anywhere.
    """
    known = tuple(equations)
    added = [comparable(equation.tex) for equation in known if equation.origin == "added"]
    if not added:
        return frozenset()
    equal = set(added)
    runs = {run for tokens in added for run in _runs(tokens, window)}
    found = set()
    for equation in known:
        if equation.origin != "original":
            continue
        tokens = comparable(equation.tex)
        own = list(_runs(tokens, window))
        if tokens in equal or (own and sum(run in runs for run in own) >= share * len(own)):
            found.add(equation.id)
    return frozenset(found)


def snippet(tex: str) -> str:
    """Return the beginning of a formula on one line."""
    flat = " ".join(tex.split())
    return flat if len(flat) <= SNIPPET else flat[:SNIPPET - 1] + "…"


_DOES = {Relation.DERIVES: Cover.DERIVED, Relation.EXPLAINS: Cover.EXPLAINED, Relation.USES: Cover.REFERENCED}


def _does(kind: str, relation: Relation) -> Cover | None:
    """Return what an annotation of a kind does for what it names; a section without a kind explains."""
    if relation in _DOES:
        return _DOES[relation]
    covers = KINDS[kind].covers if kind in KINDS else Cover.EXPLAINED
    return Cover(covers) if covers else None


def derives(kind: str, relation: Relation) -> bool:
    """Tell whether an annotation of a kind derives what it names."""
    return _does(kind, relation) is Cover.DERIVED


def _runs(tokens: Sequence[str], window: int) -> Iterable[tuple[str, ...]]:
    return (tuple(tokens[i:i + window]) for i in range(len(tokens) - window + 1))
