"""Read what a legacy file says about its post: front matter, header lines, reprint footer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ext.edition.site import frontmatter, yamltext
from ext.edition.site.config import Site
from ext.edition.site.errors import EditionError
from tools.import_markdown import generated
from tools.import_markdown.doings import Notes

_HEADER = re.compile(r"^[ \t>]*\*{0,2}(?P<key>原文链接|原文地址|原文|来源|发布日期|发布时间|日期|作者|标签|分类"
                     r"|source|date|author)"
                     r"\*{0,2}[ \t]*[:：][ \t]*\*{0,2}[ \t]*(?P<value>.*)", re.I)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})")
_CITED = re.compile(r"\(([A-Z][a-z]{2})[a-z]*\.?\s+(\d{1,2}),\s+(\d{4})\)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_BIB_TITLE = re.compile(r"^[ \t]*title[ \t]*=[ \t]*\{(.*)\}[ \t]*(?:,[ \t]*)?$", re.M)
_RULE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*")
#: Lines that begin a notice about reprinting, citing and donating, besides those of the edition's profile.
_FOOTER = ("转载到请包括本文地址", "更详细的转载事宜", "如果您还有什么疑惑或建议", "如果您觉得本文还不错",
           r"打赏\s*$", "如果您需要引用本文")


@dataclass(frozen=True, slots=True)
class Footer:
    """The notice at the end of a post: it is dropped, but what it says of the post is used."""

    text: str
    title: str = ""
    date: str = ""


def read_front(text: str, name: str, notes: Notes) -> frontmatter.Parts:
    """Return front matter and body; YAML that doesn't parse is read line by line."""
    if (other := generated.read(text, name, notes)) is not None:
        return other
    try:
        return frontmatter.split(text, where=name)
    except EditionError as error:
        end = re.search(r"^---[ \t]*$", text[4:], re.M)
        if end is None:
            notes.leave("front matter that is never closed", str(error))
            return frontmatter.Parts({}, text, 0)
    notes.repaired["front matter that was no YAML"] += 1
    meta: dict[str, Any] = {}
    for line in text[4 : 4 + end.start()].split("\n"):
        key, colon, value = line.partition(":")
        if not colon or key != key.strip() or not key:
            if line.strip():
                notes.leave("a line of the front matter without a key", line)
            continue
        try:
            meta[key] = frontmatter.split(f"---\n{line}\n---\n").meta[key]
        except EditionError:
            meta[key] = value.strip()
    return frontmatter.Parts(meta, text[4 + end.end() :], 0)


def take_header(body: str) -> tuple[dict[str, str], str]:
    """Take the lines that repeat the front matter from between the title and the text."""
    lines = body.lstrip("\n").split("\n")
    found: dict[str, str] = {}
    at = 1 if lines and lines[0].startswith("# ") else 0
    kept = lines[:at]
    while at < len(lines):
        match = _HEADER.match(lines[at])
        if match:
            found[match["key"].lower()] = match["value"].strip()
        elif lines[at].strip() and not (found and _RULE.fullmatch(lines[at])):
            break
        elif lines[at].strip():
            at += 1
            break
        at += 1
    return found, "\n".join([*kept, "", *lines[at:]]) if found else body


def take_footer(body: str, site: Site) -> tuple[str, Footer | None, str]:
    """Split a body at its reprint notice: before, the notice, after."""
    patterns = [re.compile(p) for p in (*site.profile.footer, *_FOOTER)]
    lines = body.split("\n")
    plain = [line.strip(" \t>_*") for line in lines]
    start = next((n for n, line in enumerate(plain) if line and any(p.match(line) for p in patterns)), None)
    if start is None:
        return body, None, ""
    end = start
    while end < len(lines) and not _RULE.fullmatch(lines[end]) and not re.match(r"#{1,6}\s", lines[end]):
        end += 1
    text = "\n".join(lines[start:end])
    title = _BIB_TITLE.search(text)
    return ("\n".join(lines[:start]), Footer(text, title[1].strip() if title else "", _date(text)),
            "\n".join(lines[end:]))


def _date(text: str) -> str:
    """Return the first date in a text as ISO, or nothing."""
    if (match := _DAY.search(text)) and 1 <= int(match[2]) <= 12 and 1 <= int(match[3]) <= 31:
        return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
    if (match := _CITED.search(text)) and match[1] in _MONTHS:
        return f"{match[3]}-{_MONTHS.index(match[1]) + 1:02}-{int(match[2]):02}"
    return ""


def first_date(*texts: object) -> str:
    """Return the first date that any of the texts gives."""
    return next((day for text in texts if text and (day := _date(str(text)))), "")


def source_of(meta: dict[str, Any], header: dict[str, str]) -> str:
    """Return the address of the post as the front matter or the header lines give it."""
    given = [meta.get("source"), *(header.get(key) for key in ("原文链接", "原文地址", "原文", "来源", "source"))]
    found = (re.search(r"https?://[^\s)\]>]+", str(text)) for text in given if text)
    return next((match[0] for match in found if match), "")


def same_title(one: str, other: str) -> bool:
    """Tell whether two titles differ in no more than punctuation."""
    return _letters(one) == _letters(other)


def _letters(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def yaml_text(meta: dict[str, Any]) -> str:
    """Return a mapping as YAML, to compare and to digest it."""
    return yamltext.dump(meta)
