"""Keep the compiled templates beside the doctrees: compiling them takes longer than writing a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import FileSystemBytecodeCache
from sphinx.application import Sphinx

from ext.audit import texts

FOLDER = "templates"


def keep(app: Sphinx) -> None:
    """Let the templates of the site and of the audit share one cache; it knows a template by its text."""
    folder = Path(app.doctreedir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    cache = FileSystemBytecodeCache(str(folder))
    texts.templates().bytecode_cache = cache
    if app.builder.format == "html":
        app.builder.templates.environment.bytecode_cache = cache


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the cache."""
    app.setup_extension("ext.audit")
    app.connect("builder-inited", keep)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
