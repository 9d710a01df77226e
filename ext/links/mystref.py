"""Tell MyST's own tools what the edition holds: ``myst.xref.json``, beside ``objects.inv`` for Sphinx.

A project of mystmd links to ``<xref:key#label>``; the words of the link it takes from the data of the page, so every
page has a small file with its title and what carries a label on it: annotations, their parts, equations. A label that
several pages give is *implicit*: it needs its page, ``<xref:key/posts/slug.html#label>``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.annotations.annotating import annotation_index
from ext.build.sharing import at_end
from ext.build.written import ledger
from ext.edition.annotations.targets import Target, heading_of
from ext.edition.math.equation import labelled
from ext.edition.site.files import write_atomic
from ext.math.equations import equations

NAME = "myst.xref.json"
#: Where the data of the pages lies, below the output.
FOLDER = "_myst"
#: The form of the list, of the trees in the data, and the release of mystmd whose documentation defines them.
VERSION, TREE, RELEASE = "1", 3, "1.2.0"

#: A node of a page, and whether its label stands for it in the whole edition.
Node = tuple[dict[str, Any], bool]


def nodes_of(env: BuildEnvironment) -> Mapping[str, list[Node]]:
    """Return what carries a label on every page, as nodes of MyST's trees."""
    found: dict[str, list[Node]] = {docname: [] for docname in sorted(env.found_docs)}
    index = annotation_index(env)
    taken = {label for label, _ in index.labels()}
    for label, target in index.labels():
        found[target.docname].append((_box(label, target, env.config.language), True))
    for docname, equation, label, names in labelled(equations(env), env.found_docs):
        row = equation.row(label)
        node: dict[str, Any] = {"type": "math", "value": equation.tex, **_named(label, row.anchor)}
        if row.number:
            node |= {"enumerated": True, "enumerator": row.number}
        found[docname].append((node, label in names and label not in taken))
    return found


def _box(label: str, target: Target, language: str) -> dict[str, Any]:
    record, part = target.annotation, target.part
    assert record is not None
    named = part or record
    shown = named.title or heading_of(record.kind, None, language=language)
    node: dict[str, Any] = {"type": "proof", "kind": record.kind, **_named(label, target.anchor),
            "children": [{"type": "admonitionTitle", "children": [{"type": "text", "value": shown}]}]}
    if named.number is not None:
        node |= {"enumerated": True, "enumerator": str(named.number)}
    return node


def _named(label: str, anchor: str) -> dict[str, str]:
    return {"identifier": label, "label": label, "html_id": anchor}


def references(found: Mapping[str, list[Node]], urls: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the entries of the list: each page, then what carries a label on it."""
    for docname, nodes in found.items():
        page = {"data": f"/{FOLDER}/{docname}.json", "url": urls[docname]}
        yield {"kind": "page", **page}
        for node, alone in nodes:
            entry = {"identifier": node["identifier"], "html_id": node["html_id"],
                     "kind": "equation" if node["type"] == "math" else f"proof:{node['kind']}", **page}
            yield entry if alone else {**entry, "implicit": True}


def write(app: Sphinx) -> None:
    """Write the list and the data of the pages, and take away the data of pages that are gone."""
    found, out, builder = nodes_of(app.env), Path(app.outdir), app.builder
    urls = {name: "/" if name == app.config.root_doc else f"/{builder.get_target_uri(name)}" for name in found}
    data: dict[str, bytes] = {}
    for docname, nodes in found.items():
        title = app.env.titles[docname].astext() if docname in app.env.titles else docname
        page = {"version": TREE, "kind": "Article", "slug": docname, "location": f"/{docname}",
                "frontmatter": {"title": title}, "mdast": {"type": "root", "children": [node for node, _ in nodes]}}
        data[docname] = msgspec.json.encode(page)
    now = {docname: f"{crc32(text):08x}" for docname, text in data.items()}
    there = {path.relative_to(out / FOLDER).as_posix().removesuffix(".json"): path
             for path in (out / FOLDER).rglob("*.json")}
    kept = ledger(app, FOLDER)
    for docname in kept.begin(now, frozenset(now.keys() - there.keys())) & now.keys():
        write_atomic(out / FOLDER / f"{docname}.json", data[docname], lasting=False)
    for docname in there.keys() - now.keys():
        there[docname].unlink()
    kept.finish(now)
    write_atomic(out / NAME, msgspec.json.encode(
        {"version": VERSION, "myst": RELEASE, "references": list(references(found, urls))}), lasting=False)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the writing of the list."""
    app.setup_extension("ext.annotations.annotating")
    at_end(app, write, weight=1)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
