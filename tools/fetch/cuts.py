"""Tell a text that was cut from one that is whole, by how it ends."""

from __future__ import annotations

import re

#: Ends of a text that was cut: `[[[...]]]`, `[…]`, "read more", 阅读全文, possibly with a reading time after it.
_CUT = re.compile(
    r"(\[{1,3}\s*(\.{3}|…|&hellip;|&#8230;)\s*\]{1,3}"
    r"|^\s*(read|continue|keep) (more|reading|the (rest|full|whole))[^.\n]{0,80}"
    r"|\b(read more|continue reading)|\(more…?\.*\)|阅读(全文|更多|剩余|原文|余下)[^。\n]{0,20}"
    r"|查看(全文|更多)|(点击)?继续阅读[^。\n]{0,20}|展开全文"
    r")[\s»→>*_)\].…]*+(\(\d+ min[^)]*\))?\s*\Z", re.I | re.M)
#: A bare ellipsis ends cut texts too, but also sentences…… of a post that is whole.
_TRAILING = re.compile(r"(?<![….])(…|\.{3})\s*\Z")
_SHORT = 1000
#: What WordPress adds below a post, whole or not.
_TAIL_LENGTH = 700
_TAIL = re.compile(r"The post\s.{1,300}\s(first )?appeared (first )?on\s.{1,200}\.?\s*\Z", re.S)


def is_cut(markup: str) -> bool:
    """Return whether the text of *markup* ends like one that goes on elsewhere; an empty one does."""
    text = plain(markup, "\n")
    text = (text[:-_TAIL_LENGTH] + _TAIL.sub("", text[-_TAIL_LENGTH:])).strip()
    if not text:
        return not re.search(r"<(img|video|audio|iframe|svg|math|table)\b", markup, re.I)
    return bool(_CUT.search(text[-400:]) or (len(text) < _SHORT and _TRAILING.search(text)))


def plain(markup: str, between: str = "") -> str:
    """Return the text of markup."""
    if not re.search("[<&]", markup):
        return markup
    from bs4 import BeautifulSoup  # whose reader is slow to load

    return BeautifulSoup(markup, "lxml").get_text(between)
