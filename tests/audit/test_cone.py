"""A change reopens exactly what rests on it: random edits, against a closure over what the sources themselves say."""

from __future__ import annotations

import pickle
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from conftest import EditionFolder

from ext.audit.resting import store
from ext.edition.annotations.targets import Index, Page
from ext.edition.audit import reviews, signing
from ext.edition.audit.grounds import Grounds, grounds
from ext.edition.audit.reviews import Line, Review
from ext.edition.math.equation import Equation, named
from ext.edition.posts import readings
from ext.edition.site import frontmatter

EDITS = 100
STATEMENTS = {"theorem", "lemma", "proposition", "corollary", "conjecture", "criterion", "property"}
PROOFS = {"proof", "derivation"}
PARTS = {"step", "across", "along"}
ABOUT = {"of", "derives", "explains"}
ARGUES = STATEMENTS | PROOFS | {"definition", "axiom", "assumption", "notation"}
HEADING = re.compile(r"(#+) ")
FENCE = re.compile(r"[ ]*(:{3,}|`{3,}|~{3,})(?:\{(prf:)?([\w-]+)\})?(.*)")
OPTION = re.compile(r"[ ]*:([\w-]+):[ ]*(.*)")
MATH = re.compile(r"\$\$(.+?)\$\$(?:[ ]*\(([^()\s]+)\))?|^[ ]*\\begin\{(align|gather|equation|multline)\*?\}"
                  r".*?\\end\{\3\*?\}", re.S | re.M)
CITES = re.compile(r"\{(eq|prf:ref)\}`([^`]+)`|\\(?:eq)?ref\{([^}]+)\}")

#: A post, and the number of an annotation in it or the name of an equation of the original.
Node = tuple[str, int | str]


@dataclass(eq=False)
class Box:
    """A fence: an annotation, a part of one, or something else."""

    kind: str
    parent: Box | None
    #: Its number among the annotations of its post, and -1 for another fence.
    number: int
    #: What ended right before it.
    before: Box | None
    labels: list[str] = field(default_factory=list)
    #: How it names what: ``of`` (and the like), ``uses``, ``eq`` or ``prf:ref``.
    names: list[tuple[str, str]] = field(default_factory=list)

    def annotation(self) -> Box | None:
        """Return the annotation that it is or stands in."""
        return self if self.number >= 0 else self.parent and self.parent.annotation()

    def level(self) -> int:
        """Return the level of the heading of an annotated section; 0 of what is none."""
        return int(self.kind[1:]) if self.kind.startswith("h") and self.kind[1:].isdigit() else 0


@dataclass
class Source:
    """A post as a few lines of test read it."""

    text: str
    boxes: list[Box]
    #: Where a formula begins, what it is, where something can be added, its names, and the annotation around.
    equations: list[tuple[int, str, int, tuple[str, ...], Box | None]]
    #: Where something can be added to what an annotation says, by its number.
    ends: dict[int, list[int]]


def parse(text: str) -> Source:
    """Read fence by fence; a fence of backticks with a name of no annotation or part is code."""
    boxes: list[Box] = []
    stack: list[tuple[str, Box]] = []
    owners: list[Box | None] = []
    shown: list[str] = []
    ended: dict[int, Box] = {}
    options = marked = False
    section: Box | None = None
    for line in text.split("\n"):
        fence = FENCE.fullmatch(line)
        mark, prf, name, rest = fence.groups() if fence else ("", "", "", "")
        if not stack and (heading := HEADING.match(line)):
            if section and len(heading[1]) <= section.level():
                section = None
            if marked or ".annotation" in line:
                boxes.append(section := Box(f"h{len(heading[1])}", None, len(boxes), None))
        marked = not stack and line.startswith("{") and ".annotation" in line
        inner = stack[-1][1] if stack else section
        seen = ""
        if stack and mark and line.strip() == mark and mark[0] == stack[-1][0][0] and len(mark) >= len(stack[-1][0]):
            _, done = stack.pop()
            ended[len(stack)] = done
        elif inner and inner.kind == "code":
            pass
        elif mark:
            code = not prf and mark[0] != ":" and name not in PARTS
            inner = Box("code" if code else name or "", inner, len(boxes) if prf else -1, ended.pop(len(stack), None))
            boxes += [inner] if prf else []
            stack.append((mark, inner))
            options, seen = True, "" if code else rest
        elif options and inner and (option := OPTION.fullmatch(line)):
            if (how := {"label": "label", "uses": "uses"}.get(option[1], "of")) == "of" and option[1] not in ABOUT:
                how = ""
            for one in re.split(r"[\s,，、;；]+", option[2]) if how else ():
                (inner.labels.append(one) if how == "label" else inner.names.append((how, one)))
        elif line.strip():
            ended.pop(len(stack), None)
            options, seen = False, line
        owners.append(inner.annotation() if inner else None)
        shown.append(seen.rjust(len(line)))
    whole = "\n".join(shown)
    equations = []
    for one in MATH.finditer(whole):
        names = tuple(filter(None, [one[2], *re.findall(r"\\label\{([^}]+)\}", one[0])]))
        start, tex = (one.start(1), one[1]) if one[1] else (one.start(), one[0])
        end = start + len(tex if one[1] else tex[:tex.rindex("\\end")])
        equations.append((start, tex, end, names, owners[whole.count("\n", 0, end)]))
    for seen, owner in zip(shown, owners, strict=True):
        if owner:
            owner.names += [(role or "eq", name or tex) for role, name, tex in CITES.findall(seen)]
    ends: dict[int, list[int]] = {}
    place = 0
    for seen, owner in zip(MATH.sub(lambda one: re.sub(r"[^\n]", " ", one[0]), whole).split("\n"), owners, strict=True):
        place += len(seen) + 1
        if owner and re.search(r"[。；]$", seen):
            ends.setdefault(owner.number, []).append(place - 1)
    return Source(text, boxes, equations, ends)


def proved(box: Box, boxes: list[Box]) -> Box | None:
    """Return the statement that a proof without ``:of:`` proves: right before it, or around it."""
    if box.kind not in PROOFS or any(how == "of" for how, _ in box.names):
        return None
    outer = box.parent if box.parent and box.parent.kind in STATEMENTS else None
    near = box.before
    while near and near.number >= 0 and near.kind not in STATEMENTS:
        near = near.before
    if near is None or near.kind not in STATEMENTS:
        return outer
    return outer if outer and any(one.parent is near and one.kind in PROOFS for one in boxes) else near


def closures(sources: Mapping[str, Source]) -> tuple[dict[Node, set[Node]], set[str]]:
    """Return what one who reads each annotation has read, by plain closure; and the names that nothing carries."""
    equations: dict[tuple[str, str], Node] = {}
    labels: dict[str, Node] = {}
    kinds: dict[Node, str] = {}
    for doc, source in sorted(sources.items()):
        for number, (*_, names, box) in enumerate(source.equations):
            equations |= {(doc, name): (doc, box.number if box else f"@{number}") for name in names}
        for box in source.boxes:
            kinds[doc, box.number] = box.kind
            for label in box.labels:
                labels.setdefault(label, (doc, box.number))
    lost: set[str] = set()

    def means(doc: str, how: str, name: str) -> Iterator[Node]:
        slug, _, name = name.rpartition("#")
        node = None if how == "prf:ref" else equations.get((f"posts/{slug}" if slug else doc, name))
        node = node or (labels.get(name) if how != "eq" else None)
        if node is None:
            lost.add(f"{doc}: {how} {name}")
        else:
            yield node

    edges: dict[Node, set[Node]] = {}
    proofs: dict[Node, set[Node]] = {}
    for doc, source in sources.items():
        for box in source.boxes:
            about = {node for how, name in box.names if how == "of" for node in means(doc, how, name)}
            used = {node for how, name in box.names if how != "of" for node in means(doc, how, name)}
            used |= {(doc, one.number) for one in source.boxes if one.kind in ARGUES
                     and one.parent and not box.level() and one.parent.annotation() is box}
            if subject := proved(box, source.boxes):
                about.add((doc, subject.number))
            edges[doc, box.number] = about | used
            for node in about if box.kind in PROOFS else ():
                proofs.setdefault(node, set()).add((doc, box.number))
    for node, by in proofs.items():
        if kinds.get(node, "") not in PROOFS:
            edges.get(node, set()).difference_update(by)
    changed = True
    while changed:
        changed = False
        for own in edges.values():
            more = own.union(*(edges.get(node, ()) for node in own))
            changed |= len(more) > len(own)
            own |= more
    return edges, lost


@dataclass
class Edition:
    """What a build has read of an edition: what the graph is made of, and the texts."""

    pages: Mapping[str, Page]
    kept: Mapping[str, Any]
    sources: Mapping[str, Source]

    def grounds(self) -> Grounds:
        """Return what rests on what, as the build does."""
        def lookup(docname: str, name: str) -> tuple[str, Equation] | None:
            slug, _, rest = name.rpartition("#")
            where = f"posts/{slug}" if slug else docname
            found = named(self.pages[where].equations, rest) if where in self.pages else None
            return None if found is None else (where, found)

        return grounds(Index(self.pages), self.kept, lookup)

    def edited(self, doc: str, text: str, tex: tuple[str, str]) -> Edition:
        """Return what it would be with another text of a post, in which one formula may say something else."""
        parts = frontmatter.split(text, where=Path(doc))
        said = {line + parts.offset: one.digest for line, one in readings.by_line(parts.body).items()}
        own, page = self.kept[doc], self.pages[doc]
        lines = {record.anchor: record.line for record in page.annotations}
        boxes = {anchor: replace(one, digest=said[lines[anchor] or 0]) for anchor, one in own.annotations.items()}
        formulas = tuple(replace(one, tex=tex[1]) if one.tex.split() == tex[0].split() else one
                         for one in page.equations)
        assert (formulas == page.equations) == (tex[0] == tex[1]), tex
        return Edition({**self.pages, doc: replace(page, equations=formulas)},
                       {**self.kept, doc: replace(own, annotations=boxes)}, self.sources)


def read(doctrees: Path, source: Path) -> Edition:
    """Take from a build what the graph is made of."""
    env = pickle.loads((doctrees / "environment.pickle").read_bytes())
    texts = {f"posts/{path.stem}": path.read_text("utf-8") for path in sorted((source / "posts").glob("*.md"))}
    return Edition(env.domaindata["prf"]["pages"], store(env), {doc: parse(text) for doc, text in texts.items()})


def signed(known: Grounds, doc: str) -> Line:
    """Return the review of one who accepts a whole post."""
    return Line(Review("2026-01-01", "甲", doc, read=dict(signing.read(known, doc, ""))), "", 1)


def reopened(known: Grounds, lines: Mapping[str, Line]) -> set[Node]:
    """Return the annotations, by their numbers, that nobody has accepted as they are now."""
    return {(doc, number) for doc, line in lines.items() for number, part in enumerate(
        reviews.standing([line], signing.parts(known, doc, ""), "").parts, -1) if number >= 0 and not part.by}


def edit(chance: random.Random, sources: Mapping[str, Source]) -> tuple[Node, str, tuple[str, str]]:
    """Return a change: what it changes, the post after it, and the formula before and after."""
    where = chance.choice(("annotation", "statement", "equation"))
    places: list[tuple[str, Any, int]] = []
    for doc, source in sources.items():
        if where == "equation":
            places += [(doc, number, end) for number, (_, _, end, _, box) in enumerate(source.equations) if not box]
        else:
            places += [(doc, number, end) for number, ends in source.ends.items() for end in ends
                       if where == "annotation" or source.boxes[number].kind in STATEMENTS]
    doc, number, end = chance.choice(places)
    more = f"+z_{{{chance.randrange(10**6)}}} " if where == "equation" else f"改{chance.randrange(10**6)}。"
    text = sources[doc].text
    if where != "equation":
        return (doc, number), text[:end] + more + text[end:], ("", "")
    start, tex, *_ = sources[doc].equations[number]
    return ((doc, f"@{number}"), text[:end] + more + text[end:],
            (tex, tex[:end - start] + more + tex[end - start:]))


def test_an_edit_reopens_what_rests_on_it_and_nothing_else(published: EditionFolder) -> None:
    edition = read(published.root / "build/doctrees", published.source)
    known, (below, lost) = edition.grounds(), closures(edition.sources)
    assert not lost
    lines = {doc: signed(known, doc) for doc in edition.sources}
    assert not reopened(known, lines)
    chance, sizes = random.Random(21), []
    for _ in range(EDITS):
        node, text, tex = edit(chance, edition.sources)
        found = reopened(edition.edited(node[0], text, tex).grounds(), lines)
        assert found == {one for one, own in below.items() if one == node or node in own}, node
        sizes.append(len(found))
    assert max(sizes) > 4 and len(set(sizes)) > 3, "on some of them much rests"
