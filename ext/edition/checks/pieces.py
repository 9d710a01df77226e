r"""Bring the TeX of a formula into one spelling, as nested pieces that a name can be matched against.

A piece is a token, or a tuple of pieces for a group in braces. What only lays out is gone (``\left``, ``\,``), signs
that mean the same are one (``\Vert`` and ``\|``), ``x^2_t`` is ``x_t^2``, and braces that hold one thing are gone:
``x_{t}``, ``{x}_t`` and ``x_t`` are the same three pieces. Nothing here says what a formula means.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ext.edition.checks.outcomes import Unreadable
from ext.edition.math import tex
from ext.edition.math.display import after_break

Piece: TypeAlias = "str | tuple[Piece, ...]"
Pieces: TypeAlias = "tuple[Piece, ...]"

MAX_DEPTH = 60
"""Groups within groups: more is no formula that a person displays."""
MAX_TOKENS = 4000
MAX_EXPANSION = 16
"""Macros within macros."""

#: What only lays out, with how many arguments go too.
_LAYOUT = {
    **dict.fromkeys((
        "\\left", "\\right", "\\middle", "\\big", "\\Big", "\\bigg", "\\Bigg", "\\bigl", "\\bigr", "\\Bigl", "\\Bigr",
        "\\biggl", "\\biggr", "\\Biggl", "\\Biggr", "\\,", "\\;", "\\:", "\\!", "\\>", "~", "\\ ", "\\displaystyle",
        "\\textstyle", "\\limits", "\\nolimits", "\\nonumber", "\\notag", "\\mathstrut", "\\strut", "\\boxed",
        "\\bigm", "\\Bigm", "\\mathop", "\\small", "\\large", "\\scriptstyle", "\\scriptscriptstyle",
        "\\footnotesize"), 0),
    **dict.fromkeys(("\\label", "\\tag", "\\hspace", "\\phantom", "\\vphantom", "\\hphantom", "\\color"), 1),
}  # fmt: skip
#: Spellings of one sign.
_SIGNS = {
    "\\lVert": "\\|", "\\rVert": "\\|", "\\Vert": "\\|", "\\lvert": "|", "\\rvert": "|", "\\vert": "|",
    "\\le": "\\leq", "\\ge": "\\geq", "\\leqslant": "\\leq", "\\geqslant": "\\geq", "\\ne": "\\neq",
    "\\dfrac": "\\frac", "\\tfrac": "\\frac", "\\cfrac": "\\frac", "\\dbinom": "\\binom", "\\tbinom": "\\binom",
    "\\ast": "*", "\\intercal": "\\top", "\\transpose": "\\top", "\\ldots": "\\dots", "\\cdots": "\\dots",
    "\\dotsc": "\\dots", "\\dotsb": "\\dots", "\\lbrack": "[", "\\rbrack": "]", "\\lbrace": "\\{",
    "\\rbrace": "\\}", "\\operatorname": "\\mathrm", "\\text": "\\mathrm", "\\mbox": "\\mathrm",
    "\\textrm": "\\mathrm", "\\mathsf": "\\mathrm", "\\bm": "\\boldsymbol", "\\to": "\\rightarrow",
    "\\longrightarrow": "\\rightarrow", "\\gets": "\\leftarrow", "\\longmapsto": "\\mapsto", "−": "-", "，": ",",
    "\\land": "\\wedge", "\\colon": ":", "\\prime": "'", "\\dif": "\\mathrm d",
}  # fmt: skip
#: Commands that take the next piece for their own: an alphabet or an accent.
DECORATING = frozenset({
    "\\mathrm", "\\mathbb", "\\mathcal", "\\mathbf", "\\mathit", "\\mathfrak", "\\mathscr", "\\boldsymbol", "\\bar",
    "\\hat", "\\tilde", "\\dot", "\\ddot", "\\vec", "\\check", "\\breve", "\\acute", "\\grave", "\\mathring",
    "\\overline", "\\widehat", "\\widetilde", "\\underline", "\\overrightarrow"})  # fmt: skip
_SCRIPTS = frozenset({"_", "^", "'"})
_TRANSPOSED = (("\\mathrm", "T"), ("\\mathrm", "t"))


def read(source: str, macros: Mapping[str, tex.Macro] | None = None) -> Pieces:
    """Return the pieces of a formula in the one spelling, its macros replaced.

    Raises Unreadable for groups that do not close, and for what is too long or nests too deep.
    """
    return _read(source, macros) if macros else _plain(source)


@functools.lru_cache(maxsize=4096)
def _plain(source: str) -> Pieces:
    """Return what is read without macros: the names of bindings are asked for at every instance."""
    return _read(source, None)


def _read(source: str, macros: Mapping[str, tex.Macro] | None) -> Pieces:
    defined, source = tex.definitions(source)
    tokens = tex.without_comments(tex.tokens(source))
    if defined:
        macros = {**(macros or {}), **{macro.name: macro for macro in defined}}
    if macros:
        tokens = _expand(tokens, macros, MAX_EXPANSION)
    if len(tokens) > MAX_TOKENS:
        raise Unreadable("…", f"the formula has more than {MAX_TOKENS} tokens")
    nested, end = _nest(tokens, 0, 0)
    if end != len(tokens):
        raise Unreadable("}", "a brace closes what is not open")
    return nested


def name(source: str, macros: Mapping[str, tex.Macro] | None = None) -> Pieces:
    """Return the pieces of what a binding names; raises Unreadable as :func:`read` does, and for nothing at all."""
    found = read(source, macros)
    if not found:
        raise Unreadable(source, "a binding without a name")
    return found


def written(pieces: Piece | Sequence[Piece]) -> str:
    """Return pieces as TeX again, for messages."""
    if isinstance(pieces, str):
        return pieces
    text = ""
    for piece in pieces:
        part = piece if isinstance(piece, str) else "{" + written(piece) + "}"
        text += " " + part if text and part[0].isalpha() and _ends_in_word(text) else part
    return text


def grouped(group: Piece) -> Pieces:
    """Return the pieces of a group, or the one piece that stands for it."""
    return group if isinstance(group, tuple) else (group,)


def plain(piece: Piece) -> bool:
    """Tell whether nothing but ASCII stands in a piece."""
    return all(map(plain, piece)) if isinstance(piece, tuple) else piece.isascii()


def _ends_in_word(text: str) -> bool:
    start = text.rfind("\\")
    return start >= 0 and text[start + 1 :].isalpha() and text[start + 1 :].isascii()


def _expand(tokens: Sequence[str], macros: Mapping[str, tex.Macro], left: int) -> list[str]:
    done: list[str] = []
    at = 0
    while at < len(tokens):
        macro = macros.get(tokens[at])
        at += 1
        if macro is None:
            done.append(tokens[at - 1])
            continue
        if left == 0:
            raise Unreadable(macro.name, "macros that go on for ever")
        values: list[list[str]] = []
        for position in range(macro.arguments):
            if position == 0 and macro.default is not None:
                given, at = tex.option(tokens, at)
                values.append(tex.tokens(macro.default) if given is None else given)
                continue
            argument = tex.argument(tokens, at)
            if argument is None:
                raise Unreadable(macro.name, "an argument of the macro is missing")
            values.append(argument[0])
            at = argument[1]
        body: list[str] = []
        parts = iter(tex.tokens(macro.body))
        for part in parts:
            number = next(parts, "") if part == "#" else ""
            if part != "#":
                body.append(part)
            elif number.isascii() and number.isdigit() and 0 < int(number) <= len(values):
                body += ["{", *values[int(number) - 1], "}"]
            else:
                raise Unreadable(macro.name, "the macro asks for an argument it does not take")
        done += _expand(body, macros, left - 1)
        if len(done) > MAX_TOKENS:
            raise Unreadable(macro.name, f"the formula has more than {MAX_TOKENS} tokens")
    return done


def _nest(tokens: Sequence[str], at: int, depth: int) -> tuple[Pieces, int]:
    """Read tokens up to the brace that closes the group under way."""
    if depth > MAX_DEPTH:
        raise Unreadable("{", f"more than {MAX_DEPTH} groups within groups")
    flat: list[Piece] = []
    while at < len(tokens) and tokens[at] != "}":
        piece = tokens[at]
        at += 1
        if piece == "{":
            inner, at = _nest(tokens, at, depth + 1)
            if at == len(tokens):
                raise Unreadable("{", "a brace is not closed")
            at += 1
            flat.append(inner)
        elif piece.isspace() or (len(piece) == 2 and piece[0] == "\\" and piece[1].isspace()):
            continue
        elif piece in _LAYOUT:
            at = _skip(tokens, at, piece)
        else:
            flat.append(_SIGNS.get(piece, piece))
            at = after_break(tokens, at) if piece == "\\\\" else at
    return _settle(flat), at


def _skip(tokens: Sequence[str], at: int, token: str) -> int:
    at += token in {"\\label", "\\tag"} and tokens[at : at + 1] == ["*"]
    for _ in range(_LAYOUT[token]):
        argument = tex.argument(tokens, at)
        if argument is None:
            raise Unreadable(token, "its argument is missing")
        at = argument[1]
    if token in {"\\left", "\\right"}:
        next_at = tex.skip_space(tokens, at)
        if next_at < len(tokens) and tokens[next_at] == ".":
            return next_at + 1
    return at


def _settle(flat: list[Piece]) -> Pieces:
    """Spell groups and scripts one way: needless braces go, a subscript comes before a superscript."""
    plain: list[Piece] = []
    for piece in flat:
        if isinstance(piece, tuple) and plain[-1:] == ["\\mathrm"] and len(piece) > 1:
            plain.append(piece)
        elif isinstance(piece, tuple) and piece != (",",) and (len(piece) == 1 or _one_thing(piece)):
            after_taker = bool(plain) and (plain[-1] in {"_", "^"} or plain[-1] in DECORATING)
            if len(piece) == 1 or not after_taker:
                plain += piece
            else:
                plain.append(piece)
        else:
            plain.append(piece)
    result: list[Piece] = []
    at = 0
    while at < len(plain):
        if plain[at] == "*" and result[-1:] == ["\\mathrm"]:  # \operatorname*
            at += 1
        elif plain[at] in _SCRIPTS:
            above: list[Piece] = []
            below: list[Piece] = []
            while at < len(plain) and plain[at] in _SCRIPTS:
                if plain[at] == "'":
                    above.append("'")
                    at += 1
                    continue
                into = below if plain[at] == "_" else above
                if plain[at] in into:
                    raise Unreadable(str(plain[at]), "two scripts on one thing")
                script, at = _script(plain, at)
                into += script
            result += [*below, *above]
        else:
            result.append(plain[at])
            at += 1
    return tuple(result)


def _one_thing(group: Pieces) -> bool:
    """Tell whether a group holds a letter under its accents and alphabets, and nothing else."""
    at = 0
    while at < len(group) - 1 and group[at] in DECORATING:
        at += 1
    return at == len(group) - 1 and group[at] not in {"_", "^", "+", "-"} and group[0] in DECORATING


def _script(flat: Sequence[Piece], at: int) -> tuple[list[Piece], int]:
    """Read a script and what it takes: one piece, or a decorated one."""
    end = at + 1
    while end < len(flat) and flat[end] in DECORATING:
        end += 1
    if end >= len(flat):
        raise Unreadable(str(flat[at]), "a script without anything in it")
    taken = flat[at + 1 : end + 1]
    if len(taken) > 1:
        inner = tuple(taken)
        return [flat[at], "\\top" if inner in _TRANSPOSED else inner], end + 1
    only = taken[0]
    return [flat[at], "\\top" if only in _TRANSPOSED else only], end + 1
