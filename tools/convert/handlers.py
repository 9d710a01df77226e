"""The table of tags: which method opens an element of each, and which closes it."""

from __future__ import annotations

from functools import cache

from tools.convert import containers as c
from tools.convert.dom import MATH_TAG
from tools.convert.markdown import Handler, Walker


@cache
def handler_table() -> dict[str, tuple[Handler, Handler | None]]:
    """Return which methods open and close each tag."""
    w = Walker
    table: dict[str, tuple[Handler, Handler | None]] = {MATH_TAG: (w.math, None)}
    table |= dict.fromkeys(("strong", "b"), (w.strong, w.strong_end))
    table |= dict.fromkeys(("em", "i", "dfn", "cite"), (w.em, w.em_end))
    table |= dict.fromkeys(("code", "tt", "kbd", "samp"), (w.code_in_line, None))
    table |= dict.fromkeys(("sup", "sub"), (w.script, None))
    table |= dict.fromkeys(("video", "audio", "iframe", "embed", "object"), (w.embedded, None))
    table |= dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), (w.heading, w.heading_end))
    table |= dict.fromkeys(("ul", "ol", "menu", "dir"), (w.list_start, w.list_end))
    table |= dict.fromkeys(("pre", "listing", "xmp"), (w.preformatted, None))
    table |= dict.fromkeys(("script", "style", "template", "head", "title", "link", "meta", "svg", "canvas", "map",
                            "select", "datalist", "button", "colgroup", "param", "source", "track", "wbr"),
                           (w.nothing, None))
    table |= {"br": (w.line_break, None), "a": (w.link, w.link_end), "img": (w.image, None), "hr": (w.rule, None),
              "q": (w.quotation, w.quotation_end), "rt": (w.gloss, w.gloss_end), "input": (w.checkbox, None),
              "li": (w.item, w.item_end), "blockquote": (w.quote, w.quote_end)}
    return table | c.HANDLERS
