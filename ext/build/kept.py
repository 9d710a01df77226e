"""What is kept of each document with the environment: one table by document name for each extension."""

from __future__ import annotations

from collections.abc import Set
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector

#: The one attribute that the edition hangs on an environment.
_KEPT = "zhushu_kept"


def kept(env: BuildEnvironment, table: str) -> dict[str, Any]:
    """Return a table of ``env`` by its name, which lives as long as the pickled environment."""
    found: dict[str, Any] = env.__dict__.setdefault(_KEPT, {}).setdefault(table, {})
    return found


class KeptCollector(EnvironmentCollector):
    """Keep a record for each document that has one; ``process_doc`` of each extension says what, or a directive."""

    #: The name of the table.
    table: ClassVar[str]

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a document that is read again or gone."""
        kept(env, self.table).pop(docname, None)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: Set[str], other: BuildEnvironment
    ) -> None:
        """Take over what a parallel reader found in its documents."""
        theirs = kept(other, self.table)
        kept(env, self.table).update({name: theirs[name] for name in docnames if name in theirs})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Do nothing, where what is kept is noted while the document is read."""
