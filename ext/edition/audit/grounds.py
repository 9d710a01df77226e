"""What rests on what: annotations and equations, by the references that stand there already.

Two relations, because reading and holding are two things. A reviewer who *reads* a derivation has read what it is
about, what it uses and cites, and what that says in turn; the proof of a lemma that it uses is somebody else's to
read. Whether the derivation *holds* is also a matter of that proof, and of all below it. What a plain link mentions
is neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ext.edition.annotations.kinds import KINDS, SECTION, Role
from ext.edition.annotations.targets import AnnotationRecord, Index, Target, proves
from ext.edition.audit.coverage import derives
from ext.edition.math.equation import Equation
from ext.edition.math.tex import normalise

#: The document and the anchor of an annotation or an equation.
Key = tuple[str, str]
Edges = Mapping[Key, tuple[Key, ...]]
#: What an annotation inside another is a part of the argument of.
_ARGUES = frozenset({Role.STATEMENT, Role.PREMISE, Role.PROOF, Role.DERIVATION})


@dataclass(frozen=True, slots=True)
class Own:
    """What an annotation says for itself: the digest and the size of its text, and what it cites there.

    ``labels`` are of annotations, ``equations`` the names of equations, as written; sizes are in characters without
    white space.
    """

    digest: str
    size: int
    labels: tuple[str, ...] = ()
    equations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resting:
    """What is kept of one document: its annotations by anchor, the text around them, and whose each equation is."""

    annotations: Mapping[str, Own]
    around: Own
    #: Anchor of an added equation -> anchor of the annotation that it stands in.
    inside: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """An annotation or an equation of the original: what it is called, and what it says."""

    docname: str
    anchor: str
    digest: str
    size: int
    annotation: AnnotationRecord | None = None
    equation: Equation | None = None

    @property
    def key(self) -> Key:
        """Where it is."""
        return self.docname, self.anchor

    @property
    def name(self) -> str:
        """The name by which a review knows it: its label or, without one, its anchor."""
        if self.annotation is not None:
            return self.annotation.label or self.anchor
        return self.equation.id if self.equation else self.anchor

    @property
    def line(self) -> int | None:
        """Where its source is."""
        record = self.annotation or self.equation
        return record.line if record else None


@dataclass(slots=True)
class Grounds:
    """The annotations and equations of an edition, and what each reads, rests on and is proved by."""

    items: Mapping[Key, Item]
    #: What one who reads it has read as well; directly.
    reads: Edges
    #: What it is no truer than: what it uses and cites, and is not about; directly.
    rests: Edges
    #: The annotations that prove a statement or derive an equation: one that holds is enough.
    proofs: Edges
    _bound: dict[Key, str] = field(default_factory=dict)
    _own: dict[str, list[Item]] = field(default_factory=dict)

    def of(self, docname: str) -> Sequence[Item]:
        """Return what stands in a document, its annotations in reading order; all are sorted once."""
        if not self._own:
            for item in self.items.values():
                self._own.setdefault(item.docname, []).append(item)
        return self._own.get(docname, ())

    def below(self, key: Key) -> frozenset[Key]:
        """Return all that one who reads it has read as well, itself left out."""
        return reached(self.reads, self.reads.get(key, ())) - {key}

    def bound(self, key: Key) -> str:
        """Return a digest of an annotation and of all that it reads."""
        if key not in self._bound:
            parts = [self.items[key].digest, *sorted(self.items[one].digest for one in self.below(key))]
            self._bound[key] = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
        return self._bound[key]

    def cone(self, keys: Iterable[Key]) -> frozenset[Key]:
        """Return the annotations that are to be read again when the texts of *keys* change, those among them too."""
        back: dict[Key, list[Key]] = {}
        for key, others in self.reads.items():
            for other in others:
                back.setdefault(other, []).append(key)
        found = reached({key: tuple(others) for key, others in back.items()}, keys)
        return frozenset(key for key in found if key in self.items and self.items[key].annotation is not None)

    def annotations(self, docname: str) -> tuple[Item, ...]:
        """Return the annotations of a document in reading order."""
        return tuple(item for item in self.of(docname) if item.annotation is not None)


def reached(edges: Edges, start: Iterable[Key]) -> frozenset[Key]:
    """Return what the edges lead to from *start*, which is among it."""
    found = set(start)
    todo = list(found)
    while todo:
        for other in edges.get(todo.pop(), ()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return frozenset(found)


Lookup = Callable[[str, str], tuple[str, Equation] | None]


def grounds(index: Index, kept: Mapping[str, Resting], lookup: Lookup) -> Grounds:
    """Return what rests on what over all documents; *lookup* says which equation a name means in a document."""
    return _Reading(index, kept, lookup).read()


@dataclass(slots=True)
class _Reading:
    """Go once through all annotations."""

    index: Index
    kept: Mapping[str, Resting]
    lookup: Lookup
    items: dict[Key, Item] = field(default_factory=dict)

    def read(self) -> Grounds:
        reads: dict[Key, tuple[Key, ...]] = {}
        rests: dict[Key, tuple[Key, ...]] = {}
        proofs: dict[Key, tuple[Key, ...]] = {}
        for docname, page in sorted(self.index.pages.items()):
            for record in page.annotations:
                if (own := self._own(docname, record)) is not None:
                    self.items[docname, record.anchor] = Item(docname, record.anchor, own.digest, own.size, record)
        for (docname, anchor), item in tuple(self.items.items()):
            assert item.annotation is not None
            record, key = item.annotation, (docname, anchor)
            about = dict.fromkeys(self._about(docname, record))
            used = dict.fromkeys([*self._used(docname, record), *self._inside(docname, record)])
            by = dict.fromkeys(self._proofs(docname, record))
            below = {one: None for one in used if one not in by and one != key}
            if below:
                rests[key] = tuple(one for one in below if one not in about)
            if all_ := tuple(dict.fromkeys([*(one for one in about if one != key and one not in by), *below])):
                reads[key] = all_
            if by:
                proofs[key] = tuple(by)
        for key, item in self.items.items():
            if item.equation is not None and (by_ := tuple(dict.fromkeys(
                    (one.docname, one.annotation.anchor) for one in self.index.incoming.get(key, ())
                    if one.annotation and one.annotation.written and derives(one.annotation.kind, one.relation)))):
                proofs[key] = by_
        return Grounds(self.items, reads, rests, proofs)

    def _own(self, docname: str, record: AnnotationRecord) -> Own | None:
        return self.kept[docname].annotations.get(record.anchor) if docname in self.kept else None

    def _key(self, target: Target | None) -> Iterator[Key]:
        """Yield what a target is: an annotation also where a part of it is named, or an equation that it says."""
        if target is None:
            return
        if target.equation is None and target.annotation is not None:
            key = target.docname, target.annotation.anchor
        elif target.equation is not None:
            key = self._equation(target.docname, target.equation)
        if key in self.items:
            yield key

    def _equation(self, docname: str, equation: Equation) -> Key:
        own = self.kept.get(docname)
        if own is not None and equation.anchor in own.inside:
            return docname, own.inside[equation.anchor]
        key = docname, equation.anchor
        if key not in self.items:
            said = " ".join(normalise(equation.tex))
            self.items[key] = Item(docname, equation.anchor, hashlib.sha256(said.encode()).hexdigest()[:16],
                                   len("".join(equation.tex.split())), equation=equation)
        return key

    def _places(self, docname: str, record: AnnotationRecord) -> Iterator[Key]:
        yield docname, record.anchor
        yield from ((docname, part.anchor) for part in record.parts)

    def _about(self, docname: str, record: AnnotationRecord) -> Iterator[Key]:
        for place in self._places(docname, record):
            for target in self.index.outgoing.get(place, ()):
                yield from self._key(target)
        if record.subject:
            yield docname, record.subject

    def _used(self, docname: str, record: AnnotationRecord) -> Iterator[Key]:
        for place in self._places(docname, record):
            for target in self.index.uses.get(place, ()):
                yield from self._key(target)
        own = self._own(docname, record)
        for label in own.labels if own else ():
            yield from self._key(self.index.label(label))
        for name in own.equations if own else ():
            if (found := self.lookup(docname, name)) is not None:
                yield self._equation(*found)

    def _inside(self, docname: str, record: AnnotationRecord) -> Iterator[Key]:
        """Yield the claims and arguments inside a box; a section only holds together what stands in it."""
        if record.kind == SECTION:
            return
        for other in self.index.pages[docname].annotations:
            if other.parent == record.anchor and other.kind in KINDS and KINDS[other.kind].counts_as in _ARGUES:
                yield docname, other.anchor

    def _proofs(self, docname: str, record: AnnotationRecord) -> Iterator[Key]:
        if record.kind in KINDS and not proves(record):
            for one in self.index.proofs(docname, record):
                assert one.annotation is not None
                if one.annotation.written:
                    yield one.docname, one.annotation.anchor
