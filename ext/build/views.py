"""What pages show of other documents: a page is rewritten when that changed, and only then.

Sphinx does not refresh a page because another document changed. A view names something that pages show (the audit,
links between posts, …) and gives, for every page that shows it, a digest of what it shows there. The digests last
written are kept beside the output, not in the environment, because builders that share doctrees each have an
output of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector

from ext.build.written import ledger

#: For each page by its name, a digest of what the view shows on it.
Digests = Callable[[Sphinx], Mapping[str, str]]


def add_view(app: Sphinx, name: str, digests: Digests) -> None:
    """Register the view *name*; *digests* is asked once a build, after all documents were read."""
    app.setup_extension("ext.build.views")
    app.registry.zhushu_views[name] = digests  # type: ignore[attr-defined]


def shows(env: BuildEnvironment, name: str) -> None:
    """Note that the document being read shows the view *name*."""
    _documents(env).setdefault(env.current_document.docname, set()).add(name)


def showing(env: BuildEnvironment, name: str) -> list[str]:
    """Return the documents that :func:`shows` was called for."""
    return sorted(docname for docname, names in _documents(env).items() if name in names)


class ViewCollector(EnvironmentCollector):
    """Know which documents show which views."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a document that is read again or gone."""
        _documents(env).pop(docname, None)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: Set[str], other: BuildEnvironment
    ) -> None:
        """Take over what a parallel reader noted."""
        theirs = _documents(other)
        _documents(env).update({name: theirs[name] for name in docnames if name in theirs})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Do nothing: directives note their views themselves."""


def outdated(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Return the documents that show something else than what was last written into this output folder."""
    app.zhushu_digests = {  # type: ignore[attr-defined]
        name: dict(ask(app)) for name, ask in app.registry.zhushu_views.items()}  # type: ignore[attr-defined]
    pages = [ledger(app, name).begin(digests)
             for name, digests in app.zhushu_digests.items()]  # type: ignore[attr-defined]
    return sorted(set().union(*pages) & env.found_docs)


def remember(app: Sphinx, error: Exception | None) -> None:
    """Write down what the finished build shows."""
    if error is None:
        for name, digests in getattr(app, "zhushu_digests", {}).items():
            ledger(app, name).finish(digests)


def _documents(env: BuildEnvironment) -> dict[str, set[str]]:
    if not hasattr(env, "zhushu_view_documents"):
        env.zhushu_view_documents = {}  # type: ignore[attr-defined]
    return env.zhushu_view_documents  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the views' bookkeeping."""
    app.registry.zhushu_views = {}  # type: ignore[attr-defined]
    app.add_env_collector(ViewCollector)
    app.connect("env-get-updated", outdated)
    app.connect("build-finished", remember)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
