"""Let front matter say what a page is and nothing else: a file sets no options of the parser and adds no markup.

The parser takes ``myst:`` at the head of a file for its own configuration, with which a file could switch on
substitutions, which run code. So before any document is parsed, each key that is not in the table of
:data:`ext.edition.site.frontmatter.ALLOWED` is taken out of what the parser gets; the file stays as it is, and the
finding names the line.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from myst_parser.config.main import TopmatterReadError, read_topmatter
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from ext.checks.findings import report
from ext.edition.checks.lint import Lint
from ext.edition.site.frontmatter import ALLOWED


def restricted(text: str) -> tuple[str, dict[str, int]]:
    """Return a source with no other keys than allowed ones at its head, and the lines of those taken out.

    The lines below the head keep their numbers. What the head is, the parser's own reader says: where two readers
    took it for different things, a key could hide from one of them.
    """
    try:
        meta = read_topmatter(text)
    except TopmatterReadError:
        return text, {}  # no key of it has any effect; ext.posts.measure names the line
    refused = [str(key) for key in meta or () if key not in ALLOWED]
    if not refused:
        return text, {}
    lines = text.splitlines(keepends=True)
    end = next((n for n, line in enumerate(lines[1:], 1) if line.startswith(("---", "..."))), len(lines) - 1)
    head = "".join(lines[: end + 1])
    places = {key: _line_of(key, head) for key in refused}
    kept = {key: value for key, value in (meta or {}).items() if key in ALLOWED}
    said = _one_line(kept) if kept else "{}"
    padding = "\n" * max(0, head.count("\n") - 3)
    return f"---\n{said}\n{padding}---\n{''.join(lines[end + 1:])}", places


def _one_line(meta: dict[Any, Any]) -> str:
    return yaml.safe_dump(meta, default_flow_style=True, sort_keys=False, width=1_000_000).strip()


def _line_of(key: str, head: str) -> int:
    """Return the line on which a key stands, the first where it cannot be told."""
    found = re.search(rf"^[\"']?{re.escape(key)}[\"']?[ \t]*:", head, re.M)
    return head.count("\n", 0, found.start()) + 1 if found else 1


def restrict(app: Sphinx, docname: str, source: list[str]) -> None:
    """Take from a document what it may not say of itself, before anything reads it."""
    source[0], refused = restricted(source[0])
    for key, line in refused.items():
        report(app.env, docname, Lint.FRONTMATTER_KEY, f"the key {key!r} has no effect", line)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the restriction, before all others that see the source."""
    app.setup_extension("ext.checks.findings")
    app.connect("source-read", restrict, priority=1)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
