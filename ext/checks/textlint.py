"""Check the Markdown of a document as text: headings that jump and displays that were never closed."""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from ext.checks.findings import report
from ext.edition.checks.lint import Lint
from ext.edition.checks.sourcelint import unclosed_displays

_LEVEL = re.compile(r"^ {0,3}(#{1,6})\s")
_UNDERLINES = {"=": 1, "-": 2}


def check_source(app: Sphinx, docname: str, source: list[str]) -> None:
    """Report displays that swallow what follows them; the parser accepts them without a word."""
    for line in unclosed_displays(source[0]):
        report(app.env, docname, Lint.MATH_UNCLOSED, "this $$ is never closed", line)


def check_headings(app: Sphinx, doctree: nodes.document) -> None:
    """Report sections that lie more than one level below the section around them.

    Sections know their place but not the level that was written, so the level is read off the line they came
    from; a section whose line is no heading (it was included from another file) is passed over.
    """
    lines = Path(app.env.doc2path(app.env.current_document.docname)).read_text("utf-8").split("\n")
    levels: dict[nodes.Element, int] = {}
    for section in doctree.findall(nodes.section):
        level = levels[section] = _level(lines, section.line)
        above = levels.get(section.parent, 0)
        if level and above and level > above + 1:
            message = f"a heading of level {level} follows one of level {above}"
            report(app.env, app.env.current_document.docname, Lint.HEADING_JUMP, message, section)


def _level(lines: list[str], number: int | None) -> int:
    """Return the level of the heading on a line counted from 1, or 0 when there is none."""
    if not number or number > len(lines):
        return 0
    if match := _LEVEL.match(lines[number - 1]):
        return len(match[1])
    underline = lines[number].strip() if number < len(lines) else ""
    return _UNDERLINES.get(underline[0], 0) if underline and len(set(underline)) == 1 else 0


def own_warning(app: Sphinx, config: Config) -> None:
    """Silence the parser's warning about what is reported here as a finding: imported posts have it often."""
    config.suppress_warnings = [*config.suppress_warnings, "myst.header"]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the checks."""
    app.setup_extension("ext.checks.findings")
    app.connect("config-inited", own_warning)
    app.connect("source-read", check_source)
    app.connect("doctree-read", check_headings)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
