"""The record of one displayed equation, and how it is named and found in its document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ext.edition.math.tex import content_id
from ext.edition.site.near import near

#: The key of the front matter for names whose equations are gone.
DEAD = "dead_names"
_ID = re.compile(r"e-[0-9a-f]{6}(-\d+)?")
_PREFIX = re.compile(r"^eq(?:n|uation)?[:_.-]")
#: How alike, in percent, names of other documents must be: there are many of them.
_ALIKE = 75.0


@dataclass(frozen=True, slots=True)
class EquationRow:
    """Hold one row of an equation: its number (``3``), as shown (``(3)``), its labels, its HTML id."""

    number: str | None
    shown: str | None
    labels: tuple[str, ...]
    anchor: str

    def __reduce__(self) -> tuple[type[EquationRow], tuple[object, ...]]:
        """Pickle as a call: every doctree holds hundreds, and a dataclass is five times as slow."""
        return EquationRow, (self.number, self.shown, self.labels, self.anchor)


@dataclass(frozen=True, slots=True)
class Equation:
    """Hold one displayed equation of a document.

    ``id`` is its first label, else ``content``, which is made of what it says and is the same wherever
    that is said; a repetition in one document gets ``-2``, ``-3``.
    """

    id: str
    content: str
    labels: tuple[str, ...]
    rows: tuple[EquationRow, ...]
    tex: str
    #: ``original``, or ``added`` inside an annotation.
    origin: str
    line: int | None
    anchor: str

    @property
    def number(self) -> str | None:
        """Return the number of the first row that has one."""
        return next((row.number for row in self.rows if row.number), None)

    def row(self, target: str) -> EquationRow:
        """Return the row that carries the label ``target``, else the first that has a number."""
        named = (row for row in self.rows if target in row.labels)
        return next(named, next((row for row in self.rows if row.number), self.rows[0]))

    def __reduce__(self) -> tuple[type[Equation], tuple[object, ...]]:
        """Pickle as a call, like the rows: an environment holds ten thousand."""
        return Equation, (self.id, self.content, self.labels, self.rows, self.tex, self.origin, self.line, self.anchor)


@dataclass(frozen=True, slots=True)
class Use:
    """Hold a reference to an equation that only shows where it leads when all documents are known."""

    #: ``slug#label``, or ``label`` where the own document has none of that name.
    target: str
    line: int | None
    #: Whether it stands in the blog's own text, where nobody here may mend it.
    theirs: bool = False


def content_names(formulas: Iterable[tuple[str, Sequence[str]]], dead: Collection[str] = ()) -> tuple[str, ...]:
    """Return the permanent id of each formula, given with its labels; a repetition gets ``-2``, ``-3``.

    It is made of what the formula says, unless one of its labels is such an id: then the formula said that before it
    changed, or before the others that said the same went. What is a label of one formula is no id of another, and a
    *dead* name is given to none.
    """
    known = [(tex, tuple(labels)) for tex, labels in formulas]
    taken = {*dead, *(label for _, labels in known for label in labels)}
    times: dict[str, int] = {}
    names = []
    for tex, labels in known:
        if (own := next(filter(is_id, labels), None)) is not None:
            names.append(own)
            continue
        base = content_id(tex)
        while True:
            times[base] = times.get(base, 0) + 1
            name = base if times[base] == 1 else f"{base}-{times[base]}"
            if name not in taken:
                break
        names.append(name)
    return tuple(names)


def is_id(name: str) -> bool:
    """Say whether a name has the form of a permanent id."""
    return bool(_ID.fullmatch(name))


def dead_names(meta: Mapping[str, object]) -> tuple[str, ...]:
    """Return the names in a post's front matter whose equations are gone, so that they never mean another one."""
    return tuple(dict.fromkeys(str(meta.get(DEAD) or "").split()))


def labelled(
    equations: Mapping[str, Sequence[Equation]], documents: Collection[str]
) -> Iterator[tuple[str, Equation, str, tuple[str, ...]]]:
    """Yield every label with its document, its equation, and the names by which the whole edition knows it.

    These are ``slug#label``, with the whole name of the document where others end alike, and the label alone where
    no other document has it.
    """
    found = [(docname, equation, label) for docname, some in sorted(equations.items())
             for equation in some for label in equation.labels]
    times = Counter(label for _, _, label in found)
    slugs = Counter(name.rpartition("/")[2] for name in documents)
    for docname, equation, label in found:
        slug = docname.rpartition("/")[2]
        name = f"{slug if slugs[slug] == 1 else docname}#{label}"
        yield docname, equation, label, (name, label) if times[label] == 1 else (name,)


def anchor_of(name: str) -> str:
    """Return the HTML id for an equation's id or label."""
    return "eq-" + re.sub(r"[^\w.-]+", "-", name).strip("-")


def named(equations: Iterable[Equation], name: str) -> Equation | None:
    """Return the equation of one document that ``name`` means: a label, an id, or a content id."""
    known = tuple(equations)
    by_label = (equation for equation in known if name in equation.labels)
    by_id = (equation for equation in known if name in {equation.id, equation.content})
    return next(by_label, next(by_id, None))



class Names:
    """The names of the equations of all documents, to be asked for those that look like one that does not exist."""

    def __init__(self, equations: Mapping[str, Sequence[Equation]]) -> None:
        self._equations = equations

    @cached_property
    def _places(self) -> Mapping[str, list[str]]:
        """Where each name is, as ``slug#name``."""
        found: dict[str, list[str]] = {}
        for docname, known in sorted(self._equations.items()):
            for one in known:
                for name in dict.fromkeys((*one.labels, one.content)):
                    found.setdefault(name, []).append(f"{docname.rpartition('/')[2]}#{name}")
        return found

    def near(self, docname: str, target: str) -> list[str]:
        """Return up to three names that look like *target*: of its own document, else of any other.

        Those of others are named with their document, as ``slug#label``. An id that is made of content is near to no
        other: it is either the same or of something else.
        """
        slug, _, name = target.rpartition("#")
        own = () if slug else self._equations.get(docname, ())
        if found := near(name, (label for one in own for label in one.labels)):
            return found
        if _ID.fullmatch(name) or name in self._places:
            return self._places.get(name, [])[:3]
        # What all labels begin with makes none of them alike.
        bare = {_PREFIX.sub("", label): label for label in self._places if not _ID.fullmatch(label)}
        alike = near(_PREFIX.sub("", name), bare, alike=_ALIKE)
        return [place for one in alike for place in self._places[bare[one]]][:3]
