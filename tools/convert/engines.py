"""Read formulas that an engine has drawn: MathJax of every version, KaTeX, MathML, Wikipedia's pictures."""

from __future__ import annotations

import re

from lxml import etree

from tools.convert.dom import Element, ancestors, classes, remove, text_of
from tools.convert.formulas import Found, marked_display, undelimit
from tools.convert.mathml import linear, mathml_tex

_TEX_ANNOTATION = etree.XPath(".//annotation[contains(@encoding, 'tex') or contains(@encoding, 'TeX')]")


def script(el: Element) -> Found | None:
    """Read MathJax 2's own form, and drop what it rendered next to it."""
    kind = (el.get("type") or "").lower()
    if not kind.startswith("math/"):
        return None
    twins = []
    before = el.getprevious()
    while before is not None and not (before.tail or "").strip() and any(
            name.startswith(("mathjax", "mjx")) for name in classes(before)):
        twins.append(before)
        before = before.getprevious()
    body = el.text or ""
    if "mml" in kind:
        tree = etree.fromstring(body, etree.XMLParser(recover=True, resolve_entities=False, no_network=True))
        return Found(el, mathml_tex(tree), "display" in kind, tuple(twins), "" if tree is None else linear(tree), tree)
    if "asciimath" in kind:  # another language: the receipt names it
        return Found(el, None, "display" in kind, tuple(twins), " ".join(body.split())[:120])
    return Found(el, body, "display" in kind, tuple(twins))


def container(el: Element) -> Found:
    """Read a MathJax 3 or 4 container: its TeX if it carries any, else what its MathML or glyphs show."""
    display = el.get("display") in {"true", "block"} or marked_display(el, 1)
    for carrier in (el, *el.iter("mjx-math", "math", "g")):  # a drawn part may carry its own part of the TeX
        tex = carrier.get("data-latex") or carrier.get("data-tex")
        if tex and (carrier.tag != "g" or carrier.get("data-mml-node") == "math"):
            return Found(el, tex, display)
    maths = el.xpath(".//math")
    if not maths and not drawn(el) and text_of(el).strip():  # not typeset yet: the text is the TeX
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


def katex(el: Element) -> Found | None:
    if "katex-error" in classes(el):
        return Found(el, text_of(el), marked_display(el))
    notes = _TEX_ANNOTATION(el)
    maths = el.xpath(".//math")
    display = marked_display(el, 1) or any(m.get("display") == "block" for m in maths)
    if notes:
        return Found(el, text_of(notes[0]), display)
    flat = next((x for x in el.iter() if "katex-mathml" in classes(x)), None)
    if not maths and flat is None and not any("katex-html" in classes(x) for x in el.iter()):
        return None  # a class name alone: the page's script has not run, its text is still to be scanned
    tex = mathml_tex(maths[0]) if maths else _last_words(flat)
    return Found(el, tex, display, (), text_of(el).strip()[:120], maths[0] if maths else None)


def _last_words(flat: Element | None) -> str | None:
    """Return the TeX of MathML whose elements a site has stripped: the last of its texts (CSDN)."""
    lines = [] if flat is None else text_of(flat).rstrip().split("\n")
    while any(not line.strip() for line in lines):
        lines = lines[max(i for i, line in enumerate(lines) if not line.strip()) + 1:]
    return "\n".join(line.strip() for line in lines) or None


def mathml(el: Element) -> Found:
    display = marked_display(el, 1) or any("ltx_eqn_table" in classes(a) for a in ancestors(el, 4))
    return Found(el, mathml_tex(el), display, (), linear(el), el)


def wikipedia(el: Element) -> Found | None:
    maths = el.xpath(".//math")
    images = el.xpath(".//img[@alt]")
    if not maths and not images:
        return None
    # the alternative text is what the author wrote; the annotation has been through Wikipedia's normaliser
    written = images[0].get("alt", "").strip() if images else ""
    tex = written or (mathml_tex(maths[0]) if maths else None)
    display = any(marked_display(node, 0) for node in (el, *maths, *images, *el.iterchildren())) or _indented(el)
    return Found(el, tex, display, (), linear(maths[0]) if maths else "", maths[0] if maths else None)


def _indented(el: Element) -> bool:
    """Tell whether a formula has an indented line to itself, which is how Wikipedia displays it."""
    parent = el.getparent()
    return (parent is not None and parent.tag == "dd" and len(parent) == 1 and not (parent.text or "").strip()
            and not (el.tail or "").strip(" \n\t.,;，。；"))


def rendered(el: Element) -> Found | None:
    """Read what MathJax 2 and mathjax-node rendered, where the page was saved without its source."""
    names = classes(el)
    display = bool(names & {"mathjax_display", "mathjax_svg_display", "mjpage__block"}) or marked_display(el, 1)
    spoken = next((x for x in el.iter() if "mjx-math" in classes(x) and (x.get("aria-label") or "").strip()), None)
    if spoken is not None:  # LessWrong: what a screen reader would say is the TeX
        return Found(el, spoken.get("aria-label"), display or any("mjxc-display" in classes(x) for x in el.iter()))
    if "mjpage" in names:
        titles = [text_of(title).strip() for svg in el.iter("svg") for title in svg.iter("title")]
        if titles and titles[0]:
            return Found(el, titles[0], display)
        return Found(el, None, display, (), text_of(el).strip()[:120]) if drawn(el) else None
    source = el.get("data-mathml") or next(iter(el.xpath(".//@data-mathml")), "")
    tree = None
    if source:
        tree = etree.fromstring(source, etree.XMLParser(recover=True, resolve_entities=False, no_network=True))
    elif "mathjax" in names and not len(el):
        return None  # the class alone: its text is still to be scanned
    shown = linear(tree) if tree is not None else text_of(el).strip()[:120]
    return Found(el, None if tree is None else mathml_tex(tree), display, (), shown, tree)


def drawn(el: Element) -> bool:
    """Tell whether an engine has drawn the formula of an element."""
    return next(el.iter("svg", "mjx-math"), None) is not None


def shows(el: Element) -> bool:
    """Tell whether readers of the page see a formula here, now or once they scroll to it."""
    return drawn(el) or next(el.iter("mjx-lazy"), None) is not None
