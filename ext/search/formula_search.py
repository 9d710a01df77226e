"""The search for formulas: what each post says in formulas is collected while it is read, the index is written after.

See :mod:`ext.edition.search.formula_index` for the files and ``static/formulas/`` for the search itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.build.kept import KeptCollector, kept
from ext.build.sharing import at_end
from ext.build.walks import instances
from ext.edition.links.external import iri
from ext.edition.math import tex
from ext.edition.math.engine import macro_of
from ext.edition.math.tex import Macro
from ext.edition.posts.shelves import digest
from ext.edition.search.formula_index import Formula, Page, bits_of, page, renewed, row, written
from ext.edition.search.formula_words import RULES, words
from ext.edition.site.files import read_state, write_atomic
from ext.posts.origin import origin_of
from ext.site.navigation import shelves

FOLDER = "formulas"
STATE = ".views/formulas.json"
#: Beside the doctrees, for no reader needs it.
KEYS = "formulas.keys"


class _Written(msgspec.Struct, frozen=True):
    """What was last written: its digest, and the names of its files."""

    stamp: str = ""
    files: tuple[str, ...] = ()


class _Keys(msgspec.Struct, frozen=True):
    """The keys of the pages in the index of this form and digest: they tell what changes without reading it."""

    form: int
    stamp: str
    pages: dict[str, bytes]


#: Another number means another form of the files: written anew although no post changed.
FORM = 5

_TABLE = "formulas"


def formulas(doctree: nodes.document, given: dict[str, Macro]) -> Iterator[Formula]:
    """Yield the formulas of a document in order; a macro holds from where it is defined."""
    macros = dict(given)
    read: dict[str, tuple[str, ...]] = {}
    for node in instances(doctree, nodes.math, nodes.math_block):
        assert isinstance(node, nodes.Element)
        own, rest = tex.definitions(node.astext())
        if own:
            macros |= {macro.name: macro for macro in own}
            read.clear()
        if rest not in read:
            read[rest] = words(rest, macros)
        displayed = isinstance(node, nodes.math_block)
        number = next((row.shown for row in node.get("rows", ()) if row.shown), "") if displayed else ""
        yield Formula(_anchor(node), number, displayed, read[rest], origin_of(node) == "added")


def _anchor(node: nodes.Node) -> str:
    """Return the HTML id of a formula, or of what it stands in; nothing for the page itself."""
    while node is not None and not isinstance(node, nodes.document):
        ids = node.get("ids") if isinstance(node, nodes.Element) else None
        if ids:
            first_section = isinstance(node, nodes.section) and isinstance(node.parent, nodes.document)
            return "" if first_section else str(ids[0])
        node = node.parent
    return ""


class FormulaCollector(KeptCollector):
    """Keep the :class:`Page` of every post."""

    table = _TABLE

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Read the formulas of a post."""
        docname = app.env.current_document.docname
        if docname.startswith("posts/"):
            given = {macro.name: macro for macro in map(macro_of, app.config.edition_macros.items())}
            pages(app.env)[docname] = page(formulas(doctree, given))


def pages(env: BuildEnvironment) -> dict[str, Page]:
    """Return what is kept of the formulas of each post."""
    return kept(env, _TABLE)


def update(app: Sphinx) -> None:
    """Write the index where a post's formulas, title or place changed."""
    folder, state = Path(app.outdir) / FOLDER, Path(app.outdir) / STATE
    known = {name: one for name, one in sorted(pages(app.env).items()) if one.buckets}
    by_post = shelves(app).by_post
    posts = {name: (iri(app.builder.get_target_uri(name)), by_post[name].title, by_post[name].topic, by_post[name].year)
             for name in known}
    macros = {macro.name: [macro.arguments, macro.body] for macro in map(macro_of, app.config.edition_macros.items())}
    head = {"rules": RULES, "macros": macros}
    now = digest(FORM, head, posts, known)
    before = read_state(state, _Written) or _Written()
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.json")}
    whole = there >= set(before.files)
    if whole and before.stamp == now:
        return
    rows = _renewed(app, before, known) if whole else None
    files = written(known, head, posts, now, rows)
    names = sorted(files) if rows is None else before.files
    state.unlink(missing_ok=True)
    for name, text in files.items():
        write_atomic(folder / name, text, lasting=False)
    for name in there.difference(names):
        (folder / name).unlink()
    keys = _Keys(FORM, now, {name: one.buckets for name, one in known.items()})
    write_atomic(Path(app.doctreedir) / KEYS, msgspec.msgpack.encode(keys), lasting=False)
    write_atomic(state, json.dumps({"stamp": now, "files": names}, ensure_ascii=False))


def _renewed(app: Sphinx, before: _Written, known: Mapping[str, Page]) -> dict[int, str] | None:
    """Return the files of buckets that change; None where all have to be made, because there are other pages."""
    try:
        keys = msgspec.msgpack.decode((Path(app.doctreedir) / KEYS).read_bytes(), type=_Keys)
    except (OSError, msgspec.DecodeError):
        return None
    if (keys.form, keys.stamp, keys.pages.keys()) != (FORM, before.stamp, known.keys()) or bits_of(
            keys.pages.values()) != bits_of(one.buckets for one in known.values()):
        return None
    folder = Path(app.outdir) / FOLDER
    return renewed([keys.pages[name] for name in known], tuple(known.values()),
                   lambda number: (folder / row(number)).read_text("utf-8"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the collector and the writing of the index; its page is the search page."""
    app.setup_extension("ext.site.navigation")
    app.setup_extension("ext.math.equations")
    app.add_env_collector(FormulaCollector)
    at_end(app, update, weight=2)
    return {"version": "1", "env_version": 5, "parallel_read_safe": True, "parallel_write_safe": True}
