r"""TeX source as tokens: normal form, identity, references and macro definitions of one formula.

Nothing here sets a formula; see :mod:`ext.edition.math.display` for rows and numbers and
:mod:`ext.edition.math.dialect` for what the engine needs. Joining the tokens of a formula gives the formula back.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.S)
_REFERENCE = re.compile(r"\\(eqref|ref)\s*\{([^{}]*)\}")
_ONLY_REFERENCE = re.compile(r"\s*+(?:\(\s*+)?\\(eqref|ref)\s*+\{([^{}]*)\}\s*+(?:\)\s*+)?")
_BEGIN_END = frozenset({"\\begin", "\\end"})

#: Commands that name or number a formula, with their arguments: no part of what it says.
_NAMING = {"\\label": 1, "\\tag": 1, "\\notag": 0, "\\nonumber": 0}
#: Environments that only wrap a whole formula.
_WRAPPERS = frozenset({"equation", "displaymath", "math"})
#: Spellings of one layout: the starred, the numbered and the inner form of an environment.
_SPELLINGS = {"align": "aligned", "split": "aligned", "gather": "gathered", "flalign": "aligned"}

#: Commands that prepare the engine of a page and print nothing, with the number of their arguments.
SETUP = {"\\require": 1, "\\setCounter": 1}


@dataclass(frozen=True, slots=True)
class Macro:
    r"""Hold one definition: name with its backslash, number of arguments, body, default of the first."""

    name: str
    arguments: int
    body: str
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    r"""Hold one ``\eqref`` (``parentheses``) or ``\ref`` to an equation's label."""

    label: str
    parentheses: bool


def tokens(tex: str) -> list[str]:
    r"""Split ``tex`` into commands, escaped characters, runs of white space and single characters."""
    return _TOKEN.findall(tex)


def skip_space(source: Sequence[str], start: int) -> int:
    """Return the position of the first piece from ``start`` that is not white space."""
    while start < len(source) and source[start].isspace():
        start += 1
    return start


def closing(source: Sequence[str], start: int) -> int | None:
    """Return the position of the brace that closes the group opened at ``start``, or None."""
    depth = 0
    for at in range(start, len(source)):
        if source[at] == "{":
            depth += 1
        elif source[at] == "}" and (depth := depth - 1) == 0:
            return at
    return None


def argument(source: Sequence[str], start: int) -> tuple[list[str], int] | None:
    """Return the argument that begins at ``start`` without its braces, and the position after it.

    As in TeX, an argument without braces is one piece. None when there is no complete one.
    """
    start = skip_space(source, start)
    if start >= len(source) or source[start] == "}":
        return None
    if source[start] != "{":
        return [source[start]], start + 1
    end = closing(source, start)
    return None if end is None else (list(source[start + 1 : end]), end + 1)


def option(source: Sequence[str], start: int) -> tuple[list[str] | None, int]:
    """Return the optional argument in brackets at ``start``, None without one, and the position after it."""
    opened = skip_space(source, start)
    depth = 0
    if opened < len(source) and source[opened] == "[":
        for at in range(opened + 1, len(source)):
            if source[at] == "]" and depth == 0:
                return list(source[opened + 1 : at]), at + 1
            depth += (source[at] == "{") - (source[at] == "}")
            if depth < 0:
                break
    return None, start


def without_comments(source: Sequence[str]) -> list[str]:
    """Drop ``%`` comments, which reach to the end of their line."""
    if "%" not in source:
        return list(source)
    kept: list[str] = []
    in_comment = False
    for piece in source:
        if piece == "%":
            in_comment = True
        elif in_comment and "\n" in piece:
            in_comment = False
            kept.append(" ")
        elif not in_comment:
            kept.append(piece)
    return kept


@functools.lru_cache(maxsize=1024)  # several ask of one document in turn
def normalise(tex: str) -> tuple[str, ...]:
    r"""Return what a formula says as tokens: without space, comments, labels, numbers and outer wrappers.

    The numbered, the starred and the inner spelling of one layout (``align``, ``align*``, ``aligned``,
    ``split``) are one.
    """
    source = [piece if not _is_control_space(piece) else "\\ " for piece in without_comments(tokens(tex))]
    source = _without_naming([piece for piece in source if not piece.isspace()])
    source = _one_spelling(source)
    while (inner := _unwrapped(source)) is not None:
        source = inner
    return tuple(source)


#: What only lays a formula out.
_LAYOUT = frozenset({
    "{", "}", "&", "~", "\\\\", "\\,", "\\;", "\\:", "\\!", "\\ ", "\\quad", "\\qquad", "\\left", "\\right", "\\big",
    "\\Big", "\\bigg", "\\Bigg", "\\bigl", "\\bigr", "\\Bigl", "\\Bigr", "\\limits", "\\displaystyle", "\\begin",
    "\\end", "\\mathop"})
#: Spellings of one sign.
_SIGNS = {
    "\\Vert": "\\|", "\\lVert": "\\|", "\\rVert": "\\|", "\\vert": "|", "\\lvert": "|", "\\rvert": "|", "\\mid": "|",
    "\\le": "\\leq", "\\ge": "\\geq", "\\ne": "\\neq", "\\to": "\\rightarrow", "\\gets": "\\leftarrow", "\\top": "T",
    "\\mathrm": "\\text", "\\operatorname": "\\text", "\\lbrace": "\\{", "\\rbrace": "\\}"}


def comparable(tex: str) -> tuple[str, ...]:
    """Return the tokens of a formula by which two wordings of it can be compared: without layout, signs spelt one way.

    Unlike :func:`normalise` it identifies nothing: formulas that differ may compare equal.
    """
    return tuple(_SIGNS.get(piece, piece) for piece in normalise(tex) if piece not in _LAYOUT)


def content_id(tex: str) -> str:
    """Return the permanent id of a formula that has no label: ``e-`` and six hexadecimal digits."""
    digest = hashlib.sha256("\x1f".join(normalise(tex)).encode()).hexdigest()
    return f"e-{digest[:6]}"


def references(tex: str) -> tuple[Reference, ...]:
    r"""Return every ``\eqref`` and ``\ref`` in ``tex``, in order."""
    return tuple(Reference(label.strip(), kind == "eqref") for kind, label in _REFERENCE.findall(tex))


def only_reference(tex: str) -> Reference | None:
    r"""Return the reference when the formula is nothing else; parentheses written around it count."""
    match = _ONLY_REFERENCE.fullmatch(tex)
    if match is None:
        return None
    return Reference(match[2].strip(), match[1] == "eqref" or "(" in tex[: match.start(1)])


def replace_references(tex: str, shown: dict[str, str]) -> str:
    r"""Replace each reference by the number in ``shown`` (by label), as text; an unknown one by ``??``."""

    def text(match: re.Match[str]) -> str:
        number = shown.get(match[2].strip(), "??")
        return rf"\text{{{f'({number})' if match[1] == 'eqref' else number}}}"

    return _REFERENCE.sub(text, tex)


def definitions(tex: str) -> tuple[tuple[Macro, ...], str]:
    r"""Take the macro definitions out of a formula; return them and what is left.

    ``\newcommand`` and its relatives, ``\def``, ``\let`` and ``\DeclareMathOperator`` are known, and
    ``\newcommand{name}`` whose name lost its backslash on the way. Commands that only prepare an engine
    (:data:`SETUP`) go as well. What is not a complete definition stays.
    """
    if "\\" not in tex or not _DEFINING.search(tex):
        return (), tex
    source = tokens(tex)
    found: list[Macro] = []
    kept: list[str] = []
    at = 0
    while at < len(source):
        read = _definition(source, at)
        if read is None:
            kept.append(source[at])
            at += 1
            continue
        macro, at = read
        if macro is not None:
            found.append(macro)
    return tuple(found), "".join(kept)


_NEW = frozenset({"\\newcommand", "\\renewcommand", "\\providecommand"})
_DEF = frozenset({"\\def", "\\gdef", "\\edef", "\\xdef"})
_OPERATOR = "\\DeclareMathOperator"
_DEFINING = re.compile(r"\\(?:newcommand|renewcommand|providecommand|[gex]?def|let|require|setCounter"
                       r"|DeclareMathOperator)(?![A-Za-z])")


def _definition(source: list[str], at: int) -> tuple[Macro | None, int] | None:
    """Read the definition that begins at ``at``: its macro, None for setup, and the position after it."""
    command = source[at]
    if command in SETUP:
        end = at + 1
        for _ in range(SETUP[command]):
            if (read := argument(source, end)) is None:
                return None
            end = read[1]
        return None, end
    if command in _NEW or command == _OPERATOR:
        return _read_newcommand(source, at)
    if command in _DEF:
        return _read_def(source, at)
    return _read_let(source, at) if command == "\\let" else None


def _read_newcommand(source: list[str], at: int) -> tuple[Macro, int] | None:
    r"""Read ``\newcommand{\name}[count][default]{body}`` or ``\DeclareMathOperator*{\name}{text}``."""
    operator = source[at] == _OPERATOR
    at += 1
    starred = at < len(source) and source[at] == "*"
    read = argument(source, at + starred)
    name = "" if read is None else "".join(read[0]).strip()
    if read is None or not re.fullmatch(r"\\?[A-Za-z]+|\\.", name):
        return None
    count, end = (None, read[1]) if operator else option(source, read[1])
    default, end = option(source, end) if count is not None else (None, end)
    body = argument(source, end)
    arguments = "".join(count or ["0"]).strip()
    if body is None or not arguments.isdecimal() or int(arguments) > 9:
        return None
    text = "".join(body[0])
    if operator:
        text = rf"\operatorname{'*' if starred else ''}{{{text}}}"
    given = None if default is None else "".join(default)
    return Macro(name if name[0] == "\\" else "\\" + name, int(arguments), text, given), body[1]


def _read_def(source: list[str], at: int) -> tuple[Macro, int] | None:
    r"""Read ``\def\name#1#2{body}``; delimited parameters are not known."""
    start = skip_space(source, at + 1)
    if start >= len(source) or source[start][0] != "\\":
        return None
    end, count = skip_space(source, start + 1), 0
    while end + 1 < len(source) and source[end] == "#" and source[end + 1] == str(count + 1):
        count, end = count + 1, end + 2
    body = argument(source, end) if end < len(source) and source[end] == "{" else None
    return None if body is None else (Macro(source[start], count, "".join(body[0])), body[1])


def _read_let(source: list[str], at: int) -> tuple[Macro, int] | None:
    r"""Read ``\let\name=\other``."""
    start = skip_space(source, at + 1)
    end = skip_space(source, start + 1)
    if end < len(source) and source[end] == "=":
        end = skip_space(source, end + 1)
    if end >= len(source) or source[start][0] != "\\" or source[end] in "{}":
        return None
    return Macro(source[start], 0, source[end]), end + 1


def _is_control_space(piece: str) -> bool:
    return len(piece) == 2 and piece[0] == "\\" and piece[1].isspace()


def _without_naming(source: list[str]) -> list[str]:
    """Drop labels, tags and the commands that silence numbers."""
    kept: list[str] = []
    at = 0
    while at < len(source):
        piece = source[at]
        if piece not in _NAMING:
            kept.append(piece)
            at += 1
            continue
        at += 1
        for _ in range(_NAMING[piece]):
            at += at < len(source) and source[at] == "*"
            read = argument(source, at)
            at = len(source) if read is None else read[1]
    return kept


def _one_spelling(source: list[str]) -> list[str]:
    """Write every environment of a layout by one name."""
    result: list[str] = []
    at = 0
    while at < len(source):
        result.append(source[at])
        at += 1
        if result[-1] in _BEGIN_END and (read := argument(source, at)) is not None:
            name = "".join(read[0]).removesuffix("*")
            result += ["{", *_SPELLINGS.get(name, name), "}"]
            at = read[1]
    return result


def _unwrapped(source: list[str]) -> list[str] | None:
    """Return what is inside the environment that wraps the whole formula, None without one."""
    for name in _WRAPPERS:
        begin, end = ["\\begin", "{", *name, "}"], ["\\end", "{", *name, "}"]
        if source[: len(begin)] == begin and source[-len(end) :] == end:
            return source[len(begin) : -len(end)]
    return None
