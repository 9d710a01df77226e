"""Options of our directives: none is lost without a word, whatever its name and wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from ext.checks.findings import report
from ext.edition.checks.lint import Lint
from ext.edition.site.near import hint, near

_OPTION = re.compile(r"[ \t]*:([A-Za-z][\w-]*):(?:[ \t]|$)")


class Options(dict[str, Callable[[str], Any]]):
    """The options of a directive, which lets unknown ones through: the directive reports them, with their lines."""

    def __missing__(self, name: str) -> Callable[[str], Any]:
        """Return the converter of an option that the directive does not know."""
        return directives.unchanged


def check_options(directive: SphinxDirective) -> None:
    """Report the options that a directive does not know, and those that stand where none is read."""
    known = directive.option_spec or {}
    docname = directive.env.current_document.docname
    for name in [name for name in directive.options if name not in known]:
        message = f"{{{directive.name}}} has no option {name!r}{hint(near(name, known))}"
        report(directive.env, docname, Lint.OPTION_UNKNOWN, message, _line(directive, name))
        del directive.options[name]
    for line, name in misplaced(list(directive.content)):
        if name in known:
            message = f"the option :{name}: of {{{directive.name}}} is read as text here"
            report(directive.env, docname, Lint.OPTION_MISPLACED, message, directive.lineno + _above(directive) + line)


def misplaced(content: list[str]) -> Iterator[tuple[int, str]]:
    """Yield line, counted from 1, and name of what looks like an option in the own text of a box.

    What stands inside another box or in code is not its own.
    """
    for number, line in enumerate(content, start=1):
        if line.lstrip().startswith((":::", "```", "~~~", ".. ")):
            return
        if found := _OPTION.match(line):
            yield number, found[1]


def _above(directive: SphinxDirective) -> int:
    """Return how many lines stand between the name of a directive and its content."""
    lines, content = directive.block_text.split("\n")[1:], list(directive.content)
    return next((at for at in range(len(lines)) if lines[at:at + len(content)] == content), 0)


def _line(directive: SphinxDirective, name: str) -> int:
    """Return the line of an option: it is written below the name of the directive."""
    lines = directive.block_text.split("\n")
    return directive.lineno + next((at for at, line in enumerate(lines) if line.lstrip().startswith(f":{name}:")), 0)
