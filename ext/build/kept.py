"""What is kept of each document with the environment: one table by document name for each extension."""

from __future__ import annotations

from collections.abc import Set
from typing import Any, ClassVar

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector


def kept(env: BuildEnvironment, table: str) -> dict[str, Any]:
    """Return a table of ``env`` by its name, which lives as long as the pickled environment."""
    found: dict[str, Any] = env.__dict__.setdefault(table, {})
    return found


class KeptCollector(EnvironmentCollector):
    """Keep a record for each document that has one; what it is says :meth:`process_doc` of each extension."""

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
