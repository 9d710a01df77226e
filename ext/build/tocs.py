"""Keep the table of contents of every document as it was pickled, until its page is written.

They are trees of docutils, half of what a stored environment takes to load and to store, and of its memory; after an
edit a build asks for one of them.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, MutableMapping

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata


class Tocs(MutableMapping[str, nodes.bullet_list]):
    """The tables of contents by document: those that were asked for or made, and the others as bytes."""

    def __init__(self, trees: Mapping[str, nodes.bullet_list]) -> None:
        """Begin with what an environment has."""
        self._trees = dict(trees)
        self._stored: dict[str, bytes] = {}

    def __getitem__(self, docname: str) -> nodes.bullet_list:
        if docname in self._stored:
            self._trees[docname] = pickle.loads(self._stored.pop(docname))  # noqa: S301 - of our own environment
        return self._trees[docname]

    def __setitem__(self, docname: str, toc: nodes.bullet_list) -> None:
        self._stored.pop(docname, None)
        self._trees[docname] = toc

    def __delitem__(self, docname: str) -> None:
        if self._stored.pop(docname, None) is None:
            del self._trees[docname]

    def __contains__(self, docname: object) -> bool:
        return docname in self._stored or docname in self._trees

    def __iter__(self) -> Iterator[str]:
        return iter([*self._stored, *self._trees])  # to look at one moves it

    def __len__(self) -> int:
        return len(self._stored) + len(self._trees)

    def waiting(self) -> int:
        """Return how many nobody has asked for."""
        return len(self._stored)

    def __getstate__(self) -> dict[str, object]:
        made = {docname: pickle.dumps(toc, pickle.HIGHEST_PROTOCOL) for docname, toc in self._trees.items()}
        return {"_trees": {}, "_stored": self._stored | made}


def keep(app: Sphinx) -> None:
    """Let the environment that is there, new or stored, keep them so."""
    if not isinstance(app.env.tocs, Tocs):
        app.env.tocs = Tocs(app.env.tocs)  # type: ignore[assignment]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Take the environment's place for tables of contents."""
    app.connect("builder-inited", keep, priority=0)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
