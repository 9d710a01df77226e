"""Parse a page into an lxml tree, within limits, and small helpers to edit the tree."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import TypeAlias, cast

import lxml.html
from lxml import etree
from lxml.cssselect import CSSSelector

from ext.edition.site.errors import EditionError

Element: TypeAlias = lxml.html.HtmlElement
MAX_CHARACTERS = 50_000_000
MATH_TAG = "zs-math"  # what a formula becomes once it is found; a page's own elements of that name are renamed
_BLOCKS = """
address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer form
h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol optgroup option p plaintext pre search
section summary table tbody td tfoot th thead tr ul xmp
"""
BLOCKS = frozenset(_BLOCKS.split())
_BODY = re.compile(r"<body\b[^<>]*", re.I)
_CLASS = re.compile(r"""\sclass=(?:"([^"]*)"|'([^']*)')""", re.I)
# Elements that never hold anything; the parser knows the older ones, and takes what follows these into them.
_VOID = ("source", "track", "embed")
_WBR = re.compile(r"</?wbr\s*/?>", re.I)  # a place to break a word; thousands of them would nest too deep
# References to what ends a line, and for some readers only: see ``decode.LINE_ENDS``. The first group is a line end.
_ENTITIES = re.compile(r"&#(?:(0*1[023]|x0*[acd])|0*(?:11|28|29|30|8232|8233)|x0*(?:b|1c|1d|1e|2028|2029))"
                       r"(?:;|(?![0-9a-f]))", re.I)
_HEAD = frozenset({"base", "basefont", "bgsound", "link", "meta", "noframes", "noscript", "object", "script", "style",
                   "template", "title"})


def select(el: Element, selector: str) -> list[Element]:
    """Return what a selector finds in an element."""
    return cast("list[Element]", _selector(selector)(el))


@functools.lru_cache(512)
def _selector(name: str) -> CSSSelector:
    """Return a selector ready to be used: the same few are asked of every page."""
    return CSSSelector(name, translator="html")


def parse(text: str, *, where: object = None) -> Element:
    """Return the root of a page or of a piece of one.

    Raises EditionError if the page is too long or nests deeper than the parser follows (2,048 levels):
    such a page would be cut short in silence.
    """
    text = _ENTITIES.sub(lambda match: "\n" if match[1] else " ", text)
    if len(text) > MAX_CHARACTERS:
        raise EditionError(f"the page has {len(text):,} characters, more than {MAX_CHARACTERS:,}", where=where,
                           remedy="convert it in parts, or leave it out")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    text = _WBR.sub("", text)
    source = text if text.strip() else "<html><body></body></html>"
    try:
        root = lxml.html.document_fromstring(source.encode("utf-8"), parser=parser)
    except etree.ParserError:  # nothing but comments
        root = lxml.html.document_fromstring(b"<html><body></body></html>")
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise EditionError("the page nests too deep to be read whole", where=where,
                           remedy="save the page again, or leave it out")
    for forged in root.iter(MATH_TAG):
        forged.tag = "span"
    for el in reversed(list(root.iter(*_VOID))):
        _empty(el)
    _settle_head(root)
    _settle_body(root, source)
    return root


def _empty(el: Element) -> None:
    """Put what the parser took into an element that never holds anything behind it."""
    for child in reversed(list(el)):
        el.addnext(child)  # takes the text after it along, and puts both before the text after ``el``
    if el.text:
        el.tail = el.text + (el.tail or "")
        el.text = None


def _settle_head(root: Element) -> None:
    """Move what a browser shows out of the head, where the parser leaves elements that it does not know."""
    head = root.find("head")
    first = None if head is None else next((child for child in head if child.tag not in _HEAD), None)
    if first is None:
        return
    body = root.find("body")
    if body is None:
        body = etree.SubElement(root, "body")
    moved = [first, *first.itersiblings()]
    rest, body.text = body.text, None
    for i, child in enumerate(moved):
        body.insert(i, child)
    moved[-1].tail = (moved[-1].tail or "") + (rest or "")


def _settle_body(root: Element, source: str) -> None:
    """Give the body the classes of every ``<body>`` of the page, as browsers do: the parser has those of the first."""
    body = root.find("body")
    tags = _BODY.findall(source) if body is not None and source.count("<body") > 1 else []
    names = " ".join(given[1] or given[2] for tag in tags if (given := _CLASS.search(tag)))
    if names:
        body.set("class", names)


def classes(el: Element) -> frozenset[str]:
    """Return the class names of an element, in lower case."""
    return frozenset((el.get("class") or "").lower().split())


def text_of(el: Element) -> str:
    """Return the text in an element, ``<br>`` as a line end; nesting is no limit."""
    parts: list[str] = []
    for event, node in etree.iterwalk(el, events=("start", "end")):
        if event == "start":
            if node.tag == "br":
                parts.append("\n")
            if isinstance(node.tag, str) and node.text:
                parts.append(node.text)
        elif node is not el and node.tail:
            parts.append(node.tail)
    return "".join(parts)


def ancestors(el: Element, levels: int) -> Iterator[Element]:
    """Yield at most ``levels`` ancestors, nearest first."""
    for _ in range(levels):
        el = el.getparent()
        if el is None:
            return
        yield el


def remove(el: Element) -> None:
    """Remove an element and keep the text after it."""
    if el.getparent() is not None:
        el.drop_tree()


def replace(old: Element, new: Element) -> None:
    """Put ``new`` where ``old`` stands; the text after ``old`` stays."""
    parent = old.getparent()
    if parent is None:
        return
    new.tail, old.tail = old.tail, None
    parent.replace(old, new)


def is_block(el: Element) -> bool:
    """Tell whether an element breaks the line it stands in."""
    return el.tag in BLOCKS
