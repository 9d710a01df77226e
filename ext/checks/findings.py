"""Findings: what the build noticed about each document, kept for the audit, with a warning for mistakes.

Any extension calls :func:`report`. A finding made while its document is being read stays with that
document until it is read again. One made afterwards, in ``env-updated`` or ``env-get-updated`` (what
only shows when all documents are known), is dropped before the next build, which finds it again.
Nothing may be reported while pages are written: parallel writers could not hand it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util import logging

from ext.build.kept import KeptCollector, kept
from ext.edition.checks.lint import Finding, Lint, Severity
from ext.posts.origin import of_the_blog

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)


#: What reading one document showed, apart from what all documents together showed.
_READ, _CHECKED = "findings", "findings of all"


def _found(env: BuildEnvironment, table: str) -> dict[str, tuple[Finding, ...]]:
    return kept(env, table)


def findings(env: BuildEnvironment) -> Mapping[str, tuple[Finding, ...]]:
    """Return the findings of every document that has any, by document name, in order of line."""
    read, checked = _found(env, _READ), _found(env, _CHECKED)
    return {
        docname: tuple(
            sorted(
                (*read.get(docname, ()), *checked.get(docname, ())),
                key=lambda found: (found.line or 0, found.subtype, found.message),
            )
        )
        for docname in sorted(read.keys() | checked.keys())
    }


def report(
    env: BuildEnvironment, docname: str, lint: Lint, message: str, where: nodes.Node | int | None = None, *,
    theirs: bool = False,
) -> None:
    """Record a finding about ``docname`` and, when the lint is a mistake, warn with its place and its remedy.

    ``where`` is a line of the source or a node that knows its line. The same finding is recorded once. A mistake in
    the blog's own text is recorded and does not warn: a node shows whether it is, of a line it is said by ``theirs``.
    """
    line = where if where is None or isinstance(where, int) else line_of(where)
    found = Finding(line=line, subtype=lint, message=message)
    side = _found(env, _READ if env.current_document.docname == docname else _CHECKED)
    if found in side.get(docname, ()):
        return
    side[docname] = (*side.get(docname, ()), found)
    theirs = theirs or (isinstance(where, nodes.Node) and of_the_blog(where))
    if lint.severity is Severity.MISTAKE and not theirs:
        location = (docname, line) if line else docname
        logger.warning("%s; %s", message, lint.remedy, type="zhushu", subtype=str(lint), location=location)


def line_of(node: nodes.Node) -> int | None:
    """Return the source line of ``node``, or of the nearest ancestor that knows one."""
    current: nodes.Node | None = node
    while current is not None:
        if current.line:
            return int(current.line)
        current = current.parent
    return None


class FindingsCollector(KeptCollector):
    """Keep the findings of a document exactly as long as its reading; they are reported while it is read."""

    table = _READ


def _drop_checked(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Forget what the last build found about all documents together; this build looks again."""
    _found(env, _CHECKED).clear()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the findings of the edition."""
    app.add_env_collector(FindingsCollector)
    app.connect("env-before-read-docs", _drop_checked, priority=100)
    return {"version": "1", "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
