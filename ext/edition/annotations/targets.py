"""What the annotations of an edition say about each other: records, and an index of their targets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ext.edition.annotations.errata import Correction
from ext.edition.annotations.kinds import KINDS, PARTS, SECTION, Relation
from ext.edition.math.equation import Equation, Names, named
from ext.edition.math.plain import text_of
from ext.edition.site.near import near

_SEPARATORS = re.compile(r"[\s,，、;；]+")
_NOT_IN_ANCHOR = re.compile(r"[^\w-]+")


@dataclass(frozen=True, slots=True)
class Aim:
    """Record one name that an annotation or a part of one is about, unresolved, and how."""

    relation: Relation
    name: str


@dataclass(frozen=True, slots=True)
class PartRecord:
    """Record a step or another titled part of an annotation."""

    part: str
    title: str
    number: int | None
    label: str
    anchor: str
    aims: tuple[Aim, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnotationRecord:
    """Record one annotation of a document, as plain data.

    Counts are its own: what stands in a nested annotation is counted there, so that they can be summed.
    """

    kind: str
    """A key of ``KINDS``, or ``section`` for a section marked as annotation."""
    label: str
    """As the author wrote it; empty when there is none."""
    number: int | None
    title: str
    anchor: str
    line: int | None
    parent: str
    """Anchor of the annotation around it, or empty."""
    aims: tuple[Aim, ...]
    """What it says that it is about, and what it rests on."""
    stale: str
    """Since when, or why, it is to be reviewed because the original changed; empty when it is not."""
    follows: str
    """Id of the displayed equation right before it (other annotations may stand between), or empty."""
    subject: str
    """Anchor of the statement it proves by standing in or right after it, or empty."""
    parts: tuple[PartRecord, ...]
    inline: int
    displayed: int
    characters: int
    """Without white space, formulas, code and its own title."""
    written: bool
    """Whether it says anything of its own: an empty skeleton derives and explains nothing."""
    set_title: str = ""
    """The title as HTML where formulas are in it, set; empty for one that is all text."""
    fulfils: tuple[str, ...] = ()
    """Keys of what the catalogue requires of its post."""
    by: str = ""
    """Who wrote it, as written; empty when it does not say."""
    correction: Correction | None = None
    """What an erratum says besides its text; None for every other kind."""

    @property
    def of(self) -> tuple[str, ...]:
        """What it is about, as written; what it only rests on is left out."""
        return tuple(aim.name for aim in self.aims if aim.relation != Relation.USES)

    @property
    def plain_title(self) -> str:
        """Its title where nothing can be set: formulas in characters, not in TeX."""
        return text_of(self.set_title) if self.set_title else self.title

    @property
    def steps(self) -> int:
        """Count its ``{step}`` parts."""
        return sum(part.part == "step" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Reference:
    """Record a reference by label in running text; only a ``strict`` one must name an annotation."""

    target: str
    line: int | None
    strict: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Record what one document defines and what it refers to."""

    title: str
    annotations: tuple[AnnotationRecord, ...] = ()
    references: tuple[Reference, ...] = ()
    equations: tuple[Equation, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Hold what a label or an equation id turned out to be: an annotation, a part of one, or an equation."""

    docname: str
    anchor: str
    annotation: AnnotationRecord | None = None
    part: PartRecord | None = None
    equation: Equation | None = None
    name: str = ""
    """The name by which an equation was reached: it may be the label of one of its rows."""
    relation: Relation = Relation.OF
    """How what stands here is about that by which it was found in :attr:`Index.incoming`."""

    @property
    def place(self) -> str:
        """The HTML id to link to, which for an equation is that of the row."""
        return self.anchor if self.equation is None else self.equation.row(self.name).anchor


@dataclass(frozen=True, slots=True)
class Doubled:
    """Record a label that is used a second time."""

    label: str
    docname: str
    line: int | None
    first: str
    first_line: int | None


def split_targets(text: str) -> tuple[str, ...]:
    """Split the value of ``:of:``; Chinese commas separate as well as the ASCII one."""
    return tuple(dict.fromkeys(part for part in _SEPARATORS.split(text) if part))


def aims(options: Mapping[str, object]) -> tuple[Aim, ...]:
    """Return what the options of a directive, or the attributes of a heading, say that it is about."""
    return tuple(Aim(relation, name) for relation in Relation
                 for name in split_targets(str(options.get(relation) or "")))


def anchor_of(label: str) -> str:
    """Return the HTML id for a label: the label, with what is not a letter or digit as hyphens."""
    return _NOT_IN_ANCHOR.sub("-", label).strip("-") or "annotation"


@dataclass(slots=True)
class Index:
    """Resolve labels and equation ids over all pages, and know what refers to what."""

    pages: Mapping[str, Page]
    doubled: list[Doubled] = field(default_factory=list)
    #: (document, anchor) of an equation or annotation -> the annotations that are about it, in order.
    incoming: dict[tuple[str, str], list[Target]] = field(default_factory=dict)
    #: (document, anchor) of an annotation or part -> what it is about, in order.
    outgoing: dict[tuple[str, str], list[Target]] = field(default_factory=dict)
    #: (document, anchor) of an equation or annotation -> the annotations and parts that rest on it, in order.
    used_by: dict[tuple[str, str], list[Target]] = field(default_factory=dict)
    #: (document, anchor) of an annotation or part -> what it rests on, in order.
    uses: dict[tuple[str, str], list[Target]] = field(default_factory=dict)
    #: (document, record, aim) of every name that resolves to nothing.
    undefined: list[tuple[str, AnnotationRecord, Aim]] = field(default_factory=list)
    _labels: dict[str, Target] = field(default_factory=dict)
    _own_labels: dict[tuple[str, str], Target] = field(default_factory=dict)
    _slugs: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the pages in the order of their names, so that every build agrees on what came first."""
        for docname in sorted(self.pages):
            self._slugs.setdefault(docname.rpartition("/")[2], []).append(docname)
            self._note_page(docname, self.pages[docname])
        for docname in sorted(self.pages):
            for record in self.pages[docname].annotations:
                self._link(docname, record)

    def _note_page(self, docname: str, page: Page) -> None:
        for record in page.annotations:
            self._note_label(record.label, record.line, Target(docname, record.anchor, annotation=record))
            for part in record.parts:
                target = Target(docname, part.anchor, annotation=record, part=part)
                self._note_label(part.label, record.line, target)

    def _note_label(self, label: str, line: int | None, target: Target) -> None:
        if not label:
            return
        self._own_labels.setdefault((target.docname, label), target)
        first = self._labels.setdefault(label, target)
        if first is not target:
            first_line = first.annotation.line if first.annotation else None
            self.doubled.append(Doubled(label, target.docname, line, first.docname, first_line))

    def _link(self, docname: str, record: AnnotationRecord) -> None:
        holders = [(Target(docname, record.anchor, annotation=record), record.aims)]
        holders += [(Target(docname, part.anchor, annotation=record, part=part), part.aims) for part in record.parts]
        for here, aims in holders:
            for aim in aims:
                target = self.resolve(docname, aim.name)
                if target is None:
                    self.undefined.append((docname, record, aim))
                    continue
                uses = aim.relation == Relation.USES
                forth, back = (self.uses, self.used_by) if uses else (self.outgoing, self.incoming)
                forth.setdefault((docname, here.anchor), []).append(target)
                back.setdefault((target.docname, target.anchor), []).append(replace(here, relation=aim.relation))

    def resolve(self, docname: str, name: str) -> Target | None:
        """Return what ``name`` means in ``docname``: an equation there, a label, or ``slug#either``."""
        slug, mark, rest = name.rpartition("#")
        if mark and slug:
            return next(
                filter(None, (self._within(page, rest) for page in self.called(docname, slug))), None
            )
        return self._within(docname, rest) or self._labels.get(rest)

    def label(self, label: str) -> Target | None:
        """Return the annotation or part that carries ``label``, wherever it is."""
        return self._labels.get(label)

    def labels(self) -> Iterator[tuple[str, Target]]:
        """Yield every label with what it names, in the order of documents."""
        yield from self._labels.items()

    def proofs(self, docname: str, record: AnnotationRecord) -> list[Target]:
        """Return what proves a statement: what stands in or after it, then what names it with ``:of:``."""
        near = [
            Target(docname, other.anchor, annotation=other)
            for other in self.pages[docname].annotations
            if other.subject == record.anchor
        ]
        far = self.incoming.get((docname, record.anchor), [])
        return near + [one for one in far if one.annotation and proves(one.annotation)]

    def near(self, docname: str, name: str) -> list[str]:
        """Return up to three names that exist and look like ``name``: of its own page and labels, else of any page."""
        slug, mark, rest = name.rpartition("#")
        pages = list(self.called(docname, slug)) if mark and slug else [docname]
        known = [key for page in pages for one in self.pages[page].equations for key in (*one.labels, one.id)]
        known += [label for label, one in self._labels.items() if not (mark and slug) or one.docname in pages]
        if found := near(rest, known):
            return [f"{slug}#{one}" for one in found] if mark and slug else found
        return Names({page: known.equations for page, known in self.pages.items()}).near(docname, name)

    def _within(self, docname: str, name: str) -> Target | None:
        equation = named(self.pages[docname].equations, name)
        if equation is not None:
            return Target(docname, equation.anchor, equation=equation, name=name)
        return self._own_labels.get((docname, name))

    def called(self, docname: str, slug: str) -> Iterator[str]:
        """Yield the pages a slug may mean: in the same folder, then by its whole name, then anywhere."""
        folder = docname.rpartition("/")[0]
        beside = f"{folder}/{slug}" if folder else slug
        found = [name for name in (beside, slug) if name in self.pages]
        yield from dict.fromkeys([*found, *self._slugs.get(slug, ())])


def proves(record: AnnotationRecord) -> bool:
    """Tell whether an annotation can serve as the proof of a statement."""
    return record.kind in KINDS and KINDS[record.kind].proves


def name_of(target: Target, index: Index, docname: str, *, language: str) -> str:
    """Return how ``docname`` names a target to its reader, with the page's title when it is another page."""
    text = _own_name(target, index, language=language)
    if target.docname == docname:
        return text
    page = index.pages[target.docname].title
    return f"{text} of “{page}”" if language == "en" else f"《{page}》{text}"


def _own_name(target: Target, index: Index, *, language: str) -> str:
    english = language == "en"
    if target.equation is not None:
        number = target.equation.row(target.name).number
        if number:
            return f"Eq. ({number})" if english else f"式 ({number})"
        ordinal = index.pages[target.docname].equations.index(target.equation) + 1
        return f"display {ordinal}" if english else f"第 {ordinal} 个公式"
    assert target.annotation is not None
    text = heading_of(target.annotation.kind, target.annotation.number, language=language)
    if target.annotation.number is None and (title := target.annotation.plain_title):
        text += f" “{title}”" if english else f"「{title}」"
    if target.part is not None:
        part = part_heading(target.part.part, target.part.number, language=language)
        text = f"{text}, {part}" if english else f"{text}，{part}"
    return text


def heading_of(kind: str, number: int | None, *, language: str) -> str:
    """Return the label of an annotation, such as ``定理 2`` or ``Proof``."""
    if kind == SECTION:
        return "annotation" if language == "en" else "注疏"
    name = KINDS[kind].called(language)
    return name if number is None else f"{name} {number}"


def part_heading(part: str, number: int | None, *, language: str) -> str:
    """Return the label of a part, such as ``第 1 步``."""
    return (PARTS[part].en if language == "en" else PARTS[part].zh).format(number=number)


def foreign_texts(index: Index, docname: str, *, language: str) -> list[str]:
    """Return all that ``docname`` shows of other pages, so that a change there can be noticed."""
    page = index.pages[docname]
    shown = [index.label(reference.target) for reference in page.references]
    for record in page.annotations:
        for anchor in (record.anchor, *(part.anchor for part in record.parts)):
            for links in (index.outgoing, index.uses, index.incoming):
                shown += links.get((docname, anchor), [])
    return [
        f"{one.docname}#{one.anchor} {name_of(one, index, docname, language=language)}"
        for one in shown
        if one is not None and one.docname != docname
    ]
