"""Read the annotations, references and equations of one doctree into plain records."""

from __future__ import annotations

import html
from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes

from ext.annotations.directives import own
from ext.annotations.nodes import ANNOTATIONS, annotation_part, annotation_title, boxes
from ext.build.walks import instances
from ext.checks.findings import line_of
from ext.edition.annotations.errata import ERRATUM, Correction
from ext.edition.annotations.kinds import KINDS, SECTION, STALE_CLASS, Relation, Role
from ext.edition.annotations.targets import AnnotationRecord, Page, PartRecord, Reference
from ext.edition.math.equation import Equation

#: What stands between an equation and its annotation without a reader seeing it.
_INVISIBLE = (nodes.Invisible, nodes.target, nodes.system_message)
#: What is not counted as text.
_NOT_TEXT = (nodes.math, nodes.math_block, nodes.literal_block, nodes.raw, nodes.comment, annotation_title)


def read_page(doctree: nodes.document, title: str, equations: tuple[Equation, ...]) -> Page:
    """Return what one document defines and refers to; its equations have been read already."""
    return Page(
        title=title,
        annotations=tuple(
            _annotation(node) for node in instances(doctree, nodes.section, *ANNOTATIONS) if is_annotation(node)),
        references=tuple(_references(doctree)),
        equations=equations,
    )


def is_annotation(node: nodes.Node) -> bool:
    """Tell whether an annotation begins here: a directive, or a section marked with the class."""
    if isinstance(node, nodes.section):
        return "annotation" in node["classes"]
    return isinstance(node, ANNOTATIONS)


def stale_of(node: nodes.Element) -> str:
    """Return since when, or why, an annotation is to be reviewed; empty when it is not."""
    if isinstance(node, nodes.section):
        return "?" if STALE_CLASS in node["classes"] else ""
    return str(node.get("stale", ""))


_TITLES = (nodes.title, annotation_title)


def set_title(title: nodes.Element) -> str:
    """Return a title with formulas as HTML, for pages that are not written from its document."""
    if next(iter(title.findall(nodes.math)), None) is None:
        return ""
    return "".join(str(child.get("html", "")) if isinstance(child, nodes.math) else html.escape(child.astext())
                   for child in title.children)


def _annotation(node: nodes.Element) -> AnnotationRecord:
    directive = isinstance(node, ANNOTATIONS)
    around = _around(node)
    inline, displayed, characters = _measure(node)
    title = next((child for child in node.children if isinstance(child, _TITLES)), nodes.title())
    return AnnotationRecord(
        kind=node["annotation"] if directive else SECTION,
        label=node.get("label", ""),
        number=node.get("number"),
        title=title.astext(),
        anchor=node["ids"][0] if node["ids"] else "",
        line=line_of(node),
        parent=around["ids"][0] if around is not None and around["ids"] else "",
        aims=tuple(node.get("aims", ())),
        stale=stale_of(node),
        follows=_follows(node) if directive else "",
        subject=_subject(node, around) if isinstance(node, ANNOTATIONS) else "",
        parts=tuple(map(_part, own(node, annotation_part))) if isinstance(node, ANNOTATIONS) else (),
        inline=inline,
        displayed=displayed,
        characters=characters,
        written=bool(inline or displayed or characters or any(map(_shows, own_nodes(node)))),
        set_title=set_title(title),
        fulfils=tuple(node.get("fulfils", ())),
        by=node.get("by", ""),
        correction=_correction(node) if node.get("annotation") == ERRATUM else None,
    )


def _correction(node: nodes.Element) -> Correction:
    first = next((found.astext() for found in own(node, nodes.math_block)), "")
    return Correction(first, node["reported"], node["disputed"], node["formerly"])


def _part(node: nodes.Element) -> PartRecord:
    title = next((child.astext() for child in node.children if isinstance(child, annotation_title)), "")
    return PartRecord(
        part=node["part"], title=title, number=node.get("number"), label=node["label"], anchor=node["ids"][0],
        aims=tuple(node["aims"]),
    )


def _around(node: nodes.Node) -> nodes.Element | None:
    """Return the nearest annotation around ``node``."""
    current = node.parent
    while current is not None and not is_annotation(current):
        current = current.parent
    return current


def _measure(node: nodes.Element) -> tuple[int, int, int]:
    """Count inline formulas, displayed formulas and characters, without nested annotations."""
    inline = displayed = characters = 0
    for current in own_nodes(node):
        if isinstance(current, nodes.math):
            inline += 1
        elif isinstance(current, nodes.math_block):
            displayed += 1
        elif isinstance(current, nodes.Text):
            characters += len("".join(current.astext().split()))
    return inline, displayed, characters


def own_nodes(node: nodes.Element) -> Iterator[nodes.Node]:
    """Yield what stands in an annotation without its title, its nested annotations, and what is inside formulas."""
    stack: list[nodes.Node] = [child for child in node.children if not isinstance(child, _TITLES)]
    while stack:
        current = stack.pop()
        if is_annotation(current):
            continue
        yield current
        if not isinstance(current, _NOT_TEXT):
            stack.extend(current.children)


def _shows(node: nodes.Node) -> bool:
    """Tell whether a node that is neither text nor formula shows something."""
    return isinstance(node, nodes.literal_block | nodes.image | nodes.raw)


def _before(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield the visible siblings before ``node``, nearest first."""
    siblings = node.parent.children
    for sibling in reversed(siblings[: siblings.index(node)]):
        if not isinstance(sibling, _INVISIBLE):
            yield sibling


def _follows(node: nodes.Element) -> str:
    """Return the id of the equation right before an annotation, looking past other annotations."""
    before = next((one for one in _before(node) if not isinstance(one, ANNOTATIONS)), None)
    if isinstance(before, nodes.paragraph):
        # A display inside a paragraph counts when nothing but white space and punctuation comes after it.
        tail = [child for child in before.children if not isinstance(child, _INVISIBLE)]
        while tail and isinstance(tail[-1], nodes.Text) and not any(map(str.isalnum, tail[-1].astext())):
            tail.pop()
        before = tail[-1] if tail else None
    return str(before.get("equation", "")) if isinstance(before, nodes.math_block) else ""


def _subject(node: nodes.Element, around: nodes.Element | None) -> str:
    """Return the anchor of the statement that a proof without ``:of:`` proves: around or just before it."""
    if not KINDS[node["annotation"]].proves or any(aim.relation != Relation.USES for aim in node["aims"]):
        return ""
    outer = str(around["ids"][0]) if around is not None and _is_statement(around) else ""
    for sibling in _before(node):
        if not isinstance(sibling, ANNOTATIONS):
            break
        if _is_statement(sibling):
            # A lemma that is proved inside itself is a step of the theorem around both.
            return outer if outer and _is_proved(sibling) else str(sibling["ids"][0])
    return outer


def _is_proved(statement: nodes.Element) -> bool:
    return any(KINDS[box["annotation"]].proves for box in boxes(statement) if box.parent is statement)


def _is_statement(node: nodes.Element) -> bool:
    return isinstance(node, ANNOTATIONS) and KINDS[node["annotation"]].counts_as is Role.STATEMENT


def _references(doctree: nodes.document) -> Iterator[Reference]:
    """Yield the references that may name an annotation: the domain's own, and links to ``#label``."""
    for node in doctree.findall(addnodes.pending_xref):
        domain, kind = node.get("refdomain"), node.get("reftype")
        if node.get("intersphinx"):  # to another edition, which is not here to be asked
            continue
        if domain == "prf" or kind in ("myst", "any"):
            yield Reference(target=node["reftarget"], line=line_of(node), strict=domain == "prf")
