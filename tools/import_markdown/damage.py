r"""Repair what a converter from HTML did to the TeX of one formula.

The converter put a backslash before each backslash that stood before a character that is special in Markdown,
and left the others: ``\{`` became ``\\{`` and ``\\`` at the end of a line ``\\\``. Not every formula of a file
went through it, so each rule fires only where the other reading makes no sense.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

_SIZED = r"\\(?:left|right|middle|[bB]igg?[lrm]?)"
_TEXT = re.compile(r"\\(?:text\w*|mathrm|mathtt|mathsf|mathbf|operatorname\*?|mbox|hbox|label|tag\*?|url|ref|eqref)"
                   r"\s*\{(?:[^{}]|\{[^{}]*\})*\}")
_ROWS = re.compile(r"&|\\begin\s*\{(?!equation|displaymath|math)")

_Repair = tuple[str, "re.Pattern[str]", str | Callable[["re.Match[str]"], str]]

_ALWAYS: tuple[_Repair, ...] = (
    ("row break before a line end", re.compile(r"(?<!\\)((?:\\\\)*)\\\\\\(?=[ \t]*\n|[ \t]*$|[ \t])"), r"\1\\\\"),
    ("row break before a length", re.compile(r"(?<!\\)\\\\\\\\(?=\s*\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|mu|px|in)\s*\])"),
     r"\\\\"),
    ("sized brace", re.compile(rf"({_SIZED}\s*)\\\\(?=[{{}}|])"), r"\1\\"),
    ("escaped underscore", re.compile(r"(?<!\\)\\\\_"), r"\\_"),
    ("escaped sign at a line start", re.compile(r"(?<!\\)((?:\\\\)*)\\(?=[-+])|(?<=\d)()\\(?=\.)"), r"\1"),
    ("macro name without backslash",
     re.compile(r"(\\(?:re|provide)?newcommand\*?\s*\{|\\DeclareMathOperator\*?\s*\{)\s*(?=[A-Za-z]+\s*\})"), r"\1\\"),
    ("misspelt end of environment", re.compile(r"(\\end\{\w+\*?)[>\])]"), r"\1}"),
)
_ESCAPED: tuple[_Repair, ...] = (
    ("row break before a letter", re.compile(r"(?<!\\)\\\\\\(?=[A-Za-z](?![A-Za-z]))"), r"\\\\"),
    ("escaped backslash", re.compile(r"(?<!\\)\\\\\\\\\\(?=[A-Za-z])"), r"\\\\\\"),
    ("escaped brace", re.compile(r"(?<!\\)\\\\(?=[{}])"), r"\\"),
    ("escaped sign", re.compile(r"(?<!\\)\\\\(?=[!#])"), r"\\"),
)
_SUBSCRIPT = re.compile(r"(?<=[\w})\]])\\_(?=[\w{\\])")
_STAR = re.compile(r"(?<!\\)\\\*")


def repair(tex: str, *, escaped: bool = False) -> tuple[str, Counter[str]]:
    r"""Return the repaired formula and how often each repair was made.

    ``escaped`` says that the formula stands where everything went through the converter; elsewhere ``\\{`` is
    taken for an escaped brace only in a formula without rows.
    """
    done: Counter[str] = Counter()

    def apply(rules: tuple[_Repair, ...], text: str) -> str:
        for name, pattern, replacement in rules:
            text, count = pattern.subn(replacement, text)
            done[name] += count
        return text

    if "\\" in tex:
        tex = _outside_text(tex, done)
        tex = apply(_ALWAYS, tex)
        if escaped or not _ROWS.search(tex):
            tex = apply(_ESCAPED, tex)
    if re.search(r"\n[ \t]*\n", tex):
        tex = re.sub(r"\n[ \t]*(?=\n)", "", tex)
        done["blank line"] += 1
    return tex, +done


def _outside_text(tex: str, done: Counter[str]) -> str:
    r"""Take the backslash off ``\_`` between symbols and off ``\*``; inside ``\text{…}`` it belongs there."""
    if "\\_" not in tex and "\\*" not in tex:
        return tex
    parts: list[str] = []
    at = 0
    for match in [*_TEXT.finditer(tex), None]:
        plain = tex[at : match.start()] if match else tex[at:]
        for name, pattern, sign in (("escaped subscript", _SUBSCRIPT, "_"), ("escaped star", _STAR, "*")):
            plain, count = pattern.subn(sign, plain)
            done[name] += count
        parts.append(plain)
        if match:
            parts.append(match[0])
            at = match.end()
    return "".join(parts)


def in_table(tex: str) -> tuple[str, Counter[str]]:
    r"""Return a formula of a table cell as its author meant it, given as it stands in the source.

    A cell needs ``\|`` for ``|``, so the reader takes ``\|x\|`` for ``|x|``. Pairs are norms; in a divergence
    the sign is double as well; any other one is the plain bar that it is read as.
    """
    done: Counter[str] = Counter()
    bars = tex.count("\\|")
    if bars and (bars % 2 == 0 or re.search(r"KL|JS|\bD_|D\s*[(\[]", tex)):
        done["double bar in a table"] = 1
        return re.sub(r"\\\|(?=([A-Za-z])?)", lambda m: r"\Vert " if m[1] else r"\Vert", tex), done
    return tex.replace("\\|", "|"), done


def one_line(tex: str) -> str:
    """Return a formula on one line; comments, which would swallow what follows, are taken out."""
    if "\n" not in tex:
        return tex
    lines = [re.sub(r"(?<!\\)((?:\\\\)*)%.*", r"\1", line).strip() for line in tex.split("\n")]
    return " ".join(line for line in lines if line)
