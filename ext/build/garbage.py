"""Collect garbage between documents, in a process that is there to build an edition and for nothing else.

A document leaves its garbage, which is full of cycles, when it is done, and what outlives it stays to the end of the
build: a collector that looks at everything again after so many new objects works all the time and frees little.
Nothing here changes a page. A program that only loads our extensions keeps its own collector, as tests and servers do.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from ext.edition.site.config import find
from ext.edition.site.errors import EditionError

#: Documents until the garbage of a parallel reader is collected, and that of those that write.
DOCUMENTS, WAITING = 12, 12
#: Documents whose garbage stays when they are read: 1.4 MB each, and a tenth of the time.
STAYING = 16
#: Documents that stay in memory until they are written. Those after them are taken from their files, as after a build
#: that read nothing: an edition may have any number of posts.
AT_HAND = 64
#: The programs that build once and end: as modules, and as scripts.
_PROGRAMS = frozenset({"sphinx.__main__", "sphinx.cmd.build", "sphinx-build", "sphinx-build.exe"})


class Garbage:
    """Collect the garbage of documents: of each that is read after many, of some that are written or read apart."""

    def __init__(self) -> None:
        """Begin to count."""
        self._build = self._process = os.getpid()
        self._documents = 0

    def read(self, app: Sphinx, docname: str, source: list[str]) -> None:
        """Begin a document; what outlives the one before stays until the build, or the parallel reader, is done."""
        if os.getpid() != self._process:
            self._process = os.getpid()
            gc.freeze()
        alone = self._process == self._build
        # Sphinx's own, for as long as it keeps them.
        waiting: dict[str, nodes.document] = getattr(app.env, "_write_doc_doctree_cache", {})
        if len(waiting) > AT_HAND:
            waiting.popitem()  # the one that was read last
        due = self._counted(1 if alone else DOCUMENTS)
        if due and not (alone and self._documents <= STAYING):
            gc.collect()
        if due:
            gc.freeze()

    def written(self, app: Sphinx, doctree: nodes.document, docname: str) -> None:
        """Count a document that is about to be written."""
        if self._counted(WAITING):
            gc.collect()

    def _counted(self, most: int) -> bool:
        self._documents += 1
        return self._documents % most == 0


def keep(app: Sphinx, *_: object) -> None:
    """Look no more at what is there now: it stays."""
    gc.freeze()


def end(app: Sphinx, error: Exception | None) -> None:
    """Collect garbage as usual after a build."""
    gc.unfreeze()
    gc.enable()


def builds_an_edition(app: Sphinx) -> bool:
    """Tell whether this process is a ``sphinx-build`` of an edition, whose garbage is ours alone."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    program = spec.name if spec is not None else Path(getattr(main, "__file__", None) or "").name
    try:
        find(Path(app.srcdir))
    except EditionError:
        return False
    return program in _PROGRAMS


def setup(app: Sphinx) -> dict[str, Any]:
    """Collect no garbage while extensions are loaded, for they make none, and register when it is collected."""
    if builds_an_edition(app):
        gc.disable()
        # Nor when the process ends: all that is about to be gone would be gone through once more, a fifth of a build.
        atexit.register(gc.freeze)
        garbage = Garbage()
        app.connect("env-before-read-docs", keep)
        app.connect("source-read", garbage.read, priority=1)
        app.connect("env-updated", keep, priority=1)
        app.connect("doctree-resolved", garbage.written, priority=1)
        app.connect("build-finished", end, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
