"""Take the line with the day out of the beginning of a post: it is metadata, like the title."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.convert.dom import BLOCKS, MATH_TAG, Element, classes, remove, text_of
from tools.convert.headings import HEADINGS
from tools.convert.metadata import day

_BLOCKS_SEEN = 12
_LONG = 90  # characters
_LATIN = (r"posted|published|written|created|last|updated|modified|edited|date|on|at|by|th|st|nd|rd|am|pm"
          r"|mins?|minutes?|read(?:ing)?|time|words?|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}|utc|gmt|cst|est|pst")
_CHINESE = ("发布|发表|日期|时间|更新|编辑|创建|写|撰|于|在|最后|作者|阅读|字数|时长|约|分钟|字"
            "|星期.|周.|[年月日号时分秒]")
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_CLASSES = frozenset({"author", "date", "byline", "post-date", "entry-date", "published", "post-meta",
                      "article-date"})
_WORD = re.compile(r"[A-Za-z]+|[^\W\dA-Za-z_]+")
_LATIN_WORD = re.compile(rf"{_MONTHS}|{_LATIN}", re.I)
_CHINESE_WORDS = re.compile(rf"(?:{_CHINESE})*")


def is_dateline(text: str) -> bool:
    """Tell whether a text says a day and nothing else."""
    return len(text) <= _LONG and bool(day(text)) and _says_when(text)


def take_dateline(post: Element) -> str | None:
    """Remove the first blocks of a post that say nothing but when, and next to that by whom; return the day."""
    found: str | None = None
    label: Element | None = None
    for el in _first_blocks(post):
        text = " ".join(text_of(el).split())
        written = day(text)
        if written and _says_when(text):
            found = found or written
            remove(el)
            if label is not None:
                remove(label)
            label = None
        elif classes(el) & _CLASSES:
            remove(el)
        else:
            label = el if text and _says_when(text) else None
    return found


def _says_when(text: str) -> bool:
    """Tell whether a text is made of nothing but numbers, signs and the words that stand by a date."""
    return all((_LATIN_WORD if word.isascii() else _CHINESE_WORDS).fullmatch(word) for word in _WORD.findall(text))


def _first_blocks(post: Element) -> Iterator[Element]:
    """Yield the innermost blocks before the first that is plainly text."""
    seen = 0
    for el in list(post.iter()):
        if not isinstance(el.tag, str) or el is post or (el.tag not in BLOCKS and el.tag != "time"):
            continue
        if el.getparent() is None or any(child.tag in BLOCKS for child in el.iterdescendants()):
            continue
        text = " ".join(text_of(el).split())
        if not text and el.find(".//img") is None:
            continue
        seen += 1
        if seen > _BLOCKS_SEEN or len(text) > _LONG or el.tag in {"pre", "table", "li"} or (
                el.tag in HEADINGS and not classes(el) & _CLASSES) or next(el.iter(MATH_TAG, "img"), None) is not None:
            return
        yield el
