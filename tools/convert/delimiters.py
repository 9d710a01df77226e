r"""Find formulas in running text by their delimiters, as MathJax and KaTeX find them.

``$...$``, ``$$...$$``, ``\(...\)``, ``\[...\]``, bare environments and references; ``$latex ...$``, ``[latex]`` and
``[katex]`` of WordPress; ``$$$`` of Codeforces. Like MathJax, a formula may run across ``<br>`` but not across other
elements; braces must balance; whether a single dollar counts is the page's own setting, and where the page doesn't
say, a dollar must look like math and not like money.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from operator import itemgetter

from tools.convert.dom import Element, text_of
from tools.convert.formulas import Formula, FormulaBook, tidy
from tools.convert.mathjax import Delimiters

_SKIPPED = frozenset({"script", "style", "noscript", "textarea", "pre", "listing", "xmp", "title", "annotation", "svg",
                      "math", "select", "option", "button", "template", "iframe", "object", "head"})
_ENDS = {"$$": r"\$\$", "$": r"\$", r"\(": r"\\\)", r"\[": r"\\\]", "$$$": r"\${3}", "$$$$$$": r"\${6}"}
_TRIPLE = re.compile(r"(?<!\$)(?:\${3}(?!\$)[^$]+\${3}|\${6}(?!\$)[^$]+\${6})(?!\$)")
_COLOUR = re.compile(r"(?:amp;)?(?:bg|fg|s)=[\w-]*")  # how WordPress is to draw a formula
_FUNCTIONS = frozenset({"log", "ln", "exp", "sin", "cos", "tan", "max", "min", "sup", "inf", "mod", "gcd", "dim", "ker",
                        "det", "tr", "arg", "lim", "sgn"})
_LONGEST = 50_000  # characters of one formula
_PATIENCE = 3_000_000  # characters read in vain before the rest of a text counts as text
_QUICK = re.compile(r"\$|\\[(\[]|\\begin|\\(?:eq)?ref|\[(?:latex|katex|tex|math)\b")


@dataclass(frozen=True, slots=True)
class Match:
    """A formula between two offsets of a text; ``tex`` None marks an escaped dollar."""

    start: int
    end: int
    tex: str | None
    display: bool = False
    bare: bool = False


def find(text: str, rules: Delimiters) -> list[Match]:
    """Return the formulas of a text, left to right, without overlap."""
    opening = _openings(rules.dollars is not False, rules.escapes, rules.references, bool(_TRIPLE.search(text)))
    found: list[Match] = []
    last_ends: dict[str, int] = {}
    position = wasted = 0
    while wasted < _PATIENCE and (match := opening.search(text, position)):
        position = match.end()
        if match["escape"]:
            if match["escape"] == r"\$":
                found.append(Match(match.start(), match.end(), None))
            continue
        if match["reference"]:
            found.append(Match(match.start(), match.end(), match[0]))
            continue
        start = match["start"]
        ending = _ending(match)
        if ending not in last_ends:
            last_ends[ending] = max((m.start() for m in re.finditer(ending, text)), default=-1)
        if last_ends[ending] < match.end():
            continue
        end = _find_end(text, match.end(), ending)
        if end is None:
            wasted += min(len(text) - match.end(), _LONGEST)
            continue
        inner = text[match.end():end.start()]
        if start == "$" and rules.dollars is None and not _looks_like_math(text, match.start(), end.start()):
            continue
        if not match["environment"] and not inner.strip():
            position = end.end() if start == "$$" else position
            continue
        if match["environment"]:
            found.append(Match(match.start(), end.end(), text[match.start():end.end()], True, True))
        elif match["shortcode"]:
            found.append(Match(match.start(), end.end(), _without_colours(inner), "display" in match[0]))
        else:
            found.append(Match(match.start(), end.end(), inner, start in {"$$", r"\[", "$$$$$$"}))
        position = end.end()
    return found


@cache
def _openings(dollars: bool, escapes: bool, references: bool, triple: bool) -> re.Pattern[str]:
    """Return what begins a formula under some settings; ``triple`` for Codeforces, where ``$$$`` is in line."""
    starts = [r"\\\[", r"\\\("] + ([r"(?<!\$)\${6}(?!\$)", r"(?<!\$)\${3}(?!\$)"] if triple else [r"\$\$"])
    if dollars:
        starts.append(r"\$")
    shortcode = r"\[(?P<name>latex|katex|tex|math)(?:\s[^\[\]\n]{0,80})?\]|\$latex(?=[\s\\{])"
    parts = [f"(?P<shortcode>{shortcode})", f"(?P<start>{'|'.join(starts)})",
             r"\\begin\{(?P<environment>[^{}]*)\}",
             r"(?P<escape>\\[\\$])" if escapes else r"(?P<escape>(?!))",
             r"(?P<reference>\\(?:eq)?ref\s*\{[^{}]*\})" if references else r"(?P<reference>(?!))"]
    return re.compile("|".join(parts))


def _ending(match: re.Match[str]) -> str:
    """Return the pattern of what ends the formula that begins here."""
    if match["shortcode"]:
        return rf"\[/{match['name']}\]" if match["name"] else r"\$"
    if match["environment"] is not None:
        return r"\\end\{" + re.escape(match["environment"]) + r"\}"
    return _ENDS[match["start"]]


def _without_colours(inner: str) -> str:
    pieces = inner.split("&")
    while len(pieces) > 1 and _COLOUR.fullmatch(pieces[-1].rstrip()):
        pieces.pop()
    return "&".join(pieces)


def _find_end(text: str, position: int, ending: str) -> re.Match[str] | None:
    """Return the closing delimiter outside of braces, or None."""
    depth = 0
    for match in re.compile(rf"(?P<end>{ending})|\\(?:[a-zA-Z]|.)|[{{}}]", re.S).finditer(
            text, position, position + _LONGEST):
        if match["end"] is not None:
            if depth == 0:
                return match
        elif match[0] == "{":
            depth += 1
        elif match[0] == "}" and depth:
            depth -= 1
    return None


def _looks_like_math(text: str, start: int, end: int) -> bool:
    """Tell math from money, by pandoc's rule and by what stands between the dollars."""
    inner = text[start + 1:end]
    money = inner[:1].isdigit() and text[end + 1:end + 2].isdigit()
    before = text[start - 1:start]
    if not inner.strip() or "\n\n" in inner or len(inner) > 1500 or money or before == "\\":
        return False
    if re.search(r"\\[A-Za-z%{}|,;!]", inner):  # a command is TeX, even glued to a word
        return True
    if re.match(r"[A-Za-z]", before):
        return False
    if re.search(r"[\^_]", inner):
        return True
    if inner[0].isspace() or inner[-1].isspace() or text[end + 1:end + 2].isdigit():
        return False
    if re.search(r"[\\={}<>+|]", inner):
        return True
    # no TeX in between: a symbol or two is math, "$5 and the rest cost US$" is not
    words = re.findall(r"[^\W\d_]{2,}", inner)
    return not re.search(r"[\u3000-\u9fff\uff00-\uffef]", inner) and (
        not re.search(r"\s", inner) or all(word.lower() in _FUNCTIONS for word in words))


def scan(root: Element, rules: Delimiters, book: FormulaBook) -> None:
    """Replace every delimited formula in the text below ``root`` by a placeholder."""
    stack = [(root, not rules.everywhere)]
    while stack:
        el, ignored = stack.pop()
        if not isinstance(el.tag, str) or el.tag in _SKIPPED:
            continue
        ignored = rules.ignores(el, ignored)
        if el.tag in {"code", "tt", "kbd", "samp"} and not (rules.code and _whole(text_of(el), rules)):
            continue
        children = list(el)
        if not ignored:
            _scan_children(el, children, rules, book)
        stack.extend((child, ignored) for child in reversed(children))


def _whole(text: str, rules: Delimiters) -> bool:
    """Tell whether a text is one formula and nothing else."""
    text = text.strip()
    found = find(text, rules)
    return len(found) == 1 and found[0].tex is not None and (found[0].start, found[0].end) == (0, len(text))


def _scan_children(parent: Element, children: list[Element], rules: Delimiters, book: FormulaBook) -> None:
    """Scan each run of text and line breaks between the other children of an element."""
    anchor: Element | None = None
    breaks: list[Element] = []
    for child in [*children, None]:
        if child is not None and child.tag in {"br", "wbr"}:
            breaks.append(child)
            continue
        _scan_run(parent, anchor, breaks, rules, book)
        anchor, breaks = child, []


def _scan_run(parent: Element, anchor: Element | None, breaks: list[Element], rules: Delimiters,
              book: FormulaBook) -> None:
    texts = [(parent.text if anchor is None else anchor.tail) or "",
             *(("\n" if br.tag == "br" else "") + (br.tail or "") for br in breaks)]
    text = "".join(texts)
    if not _QUICK.search(text):
        return
    matches = find(text, rules)
    if not matches:
        return
    pieces = list(zip(accumulate(map(len, texts)), breaks, strict=False))
    items: list[str | Element] = []
    position = 0
    for match in matches:
        items.extend(_between(text, position, match.start, pieces))
        if match.tex is None:
            items.append("$")
        else:
            tex = tidy(match.tex)
            items.append(book.placeholder(Formula(tex, match.display, "text", tex[:120], match.bare,
                                                   match.tex in book.mended)))
        position = match.end
    items.extend(_between(text, position, len(text), pieces))
    _rebuild(parent, anchor, breaks, items)


def _between(text: str, start: int, end: int, pieces: list[tuple[int, Element]]) -> list[str | Element]:
    """Return the text and line breaks outside of formulas."""
    items: list[str | Element] = []
    for number in range(bisect_left(pieces, start, key=itemgetter(0)), len(pieces)):
        offset, br = pieces[number]
        if offset >= end:
            break
        items += [text[start:offset], br]
        start = offset + (1 if br.tag == "br" else 0)
    items.append(text[start:end])
    return items


def _rebuild(parent: Element, anchor: Element | None, breaks: list[Element], items: list[str | Element]) -> None:
    for br in breaks:
        parent.remove(br)
        br.tail = None
    if anchor is None:
        parent.text = None
    else:
        anchor.tail = None
    last = anchor
    for item in items:
        if not isinstance(item, str):
            item.tail = None
            if last is None:
                parent.insert(0, item)
            else:  # counts no siblings, as an index would
                tail, last.tail = last.tail, None
                last.addnext(item)
                last.tail = tail
            last = item
        elif last is None:
            parent.text = (parent.text or "") + item
        else:
            last.tail = (last.tail or "") + item
