"""Draw a still picture for LaTeX: the SVG of :mod:`ext.edition.annotations.figures.picture` as commands of TikZ.

It knows the five elements of which those pictures are made, and refuses others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from ext.edition.site.errors import EditionError

#: What a class of the style sheet looks like without colour; the last that is known holds.
LOOKS: Mapping[str, str] = {
    "fig-curve": "thick", "fig-path": "thick", "fig-contour": "black!30", "fig-bars": "fill=black!20",
    "fig-dot": "fill=black!50", "fig-measured": "fill=black!70", "fig-end": "fill=black", "fig-mark": "white",
    "fig-tone-2": "dashed", "fig-tone-3": "dotted", "fig-tone-4": "dash dot", "fig-tone-5": "densely dashed",
}
_ANCHORS = {"middle": "base", "end": "base east", "start": "base west"}
_SPECIAL = re.compile(r"[#$%&_{}~^\\]")


def draw(svg: str, width: str = "0.8\\linewidth") -> str:
    """Return a picture as LaTeX, as wide as *width*."""
    root = etree.fromstring(svg)
    body = "\n".join(_draw(root, ""))
    return (f"\\resizebox{{{width}}}{{!}}{{\\begin{{tikzpicture}}[x=1pt,y=-1pt,line width=0.8pt]\n{body}\n"
            "\\end{tikzpicture}}")


def _draw(parent: etree._Element, look: str) -> Iterator[str]:
    for node in parent:
        own = ",".join(filter(None, [look, *(LOOKS.get(name, "") for name in node.get("class", "").split())]))
        name = etree.QName(node).localname
        if name in ("g", "svg"):
            yield from _inside(node, own, framed=name == "svg")
        elif name in _SHAPES:
            yield _SHAPES[name](node, own)
        else:
            raise EditionError(f"the figure has a <{name}>, which is not drawn on paper",
                               remedy="draw it with what ext/edition/annotations/figures/picture.py has")


def _inside(node: etree._Element, look: str, *, framed: bool) -> Iterator[str]:
    x, y, width, height = (node.get(name, "0") for name in ("x", "y", "width", "height"))
    yield f"\\begin{{scope}}[shift={{({x},{y})}}]"
    if framed:
        yield f"\\clip (0,0) rectangle ({width},{height});"
    yield from _draw(node, look)
    yield "\\end{scope}"


def _line(node: etree._Element, look: str) -> str:
    return f"\\draw[{look}] " + " -- ".join(f"({point})" for point in node.get("points", "").split()) + ";"


def _path(node: etree._Element, look: str) -> str:
    """Write a path of moves and of horizontal and vertical lines."""
    at = [0.0, 0.0]
    written = []
    for command, numbers in re.findall(r"([MLVHvhZz])([^A-Za-z]*)", node.get("d", "")):
        values = [float(one) for one in re.findall(r"-?[\d.]+", numbers)]
        if command in "Zz":
            written.append("-- cycle")
            continue
        if command in "ML":
            at = values[:2]
        elif command in "Vv":
            at = [at[0], values[0] + (at[1] if command == "v" else 0)]
        else:
            at = [values[0] + (at[0] if command == "h" else 0), at[1]]
        written.append(f"{'' if command == 'M' else '-- '}({at[0]:g},{at[1]:g})")
    return f"\\draw[{look}] {' '.join(written)};"


def _circle(node: etree._Element, look: str) -> str:
    return f"\\fill[{look}] ({node.get('cx')},{node.get('cy')}) circle[radius={node.get('r')}pt];"


def _text(node: etree._Element, look: str) -> str:
    anchor = _ANCHORS[node.get("text-anchor", "start")]
    said = _SPECIAL.sub(lambda found: rf"\char{ord(found[0])} ", "".join(map(str, node.itertext())))
    return f"\\node[{look + ',' if look else ''}anchor={anchor},inner sep=0,font=\\small] at " \
           f"({node.get('x')},{node.get('y')}) {{{said}}};"


_SHAPES: Mapping[str, Callable[[etree._Element, str], str]] = {
    "polyline": _line, "path": _path, "circle": _circle, "text": _text}
