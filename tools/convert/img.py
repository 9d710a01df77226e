"""Read the address and the alternative text of a picture: lazy loading, choices of sizes, pictures within the page."""

from __future__ import annotations

import base64
import re
from collections import deque
from urllib.parse import quote_from_bytes, unquote_to_bytes

from lxml import etree

from tools.convert.dom import Element, ancestors, classes, replace, text_of
from tools.convert.escape import absolute

_LAZY = ("data-src", "data-original", "data-lazy-src", "data-actualsrc", "data-orig-file", "data-url", "data-echo",
         "data-lazy", "data-original-src", "data-full-src", "data-canonical-src", "data-cfsrc", "data-ll-src")
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_SIZE = re.compile(r"\d{1,6}(?:\.\d{1,6})?[wx]")
#: A wider picture than this is of no use beside the text, in pixels.
_WIDEST = 2000
_SIGN = 48  # pixels; what is smaller on both sides is a sign of the theme's
_DATA = re.compile(r"data:image/[\w.+-]{1,40}(?:;[\w.=-]{1,40}){0,3},", re.I)
_STAND_IN = re.compile(r"(?:^|[/_-])(?:blank|pixel|spacer|loading|placeholder|lazy(?:load)?|grey|transparent)"
                       r"[\w-]{0,60}\.(?:gif|png|svg)(?:[?#]|\Z)", re.I)
_NOT_IN_DRAWINGS = ("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote",
                    "img", "span", "section", "article", "figure", "em", "strong", "b", "i", "code", "br", "hr",
                    "zs-math")
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
# The names with capitals of SVG, which a reader of HTML makes small.
_CAMEL = """
animateMotion animateTransform clipPath feBlend feColorMatrix feComponentTransfer feComposite feConvolveMatrix
feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur
feImage feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence
foreignObject linearGradient radialGradient textPath attributeName attributeType baseFrequency baseProfile calcMode
clipPathUnits diffuseConstant edgeMode filterUnits glyphRef gradientTransform gradientUnits kernelMatrix
kernelUnitLength keyPoints keySplines keyTimes lengthAdjust limitingConeAngle markerHeight markerUnits markerWidth
maskContentUnits maskUnits numOctaves pathLength patternContentUnits patternTransform patternUnits pointsAtX pointsAtY
pointsAtZ preserveAlpha preserveAspectRatio primitiveUnits refX refY repeatCount repeatDur requiredExtensions
requiredFeatures specularConstant specularExponent spreadMethod startOffset stdDeviation stitchTiles surfaceScale
systemLanguage tableValues targetX targetY textLength viewBox viewTarget xChannelSelector yChannelSelector zoomAndPan
"""
_NAMES = {name.lower(): name for name in _CAMEL.split()}


def source_of(img: Element) -> str | None:
    """Return the address of the picture itself, not of its stand-in while the page loads."""
    for name in _LAZY:
        value = (img.get(name) or "").strip()
        if value and not value.startswith("data:") and not value.startswith("{"):
            return value
    shown = (img.get("src") or "").strip()
    choices = _choices(img)
    if not shown or shown.startswith("data:") or _STAND_IN.search(shown):
        best = _largest(choices) or _largest([choice for source in _sources(img) for choice in _choices(source)])
        return best or shown or None
    width = next((width for address, width in choices if address == shown), None) or _pixels(img.get("width"))
    larger = [choice for choice in choices if width and width < choice[1] <= _WIDEST]
    return _largest(larger) or shown


def _sources(img: Element) -> list[Element]:
    """Return the other choices of the ``<picture>`` around an image."""
    picture = next((a for a in ancestors(img, 3) if a.tag == "picture"), None)
    return [] if picture is None else list(picture.iter("source"))


def _choices(el: Element) -> list[tuple[str, float]]:
    """Return the addresses of a ``srcset`` with their widths; a density counts as so many pixels."""
    found = []
    for name in _SETS:
        parts = deque((el.get(name) or "")[:20_000].split())
        while parts:
            address, size = parts.popleft(), "1x"
            if not address.endswith(",") and parts:
                size, comma, rest = parts.popleft().partition(",")
                if comma and rest:
                    parts.appendleft(rest)
            address = address.strip(",")
            if address and _SIZE.fullmatch(size) and not address.startswith("data:"):
                found.append((address, float(size[:-1])))
    return found


def _largest(choices: list[tuple[str, float]]) -> str | None:
    """Return the widest picture that is not too wide, or the least wide of those that are."""
    fitting = [choice for choice in choices if choice[1] <= _WIDEST]
    if fitting:
        return max(fitting, key=lambda choice: choice[1])[0]
    return min(choices, key=lambda choice: choice[1])[0] if choices else None


def _pixels(value: str | None) -> float | None:
    match = re.fullmatch(r"\s*(\d{1,6})(?:\.\d{0,6})?(?:px)?\s*", value or "")
    return float(match[1]) if match else None


def address_of(img: Element, base: str | None) -> str | None:
    """Return the absolute address of a picture, or the picture itself as a ``data:`` address."""
    source = source_of(img)
    return source if source and _DATA.match(source) else absolute(source, base)


def data_of(address: str) -> bytes | None:
    """Return the bytes of a ``data:`` address of a picture, or None when it is another address or broken."""
    match = _DATA.match(address)
    if match is None:
        return None
    body = unquote_to_bytes(address[match.end():])
    if not match[0].lower().endswith(";base64,"):
        return body
    try:
        return base64.b64decode(re.sub(rb"\s+", b"", body) + b"==")
    except ValueError:
        return None


def alt_of(img: Element) -> str:
    """Return the alternative text on one line."""
    return " ".join((img.get("alt") or img.get("title") or "").split())[:500]


def draw(post: Element) -> None:
    """Make every drawing within the page a picture like any other; signs of the theme are left to the writer."""
    for el in list(post.iter("svg")):
        if next(el.iter(*_NOT_IN_DRAWINGS), None) is not None and next(el.iter("foreignobject"), None) is None:
            el.drop_tag()  # never closed: a browser ends it where such an element begins
    for el in [el for el in post.iter("svg") if not _is_sign(el)]:
        if el.getparent() is None or any(a.tag == "svg" for a in el.iterancestors()):
            continue
        label = el.get("aria-label") or next((text_of(t) for t in el.iter("title")), "")
        img = el.makeelement("img", {"src": f"data:image/svg+xml,{quote_from_bytes(_standalone(el))}"})
        if label.strip():
            img.set("alt", " ".join(label.split()))
        replace(el, img)


def _is_sign(el: Element) -> bool:
    if any(a.tag in {"a", "button", "summary", "label", "h1", "h2", "h3", "h4", "h5", "h6"} for a in ancestors(el, 4)):
        return True
    if any("icon" in name or name.startswith("fa-") for a in (el, *ancestors(el, 1)) for name in classes(a)):
        return True
    box = re.findall(r"[\d.]+", (el.get("viewbox") or ""))
    sides = [_pixels(el.get("width")), _pixels(el.get("height"))]
    if any(side is not None for side in sides):
        return all(side is None or side <= _SIGN for side in sides)
    if re.fullmatch(r"[\d.]+(?:r?em|ex)", el.get("width") or el.get("height") or ""):
        return len(box) < 4 or max(map(_number, box[2:4])) <= _SIGN
    drawn = next(el.iter("path", "line", "rect", "circle", "polygon", "polyline", "ellipse", "text", "image"), None)
    return drawn is None or (len(box) == 4 and max(map(_number, box[2:4])) <= _SIGN)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _standalone(svg: Element) -> bytes:
    """Return a drawing as a file of its own: with its name space, and names as SVG spells them."""
    def copy(el: Element) -> etree._Element:
        made = etree.Element(f"{{{_SVG}}}{_local(str(el.tag))}", nsmap={None: _SVG, "xlink": _XLINK})
        for key, value in el.attrib.items():
            if key.startswith("xmlns") or key.startswith("zs-"):
                continue
            prefix, colon, name = key.rpartition(":")
            target = f"{{{_XLINK}}}{name}" if prefix == "xlink" else None if colon else _local(key)
            if target is not None:
                try:
                    made.set(target, value)
                except ValueError:
                    continue  # no name that XML knows
        made.text, made.tail = el.text, el.tail
        return made

    # without recursion: a drawing may nest as deep as the page
    result = copy(svg)
    result.tail = None
    stack = [(svg, result)]
    while stack:
        el, made = stack.pop()
        for child in el:
            if isinstance(child.tag, str) and re.fullmatch(r"[A-Za-z][\w-]*", child.tag):
                twin = copy(child)
                made.append(twin)
                stack.append((child, twin))
    return etree.tostring(result, encoding="utf-8")


def _local(name: str) -> str:
    return _NAMES.get(name.lower(), name)
