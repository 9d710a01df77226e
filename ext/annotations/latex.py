"""Write annotations for LaTeX: a box of Sphinx's own that breaks across pages, with a target for links into it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from docutils import nodes
from sphinx.writers.latex import LaTeXTranslator

from ext.annotations.nodes import (
    ANNOTATIONS,
    Visitors,
    annotation_links,
    annotation_part,
    annotation_title,
    brackets,
    erratum_beside,
    label,
    stale_text,
)
from ext.edition.annotations.kinds import KINDS, Tone

#: Which of Sphinx's boxes, each with a rule of its own width at the left, an annotation of a tone is.
RULES: Mapping[Tone, str] = MappingProxyType({
    "note": "note", "example": "note", "insight": "note", "proof": "hint", "derivation": "hint", "horizon": "hint",
    "premise": "important", "critique": "important", "statement": "tip"})


def _target(self: LaTeXTranslator, node: nodes.Element) -> str:
    return "".join(self.hypertarget(anchor) for anchor in node["ids"])


def visit_annotation(self: LaTeXTranslator, node: nodes.Element) -> None:
    """Open the box; a folded one is open on paper."""
    rule = RULES[KINDS[node["annotation"]].tone]
    self.body.append(f"\n{_target(self, node)}\\begin{{sphinxadmonition}}{{{rule}}}")


def depart_annotation(self: LaTeXTranslator, node: nodes.Element) -> None:
    """Close the box."""
    self.body.append("\\end{sphinxadmonition}\n")


def visit_part(self: LaTeXTranslator, node: annotation_part) -> None:
    """Open a step or another part."""
    self.body.append(f"\n\\par{_target(self, node)}")


def depart_part(self: LaTeXTranslator, node: annotation_part) -> None:
    """Close the part."""
    self.body.append("\n\\par\n")


def visit_title(self: LaTeXTranslator, node: annotation_title) -> None:
    """Write the label with its number, and the opening bracket of the title."""
    box = node.parent
    heading = self.encode(label(box, self.config))
    if isinstance(box, ANNOTATIONS):
        before = brackets(self.config)[0] if node.children else ""
        self.body.append(f"{{{heading}{self.encode(before)}")
    else:
        self.body.append(f"\\noindent\\sphinxstylestrong{{{heading}}}\\hspace{{0.5em}}")


def depart_title(self: LaTeXTranslator, node: annotation_title) -> None:
    """Close the title, and say whether the original has changed since."""
    box = node.parent
    if not isinstance(box, ANNOTATIONS):
        self.body.append("\n\n")
        return
    after = brackets(self.config)[1] if node.children else ""
    badge = f" [{stale_text(self.config)}]" if box["stale"] else ""
    self.body.append(f"{self.encode(after + badge)}}}\n\n")


def visit_links(self: LaTeXTranslator, node: annotation_links) -> None:
    """Open a line of links."""
    self.body.append("\n\\noindent ")


def depart_links(self: LaTeXTranslator, node: annotation_links) -> None:
    """Close the line of links."""
    self.body.append("\n\n")


def visit_beside(self: LaTeXTranslator, node: erratum_beside) -> None:
    """Open what an erratum says beside an equation."""
    self.body.append(f"\n\\begin{{sphinxadmonition}}{{{RULES['critique']}}}{{{self.encode(node['called'])}}}\n")


def depart_beside(self: LaTeXTranslator, node: erratum_beside) -> None:
    """Close it."""
    self.body.append("\\end{sphinxadmonition}\n")


WRITTEN: Mapping[object, Visitors] = MappingProxyType({
    ANNOTATIONS: (visit_annotation, depart_annotation),
    annotation_part: (visit_part, depart_part),
    annotation_title: (visit_title, depart_title),
    annotation_links: (visit_links, depart_links),
    erratum_beside: (visit_beside, depart_beside),
})
