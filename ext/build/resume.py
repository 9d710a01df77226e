"""Carry on from whatever the last build left: one that was killed, one by another builder, files that were missing.

Sphinx reads a document again when its source is newer than its reading, and writes a page when the source is newer
than the page. That is not enough. A page may be newer and half written; its document may have been read again for
another reason, or for the audit; the documents that a killed build was reading may be stored half. And what a document
would include but is not there makes Sphinx read it in every build.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Set
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.environment import BuildEnvironment

from ext.build.contents import PAGES, digests
from ext.build.kept import KeptCollector, kept
from ext.build.written import FOLDER, ledger
from ext.edition.site.files import read_state, write_atomic
from ext.site.settings import writes_site

#: The documents that are being read, beside the doctrees.
READING = "reading.json"
#: There from the beginning of a build to its end.
UNFINISHED = f"{FOLDER}/unfinished"
#: What a killed build leaves in the output folder: files and indexes that were not yet put in their places, and
#: what Sphinx compares its configuration with, at half of which it stops; :func:`digests` knows the same.
_LEAVINGS = ("**/.*.tmp", ".index-*", ".buildinfo")

_TABLE = "missing"


class MissingCollector(KeptCollector):
    """Know what each document would include but is not there; Sphinx takes that for a change in every build.

    It is noted by :func:`set_missing_aside`, after others noted what the document depends on.
    """


    table = _TABLE


def set_missing_aside(app: Sphinx, doctree: nodes.document) -> None:
    """Take what is not there out of what the document depends on."""
    env, docname = app.env, app.env.current_document.docname
    missing = {path for path in env.dependencies.get(docname, ()) if not os.path.isfile(path)}
    if missing:
        env.dependencies[docname] -= missing
        _missing(env)[docname] = frozenset(str(path) for path in missing)


def begun(app: Sphinx, env: BuildEnvironment, added: Set[str], changed: Set[str], removed: Set[str]) -> Set[str]:
    """Return the documents that a killed build was reading, and those for which something is there by now."""
    arrived = {name for name, paths in _missing(env).items() if any(map(os.path.isfile, paths))}
    return _reading(app) | arrived


def begin_reading(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Note what is going to be read, until the environment that knows it is stored."""
    if docnames:
        write_atomic(Path(app.doctreedir) / READING, json.dumps(sorted(_reading(app).union(docnames))))


def end_reading(app: Sphinx, builder: Builder) -> None:
    """Strike off what was read: documents and environment are stored."""
    (Path(app.doctreedir) / READING).unlink(missing_ok=True)


def _reading(app: Sphinx) -> set[str]:
    return read_state(Path(app.doctreedir) / READING, set[str]) or set()


def outdated(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Return the documents whose pages in this folder are of another reading, or may be half written."""
    return sorted(ledger(app, PAGES).begin(digests(app)) & env.found_docs)


def start(app: Sphinx) -> None:
    """Sweep up what an unfinished build left in the output folder, and note that this one is not finished."""
    out = Path(app.outdir)
    if (out / UNFINISHED).exists():
        for path in [path for pattern in _LEAVINGS for path in out.glob(pattern)]:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    write_atomic(out / UNFINISHED, "")


def finish(app: Sphinx, error: Exception | None) -> None:
    """Note what the pages show, and remove those of documents that are gone."""
    if error is None:
        gone = ledger(app, PAGES).finish(digests(app))
        if writes_site(app.builder):
            for name in gone:
                app.builder.get_output_path(name).unlink(missing_ok=True)


def end(app: Sphinx, error: Exception | None) -> None:
    """Note that the build is finished, after everything else."""
    if error is None:
        (Path(app.outdir) / UNFINISHED).unlink(missing_ok=True)


def _missing(env: BuildEnvironment) -> dict[str, frozenset[str]]:
    return kept(env, _TABLE)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the bookkeeping."""
    app.add_env_collector(MissingCollector)
    app.connect("builder-inited", start)
    app.connect("env-get-outdated", begun)
    app.connect("env-before-read-docs", begin_reading)
    app.connect("doctree-read", set_missing_aside, priority=900)
    app.connect("env-get-updated", outdated)
    app.connect("write-started", end_reading)
    app.connect("build-finished", finish)
    app.connect("build-finished", end, priority=950)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
