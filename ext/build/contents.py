"""Go by what files hold where their times say nothing: a checkout makes every file new, and changes few.

Sphinx reads a document again when a file that it depends on is newer than its reading, and writes a page again when its
source or a template is newer than the page. With the folder ``build`` of an earlier build (a cache of CI, of Read the
Docs) that would be everything. What was read is known by its digest; what holds the same is taken for as old as it was.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.build.kept import KeptCollector, kept
from ext.build.once import once
from ext.build.written import ledger
from ext.site.settings import STATIC, writes_site

#: The ledger of the pages of documents.
PAGES = "documents"
_TABLE = "contents"


@dataclass(frozen=True, slots=True)
class Reading:
    """When a document was read (microseconds since the epoch), and the digests of the files that it was read from."""

    time: int
    files: Mapping[str, str]

    def is_of_today(self) -> bool:
        """Tell whether all files hold what they held; one that is gone does not."""
        return all(digest(Path(path)) == known for path, known in self.files.items())

    def newest(self) -> int:
        """Return when the file that changed last did."""
        return max(map(_time, self.files))


class ContentCollector(KeptCollector):
    """Know from what every document was read; :func:`note` says it when all is known that it depends on."""

    table = _TABLE


def digest(path: Path) -> str:
    """Return a digest of a file; empty where there is none that can be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    except OSError:
        return ""


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Note when and from what the document at hand is read."""
    env, docname = app.env, app.env.current_document.docname
    used = (os.path.join(app.srcdir, path) for path in env.dependencies.get(docname, ()))
    files = {path: digest(Path(path)) for path in sorted({str(env.doc2path(docname)), *used})}
    readings(env)[docname] = Reading(_now(), files)


def readings(env: BuildEnvironment) -> dict[str, Reading]:
    """Return what is known of the last reading of every document."""
    return kept(env, _TABLE)


def forgive(app: Sphinx) -> None:
    """Take documents and pages whose files are newer, and the same, for as new as those."""
    for docname, reading in readings(app.env).items():
        since = app.env.all_docs.get(docname)
        if since is not None and reading.newest() > since and reading.is_of_today():
            app.env.all_docs[docname] = max(_now(), reading.newest())
    if not writes_site(app.builder):
        return
    app.builder.templates.newest_template_mtime = lambda: newest_template(app)
    before, template = ledger(app, PAGES).read(), int(newest_template(app) * 10**6)
    for docname, now in digests(app).items():
        page, newest = app.builder.get_output_path(docname), max(template, readings(app.env)[docname].newest())
        if now == before.get(docname) and 0 < _time(page) < newest:
            os.utime(page, ns=(newest * 1000, newest * 1000))


def digests(app: Sphinx) -> dict[str, str]:
    """Return, for the page of every document, a digest of the reading it is made from and of what is on all pages."""
    if not writes_site(app.builder):
        return {}
    return {name: f"{_look(app)} {reading.time}" for name, reading in readings(app.env).items()}


@once
def _templates(app: Sphinx) -> Mapping[str, float]:
    """Return all templates, each with when it changed (seconds): Sphinx looks for them each time that it asks."""
    folders = app.builder.templates.pathchain if hasattr(app.builder, "templates") else ()
    paths = (os.path.join(root, name) for folder in folders for root, _, names in os.walk(folder) for name in names
             if name.endswith(".html"))
    return {path: os.stat(path).st_mtime_ns / 10**9 for path in paths}


def newest_template(app: Sphinx) -> float:
    """Return when the newest template changed; 0 for a builder without any."""
    return max(_templates(app).values(), default=0)


@once
def _look(app: Sphinx) -> str:
    """Return a digest of templates, of what is loaded by every page, and of the settings that pages depend on."""
    builder = app.builder
    assert writes_site(builder)
    # The addresses by which pages load the static files hold the checksums of those.
    look = hashlib.sha256(repr((builder.build_info.config_hash, builder.build_info.tags_hash)).encode())
    for path in sorted({*map(str, STATIC.rglob("*.*")), *_templates(app)}):
        look.update(Path(path).read_bytes())
    return look.hexdigest()[:16]


def _time(path: str | os.PathLike[str]) -> int:
    """Return when a file changed, in microseconds since the epoch rounded up, as Sphinx does; 0 where there is none."""
    try:
        return -(os.stat(path).st_mtime_ns // -1000)
    except OSError:
        return 0


def _now() -> int:
    return time.time_ns() // 1000


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the bookkeeping."""
    app.add_env_collector(ContentCollector)
    app.connect("builder-inited", forgive, priority=900)
    app.connect("doctree-read", note, priority=950)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
