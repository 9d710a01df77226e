"""The nodes an annotation is made of, and how they become HTML.

Those of sphinx-proof, one for every kind and one for what has no number, and the same for the kinds it has not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from docutils import nodes
from sphinx.config import Config
from sphinx.util.docutils import SphinxTranslator
from sphinx_proof.nodes import NODE_TYPES, proof_node, unenumerable_node

from ext.build.walks import instances
from ext.edition.annotations.kinds import KINDS
from ext.edition.annotations.targets import heading_of, part_heading
from ext.site.settings import text

#: The class that asks for a folded annotation, as in sphinx-togglebutton.
FOLD = "dropdown"


class derivation_node(nodes.Admonition, nodes.Element):
    """Hold a derivation."""


class intuition_node(nodes.Admonition, nodes.Element):
    """Hold what gives a feeling for a result."""


class comparison_node(nodes.Admonition, nodes.Element):
    """Hold a comparison."""


class analysis_node(nodes.Admonition, nodes.Element):
    """Hold a critical analysis."""


class panorama_node(nodes.Admonition, nodes.Element):
    """Hold a view across fields and along one."""


class deep_dive_node(nodes.Admonition, nodes.Element):
    """Hold a deep dive."""


class erratum_node(nodes.Admonition, nodes.Element):
    """Hold an erratum: what an equation of the original should say."""


#: The node of every kind. An annotation has its kind as ``node["annotation"]``, its title as first child.
NODES: Mapping[str, type[nodes.Element]] = MappingProxyType({
    **NODE_TYPES,
    "proof": proof_node,
    "derivation": derivation_node,
    "intuition": intuition_node,
    "comparison": comparison_node,
    "analysis": analysis_node,
    "panorama": panorama_node,
    "deep-dive": deep_dive_node,
    "erratum": erratum_node,
})

#: The classes of all annotations, those with ``:nonumber:`` among them.
ANNOTATIONS: tuple[type[nodes.Element], ...] = (*NODES.values(), unenumerable_node)


class annotation_part(nodes.General, nodes.Element):
    """Hold a step or another titled part; ``node["part"]`` is a key of ``PARTS``."""


class annotation_title(nodes.TextElement):
    """Hold the author's title of an annotation or part; its label and number are added when it is written."""


class annotation_links(nodes.General, nodes.TextElement):
    """Hold one line of links in the head of an annotation: what it is about, or where its proof is."""


class erratum_beside(nodes.General, nodes.Element):
    """Hold what an erratum says, beside the equation that it is about; ``node["state"]`` is what has become of it."""


#: What opens a node and what closes it, for one builder.
Visitors = tuple[Callable[..., None], Callable[..., None]]


def boxes(root: nodes.Element) -> Iterator[Any]:
    """Return the annotations of a document, in order."""
    return instances(root, *ANNOTATIONS)


def folds(node: nodes.Element) -> bool:
    """Tell whether an annotation is shown folded."""
    return bool(node["folded"])


def visit_annotation(self: SphinxTranslator, node: nodes.Element) -> None:
    """Open the box; a folded one is a native ``details``, which works without a script."""
    kind = KINDS[node["annotation"]]
    classes = f"annotation kind-{kind.name} tone-{kind.tone}"
    if folds(node):
        self.body.append(self.starttag(node, "details", CLASS=classes))
    else:
        self.body.append(self.starttag(node, "div", CLASS=classes, role="note"))


def depart_annotation(self: SphinxTranslator, node: nodes.Element) -> None:
    """Close the box; a folded one has its permanent link at its foot, outside the control that unfolds it."""
    if not folds(node):
        self.body.append("</div>\n")
        return
    self.body.append('<p class="annotation-foot">')
    self.add_permalink_ref(node, permalink(self))
    self.body.append("</p></details>\n")


def visit_part(self: SphinxTranslator, node: annotation_part) -> None:
    """Open a step or another part."""
    self.body.append(self.starttag(node, "div", CLASS=f"annotation-part part-{node['part']}"))


def depart_part(self: SphinxTranslator, node: annotation_part) -> None:
    """Close the part."""
    self.body.append("</div>\n")


def visit_title(self: SphinxTranslator, node: annotation_title) -> None:
    """Write the seal, the label with its number, and the opening bracket of the title."""
    box = node.parent
    tag = "summary" if isinstance(box, ANNOTATIONS) and folds(box) else "p"
    self.body.append(self.starttag(node, tag, "", CLASS="annotation-title"))
    if isinstance(box, ANNOTATIONS):
        seal = '<span class="annotation-sign" aria-hidden="true" data-pagefind-ignore>'
        self.body.append(f"{seal}{KINDS[box['annotation']].sign}</span> ")
    heading = self.encode(label(box, self.config))
    self.body.append(f'<span class="annotation-label">{heading}</span>')
    if node.children:
        before = brackets(self.config)[0] if isinstance(box, ANNOTATIONS) else " "
        self.body.append(f'<span class="annotation-name">{self.encode(before)}')


def depart_title(self: SphinxTranslator, node: annotation_title) -> None:
    """Close the title and give it its permanent link."""
    box = node.parent
    if node.children:
        after = brackets(self.config)[1] if isinstance(box, ANNOTATIONS) else ""
        self.body.append(f"{self.encode(after)}</span>")
    if isinstance(box, ANNOTATIONS) and box["stale"]:
        since = "" if box["stale"] == "?" else f' title="{self.attval(box["stale"])}"'
        badge = self.encode(stale_text(self.config))
        self.body.append(f' <span class="annotation-stale" data-pagefind-ignore{since}>{badge}</span>')
    if isinstance(box, ANNOTATIONS) and folds(box):
        self.body.append("</summary>\n")
        return
    if isinstance(box, ANNOTATIONS):
        self.add_permalink_ref(box, permalink(self))
    self.body.append("</p>\n")


def brackets(config: Config) -> tuple[str, str]:
    """Return what stands before and after the title of an annotation, as ``proof_title_format`` says."""
    before, _, after = (config.proof_title_format or text(config, "（%t）", " (%t)")).partition("%t")
    return before, after


def stale_text(config: Config) -> str:
    """Return the badge of an annotation whose original has changed since it was written."""
    return text(config, "原文已变，待复核", "The original has changed; to be reviewed")


def permalink(self: SphinxTranslator) -> str:
    """Return the tooltip of a permanent link."""
    return text(self.config, "此注疏的永久链接", "Link to this annotation")


def visit_links(self: SphinxTranslator, node: annotation_links) -> None:
    """Open a line of links."""
    self.body.append(self.starttag(node, "p", "", CLASS="annotation-links"))


def depart_links(self: SphinxTranslator, node: annotation_links) -> None:
    """Close the line of links."""
    self.body.append("</p>\n")


def visit_beside(self: SphinxTranslator, node: erratum_beside) -> None:
    """Open what an erratum says beside an equation; it is found where the erratum stands, not twice."""
    self.body.append(self.starttag(node, "aside", CLASS=f"erratum-beside erratum-{node['state']}",
                                   **{"data-pagefind-ignore": "", "aria-label": node["called"]}))


def depart_beside(self: SphinxTranslator, node: erratum_beside) -> None:
    """Close it."""
    self.body.append("</aside>\n")


def label(box: nodes.Element, config: Config) -> str:
    """Return the label of an annotation or part, with its number."""
    if isinstance(box, annotation_part):
        return part_heading(box["part"], box.get("number"), language=config.language)
    return heading_of(box["annotation"], box.get("number"), language=config.language)


#: What writes each node on HTML pages; ``ANNOTATIONS`` stands for every kind.
WRITTEN: Mapping[object, Visitors] = MappingProxyType({
    ANNOTATIONS: (visit_annotation, depart_annotation),
    annotation_part: (visit_part, depart_part),
    annotation_title: (visit_title, depart_title),
    annotation_links: (visit_links, depart_links),
    erratum_beside: (visit_beside, depart_beside),
})
