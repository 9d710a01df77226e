"""The directives an annotator types: one class for every kind, one for the parts inside."""

from __future__ import annotations

from collections.abc import Iterable

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective
from sphinx_proof.directive import ElementDirective

from ext.annotations.nodes import ANNOTATIONS, FOLD, annotation_part, annotation_title, boxes
from ext.checks.findings import report
from ext.checks.options import Options, check_options
from ext.edition.annotations.kinds import KINDS, PARTS, Relation
from ext.edition.annotations.targets import aims, anchor_of, split_targets
from ext.edition.checks.lint import Lint


class AnnotationDirective(ElementDirective):
    """Parse any annotation of the table, as sphinx-proof does; its kind is the name it was called by."""

    arguments: list[str]
    option_spec = Options({
        **ElementDirective.option_spec,
        **dict.fromkeys(Relation, directives.unchanged_required),
        "fulfils": directives.unchanged_required,
        "by": directives.unchanged_required,
        "stale": directives.unchanged,
    })

    def run(self) -> list[nodes.Node]:
        """Return the annotation; numbers and ids follow when the whole document is read."""
        check_options(self)
        kind, written = self.name.rpartition(":")[2], self.arguments
        classes = self.options.get("class", [])
        head = _head(self)
        # Without its title: sphinx-proof would write brackets into it and leave out what is wrong with it.
        self.arguments = []
        (node,) = super().run()
        self.arguments = written
        # Its own list of the whole project can't be merged after parallel reading; ours is one record a document.
        self.env.proof_list.clear()
        content = node.children.pop()
        node.clear()
        node.attributes |= {
            "annotation": kind,
            "label": self.options.get("label", "").strip(),
            "aims": aims(self.options),
            "fulfils": split_targets(self.options.get("fulfils", "")),
            "by": self.options.get("by", "").strip(),
            "ids": [],
            # Themes have a .dropdown of their own, which is not meant for this.
            "classes": [name for name in classes if name != FOLD],
            "folded": FOLD in classes,
            "nonumber": "nonumber" in self.options,
            "stale": (self.options["stale"] or "?").strip() if "stale" in self.options else "",
            "title": "".join(written),
        }
        self.set_source_info(node)
        node += [*head, *content.children]
        return [node]


#: What an erratum says besides: when and where it was reported, where it is disputed, what the equation said before.
_SAID = ("reported", "disputed", "formerly")


class ErratumDirective(AnnotationDirective):
    """Parse an erratum, which also says what has become of it."""

    option_spec = Options({**AnnotationDirective.option_spec,
                           **dict.fromkeys(_SAID, directives.unchanged_required)})

    def run(self) -> list[nodes.Node]:
        """Return the erratum; its first displayed formula is the corrected one."""
        found = super().run()
        for node in found:
            assert isinstance(node, nodes.Element)
            node.attributes |= {name: self.options.get(name, "").strip() for name in _SAID}
        return found


class PartDirective(SphinxDirective):
    """Parse a step or another titled part of an annotation."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = Options({"label": directives.unchanged_required, "class": directives.class_option,
                           **dict.fromkeys(Relation, directives.unchanged_required)})

    def run(self) -> list[nodes.Node]:
        """Return the part; its number follows when the whole document is read."""
        check_options(self)
        node = annotation_part(
            "",
            part=self.name,
            aims=aims(self.options),
            label=self.options.get("label", "").strip(),
            classes=self.options.get("class", []),
        )
        self.set_source_info(node)
        node += _head(self)
        node += self.parse_content_to_nodes()
        return [node]


def _head(directive: SphinxDirective) -> list[nodes.Node]:
    """Return the title, and what is wrong with it."""
    title = annotation_title()
    directive.set_source_info(title)
    messages: list[nodes.system_message] = []
    if directive.arguments:
        children, messages = directive.parse_inline(directive.arguments[0], lineno=directive.lineno)
        title += children
    return [title, *messages]


class NumberAnnotations(SphinxTransform):
    """Number the annotations of one document in reading order, and give every one its id.

    Numbers are per document and per kind: what is added to one post cannot move a number of another, and no
    doctree has to be walked for it in a later build.
    """

    default_priority = 250

    def apply(self, **kwargs: object) -> None:
        """Set ``number`` and ``ids`` on annotations and parts, and report parts that stand astray."""
        numbers: dict[str, int] = {}
        unlabelled: dict[str, int] = {}
        for node in boxes(self.document):
            kind, counter = node["annotation"], node["countertype"]
            if KINDS[kind].numbered and not node["nonumber"]:
                numbers[counter] = node["number"] = numbers.get(counter, 0) + 1
            if node["label"]:
                self._identify(node, anchor_of(node["label"]))
            else:
                unlabelled[kind] = unlabelled.get(kind, 0) + 1
                self._identify(node, f"{kind}-{node.get('number') or unlabelled[kind]}")
            self._number_parts(node)
        for part in self.document.findall(annotation_part):
            self._check_place(part)

    def _number_parts(self, node: nodes.Element) -> None:
        steps = 0
        for part in own(node, annotation_part):
            if PARTS[part["part"]].numbered:
                steps += 1
                part["number"] = steps
            suffix = f"-{part['number']}" if "number" in part else ""
            self._identify(part, anchor_of(part["label"] or f"{node['ids'][0]}-{part['part']}{suffix}"))

    def _identify(self, node: nodes.Element, wanted: str) -> None:
        """Give ``node`` the id it wants, or the next free one like it."""
        taken = self.document.ids
        anchor, count = wanted, 1
        while anchor in taken:
            count += 1
            anchor = f"{wanted}-{count}"
        taken[anchor] = node
        node["ids"] = [anchor]

    def _check_place(self, part: annotation_part) -> None:
        box = enclosing(part)
        within = PARTS[part["part"]].within
        if box is not None and within in (None, box["annotation"]):
            return
        place = f"a {{prf:{within}}}" if within else "an annotation"
        message = f"{{{part['part']}}} stands outside {place}"
        report(self.env, self.env.current_document.docname, Lint.STRAY_PART, message, part)


def enclosing(node: nodes.Node) -> nodes.Element | None:
    """Return the nearest annotation around ``node``."""
    current = node.parent
    while current is not None and not isinstance(current, ANNOTATIONS):
        current = current.parent
    return current


def own(node: nodes.Element, wanted: type[nodes.Element]) -> Iterable[nodes.Element]:
    """Yield the nodes of a class inside an annotation that no nested annotation claims, in order."""
    return (found for found in node.findall(wanted) if found is not node and enclosing(found) is node)
