"""Find in Markdown source what no doctree can show any more: displays that were never closed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ext.edition.checks.codespans import CodeSpans

_FENCE = re.compile(r"^(?P<mark>`{3,}|~{3,})\s*(?P<info>.*)")
_PREFIX = re.compile(r"^(?:\s|>|[-*+]\s|\d+[.)]\s)+")
_DOLLARS = re.compile(r"(?<!\\)\$\$")
_HEADING = re.compile(r"^#{1,6}\s")
#: A line that opens or closes a display, and nothing else.
_DELIMITER = re.compile(r"\$\$(?:[ \t]*\([^()]*\))?[ \t]*")
_COLON_FENCE = re.compile(r"^:{3,}")
#: Fenced directives whose content is not Markdown.
_VERBATIM = re.compile(r"^\{(code|code-block|code-cell|sourcecode|literalinclude|math|raw|mermaid|eval-rst)\}")


def unclosed_displays(text: str) -> Iterator[int]:
    """Yield the line, counted from 1, of every ``$$`` that is never closed.

    A display that runs over a heading (one that it does not begin with) or the fence of a directive was not closed
    either, whatever comes later:
    the ``$$`` that ends it was meant to open the next one. A blank line alone is no sign, damaged sources have it
    inside formulas; but it ends a display that began in the middle of a line, as it does for the reader.
    """
    opened = 0
    inline = False
    for number, line in _markdown_lines(text):
        if not opened and "$$" not in line:
            continue
        body = _PREFIX.sub("", line)
        heading = _HEADING.match(line) and number > opened + 1
        if opened and (heading or _COLON_FENCE.match(body) or (inline and not body.strip())):
            yield opened
            opened = 0
        count = len(_DOLLARS.findall(CodeSpans(body).without()))
        if count % 2:
            inline = not opened and not body.startswith("$$")
            opened = 0 if opened else number
    if opened:
        yield opened


def _markdown_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of ``text`` that are neither front matter nor code."""
    code = ""
    directives: list[str] = []
    front = text.startswith("---\n")
    display = begins = False
    for number, line in enumerate(text.split("\n"), start=1):
        if front:
            front = number == 1 or line.rstrip() != "---"
            continue
        # What a formula begins with is no fence.
        match = _FENCE.match(_PREFIX.sub("", line)) if not begins and ("```" in line or "~~~" in line) else None
        begins = False
        if code:
            if match and not match["info"] and match["mark"].startswith(code):
                code = ""
        elif match and directives and not match["info"] and match["mark"].startswith(directives[-1]):
            directives.pop()
        elif match and (not match["info"].startswith("{") or _VERBATIM.match(match["info"])):
            code = match["mark"]
        elif match:
            directives.append(match["mark"])
        else:
            if "$$" in line and _DELIMITER.fullmatch(_PREFIX.sub("", line)):
                begins = display = not display
            yield number, line
