"""Pages that show something of all documents: rewritten when what they show changed, and only then.

Sphinx does not refresh a page because another document changed. A view has a name and a digest of what it shows;
a directive calls :func:`shows` on the document it stands in. The digest last written is kept beside the output,
not in the environment, because builders that share doctrees each have an output of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector

from ext.edition.files import write_atomic

Digest = Callable[[Sphinx], str]


def add_view(app: Sphinx, name: str, digest: Digest) -> None:
    """Register the view *name*; *digest* is asked once a build, after all documents were read."""
    app.setup_extension("ext.views")
    app.registry.zhushu_views[name] = digest  # type: ignore[attr-defined]


def shows(env: BuildEnvironment, name: str) -> None:
    """Note that the document being read shows the view *name*."""
    _documents(env).setdefault(env.current_document.docname, set()).add(name)


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
    """Return the documents whose views differ from what was last written into this output folder."""
    digests = {name: digest(app) for name, digest in app.registry.zhushu_views.items()}  # type: ignore[attr-defined]
    app.zhushu_digests = digests  # type: ignore[attr-defined]
    changed = {name for name, digest in digests.items() if _stamp(app, name) != digest}
    return sorted(docname for docname, names in _documents(env).items() if names & changed)


def remember(app: Sphinx, error: Exception | None) -> None:
    """Write down what the finished build shows; an interrupted one leaves the old stamps and is done again."""
    if error is None:
        for name, digest in getattr(app, "zhushu_digests", {}).items():
            write_atomic(_path(app, name), digest)


def _path(app: Sphinx, name: str) -> Path:
    return Path(app.outdir) / ".views" / name


def _stamp(app: Sphinx, name: str) -> str:
    path = _path(app, name)
    return path.read_text("utf-8") if path.is_file() else ""


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
