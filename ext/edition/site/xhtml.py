"""Make chapters of a book from HTML: well-formed, unfolded, without scripts, every link leading somewhere.

Browsers forgive what readers of EPUB do not: they are XML parsers, and a book has no server to ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.entities import html5
from urllib.parse import unquote, urldefrag

from lxml import etree

XHTML = "http://www.w3.org/1999/xhtml"
MATHML = "http://www.w3.org/1998/Math/MathML"
SVG = "http://www.w3.org/2000/svg"

_VOID = re.compile(r"<(area|br|col|hr|img|input|wbr)\b([^<>]*+)>")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{0,31};)")
_FOREIGN = re.compile(r"<(math|svg)\b(?! xmlns)")
_KEPT = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
#: What only a browser can use, and what is written instead of what folds: on paper nothing can be unfolded.
_DROPPED = frozenset({"script", "noscript", "template", "button", "style"})
#: What holds text only: with a block inside, as fetched HTML has it, it is a block itself.
_PHRASES = frozenset({"p", "span", "b", "i", "em", "strong", "small", "s", "u", "sub", "sup", "del", "ins", "mark"})
_BLOCKS = frozenset({"div", "p", "ul", "ol", "dl", "table", "pre", "blockquote", "figure", "hr", "section", "h1", "h2",
                     "h3", "h4", "h5", "h6"})
#: Where alone an element may stand; elsewhere it is a block like others.
_WITHIN = {"li": {"ul", "ol"}, "dt": {"dl"}, "dd": {"dl"}, "figcaption": {"figure"}, "rt": {"ruby"}, "rp": {"ruby"}}
#: What MathML 3 lets an element say of its style; other elements nothing.
_STYLED = {"math": ("displaystyle", "scriptlevel"), "mstyle": ("displaystyle", "scriptlevel"),
           "mtable": ("displaystyle",)}
_OPEN = {"details": "div", "summary": "p"}


def read(body: str) -> etree._Element:
    """Read the HTML of a page's body; what an XML parser cannot read as it stands, it reads as far as it goes."""
    body = _ENTITY.sub(lambda name: name[0] if name[1] in _KEPT else html5.get(name[1], f"&amp;{name[1]}"), body)
    body = _VOID.sub(lambda tag: f"<{tag[1]}{tag[2].rstrip(' /')}/>", body)
    body = _FOREIGN.sub(lambda tag: f'<{tag[1]} xmlns="{MATHML if tag[1] == "math" else SVG}"', body)
    body = "".join(one for one in body if one >= " " or one in "\t\n\r")
    parser = etree.XMLParser(recover=True, resolve_entities=False, huge_tree=True, no_network=True)
    root = etree.fromstring(f'<div xmlns="{XHTML}">{body}</div>', parser)
    assert root is not None
    return root


def settle(root: etree._Element) -> None:
    """Open what folds, drop what is for browsers alone, and give every id once."""
    seen: set[str] = set()
    for node in list(root.iter(etree.Element)):
        space, _, name = str(node.tag)[1:].partition("}")
        if name in _DROPPED or "headerlink" in node.get("class", "").split():
            _remove(node)
            continue
        if space == MATHML and (parent := node.getparent()) is not None and parent.tag == f"{{{MATHML}}}mtext":
            node.tag, space = f"{{{XHTML}}}{name}", XHTML  # the bold words of a formula are those of the page
        if space == XHTML and name in _OPEN:
            node.tag = f"{{{XHTML}}}{_OPEN[name]}"
            node.attrib.pop("open", None)
        if space == MATHML:
            for own in [name for name in node.attrib if str(name).startswith("data-")]:
                del node.attrib[own]
            _style(node, name)
        if (own := node.get("id")) is not None:
            if own in seen:
                del node.attrib["id"]
            seen.add(own)
    for node in reversed(list(root.iter(f"{{{XHTML}}}*"))):
        name, parent = etree.QName(node).localname, node.getparent()
        around = etree.QName(parent).localname if parent is not None else ""
        blocks = any(etree.QName(child).localname in _BLOCKS for child in node.iterchildren(f"{{{XHTML}}}*"))
        if (name in _PHRASES and blocks) or around not in _WITHIN.get(name, {around}):
            node.tag = f"{{{XHTML}}}div"


def _style(node: etree._Element, name: str) -> None:
    """Give the style of a formula's part to an element of its own: MathML Core takes it anywhere, MathML 3 does not."""
    style = {key: str(node.attrib.pop(key)) for key in ("displaystyle", "scriptlevel")
             if key in node.attrib and key not in _STYLED.get(name, ())}
    if not style:
        return
    styled = etree.Element(f"{{{MATHML}}}mstyle", style)
    if name == "mtd":
        styled.text, node.text = node.text, None
        styled.extend(list(node))
        node.append(styled)
    elif (parent := node.getparent()) is not None:
        parent.replace(node, styled)
        styled.tail, node.tail = node.tail, None
        styled.append(node)


def _remove(node: etree._Element) -> None:
    """Take an element away and leave the text behind it."""
    parent, before = node.getparent(), node.getprevious()
    if parent is None:
        return
    if node.tail and before is not None:
        before.tail = (before.tail or "") + node.tail
    elif node.tail:
        parent.text = (parent.text or "") + node.tail
    parent.remove(node)


def ids(root: etree._Element) -> Iterator[str]:
    """Yield the ids of a chapter."""
    return (str(node.get("id")) for node in root.iter(etree.Element) if node.get("id"))


def relink(root: etree._Element, resolve: Callable[[str, str], str | None]) -> None:
    """Ask of every link within the book, by page and fragment, where it leads; one that leads nowhere becomes text."""
    for node in list(root.iter(f"{{{XHTML}}}a")):
        address = node.get("href")
        if address is None or re.match(r"[a-z][a-z0-9+.-]*:", address, re.I):
            continue
        page, fragment = map(unquote, urldefrag(address))
        if (found := resolve(page, fragment)) is None:
            del node.attrib["href"]
        else:
            node.set("href", found)


def has(root: etree._Element, space: str) -> bool:
    """Tell whether a chapter has formulas or drawings."""
    return next(root.iter(f"{{{space}}}*"), None) is not None
