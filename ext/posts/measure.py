"""Measure every document while Sphinx reads it, and keep the record with the environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.build.kept import KeptCollector, kept
from ext.build.walks import instances
from ext.checks.findings import report
from ext.edition.checks.lint import Lint
from ext.edition.posts import blocks
from ext.edition.posts.measures import Counts, PostRecord, count_text
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import is_own, read_text, safe_name
from ext.posts.origin import begins_added

#: As what a node counts. Formulas and text are counted where they are met, see :func:`count`.
_COUNTED: tuple[tuple[type[nodes.Node], str], ...] = (
    (nodes.literal_block, "code"),
    (nodes.image, "images"),
    (nodes.table, "tables"),
    (nodes.reference, "links"),
    (addnodes.pending_xref, "links"),
    (nodes.section, "sections"),
)
_COUNTED_CLASSES = tuple(kind for kind, _ in _COUNTED)
#: Nodes whose text no reader sees as text.
_SILENT = (nodes.comment, nodes.raw, nodes.substitution_definition, nodes.system_message, nodes.literal_block)
#: The keys of the front matter that a record takes over as text.
_WORDS = ("id", "date", "source", "author", "topic", "series", "status", "origin", "fetched")

_TABLE = "records"


def records(env: BuildEnvironment) -> Mapping[str, PostRecord]:
    """Return the record of every document by its name, in alphabetical order."""
    return dict(sorted(_store(env).items()))


def posts(env: BuildEnvironment) -> tuple[PostRecord, ...]:
    """Return the records of the edition's posts, in alphabetical order of their names."""
    return tuple(record for record in records(env).values() if record.is_post)


def links_to(node: nodes.Element) -> tuple[str, ...]:
    """Return the archive ids of the posts that are linked to, see :mod:`ext.links.crosslinks`."""
    return tuple(dict.fromkeys(found["post"] for found in instances(node, nodes.Inline) if found.get("post")))


def count(node: nodes.Node) -> tuple[Counts, Counts, Counter[str]]:
    """Count below *node*: the original, the annotations, and the structured blocks by kind."""
    original, added = Counter[str](), Counter[str]()
    texts: tuple[list[str], list[str]] = ([], [])
    kinds: Counter[str] = Counter()
    stack = [(child, False) for child in node.children]
    while stack:
        current, inside = stack.pop()
        if isinstance(current, nodes.Text):
            texts[inside].append(current)
            continue
        assert isinstance(current, nodes.Element)
        if begins_added(current):
            inside = True
            if kind := current.get("annotation"):
                kinds[str(kind)] += 1
        side = added if inside else original
        if isinstance(current, nodes.math):
            side["inline"] += 1
        elif isinstance(current, nodes.math_block):
            side["displayed"] += 1
            side["numbered"] += any(row.number is not None for row in current.get("rows", ()))
        else:
            if isinstance(current, _COUNTED_CLASSES):
                side.update(name for kind_, name in _COUNTED if isinstance(current, kind_))
            if "post" in current.attributes and current["post"]:
                side["links"] += 1
            # A reference that is named by what it leads to has no text of its own yet, only a label.
            named_later = isinstance(current, addnodes.pending_xref) and not current.get("refexplicit")
            if not named_later and not isinstance(current, _SILENT):
                stack.extend((child, inside) for child in current.children)
    of_original, of_added = (count_text("".join(said)) for said in texts)
    return Counts(**original) + of_original, Counts(**added) + of_added, kinds


def read(
    docname: str, path: Path, source: Path, doctree: nodes.document
) -> tuple[PostRecord, EditionError | None]:
    """Return the record of one document, and what is wrong with its front matter if anything is."""
    text = read_text(path)
    broken = None
    try:
        parts = frontmatter.split(text, where=path)
    except EditionError as error:
        broken = error
        offset = text.find("\n---\n", 3) + len("\n---\n") if "\n---\n" in text[3:] else 0
        parts = frontmatter.Parts({}, text[offset:], text.count("\n", 0, offset))
    meta: dict[str, Any] = parts.meta
    original, added, kinds = count(doctree)
    # The section of the title is not a section of the text.
    title_node = doctree.next_node(nodes.title)
    if title_node is not None:
        original = Counts(sections=-1) + original
    word = {key: str(meta.get(key) or "") for key in _WORDS}
    # Without a pristine original and without a single marked annotation nobody knows which text is whose.
    pristine = source / "originals" / f"{safe_name(word['id'])}.md"
    mirrored = bool(word["id"]) and word["origin"] != "local" and is_own(source, pristine)
    unsettled = str(meta.get("layers") or "") == "unknown"  # the import could not tell, whatever is marked since
    known = word["origin"] == "local" or mirrored or (bool(added.characters + added.formulas) and not unsettled)
    original_bytes, added_bytes = blocks.sizes(parts.body) if known else (None, None)
    if mirrored:
        original_bytes = blocks.text_bytes(frontmatter.split(read_text(pristine), where=pristine).body)
    number = meta.get("number")
    title = str(meta.get("title") or (title_node.astext() if title_node is not None else docname))
    record = PostRecord(
        docname=docname, title=title, tags=frontmatter.tags(meta.get("tags")),
        licence=str(meta.get("licence") or meta.get("license") or ""),
        number=number if isinstance(number, int) else None, bytes=len(text.encode()),
        original_bytes=original_bytes, added_bytes=added_bytes,
        original=original if known else None, added=added if known else None, total=original + added,
        blocks=tuple(sorted(kinds.items())), links_to=links_to(doctree), **word)
    return record, broken


class MeasureCollector(KeptCollector):
    """Keep one :class:`PostRecord` for every document."""

    table = _TABLE

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Measure the document that was just read."""
        docname = app.env.current_document.docname
        record, broken = read(docname, Path(app.env.doc2path(docname)), Path(app.srcdir), doctree)
        _store(app.env)[docname] = record
        if broken is not None:
            line = int(broken.where.rpartition(":")[2]) if broken.where else 1
            report(app.env, docname, Lint.FRONTMATTER_BROKEN, broken.what, line)


def _store(env: BuildEnvironment) -> dict[str, PostRecord]:
    return kept(env, _TABLE)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the collector."""
    app.setup_extension("ext.checks.findings")
    app.add_env_collector(MeasureCollector)
    return {"version": "1", "env_version": 3, "parallel_read_safe": True, "parallel_write_safe": True}
