"""Other editions that this one refers to: `[[elsewhere]]` of ``edition.toml``, by the inventories that lie beside it.

What they label is found by intersphinx; links to the address of a post on the blog, or to the file of a page that is
theirs now, lead there too. No build asks the network: an inventory is a file.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.domains import ObjType
from sphinx.errors import ConfigError
from sphinx.transforms import SphinxTransform

from ext.edition.links import objects
from ext.edition.site import config as edition_config
from ext.edition.site.errors import EditionError
from ext.posts.measure import records
from ext.site.settings import edition

PAGE = "std:doc"


class Files(SphinxTransform):
    """Point links to the file of a page that is another edition's at that page."""

    default_priority = 9

    def apply(self, **kwargs: Any) -> None:
        """Rewrite the links of the document being read."""
        known = pages(self.config)
        for node in list(self.document.findall(addnodes.pending_xref)) if known else ():
            path, _, anchor = node["reftarget"].partition("#")
            if node["reftype"] != "myst" or node.get("refdomain") or not path.endswith(".md"):
                continue
            here = posixpath.dirname(self.env.current_document.docname)
            address, title = known.get(posixpath.normpath(posixpath.join(here, path.removesuffix(".md"))), ("", ""))
            if address:
                shown = node.children if node.astext().strip() else [nodes.Text(title)]
                node.replace_self(nodes.reference("", "", *shown, refuri=address + (anchor and f"#{quote(anchor)}")))


def pages(config: Config) -> Mapping[str, tuple[str, str]]:
    """Return address and title of every page of the other editions, by the name of its file there."""
    return {name: (address, title) for name, role, address, title in config.edition_elsewhere if role == PAGE}


def posts(config: Config) -> Mapping[str, str]:
    """Return the address of every post of the other editions, by its id."""
    return {name: address for name, role, address, _ in config.edition_elsewhere if role == objects.POST}


def configure(app: Sphinx, config: Config) -> None:
    """Have intersphinx know the other editions; one that refers to none does not load it."""
    loaded = edition(config)
    if not loaded.elsewhere:
        return
    root = edition_config.find(Path(app.srcdir)).parent
    mapping: dict[str, tuple[str, tuple[str, ...]]] = {}
    entries: list[tuple[str, str, str, str]] = []
    for other in loaded.elsewhere:
        path = root / other.inventory
        try:
            if not path.is_file():
                raise EditionError("is not there", where=path, remedy=f"copy the objects.inv of {other.name} to it")
            _, items = objects.read(path.read_bytes(), where=path)
        except EditionError as error:
            raise ConfigError(str(error)) from error
        base = other.url.rstrip("/") + "/"
        mapping[other.name] = (base, (str(path),))
        entries += [(item.name, item.role, base + item.page, item.title) for item in items
                    if item.role in (PAGE, objects.POST)]
    config.edition_elsewhere = tuple(entries)
    app.setup_extension("sphinx.ext.intersphinx")
    from sphinx.ext.intersphinx import validate_intersphinx_mapping

    config.intersphinx_mapping = mapping
    validate_intersphinx_mapping(app, config)  # its own turn at this event has gone by


def note(app: Sphinx, doctree: nodes.document) -> None:
    """List a post by its id as well: that is what the addresses of the blog tell of it."""
    docname = app.env.current_document.docname
    record = records(app.env).get(docname)
    if record is not None and record.id:
        app.env.domains.standard_domain.note_object("post", record.id, "", doctree)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the settings, the transform and the note."""
    app.setup_extension("ext.posts.measure")
    app.add_config_value("edition_elsewhere", (), "env", types=frozenset({tuple}))
    app.add_transform(Files)
    # What `add_object_type` does, without a directive and a role: nobody writes this one.
    app.registry.domain_object_types.setdefault("std", {})["post"] = ObjType("post")
    app.connect("config-inited", configure, priority=700)  # after the edition was read
    app.connect("doctree-read", note, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
