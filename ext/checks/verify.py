"""Run the checks that annotations carry: ``make verify`` builds with the builder ``verify``.

A check is a ``testcode`` block with its ``testoutput``, see sphinx.ext.doctest. Only code that the edition's own
people wrote is run, see :mod:`ext.edition.checks.ours`; what is not run is named with the reason.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.ext.doctest import DocTestBuilder

from ext.checks.findings import line_of
from ext.edition.checks.ours import Code, Writers
from ext.edition.posts import catalogue
from ext.edition.posts.measures import PostRecord
from ext.edition.site.errors import EditionError
from ext.posts.measure import records
from ext.posts.origin import origin_of

#: How doctest names a place whose line it doesn't know; the line is in the name then.
_PLACE = re.compile(r'File "([^"\n]+:\d+)", line \?, in (\S+)')


class VerifyBuilder(DocTestBuilder):
    """Run the checks of every document; any failure makes the exit status 1 and is named with file and line."""

    name = "verify"
    epilog = "What was checked is in %(outdir)s/output.txt."
    def init(self) -> None:
        """Learn which posts are a stranger's."""
        super().init()
        source = Path(self.srcdir)
        try:
            self._writers = Writers(source, catalogue.load(source))
        except EditionError as error:
            raise ConfigError(str(error)) from error
        self._record: PostRecord | None = None

    def test_doc(self, docname: str, doctree: nodes.Node) -> bool:
        """Run the checks of one document."""
        self._record = records(self.env)[docname]
        return super().test_doc(docname, doctree)

    def skipped(self, node: nodes.Element) -> bool:
        """Return whether a block is not run: it may be a stranger's, or says itself that it is to be skipped."""
        assert self._record is not None
        texts = (node.astext(), node.get("test", ""), node.get("skipif") or "")
        code = Code(texts, Path(node.source or ""), origin_of(node) == "added")
        try:
            doubt = self._writers.doubt(self._record.docname, self._record.id, self._record.origin, code)
        except EditionError as error:
            doubt = error.what
        if doubt:
            self._warn_out(f"{node.source}:{line_of(node)}: not run: {doubt}\n")
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
