"""The text of a post as it is given to those who read Markdown: what its page publishes, and nothing else.

Comments of the annotators, and front matter that is the edition's own business, stay out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ext.edition.site.frontmatter import split
from ext.edition.site.yamltext import dump

#: What of the front matter says what the text is and whose.
_TOLD = ("title", "date", "source", "author", "licence", "license", "topic", "series", "tags")
_FENCE = re.compile(r"[ >]*+(`{3,}|~{3,}|:{3,})\s*+(.*)", re.S)
_COMMENT = re.compile(r" {0,3}+%")
#: Directives whose content is no Markdown.
_VERBATIM = re.compile(r"\{(?:code|math|raw|literalinclude|check|figure-data)[\w-]*+\}")


def shared(text: str, *, where: str) -> str:
    """Return the Markdown of a post without comments, and of its front matter what says what it is."""
    meta, body, _ = split(text, where=where)
    told = {key: meta[key] for key in _TOLD if meta.get(key)}
    head = f"---\n{dump(told)}---\n" if told else ""
    return head + "".join(_published(body))


def _published(body: str) -> Iterator[str]:
    """Yield what is no comment, of MyST or of HTML, at the beginning of a line; in code and formulas none is one.

    A comment of HTML that nothing closes is text.
    """
    verbatim, displayed, remark, at = "", False, False, 0
    last = body.rfind("-->")
    for line in body.splitlines(keepends=True):
        at += len(line)
        fence = None if remark else _FENCE.match(line)
        if verbatim:
            if fence and fence[1].startswith(verbatim) and not fence[2].strip():
                verbatim = ""
        elif remark or (not displayed and line.lstrip().startswith("<!--") and last >= at - len(line)):
            _, closed, rest = line.partition("-->")
            remark = not closed
            if rest.strip():
                yield rest
            continue
        elif fence and (_VERBATIM.match(fence[2]) or (fence[1][0] != ":" and fence[2][:1] != "{" and not displayed)):
            verbatim = fence[1]
        elif not displayed and _COMMENT.match(line):
            continue
        else:
            displayed ^= line.count("$$") % 2 == 1
        yield line
