"""Leave little garbage and collect it between documents, in a process that is there to build an edition alone.

A document, whose nodes hold each other, is taken apart when it is done. Its other garbage is full of cycles, and what
outlives it stays to the end of the build: a collector that looks at everything again after so many new objects works
all the time and frees little.
Nothing here changes a page. A program that only loads our extensions keeps its own collector, as tests and servers do.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import os
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder

from ext.build.walks import every, such
from ext.edition.site.config import find
from ext.edition.site.errors import EditionError

#: Documents until the garbage of those that were read or written is collected: 0.4 MB each.
DOCUMENTS = 16
#: Documents that every process reads and writes before it begins to collect; what they leave stays to the end.
STAYING = 48
#: Documents that stay in memory until they are written. Those after them are taken from their files, as after a build
#: that read nothing: an edition may have any number of posts, and to collect around them costs as much as to load them.
AT_HAND = 8
#: What this process is linked with, where that can be asked.
_C = ctypes.CDLL(None) if os.name == "posix" else None
#: The programs that build once and end: as modules, and as scripts.
_PROGRAMS = frozenset({"sphinx.__main__", "sphinx.cmd.build", "sphinx-build", "sphinx-build.exe"})


class Garbage:
    """Collect the garbage of documents between them, of every process by itself."""

    def __init__(self) -> None:
        """Begin to count."""
        self._process = os.getpid()
        self._documents = 0

    def between(self) -> None:
        """Clear up after a document that is done, before another is begun: what is kept now stays."""
        if self._due():
            gc.collect()
            _give_back()
            gc.freeze()

    def anew(self) -> None:
        """Count from the beginning; what is there now stays."""
        self._documents = 0
        gc.freeze()

    def _due(self) -> bool:
        if os.getpid() != self._process:
            self._process = os.getpid()
            self.anew()
        self._documents += 1
        return self._documents > STAYING and self._documents % DOCUMENTS == 0


def _give_back() -> None:
    """Let the memory of what is gone be the system's again, where the C library can: between what stays it is not.

    Pages are large texts that are made and gone one after another, and a third of a megabyte of each would stay.
    """
    trim = getattr(_C, "malloc_trim", None)  # of glibc alone
    if trim is not None:
        trim(0)


def watch(app: Sphinx) -> None:
    """Clear up before every document that is read or resolved, whichever way it comes to that."""
    garbage, read, store, write = Garbage(), app.builder.read_doc, app.builder.write_doctree, app.builder.write_doc

    def read_doc(docname: str, *, _cache: bool = True) -> None:
        garbage.between()
        read(docname, _cache=_cache)

    def write_doctree(docname: str, doctree: nodes.document, *, _cache: bool = True) -> None:
        # Sphinx's own, for as long as it keeps them.
        keeps = _cache and len(getattr(app.env, "_write_doc_doctree_cache", {})) < AT_HAND
        store(docname, doctree, _cache=keeps)
        if not keeps:
            take_apart(doctree)

    def write_doc(docname: str, doctree: nodes.document) -> None:
        write(docname, doctree)
        take_apart(doctree)

    def begin_writing(app: Sphinx, builder: Builder) -> None:
        resolve = app.env.get_and_resolve_doctree

        def resolved(*given: Any, **named: Any) -> nodes.document:
            garbage.between()
            return resolve(*given, **named)

        garbage.anew()
        app.env.get_and_resolve_doctree = resolved  # type: ignore[method-assign]

    app.builder.read_doc = read_doc  # type: ignore[method-assign, misc]
    app.builder.write_doctree = write_doctree  # type: ignore[method-assign, misc]
    app.builder.write_doc = write_doc  # type: ignore[method-assign]
    app.connect("write-started", begin_writing)


def take_apart(doctree: nodes.document) -> None:
    """Let a document that is stored or written be gone at once: its nodes hold each other, as only the collector tells.

    What was copied from it stays as it is; sections are also held by the parser, which is garbage itself.
    """
    for node in such(doctree, every):
        node.parent = None
        if isinstance(node, nodes.section):
            node.children = []
    vars(doctree).clear()
    doctree.children = []


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
        app.connect("builder-inited", watch)
        app.connect("env-before-read-docs", keep)
        app.connect("build-finished", end, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
