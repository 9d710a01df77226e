"""Make running text safe for MyST: what it would take for a directive, a role or a tag is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urljoin

from ext.edition.checks.markup import TAGS
from ext.edition.site.config import Site
from tools.import_markdown.doings import Notes

#: Tags that become annotations; of others those stay that the page keeps and Markdown has no other way to say.
_BOXES = frozenset({"div", "details", "summary"})
#: What is left to stand: tags without attributes, and those of boxes.
_KEPT = rf"</?(?:{'|'.join(sorted(TAGS))})/?>|</?(?:{'|'.join(sorted(_BOXES))}|parameter)\b[^<>\n]*>"
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)((?:\s[^<>\n]*)?)(/?)>")
_AUTOLINK = re.compile(r"<(?:https?|mailto):[^\s<>]+>")
_HTML_BLOCK = re.compile(r"^[ \t]*<(iframe|script|style|table|video|audio|object|embed|form|svg)\b", re.I)
_CUT = re.compile(r"^[ \t>]*\[\[(?:\.\.\.|…)\]\][^\n]*$", re.M)
_LINK = re.compile(r"(?<!!)\[([^\[\]]*)\]\(([^()\s]*)\)")

#: White space, and the marks of quotations and lists, within which a line begins anew.
_PREFIX = r"^([^\S\n]*(?:(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))[^\S\n]*)*)"
#: What begins a line and means something to MyST that it didn't mean to its author.
_LINE_START = tuple((name, re.compile(_PREFIX + rf"(?={sign})", re.M)) for name, sign in (
    ("comment sign", "%"), ("block break", r"\+\+\+"), ("target", r"\([^\n]+\)=[^\S\n]*$"), ("colon fence", ":{3,}"),
    ("definition sign", r"[:~][ \t]+\S"), ("line of attributes", r"\{[^{}\n]*\}[ \t]*$"),
))
#: The reader takes a formula that begins a paragraph for an escaped one when the paragraph ends in this.
_LAST_BACKSLASH = re.compile(r"(?<!\\)((?:\\\\)*)\\(?=[ \t]*(?:\n[ \t>]*\n|\n?\Z))")
_INLINE = (
    ("role", re.compile(r"(?<!\\)((?:\\\\)*)(?=\{[\w:.+-]+\}`)")),
    ("inline attributes", re.compile(r"(?<=[\]`)])()(?=\{)")),
    ("tag-like text", re.compile(r"(?<!\\)((?:\\\\)*)(?=<[A-Za-z/!?])(?!" + _KEPT + ")", re.I)),
)


def address(site: Site) -> Callable[[str], str]:
    """Return what rewrites a link destination (with its title and closing parenthesis) to an absolute address."""

    def absolute(destination: str) -> str:
        if destination.startswith("//") or not destination.startswith("/") or not site.url:
            return destination
        path, space, title = destination[:-1].partition(" ")
        return f"{urljoin(site.url, path)}{space}{title})"

    return absolute


def escape(text: str, keep: Callable[[str], str], is_mark: re.Pattern[str], notes: Notes) -> str:
    """Return the text with what MyST would misread escaped; ``keep`` puts a piece out of reach.

    Code, formulas and addresses are marks already.
    """
    text = _AUTOLINK.sub(lambda m: keep(m[0]), text)
    text, count = _LAST_BACKSLASH.subn(r"\1&#92;", text)
    notes.repaired["backslash at an end"] += count
    text = _html_blocks(text, keep, notes)
    text = _TAG.sub(lambda m: _tag(m, notes), text)
    for name, pattern in _LINE_START:
        text, count = pattern.subn(r"\1\\", text)
        notes.repaired[f"escaped {name}"] += count
    # A mark that stands for a code span ends in no backtick, but what it stands for does.
    text, count = re.subn(rf"(?<!\\)((?:\\\\)*)(\{{[\w:.+-]+\}})(?={is_mark.pattern})", r"\1\\\2", text)
    notes.repaired["escaped role"] += count
    text, count = re.subn(rf"({is_mark.pattern})(?=\{{)", lambda m: m[1] + "\\", text)
    notes.repaired["escaped inline attributes"] += count
    for name, pattern in _INLINE:
        text, count = pattern.subn(r"\1\\", text)
        notes.repaired[f"escaped {name}"] += count
    return _LINK.sub(lambda m: _link(m, notes), text)


def cut_marks(text: str) -> tuple[str, bool]:
    """Take out the marks with which a feed says that it gives only the beginning; tell whether there were any."""
    text, count = _CUT.subn("", text)
    return text, bool(count)


def _tag(match: re.Match[str], notes: Notes) -> str:
    if match[2].lower() in _BOXES or (match[2] == "parameter" and "name=" in match[3]):
        return match[0]
    if match[2].lower() in TAGS:
        notes.repaired["attributes of a tag"] += bool(match[3].strip())
        return f"<{match[1]}{match[2]}{match[4]}>"
    return match[0]  # escaped with all that begins like a tag


def _html_blocks(text: str, keep: Callable[[str], str], notes: Notes) -> str:
    """Show blocks of HTML that cannot be part of a page as what they are: source."""
    out: list[str] = []
    lines = iter(text.split("\n"))
    for line in lines:
        if not _HTML_BLOCK.match(line):
            out.append(line)
            continue
        block = [line]
        for following in lines:
            if not following.strip():
                break
            block.append(following)
        notes.leave("raw HTML, shown as its source", block[0])
        out += [keep("\n".join(["```html", *block, "```"])), ""]
    return "\n".join(out)


def _link(match: re.Match[str], notes: Notes) -> str:
    """Take away the destination of a link that leads nowhere; its text stays."""
    if not match[1] or not match[2]:
        return match[0]
    notes.leave("a link to nothing, now plain text", match[0])
    return match[1]
