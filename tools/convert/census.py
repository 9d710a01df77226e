"""Count what a reader of the untouched page could see: formulas by any sign of them, headings, pictures, tables, text.

This runs before anything of the page is chosen, moved or read, and shares no rule with what does that: its rules are
fewer and coarser, so that a kind of math that the converter does not know, or a part of the page that it does not
take, shows as a difference. Formulas in text are sought in the text of whole blocks, across whatever stands in them.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote, unquote_plus

from lxml import etree

from tools.convert.dom import BLOCKS, Element, text_of

_UNSEEN = frozenset({"script", "style", "head", "template", "noscript", "textarea", "select", "iframe", "object",
                     "title", "button", "datalist"})
_NOT_PROSE = frozenset({"a", "nav", "footer", "form", "label", "dialog"})
_CODE = frozenset({"code", "pre", "tt", "kbd", "samp", "xmp", "listing"})
_TAGS = frozenset({"d-math", "dt-math", "tex-math", "math-renderer", "inline-math", "mjx-container", "math", "card"})
_DRAWN = frozenset({"katex", "katex-display", "katex--inline", "katex--display", "mjx-chtml", "mjpage", "mathjax",
                    "mathjax_display", "mathjax_svg", "mathjax_chtml", "mwe-math-element", "ltx_equationgroup"})
_TEXT = frozenset({"math", "math-inline", "math-display", "katex-eq", "wp-katex-eq", "language-math", "js-render-math"})
_NAMES = re.compile(r"data-(?:[\w-]*-)?(?:tex|latex|formula|katex|math|expr|equation)\Z|alttext\Z")
_TEX = re.compile(r"\\[A-Za-z%{},;!|]|[_^]")
_PICTURE = re.compile(r"tex|math|equation|formula|eqn", re.I)
_DRAWING = re.compile(r"\A\s*(?:\\(?:inline|large|LARGE|huge|small|(?:dpi|bg|fn|fg)_?\{?\w+\}?)(?![A-Za-z])\s*)+")
_OPENING = re.compile(r"\\begin\{(\w{1,20}\*?)\}|\$\$|\\\[|\\\(|\[(latex|katex)[^\]\n]{0,60}\]|(?<![\\$])\$(?!\$)")
_CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "$": "$"}
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BREAK = "\x00"  # the decoder has taken these out of the page


@dataclass(frozen=True, slots=True)
class Item:
    """A formula of the page: its TeX if there is any, where it stands, and whether as text or in code."""

    tex: str | None
    snippet: str
    place: Element
    text: bool = False
    code: bool = False


@dataclass(slots=True)
class Census:
    """What a page holds, each thing by the element in which it stands; ``above`` is the tree as it was.

    ``letters`` are those of prose: links and what its own tag calls navigation are none.
    """

    formulas: list[Item] = field(default_factory=list)
    things: list[tuple[str, Element]] = field(default_factory=list)
    letters: dict[Element, int] = field(default_factory=dict)
    above: dict[Element, Element | None] = field(default_factory=dict)
    hidden: set[Element] = field(default_factory=set)


def count(root: Element) -> Census:
    """Take the census of a page."""
    found = Census()
    chunks: list[tuple[str, Element, bool]] = []
    code: set[Element] = set()
    linked: set[Element] = set()
    walker = etree.iterwalk(root, events=("start", "end"))
    skipped: Element | None = None
    for event, el in walker:
        if not isinstance(el.tag, str):
            continue
        parent = el.getparent()
        if event == "end":
            if el.tag in BLOCKS or el.tag in _CODE:
                chunks.append((_BREAK, el, False))
            if el.tail and parent is not None and el is not root:
                _take(found, chunks, el.tail, parent, code, linked)
            if el is skipped:
                skipped = None
            continue
        found.above[el] = parent
        names = (el.get("class") or "").lower().split()
        if el.tag in _CODE or parent in code:
            code.add(el)
        if el.tag in _NOT_PROSE or parent in linked:
            linked.add(el)
        if "display:none" in (el.get("style") or "").replace(" ", "").lower() or "hidden" in el.attrib:
            found.hidden.add(el)
        _thing(found, el, parent)
        formula = _formula(el, names)
        if formula is not None:
            if formula[0] is not None or formula[1]:
                found.formulas.append(Item(formula[0], formula[1], el))
            skipped = el
            walker.skip_subtree()
        elif el.tag in _UNSEEN or "mathjax_preview" in names or el.tag == "svg":
            skipped = el
            walker.skip_subtree()
        else:
            if el.tag in BLOCKS or el.tag in _CODE:
                chunks.append((_BREAK, el, False))
            if el.tag == "br":
                chunks.append(("\n", el, False))
            if el.text:
                _take(found, chunks, el.text, el, code, linked)
    _seek(found, chunks)
    return found


def _take(found: Census, chunks: list[tuple[str, Element, bool]], text: str, el: Element, code: set[Element],
          linked: set[Element]) -> None:
    chunks.append((text, el, el in code))
    if el not in linked:
        found.letters[el] = found.letters.get(el, 0) + len(text.strip())


def _thing(found: Census, el: Element, parent: Element | None) -> None:
    if el.tag in _HEADINGS:
        found.things.append(("headings", el))
    elif el.tag in {"img", "svg"}:
        found.things.append(("images", el))
    elif el.tag == "table":
        found.things.append(("tables", el))
    elif el.tag in {"pre", "listing", "xmp"}:
        found.things.append(("code", el))


def _formula(el: Element, names: list[str]) -> tuple[str | None, str] | None:
    """Return the TeX of a formula that is an element, or what it shows; None for what is no formula."""
    tag = el.tag.rpartition(":")[2]
    if tag == "script":
        kind = (el.get("type") or "").lower()
        return None if not kind.startswith("math/") else (
            _annotation(el) if "mml" in kind else (None, _short(el.text or "")) if "ascii" in kind
            else (el.text or "", ""))
    for name, value in el.items():
        if _says_tex(name) and value.strip() and not value.lstrip().startswith("<") and (
                tag not in {"html", "body"} and not tag.startswith("mjx-m")):
            return value, ""
        if name == "data-attrs" and '"persistentExpression"' in value:
            said = re.search(r'"persistentExpression"\s*:\s*("(?:[^"\\]|\\.)*")', value)
            return (json.loads(said[1]) if said else None), "persistentExpression"
    if tag == "img":
        return _picture(el)
    if el.get("data-math-style") or "katex-error" in names or (
            tag in {"code", "pre"} and not _TEXT.isdisjoint(names)):
        return text_of(el), ""
    hidden = el.find("latex") if "math-inline" in names or "math-block" in names else None
    if hidden is not None:
        return text_of(hidden), ""
    if tag == "card":
        said = re.search(r'"code"\s*:\s*("(?:[^"\\]|\\.)*")', unquote_plus(el.get("value") or ""))
        return (json.loads(said[1]), "") if said and el.get("name") == "math" else None
    if tag in _TAGS:
        if tag in {"math", "mjx-container"}:
            drawn = tag == "math" or next(el.iter("svg", "math", "mjx-math", "mjx-lazy"), None) is not None
            return _annotation(el) if drawn else None  # not drawn yet: its text is sought as any text
        return text_of(el), ""
    if tag == "eq" and len(el) == 0:
        return text_of(el), ""
    if "ltx_equationgroup" in names:
        parts = [math.get("alttext") or "" for math in el.iter("math")]
        return ("".join(parts), "") if parts else None
    if not _DRAWN.isdisjoint(names) and len(el):
        return None if any((script.get("type") or "").startswith("math/") for script in el.iter("script")) or any(
            (script.get("type") or "").startswith("math/") for script in _after(el)) else _annotation(el)
    if not _TEXT.isdisjoint(names) and len(el) == 0 and el.text and _TEX.search(el.text) and not re.search(
            r"\$|\\[(\[]", el.text):
        return el.text, ""
    return None


@lru_cache(1024)
def _says_tex(name: str) -> bool:
    return _NAMES.match(name) is not None


def _after(el: Element) -> list[Element]:
    after = el.getnext()
    return [after] if after is not None and after.tag == "script" else []


def _annotation(el: Element) -> tuple[str | None, str]:
    """Return the TeX that a drawn formula carries somewhere, else the characters that it shows."""
    for note in el.iter():
        if not isinstance(note.tag, str):
            continue
        if note.tag.endswith("annotation") and "tex" in (note.get("encoding") or "").lower():
            return text_of(note), ""
        for name in ("alttext", "data-latex", "data-tex"):
            if note.get(name) and note.tag in {"math", "mjx-container", "mjx-math", "g"}:
                return note.get(name), ""
        if note.tag == "img" and note.get("alt"):
            return note.get("alt"), ""
        if "mjx-math" in (note.get("class") or "") and note.get("aria-label"):
            return note.get("aria-label"), ""
    lines = [line.strip() for line in text_of(el).splitlines() if line.strip()]
    flat = next((x for x in el.iter() if x.get("class") == "katex-mathml"), None)
    if flat is not None and not any(True for _ in flat.iter("math")):
        lines = [line.strip() for line in text_of(flat).splitlines() if line.strip()]
        return (lines[-1] if lines else None), ""
    titles = [text_of(title) for title in el.iter("title")]
    if titles and "mjpage" in (el.get("class") or ""):
        return titles[0], ""
    return None, _short(" ".join(lines)) or "a drawing"


def _picture(el: Element) -> tuple[str | None, str] | None:
    alt, address = (el.get("alt") or "").strip(), el.get("src") or ""
    card = dict(part.split("=", 1) for part in re.split("[?#&]", address) if "=" in part)
    if card.get("card") == "math" and card.get("code"):
        return unquote(card["code"]), ""
    path, _, query = address.partition("?")
    if query and _PICTURE.search(path + query[:20]):
        named = re.search(r"(?:\A|&)(?:latex|tex|formula|math|chl|eq|from|val|inline)=([^&#]*)", query)
        words = unquote_plus(named[1]) if named else _DRAWING.sub("", unquote(query.replace("&space;", " ")))
        if words.strip() and (named or _TEX.search(words) or re.search(r"(?:mime|math)tex|latex|texrender", path)):
            return words, ""
    if re.fullmatch(r"\$.+\$|\\[(\[].+\\[)\]]|\\begin\{.+\}", alt, re.S):
        return alt, ""
    if alt and _TEX.search(alt) and _PICTURE.search(f"{el.get('class') or ''} {address}"):
        return alt, ""
    return None


def _short(text: str) -> str:
    return " ".join(text.split())[:120]


def _seek(found: Census, chunks: list[tuple[str, Element, bool]]) -> None:
    """Find the formulas that stand in the text by their delimiters; none goes from one block into another."""
    starts: list[int] = []
    size = 0
    for text, _, _ in chunks:
        starts.append(size)
        size += len(text)
    whole = "".join(text for text, _, _ in chunks)
    dead: dict[str, int] = {}  # up to where there is no such end
    position = 0
    while match := _OPENING.search(whole, position):
        position = match.end()
        opening = match[0]
        closing = (f"\\end{{{match[1]}}}" if match[1] else f"[/{match[2]}]" if match[2] else _CLOSING[opening])
        if position <= dead.get(closing, -1):
            continue
        limit = whole.find(_BREAK, position)
        limit = len(whole) if limit < 0 else limit
        end = whole.find(closing, position, limit)
        if end < 0:
            dead[closing] = limit
            continue
        inner = whole[position:end]
        if opening == "$":
            for _ in range(3):  # \text{$x$} within a formula
                further = whole.find("$", end + 1, limit)
                if inner.count("{") <= inner.count("}") or further < 0:
                    break
                end, inner = further, whole[position:further]
            if not _is_math(inner, whole[end + 1:end + 2]):
                continue
        position = end + len(closing)
        tex = whole[match.start():position] if match[1] else inner
        if tex.strip(" $\n"):
            _, place, code = chunks[bisect_right(starts, match.start()) - 1]
            found.formulas.append(Item(tex, "", place, True, code))


def _is_math(inner: str, after: str) -> bool:
    """Tell what stands between two dollars from money; in doubt it is math, and the receipt explains it."""
    if not inner.strip() or len(inner) > 2000:
        return False
    if _TEX.search(inner):
        return True
    return not (inner[0].isspace() or inner[-1].isspace() or after.isdigit()) and len(inner) <= 40 and not re.search(
        r"[^\W\d_]{3}", inner)
