"""Read only what lies inside the edition: what would leave its source folder, links followed, is not there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst.directives import misc, tables
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError

from ext.build.walks import instances
from ext.checks.findings import findings, report
from ext.edition.audit import reviews
from ext.edition.checks.lint import Lint
from ext.edition.posts import catalogue, digests
from ext.edition.site.errors import EditionError
from ext.edition.site.files import is_own

#: Where everything leads that would leave the edition: there is no such file.
NOWHERE = ".outside"


class Confined(BuildEnvironment):
    """An environment whose documents lead nowhere else than into the source folder."""

    #: What each document asked for outside of the edition, until it is reported.
    refused: tuple[str, ...] = ()

    def relfn2path(self, filename: str | Path, docname: str | None = None) -> tuple[str, str]:
        """Return where a file is that a document names; outside of the edition there is none."""
        relative, absolute = super().relfn2path(filename, docname)
        # Resolved already, links too; on top, what a later reader would resolve once more.
        if Path(absolute).is_relative_to(self.srcdir.resolve()):
            return relative, absolute
        self.refused = (*self.refused, str(filename))
        return NOWHERE, os.fspath(self.srcdir / NOWHERE)


def leave_links(app: Sphinx, config: Config) -> None:
    """Enter no folder that is a link, which Sphinx would follow anywhere, and read no state of ours from elsewhere."""
    source = Path(app.srcdir)
    links = [(Path(root) / name).relative_to(source).as_posix() for root, folders, _ in os.walk(source)
             for name in folders if (Path(root) / name).is_symlink()]
    # Taken literally: a name may hold what means more in a pattern.
    config.exclude_patterns += sorted(re.sub(r"[*?[]", r"[\g<0>]", name) for name in links)
    for name in (catalogue.FILE, digests.FILE, reviews.FILE, *(
            path.relative_to(source).as_posix() for path in (source / reviews.FOLDER).glob("*.jsonl"))):
        if (source / name).exists() and not is_own(source, source / name):
            raise ConfigError(str(EditionError("is a link that leads out of the edition", where=source / name,
                                               remedy="put the file itself there")))


class ConfinedTable(tables.CSVTable):
    """A table from a file of the edition, and of no address."""

    def run(self) -> list[nodes.Node]:
        """Make the table, or say what is not read."""
        env, name = self.state.document.settings.env, self.options.get("file")
        if name is not None:
            relative, self.options["file"] = env.relfn2path(name)
        if "url" in self.options or (name is not None and relative == NOWHERE):
            return _not_read(env, str(self.options.get("url", name)), self.lineno)
        made: list[nodes.Node] = super().run()
        return made


class WrittenRaw(misc.Raw):
    """Raw text that stands in the page itself, and in no other file."""

    def run(self) -> list[nodes.Node]:
        """Take the text, or say what is not read."""
        for option in ("file", "url"):
            if option in self.options:
                return _not_read(self.state.document.settings.env, str(self.options[option]), self.lineno)
        made: list[nodes.Node] = super().run()
        return made


def _not_read(env: BuildEnvironment, name: str, line: int) -> list[nodes.Node]:
    report(env, env.current_document.docname, Lint.SOURCE_OUTSIDE, f"{name} is not read", line)
    return []


def refuse(app: Sphinx, doctree: nodes.document) -> None:
    """Take out pictures and downloads that lie outside, and name whatever the document asked for there."""
    env, docname = app.env, app.env.current_document.docname
    assert isinstance(env, Confined)
    named = {found.message.removesuffix(" is not read") for found in findings(env).get(docname, ())}
    asked = {name: None for name in env.refused if name not in named}
    for node in list(instances(doctree, nodes.image, addnodes.download_reference)):
        name = str(node["uri"] if isinstance(node, nodes.image) else node["reftarget"])
        if name.startswith("data:") or "://" in name or env.relfn2path(name, docname)[0] != NOWHERE:
            continue
        asked.pop(name, None)
        report(env, docname, Lint.SOURCE_OUTSIDE, f"{name} is not shown", node)
        instead(node)
    lines = Path(env.doc2path(docname)).read_text("utf-8", "replace").split("\n") if asked else []
    for name in asked:
        line = next((number for number, said in enumerate(lines, 1) if name in said), None)
        report(env, docname, Lint.SOURCE_OUTSIDE, f"{name} is not read", line)
    env.refused = ()


def instead(node: nodes.Element, said: nodes.Node | None = None) -> None:
    """Put in place of a picture or a download *said*, or what it says itself; text gets a paragraph where it needs one.

    A picture may be all of a link that stands by itself, which then must stand in a paragraph.
    """
    if said is None:
        own = [nodes.Text(str(node.get("alt", "")))] if isinstance(node, nodes.image) else list(node.children)
        said = nodes.inline("", "", *own)
    alone = node.parent if isinstance(node.parent, nodes.reference) else node
    if isinstance(alone.parent, nodes.TextElement):
        node.replace_self(said)
        return
    around = nodes.paragraph()
    alone.replace_self(around)
    if alone is not node:
        node.replace_self(said)
    around += said if alone is node else alone


def forget_outside(app: Sphinx, env: BuildEnvironment) -> None:
    """Copy no file into the site that is a link leading out, by whatever way it came to be shown."""
    source = Path(app.srcdir)
    held: tuple[dict[Any, Any], ...] = (env.images, env.dlfiles)
    for files in held:
        for name in [name for name in files if (source / name).exists() and not is_own(source, source / name)]:
            for docname in sorted(files.pop(name)[0]):
                report(env, docname, Lint.SOURCE_OUTSIDE, f"{name} is a link that leads out; it is not shown")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what is refused; :mod:`ext.build.boundary` lets the environment be a confined one."""
    app.add_directive("csv-table", ConfinedTable, override=True)
    app.add_directive("raw", WrittenRaw, override=True)
    app.connect("config-inited", leave_links)
    app.connect("doctree-read", refuse, priority=100)
    app.connect("env-updated", forget_outside, priority=0)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
