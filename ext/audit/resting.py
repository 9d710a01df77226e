"""What rests on what, as the build read it: kept of each document, joined once when all have been read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.annotations.annotating import annotation_index
from ext.annotations.nodes import ANNOTATIONS
from ext.annotations.recording import is_annotation
from ext.build.kept import KeptCollector, kept
from ext.build.once import once
from ext.build.walks import instances
from ext.checks.findings import line_of
from ext.edition.audit.grounds import Grounds, Own, Resting, grounds
from ext.edition.math import tex
from ext.edition.posts import readings
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.math.equations import lookup

_TABLE = "resting"


@once
def resting(app: Sphinx) -> Grounds:
    """Return what rests on what, once all documents have been read."""
    return grounds_of(app.env)


def grounds_of(env: BuildEnvironment) -> Grounds:
    """Return what rests on what among the documents that an environment has read."""
    return grounds(annotation_index(env), store(env), lambda docname, name: lookup(env, docname, name))


def store(env: BuildEnvironment) -> dict[str, Resting]:
    """Return what is kept of each document."""
    return kept(env, _TABLE)


def read(path: Path, doctree: nodes.document) -> Resting:
    """Return what one document says for itself: the texts from its source, what they cite from its doctree."""
    text = read_text(path)
    try:
        parts = frontmatter.split(text, where=path)
    except EditionError:  # reported by ext.posts.measure
        parts = frontmatter.Parts({}, text, 0)
    boxes = [node for node in instances(doctree, nodes.section, *ANNOTATIONS) if is_annotation(node) and node["ids"]]
    around = readings.around(parts.body)
    whole = Own(around.digest, _size(around.text))
    if not boxes:
        return Resting({}, whole, {})
    known = {line + parts.offset: one for line, one in readings.by_line(parts.body).items()}
    labels: dict[str, dict[str, None]] = {}
    names: dict[str, dict[str, None]] = {}
    inside: dict[str, str] = {}
    for node in instances(doctree, addnodes.pending_xref, nodes.math, nodes.math_block):
        link = isinstance(node, addnodes.pending_xref)
        cites = link or "ref" in node.astext()
        if not cites and not isinstance(node, nodes.math_block) or not (anchor := _around(node)):
            continue
        if isinstance(node, nodes.math_block):
            inside.update(dict.fromkeys(node["ids"], anchor))
        if cites and not link:
            names.setdefault(anchor, {}).update(dict.fromkeys(used.label for used in tex.references(node.astext())))
        elif link and not node.get("intersphinx") and (domain := node.get("refdomain")) in ("prf", "math"):
            (labels if domain == "prf" else names).setdefault(anchor, {})[node["reftarget"]] = None
    found = {}
    for node, said in zip(boxes, _said(boxes, known), strict=True):
        anchor = node["ids"][0]
        found[anchor] = Own(readings.digest(said), _size(said), tuple(labels.get(anchor, ())),
                            tuple(names.get(anchor, ())))
    return Resting(found, whole, inside)


def _said(boxes: list[Any], known: dict[int, readings.Text]) -> Iterator[str]:
    """Yield the source of each annotation; of one that another file holds, what is seen of it."""
    for node in boxes:
        one = known.get(line_of(node) or 0)
        # The label of a section is an attribute, which its doctree does not keep.
        own = one is not None and one.kind == node.get("annotation", "") and (
            not one.kind or one.label == node.get("label", ""))
        yield one.text if one is not None and own else node.astext()


def _around(node: nodes.Node) -> str:
    current = node.parent
    while current is not None:
        if is_annotation(current) and current["ids"]:
            return str(current["ids"][0])
        current = current.parent
    return ""


def _size(text: str) -> int:
    return len("".join(text.split()))


class RestingCollector(KeptCollector):
    """Keep one :class:`Resting` for every post, and for every other document that has annotations."""

    table = _TABLE

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Read the document that was just read."""
        docname = app.env.current_document.docname
        own = read(Path(app.env.doc2path(docname)), doctree)
        if own.annotations or docname.startswith("posts/"):
            store(app.env)[docname] = own


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the collector."""
    for extension in ("ext.annotations.annotating", "ext.math.equations"):
        app.setup_extension(extension)
    app.add_env_collector(RestingCollector)
    return {"version": "1", "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
