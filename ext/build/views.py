"""What pages show of other documents: a page is rewritten when that changed, and only then.

Sphinx does not refresh a page because another document changed. A view names something that pages show (the audit,
links between posts, …) and gives, for every page that shows it, a digest of what it shows there. The digests last
written are kept beside the output, not in the environment, because builders that share doctrees each have an
output of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.build.kept import KeptCollector, kept
from ext.build.once import once
from ext.build.written import ledger

#: For each page by its name, a digest of what the view shows on it.
Digests = Callable[[Sphinx], Mapping[str, str]]

_TABLE = "views"


def add_view(app: Sphinx, name: str, digests: Digests) -> None:
    """Register the view *name*; *digests* is asked once a build, after all documents were read."""
    app.setup_extension("ext.build.views")
    _views(app)[name] = digests


def shows(env: BuildEnvironment, name: str) -> None:
    """Note that the document being read shows the view *name*."""
    _documents(env).setdefault(env.current_document.docname, set()).add(name)


def showing(env: BuildEnvironment, name: str) -> list[str]:
    """Return the documents that :func:`shows` was called for."""
    return sorted(docname for docname, names in _documents(env).items() if name in names)


class ViewCollector(KeptCollector):
    """Know which documents show which views; directives note them."""

    table = _TABLE


def outdated(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Return the documents that show something else than what was last written into this output folder."""
    pages = [ledger(app, name).begin(digests) for name, digests in _now(app).items()]
    return sorted(set().union(*pages) & env.found_docs)


def remember(app: Sphinx, error: Exception | None) -> None:
    """Write down what the finished build shows."""
    if error is None:
        for name, digests in _now(app).items():
            ledger(app, name).finish(digests)


@once
def _views(app: Sphinx) -> dict[str, Digests]:
    return {}


@once
def _now(app: Sphinx) -> dict[str, dict[str, str]]:
    """Return what every view shows in this build, by page."""
    return {name: dict(ask(app)) for name, ask in _views(app).items()}


def _documents(env: BuildEnvironment) -> dict[str, set[str]]:
    return kept(env, _TABLE)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the views' bookkeeping."""
    app.add_env_collector(ViewCollector)
    app.connect("env-get-updated", outdated)
    app.connect("build-finished", remember)
    return {"version": "1", "env_version": 2, "parallel_read_safe": True, "parallel_write_safe": True}
