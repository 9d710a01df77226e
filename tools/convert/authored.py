"""Read formulas that stand in a page as their author wrote them: in elements, attributes, code, pictures."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

from tools.convert.dom import Element, classes, text_of
from tools.convert.formulas import Found, alone, marked_display, sole, undelimit
from tools.convert.mathml import mathml_tex
from tools.convert.teximages import tex_of_image

ATTRIBUTES = ("data-tex", "data-latex", "data-formula", "data-katex", "data-value", "data-math", "data-latex-source")
# Classes that say "the text of this element is TeX", with delimiters or without.
WRAPPERS = (
    "math", "language-math", "math-inline", "math-display", "math-block", "math-container", "math-tex",
    "mathjax-inline", "arithmatex", "process-math", "kdmath", "mwe-math-fallback-source-inline",
    "mwe-math-fallback-source-display",
    "wp-katex-eq", "katex-eq", "katex-inline", "katex-block", "inline-math", "display-math", "tex2jax_process",
    "mathjax_process", "md-math-block", "filter_mathjaxloader_equation", "nolink",
)
_RAW = frozenset(WRAPPERS) - {"arithmatex", "process-math", "kdmath", "math-container", "math-tex", "mathjax-inline",
                              "tex2jax_process", "mathjax_process", "filter_mathjaxloader_equation", "nolink"}
_TEXT_ONLY = frozenset({"code", "span", "br", "wbr"})


def attribute(el: Element) -> Found | None:
    """Read TeX that stands in an attribute of its own."""
    name = next((n for n in ATTRIBUTES if (el.get(n) or "").strip()), None)
    if name is None or el.tag in {"mjx-container", "html", "body", "g"} or el.tag.startswith("mjx-") or any(
            a.tag in {"mjx-container", "math"} for a in el.iterancestors()):
        return None
    raw = el.get(name, "").strip()
    if (name == "data-value" and "ql-formula" not in classes(el)):
        return None
    tex, display = undelimit(raw)
    if display is None:
        display = marked_display(el, 1)
    if "ztext-math" in classes(el) or el.get("eeimg") or el.get("data-eeimg"):  # Zhihu ends a display with "\\"
        display = display or tex.endswith("\\\\") or (sole(el) and "\\begin{" in tex)
    return Found(el, tex, display)


def json_value(el: Element) -> Found | None:
    """Read TeX in an attribute that holds JSON: Substack's ``data-attrs``, the cards of Yuque."""
    if el.tag == "card":
        value = unquote(el.get("value") or "").removeprefix("data:")
        key, display = "code", el.get("type") != "inline"
        if el.get("name") != "math":
            return None
    else:
        value, key = el.get("data-attrs") or "", "persistentExpression"
        display = "inline" not in (el.get("data-component-name") or "").lower()
    if f'"{key}"' not in value:
        return None
    try:
        data = json.loads(value)
    except (ValueError, RecursionError):
        return None  # a page's broken data is no error of ours; the census counts the mark
    tex = data.get(key) if isinstance(data, dict) else None
    return Found(el, tex, display) if isinstance(tex, str) and tex.strip() else None


def element(el: Element) -> Found | None:
    """Read an element that is made for TeX: ``<d-math>``, ``<amp-mathml>``, ``<math-renderer>`` and the like."""
    if el.tag in {"eq", "eqn", "tex", "latex"} and len(el):
        return None  # a wrapper of something drawn
    tex, display = undelimit(text_of(el))
    if not tex.strip():
        return None
    node = el
    if el.tag == "latex":  # Mathpix hides the TeX beside what it drew
        parent = el.getparent()
        if parent is None or not classes(parent) & {"math-inline", "math-block"}:
            return None
        node, display = parent, "math-block" in classes(parent)
    block = (el.get("block") is not None or el.get("env") == "displaymath"
             or (el.getparent() is not None and "js-display-math" in classes(el)))
    return Found(node, tex, block if display is None else display)


def equation_group(el: Element) -> Found | None:
    """Read the rows of an aligned display of LaTeXML as one display, with the numbers of its rows."""
    rows: list[str] = []
    maths = 0
    for row in el.iter("tr"):
        cells = [(mathml_tex(math) or "").removeprefix("\\displaystyle").strip() for math in row.iter("math")]
        if not all(cells) or any("ltx_intertext" in classes(x) for x in row.iter()):
            return None
        tag = next((text_of(x).strip().strip("()") for x in row.iter() if "ltx_tag" in classes(x)), "")
        if cells:
            maths += len(cells)
            rows.append(" & ".join(cells) + (f" \\tag{{{tag}}}" if tag else ""))
    if maths < 2:
        return None
    return Found(el, "\\begin{align}\n" + " \\\\\n".join(rows) + "\n\\end{align}", True)


def image(el: Element) -> Found | None:
    """Read the picture of a formula: an address that carries TeX, or an alternative text that is TeX."""
    alt = el.get("alt") or ""
    tex = tex_of_image(el.get("src") or "", alt, classes(el), el.get("data-src") or "")
    body, said = undelimit(alt if tex is None else tex)
    if tex is None and (said is None or not body.strip()):
        return None  # not even an alternative text that is a formula with its delimiters (org, latex2html)
    if said is not None:
        return Found(el, body, said)
    display = marked_display(el, 0) or (alone(el) and bool(re.match(r"\{?\s*\\displaystyle|\\begin\{", body)))
    return Found(el, body, display)


def code(el: Element) -> Found | None:
    """Read an element whose class says that its text is math: GitLab, GitHub, rehype, pandoc, WordPress."""
    style = el.get("data-math-style")
    if el.tag not in {"span", "div", "code", "pre", "p"}:
        return None
    inner = list(el.iterdescendants())
    if inner and not ((style or el.tag == "pre") and all(x.tag in _TEXT_ONLY for x in inner)):
        return None
    text = text_of(el)
    if not text.strip():
        return None
    tex, display = undelimit(text)
    if display is None and el.tag in {"span", "div", "p"} and (
            re.search(r"\$|\\[(\[]", tex) or not (style or classes(el) & _RAW) or _is_words(tex)):
        return None  # delimiters within, or none at all where they are the rule: the scanner of the text knows better
    if display is None:
        display = (style == "display" or "true" in {el.get("data-display"), el.get("data-katex-display")}
                   or el.tag in {"pre", "div"} or marked_display(el, 0)
                   or (el.getparent() is not None and el.getparent().tag == "pre"))
    node = el.getparent() if el.getparent() is not None and el.getparent().tag == "pre" else el
    return Found(node, tex, display)


def _is_words(text: str) -> bool:
    """Tell whether a text is a name or a sentence and no formula."""
    return re.search(r"[\\^_{}=<>+]", text) is None and re.search(r"[^\W\d_]{4}", text) is not None
