"""Read a few documents in one process, whatever ``-j`` says: another would send back all that it knows."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from ext.build.once import once

#: How many documents are read faster than what is known of the others is sent, and which part of all they are at most.
FEW, PART = 8, 1 / 4


def read_alone(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Set the processes aside when there is little to read."""
    _asked(app)
    if len(docnames) <= min(FEW, PART * len(env.all_docs)):
        app.parallel = 1


def write_together(app: Sphinx, env: BuildEnvironment) -> None:
    """Let as many processes write as were asked for."""
    app.parallel = _asked(app)


@once
def _asked(app: Sphinx) -> int:
    """Return how many processes were asked for, before one was made of them."""
    return app.parallel


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the choice."""
    app.connect("env-before-read-docs", read_alone)
    app.connect("env-updated", write_together)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
