"""Draw an SVG anew from what only draws: no script, no event, no other host, no other file, no endless work.

Nothing of a picture is kept because it looked harmless: a new tree is made of the elements, attributes and style
properties of the tables below, and that is what is published. Links become groups, animations and filters go.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import tinycss2
from lxml import etree
from tinycss2.ast import Node

from ext.edition.site.errors import EditionError

SVG, XLINK, XML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/XML/1998/namespace"
#: Limits of one picture: bytes, elements, elements inside each other, and elements drawn when every reference to
#: another is followed (a few ``use`` of ``use`` draw a billion).
MAX_BYTES, MAX_ELEMENTS, MAX_DEPTH, MAX_DRAWN = 8_000_000, 100_000, 64, 400_000


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What a style sheet, a style attribute or an attribute of its own may set.
PROPERTIES = _names(
    "alignment-baseline baseline-shift clip-path clip-rule color color-interpolation color-rendering direction "
    "display dominant-baseline fill fill-opacity fill-rule font font-family font-feature-settings font-size "
    "font-size-adjust font-stretch font-style font-variant font-variant-alternates font-variant-caps "
    "font-variant-east-asian font-variant-ligatures font-variant-numeric font-variant-position font-weight "
    "image-rendering isolation letter-spacing line-height marker marker-end marker-mid marker-start mask mask-type "
    "mix-blend-mode opacity overflow paint-order pointer-events shape-padding shape-rendering stop-color stop-opacity "
    "stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity "
    "stroke-width text-align text-anchor text-decoration text-decoration-color text-decoration-line "
    "text-decoration-style text-indent text-orientation text-rendering text-transform transform transform-box "
    "transform-origin unicode-bidi vector-effect visibility white-space word-spacing writing-mode"
)
#: What may be called in a value; a reference to a part of the picture is checked apart.
FUNCTIONS = _names(
    "calc color-mix hsl hsla hwb lab lch matrix max min oklab oklch rgb rgba rotate scale scalex scaley skewx skewy "
    "translate translatex translatey"
)
#: Elements, and the attributes that each may have besides :data:`EVERYWHERE` and :data:`PROPERTIES`.
ELEMENTS = {name: _names(own) for name, own in {
    "svg": "x y width height viewBox preserveAspectRatio version",
    "g": "", "defs": "", "switch": "", "title": "", "desc": "",
    "symbol": "x y width height viewBox preserveAspectRatio refX refY",
    "use": "x y width height href",
    "path": "d pathLength",
    "rect": "x y width height rx ry pathLength",
    "circle": "cx cy r pathLength",
    "ellipse": "cx cy rx ry pathLength",
    "line": "x1 y1 x2 y2 pathLength",
    "polyline": "points pathLength",
    "polygon": "points pathLength",
    "text": "x y dx dy rotate textLength lengthAdjust",
    "tspan": "x y dx dy rotate textLength lengthAdjust",
    "textPath": "href startOffset method spacing side textLength lengthAdjust",
    "image": "x y width height preserveAspectRatio href",
    "marker": "viewBox preserveAspectRatio refX refY markerUnits markerWidth markerHeight orient",
    "linearGradient": "x1 y1 x2 y2 gradientUnits gradientTransform spreadMethod href",
    "radialGradient": "cx cy r fx fy fr gradientUnits gradientTransform spreadMethod href",
    "stop": "offset",
    "pattern": "x y width height viewBox preserveAspectRatio patternUnits patternContentUnits patternTransform href",
    "clipPath": "clipPathUnits",
    "mask": "x y width height maskUnits maskContentUnits",
    "style": "",
}.items()}
EVERYWHERE = _names("id class role aria-label aria-hidden aria-labelledby")
#: Elements whose children are drawn in their place.
_AS_GROUP = frozenset({"a"})
#: What goes without a word: nothing of it is ever seen.
_UNSEEN = _names("metadata baseProfile contentScriptType contentStyleType enable-background lang zoomAndPan")
_TEXT = _names("title desc text tspan textPath")
#: What a value is made of, besides functions and references.
_PLAIN = frozenset({"ident", "literal", "number", "percentage", "dimension", "hash", "string", "whitespace"})
#: What a selector is made of; one that calls something may take long to be matched.
_SELECTING = frozenset({"ident", "literal", "hash", "string", "whitespace", "number", "[] block"})
#: What an escape of CSS may stand for, and no XML can hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAME = re.compile(r"[^\s'\"()<>&]+")
_DATA = re.compile(r"data:image/(png|jpe?g|gif|webp);base64,", re.I)

#: First bytes of the kinds of raster pictures that every browser shows.
MAGIC: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"\xff\xd8\xff"), "jpg"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.S), "webp"),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may be published: its suffix, its bytes, and what it lost, by name."""

    suffix: str
    data: bytes
    lost: tuple[str, ...] = ()


def raster(data: bytes) -> str | None:
    """Return the suffix of a raster picture by its first bytes, None when it is none."""
    return next((suffix for magic, suffix in MAGIC if magic.match(data)), None)


def read(data: bytes) -> Picture:
    """Return what may be published of a picture, told by its bytes; raise when it is none or too large to draw."""
    if suffix := raster(data):
        return Picture(suffix, data)
    drawn, lost = redraw(data)
    return Picture("svg", drawn, lost)


def redraw(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return an SVG made only of what is allowed, and the names of what it lost; raise when it cannot be one."""
    if len(data) > MAX_BYTES:
        raise _refused(f"is an SVG of {len(data):,} bytes", f"at most {MAX_BYTES:,} are published")
    root = _parsed(data)
    redrawing = _Redrawing()
    new = redrawing.root(root)
    _measure(new)
    return etree.tostring(new, encoding="utf-8") + b"\n", tuple(sorted(redrawing.lost))


def _parsed(data: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_pis=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _refused("is not a PNG, JPEG, GIF, WebP or SVG picture", "give one of these kinds") from error
    # Also when the declaration is empty: what it may declare is never needed for drawing.
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refused("is an SVG with a DOCTYPE", "save it without, as plain SVG")
    if root.tag != f"{{{SVG}}}svg":
        raise _refused("is XML, but no SVG", "give its root the namespace of SVG")
    beside = [*root.itersiblings(preceding=True), *root.itersiblings()]
    if any(node.tag is etree.PI for node in beside):
        raise _refused("is an SVG with a processing instruction", "save it without, as plain SVG")
    return root


def _refused(what: str, remedy: str) -> EditionError:
    return EditionError(what, remedy=remedy)


@dataclass(slots=True)
class _Redrawing:
    """Copy what is allowed of one picture, and remember what is not."""

    lost: set[str] = field(default_factory=set)
    _seen: int = 0

    def root(self, old: etree._Element) -> etree._Element:
        """Return the new root, with everything below."""
        new = etree.Element(f"{{{SVG}}}svg", nsmap={None: SVG, "xlink": XLINK})
        self._copy(old, new, "svg")
        # Not recursive: where a picture is nested too deep, the message says so.
        stack = [(old, new, 1)]
        while stack:
            source, target, depth = stack.pop()
            if depth > MAX_DEPTH:
                raise _refused(f"is an SVG with more than {MAX_DEPTH} elements inside each other", "draw it flatter")
            previous: etree._Element | None = None
            for child in source:
                name = self._name(child)
                if name is not None:
                    previous = etree.SubElement(target, f"{{{SVG}}}{name}")
                    self._copy(child, previous, name)
                    if name != "style":
                        stack.append((child, previous, depth + 1))
                if child.tail and _of(target) in _TEXT:
                    if previous is None:
                        target.text = (target.text or "") + child.tail
                    else:
                        previous.tail = (previous.tail or "") + child.tail
        return new

    def _name(self, element: etree._Element) -> str | None:
        """Return what an element is drawn as; None when it goes, with all that is in it."""
        if not isinstance(element.tag, str):
            return None  # a comment; entities and instructions draw nothing either
        self._seen += 1
        if self._seen > MAX_ELEMENTS:
            raise _refused(f"is an SVG of more than {MAX_ELEMENTS:,} elements", "draw it simpler, or as PNG")
        name = etree.QName(element)
        if name.namespace == SVG and name.localname in ELEMENTS:
            return name.localname
        if name.namespace == SVG and name.localname in _AS_GROUP:
            self.lost.add(f"<{name.localname}>")
            return "tspan" if _of(element.getparent()) in _TEXT else "g"
        if not _silent(name.namespace) and name.localname not in _UNSEEN:
            self.lost.add(f"<{name.localname}>")
        return None

    def _copy(self, old: etree._Element, new: etree._Element, name: str) -> None:
        for key, value in old.attrib.items():
            kept = self._attribute(name, etree.QName(str(key)), str(value))
            if kept is not None:
                new.set(*kept)
        if name == "style":
            # As browsers do: the style sheet is the text beside comments, joined.
            new.text = "\n".join(self._sheet("".join(old.xpath("text()"))))
        elif name in _TEXT:
            new.text = old.text

    def _attribute(self, element: str, key: etree.QName, value: str) -> tuple[str, str] | None:
        name = key.localname
        if key.namespace is None and name == "style":
            kept = "; ".join(self._declarations(tinycss2.parse_declaration_list(value, True, True), urls=True))
            return ("style", kept) if kept else None
        if name == "href" and key.namespace in (None, XLINK) and "href" in ELEMENTS[element]:
            if _local(value) or (element == "image" and _raster_data(value)):
                return f"{{{XLINK}}}href", value.strip()  # the spelling that every reader of SVG knows
        elif key.namespace == XML and name == "space":
            return f"{{{XML}}}space", value
        elif key.namespace is None and name in PROPERTIES:
            if written := _written(tinycss2.parse_component_value_list(value), urls=True):
                return name, written
        elif key.namespace is None and (name in EVERYWHERE or name in ELEMENTS[element]):
            return name, value
        if not _silent(key.namespace) and name not in _UNSEEN and not name.startswith("data-"):
            self.lost.add(f"{name}=")
        return None

    def _sheet(self, text: str) -> Iterator[str]:
        """Yield the rules of a style sheet that only draw; those that hold for a device or load something go."""
        for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
            selector = "" if rule.type != "qualified-rule" else _written(rule.prelude, of=_SELECTING)
            if not selector:
                self.lost.add(f"@{rule.at_keyword}" if rule.type == "at-rule" else "rule of <style>")
                continue
            kept = "; ".join(self._declarations(tinycss2.parse_declaration_list(rule.content, True, True), urls=False))
            yield f"{selector} {{ {kept} }}"

    def _declarations(self, parsed: Iterable[Node], *, urls: bool) -> Iterator[str]:
        for one in parsed:
            if one.type != "declaration":
                self.lost.add("part of a style")
            elif one.lower_name in PROPERTIES and (written := _written(one.value, urls=urls)):
                yield f"{one.lower_name}: {written}{' !important' * one.important}"
            else:
                self.lost.add(f"{one.lower_name}:")


def _of(element: etree._Element | None) -> str:
    return "" if element is None else etree.QName(element).localname


def _silent(namespace: str | None) -> bool:
    """Say whether nothing of a namespace is ever drawn or run: what drawing programs note for themselves."""
    return namespace is not None and namespace != XLINK and not namespace.startswith("http://www.w3.org/")


def _local(address: str) -> bool:
    """Say whether an address is a part of the same picture."""
    return address.strip().startswith("#") and _NAME.fullmatch(address.strip()) is not None


def _raster_data(address: str) -> bool:
    """Say whether an address holds a raster picture itself, by its bytes too."""
    if (head := _DATA.match(address.strip())) is None:
        return False
    try:
        data = base64.b64decode("".join(address.strip()[head.end():].split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return raster(data) == {"jpeg": "jpg"}.get(head[1].lower(), head[1].lower())


def _written(values: Iterable[Node], *, urls: bool = False, of: frozenset[str] = _PLAIN) -> str:
    """Return a value of known parts without its comments; empty when it might do more than draw."""
    said = [value for value in values if value.type != "comment"]
    text = str(tinycss2.serialize(said)).strip() if all(_draws(value, urls, of) for value in said) else ""
    return "" if _CONTROL.search(text) else text


def _draws(value: Node, urls: bool, of: frozenset[str]) -> bool:
    """Say whether a part only draws: known functions, and references to parts of the picture where those may be."""
    if value.type == "url":
        return urls and _local(value.value)
    if value.type == "function":
        inside = [one for one in value.arguments if one.type != "whitespace"]
        if value.lower_name == "url":
            return urls and len(inside) == 1 and inside[0].type == "string" and _local(inside[0].value)
        return of is _PLAIN and value.lower_name in FUNCTIONS and all(_draws(one, False, of) for one in inside)
    if value.type == "() block":
        return of is _PLAIN and all(_draws(one, False, of) for one in value.content)
    return value.type in of


_REFERENCE = re.compile(r"url\(\s*+(?:['\"]\s*+)?#([^\s'\"()]+)", re.I)


def _measure(root: etree._Element) -> None:
    """Raise when following every reference would draw too much, or without end."""
    named: dict[str, etree._Element] = {}
    for element in root.iter():
        if element.get("id"):
            named.setdefault(str(element.get("id")), element)  # of two with one name the first is meant
    weights: dict[etree._Element, int] = {}
    open_: set[etree._Element] = set()
    stack: list[tuple[etree._Element, bool]] = [(root, False)]
    while stack:
        element, done = stack.pop()
        if element in weights:
            continue
        parts = [*element, *(named[name] for name in _referred(element) if name in named)]
        if done:
            open_.discard(element)
            weights[element] = min(MAX_DRAWN + 1, 1 + sum(weights[part] for part in parts))
            continue
        if element in open_ or any(part in open_ for part in parts):
            raise _refused("is an SVG that is part of itself", "take the reference out")
        open_.add(element)
        stack.append((element, True))
        stack += ((part, False) for part in parts if part not in weights)
    if weights[root] > MAX_DRAWN:
        raise _refused(f"is an SVG that draws more than {MAX_DRAWN:,} elements", "draw it simpler, or as PNG")


def _referred(element: etree._Element) -> Iterator[str]:
    for key, value in element.attrib.items():
        if key == f"{{{XLINK}}}href" and value.startswith("#"):
            yield value[1:]
        elif "(" in value:
            # As it will be read: escapes of CSS are undone, and a style attribute is already written plainly.
            yield from _REFERENCE.findall(tinycss2.serialize(tinycss2.parse_component_value_list(value)))
