"""Run the checks that annotations carry: ``make verify`` builds with the builder ``verify``.

A check is a ``testcode`` block with its ``testoutput``, see sphinx.ext.doctest. Only code that the edition's own
people wrote is run: what stands in an annotation, in a post of our own, or in a page that is no post. Code in the
original of a fetched post is never run, whatever it calls itself.
"""

from __future__ import annotations

import os
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.doctest import DocTestBuilder

from ext.checks.findings import line_of
from ext.posts.measure import records
from ext.posts.origin import origin_of

#: How doctest names a place whose line it doesn't know; the line is in the name then.
_PLACE = re.compile(r'File "([^"\n]+:\d+)", line \?, in (\S+)')


def ours(env: BuildEnvironment, docname: str) -> bool:
    """Return whether all of a document is the edition's own writing; in doubt it is not."""
    record = records(env).get(docname)
    return record is not None and (not record.is_post or record.origin == "local")


class VerifyBuilder(DocTestBuilder):
    """Run the checks of every document; any failure makes the exit status 1 and is named with file and line."""

    name = "verify"
    epilog = "What was checked is in %(outdir)s/output.txt."
    _ours = False

    def test_doc(self, docname: str, doctree: nodes.Node) -> bool:
        """Run the checks of one document."""
        self._ours = ours(self.env, docname)
        return super().test_doc(docname, doctree)

    def skipped(self, node: nodes.Element) -> bool:
        """Return whether a block is not run: it is not ours, or says itself that it is to be skipped."""
        if not self._ours and origin_of(node) == "original":
            self._warn_out(f"{node.source}:{line_of(node)}: not run: it stands in the original of a fetched post\n")
            return True
        return super().skipped(node)

    def get_filename_for_node(self, node: nodes.Node, docname: str) -> str:
        """Return file and line of a block, as an editor opens them."""
        path = os.path.relpath(self.env.doc2path(docname))
        return f"{path}:{line_of(node) or 1}"

    @staticmethod
    def get_line_number(node: nodes.Node) -> int | None:
        """Return nothing: Sphinx adds the line to itself; it is part of the name instead."""
        return None

    def _warn_out(self, text: str) -> None:
        super()._warn_out(_PLACE.sub(r"\1: this check fails (group \2)", text))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder."""
    for extension in ("sphinx.ext.doctest", "ext.posts.measure", "ext.annotations.annotating"):
        app.setup_extension(extension)
    app.add_builder(VerifyBuilder)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
