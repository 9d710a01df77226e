"""Find the formulas of a page in every markup, and put a placeholder where each one stands.

``MARKUPS`` is the table: which elements, and how their TeX is read. A formula that is found is taken out of the tree
before anything else looks at it, so no later step can escape, wrap or split its TeX.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import NamedTuple

from lxml import etree

from tools.convert.dom import MATH_TAG, Element, ancestors, classes, remove, replace, text_of
from tools.convert.mathml import linear, mathml_tex, reconstructed
from tools.convert.teximages import tex_of_image


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula of a page; ``tex`` is None where the page shows a formula but does not carry its TeX."""

    tex: str | None
    display: bool
    markup: str
    snippet: str = ""
    bare: bool = False  # an environment that stood in the text without delimiters
    reconstructed: bool = False  # derived from MathML, not the author's


class Found(NamedTuple):
    """What a reader of the table answers: the element to replace, the TeX, and whether it is displayed."""

    node: Element
    tex: str | None
    display: bool
    twins: tuple[Element, ...] = ()
    snippet: str = ""
    tree: Element | None = None  # its MathML


@dataclass(slots=True)
class FormulaBook:
    """The formulas of one page by the elements that stand for them, in the order in which they were found.

    Which formula an element stands for is known here and nowhere in the tree, where a page could say it too.
    """

    marks: dict[Element, Formula] = field(default_factory=dict)

    def placeholder(self, formula: Formula) -> Element:
        """Record a formula and return the element that stands for it."""
        mark: Element = etree.Element(MATH_TAG)
        self.marks[mark] = formula
        return mark


def _has(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


_TEX_ANNOTATION = etree.XPath(".//annotation[contains(@encoding, 'tex') or contains(@encoding, 'TeX')]")
_DELIMITED = (
    (re.compile(r"\A\$\$(.*)\$\$\Z", re.S), True), (re.compile(r"\A\\\[(.*)\\\]\Z", re.S), True),
    (re.compile(r"\A\\\((.*)\\\)\Z", re.S), False), (re.compile(r"\A\$([^$]*)\$\Z", re.S), False),
)
_DISPLAY_CLASSES = frozenset({
    "display", "math-display", "katex-display", "katex--display", "ql-img-displayed-equation", "formuladsp",
    "mwe-math-fallback-image-display", "mwe-math-mathml-display", "mathjax_display", "math-block", "block",
})


def tidy(tex: str) -> str:
    """Strip what is wrapping and not TeX: CDATA marks, doubled entities, the space around."""
    if re.search(r"&(?:lt|gt|amp|quot|#\d+);", tex):
        tex = unescape(tex)
    tex = tex.replace("\xa0", " ").strip()
    tex = re.sub(r"\A%?\s*<!\[CDATA\[\s*|%?\s*\]\]>\s*\Z", "", tex)
    body = tex.strip()
    # a control space at the end is one token: "x\ " must not become "x\"
    return body + " " if re.search(r"(?<!\\)(?:\\\\)*\\\Z", body) else body


def undelimit(tex: str) -> tuple[str, bool | None]:
    """Strip the delimiters that some attributes carry; the second value tells what they said, if anything."""
    for pattern, display in _DELIMITED:
        match = pattern.match(tex.strip())
        if match:
            return match[1], display
    return tex, None


def _marked_display(el: Element, levels: int = 2) -> bool:
    return any(classes(node) & _DISPLAY_CLASSES or node.get("display") in {"block", "true"}
               or node.get("mode") == "display" for node in (el, *ancestors(el, levels)))


def _sole(el: Element) -> bool:
    """Tell whether an element is all there is in its paragraph."""
    parent = el.getparent()
    return (parent is not None and parent.tag == "p" and len(parent) == 1 and not (parent.text or "").strip()
            and not (el.tail or "").strip())


def _alone(el: Element) -> bool:
    """Tell whether an element has its block to itself (``<p><img></p>``)."""
    parent = el.getparent()
    while parent is not None and parent.tag in {"span", "a", "b", "em", "strong", "font", "noscript"}:
        parent = parent.getparent()
    return (parent is not None and parent.tag in {"p", "div", "center", "dd", "figure"}
            and not text_of(parent).strip() and len(parent.findall(".//img")) == 1)


def _script(el: Element) -> Found:
    """Read MathJax 2's own form, and drop what it rendered next to it."""
    twins = []
    before = el.getprevious()
    while before is not None and not (before.tail or "").strip() and any(
            name.startswith(("mathjax", "mjx")) for name in classes(before)):
        twins.append(before)
        before = before.getprevious()
    kind = el.get("type", "").lower()
    body = el.text or ""
    if "mml" in kind:
        tree = etree.fromstring(body, etree.XMLParser(recover=True, resolve_entities=False, no_network=True))
        return Found(el, mathml_tex(tree), "display" in kind, tuple(twins), "" if tree is None else linear(tree), tree)
    return Found(el, body, "display" in kind, tuple(twins))


def _container(el: Element) -> Found:
    """Read a MathJax 3 or 4 container: its TeX if it carries any, else what its MathML or glyphs show."""
    display = el.get("display") in {"true", "block"} or _marked_display(el, 1)
    for carrier in (el, *el.xpath(".//*[@data-latex or @data-tex][1]")):
        tex = carrier.get("data-latex") or carrier.get("data-tex")
        if tex and carrier.tag in {"mjx-container", "mjx-math", "math"}:
            return Found(el, tex, display)
    maths = el.xpath(".//math")
    if not maths and not _drawn(el) and text_of(el).strip():  # not typeset yet: the text is the TeX
        for script in el.findall(".//script"):
            remove(script)
        tex, said = undelimit(text_of(el))
        return Found(el, tex, display if said is None else said)
    tex = mathml_tex(maths[0]) if maths else None
    return Found(el, tex, display, (), linear(maths[0]) if maths else _glyphs(el), maths[0] if maths else None)


def _glyphs(el: Element) -> str:
    """Return the characters that MathJax drew: their code points are in attributes and class names."""
    shown: list[str] = []
    for node in el.iter("use", "path", "mjx-c"):
        code = node.get("data-c") or next(
            (name[5:] for name in classes(node) if re.fullmatch(r"mjx-c[0-9a-f]{2,6}", name)), "")
        if re.fullmatch(r"[0-9A-Fa-f]{2,6}", code) and int(code, 16) < 0x110000:
            shown.append(chr(int(code, 16)))
    return "".join(shown)[:120]


def _katex(el: Element) -> Found | None:
    if "katex-error" in classes(el):
        return Found(el, text_of(el), _marked_display(el))
    notes = _TEX_ANNOTATION(el)
    maths = el.xpath(".//math")
    display = _marked_display(el, 1) or any(m.get("display") == "block" for m in maths)
    if notes:
        return Found(el, text_of(notes[0]), display)
    if not maths and not el.xpath(".//*[" + _has("katex-html") + "]"):
        return None  # a class name alone: the page's script has not run, its text is still to be scanned
    return Found(el, mathml_tex(maths[0]) if maths else None, display, (), text_of(el).strip()[:120],
                 maths[0] if maths else None)


def _mathml(el: Element) -> Found:
    display = _marked_display(el, 1)
    return Found(el, mathml_tex(el), display, (), linear(el), el)


def _wikipedia(el: Element) -> Found | None:
    maths = el.xpath(".//math")
    images = el.xpath(".//img[@alt]")
    if not maths and not images:
        return None
    # the alternative text is what the author wrote; the annotation has been through Wikipedia's normaliser
    written = images[0].get("alt", "").strip() if images else ""
    tex = written or (mathml_tex(maths[0]) if maths else None)
    display = any(_marked_display(node, 0) for node in (el, *maths, *images, *el.iterchildren())) or _indented(el)
    return Found(el, tex, display, (), linear(maths[0]) if maths else "", maths[0] if maths else None)


def _indented(el: Element) -> bool:
    """Tell whether a formula has an indented line to itself, which is how Wikipedia displays it."""
    parent = el.getparent()
    return (parent is not None and parent.tag == "dd" and len(parent) == 1 and not (parent.text or "").strip()
            and not (el.tail or "").strip(" \n\t.,;，。；"))


def _attribute(el: Element) -> Found | None:
    name = next(n for n in _ATTRIBUTES if el.get(n) is not None)
    raw = (el.get(name) or "").strip()
    if not raw or name == "data-value" and "ql-formula" not in classes(el):
        return None
    tex, display = undelimit(raw)
    if display is None:
        display = _marked_display(el, 1)
    if "ztext-math" in classes(el) or el.get("eeimg") or el.get("data-eeimg"):  # Zhihu ends a display with "\\"
        display = display or tex.endswith("\\\\") or (_sole(el) and "\\begin{" in tex)
    return Found(el, tex, display)


_ATTRIBUTES = ("data-tex", "data-latex", "data-formula", "data-katex", "data-value", "data-math")


def _element(el: Element) -> Found | None:
    """Read an element that is made for TeX: ``<d-math>``, ``<amp-mathml>``, ``<math-renderer>`` and the like."""
    tex, display = undelimit(text_of(el))
    if not tex.strip():
        return None
    block = el.get("block") is not None or (el.getparent() is not None and "js-display-math" in classes(el))
    return Found(el, tex, block if display is None else display)


def _image(el: Element) -> Found | None:
    tex = tex_of_image(el.get("src") or "", el.get("alt") or "", classes(el), el.get("data-src") or "")
    if tex is None:
        return None
    body, said = undelimit(tex)
    if said is not None:
        return Found(el, body, said)
    display = _marked_display(el, 0) or (_alone(el) and bool(re.match(r"\{?\s*\\displaystyle|\\begin\{", body)))
    return Found(el, body, display)


def _code(el: Element) -> Found | None:
    """Read code that a renderer shows as math: GitLab, GitHub, rehype, pandoc's raw TeX spans."""
    if len(el) or not (el.text or "").strip():
        return None
    tex, display = undelimit(el.text or "")
    if display is None and el.tag in {"span", "div"} and re.search(r"\$|\\[(\[]", tex):
        return None  # delimiters within: the scanner of the text knows better
    if display is None:
        display = (el.get("data-math-style") == "display" or el.tag in {"pre", "div"} or _marked_display(el, 0)
                   or (el.getparent() is not None and el.getparent().tag == "pre"))
    node = el.getparent() if el.getparent() is not None and el.getparent().tag == "pre" else el
    return Found(node, tex, display)


def _rendered(el: Element) -> Found:
    """Read what MathJax 2 rendered, where the page was saved without its source."""
    source = el.get("data-mathml") or next(iter(el.xpath(".//@data-mathml")), "")
    tree = None
    if source:
        tree = etree.fromstring(source, etree.XMLParser(recover=True, resolve_entities=False, no_network=True))
    shown = linear(tree) if tree is not None else text_of(el).strip()[:120]
    return Found(el, None if tree is None else mathml_tex(tree), "mathjax_display" in classes(el), (), shown, tree)


@dataclass(frozen=True, slots=True)
class Markup:
    """One way in which pages mark up math."""

    name: str
    xpath: str
    read: Callable[[Element], Found | None]


MARKUPS = (
    Markup("mathjax2", "//script[starts-with(@type, 'math/')]", _script),
    Markup("katex", f"//*[{_has('katex-display')} or {_has('katex')} or {_has('katex-error')}]", _katex),
    Markup("wikipedia", f"//*[{_has('mwe-math-element')}]", _wikipedia),
    Markup("attribute", "//*[" + " or ".join(f"@{name}" for name in _ATTRIBUTES) + "]"
           "[not(self::mjx-container or self::html or self::body or ancestor::mjx-container or ancestor::math)]",
           _attribute),
    Markup("mathjax3", "//mjx-container", _container),
    Markup("mathml", "//math", _mathml),
    Markup("element", "//d-math | //dt-math | //tex-math | //inline-math | //math-renderer | //tex | //latex-js",
           _element),
    Markup("image", "//img", _image),
    Markup("code", f"//code[{_has('language-math')} or {_has('math')} or {_has('math-inline')} or"
           f" {_has('math-display')}] | //pre[{_has('math')} or {_has('language-math')}] |"
           f" //span[{_has('math')}][{_has('inline')} or {_has('display')}]"
           f" | //span[{_has('math-inline')} or {_has('math-display')} or {_has('math-block')}]"
           f" | //span[{_has('mwe-math-fallback-source-inline')} or {_has('mwe-math-fallback-source-display')}]",
           _code),
    Markup("rendered", f"//*[{_has('MathJax_Display')} or {_has('MathJax')} or {_has('MathJax_SVG')} or"
           f" {_has('MathJax_SVG_Display')} or {_has('MathJax_CHTML')} or {_has('mjx-chtml')}]", _rendered),
)
_DEBRIS = etree.XPath(f"//*[{_has('MathJax_Preview')} or {_has('MJX_Assistive_MathML')} or @id='MathJax_Message']")


def protect(root: Element, book: FormulaBook, *, reconstruct: bool = False) -> None:
    """Replace every formula that has an element of its own by a placeholder.

    With ``reconstruct``, MathML that carries no TeX is translated; the formula says so.
    """
    for debris in _DEBRIS(root):
        if not debris.xpath(".//script[starts-with(@type, 'math/')]"):
            remove(debris)
    for markup in MARKUPS:
        for el in root.xpath(markup.xpath):
            if el.getroottree().getroot() is not root or el.getparent() is None or _detached(el, root):
                continue
            found = markup.read(el)
            if found is None:
                continue
            tex = tidy(found.tex) if found.tex is not None else None
            derived = reconstruct and tex is None and found.tree is not None
            if derived:
                tex = reconstructed(found.tree)
            if tex == "" or (tex is None and not found.snippet and not _shows(found.node)):
                continue
            for twin in found.twins:
                remove(twin)
            mark = book.placeholder(Formula(tex, found.display, markup.name, found.snippet or (tex or "")[:120],
                                            reconstructed=derived and tex is not None))
            replace(_outermost(found.node, found.display), mark)


def _detached(el: Element, root: Element) -> bool:
    """Tell whether an earlier formula of the same list has taken this element out of the tree."""
    top = el
    while top.getparent() is not None:
        top = top.getparent()
    return top is not root


def _drawn(el: Element) -> bool:
    return next(el.iter("svg", "mjx-math"), None) is not None


def _shows(el: Element) -> bool:
    """Tell whether readers of the page see a formula here, now or once they scroll to it."""
    return _drawn(el) or next(el.iter("mjx-lazy"), None) is not None


def _outermost(el: Element, display: bool) -> Element:
    """Return the wrapper of a formula that holds nothing else (``<span class="katex-display">``)."""
    for parent in ancestors(el, 3):
        wraps = parent.tag in {"span", "div", "eq", "eqn", "section"} and len(parent) == 1
        if not wraps or (parent.text or "").strip() or (el.tail or "").strip():
            break
        if not classes(parent) & {"katex-display", "katex--display", "katex--inline", "math", "mathjax-block",
                                  "mathjax_display", "katex-block", "math-display", "math-inline", "arithmatex"}:
            break
        el = parent
    return el
