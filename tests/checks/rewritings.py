r"""Ways to write the same formula otherwise, and hostile spellings that say something else or nothing.

A rewriting is a function from tokens to all the ways that it applies; ``SPELLINGS`` leave the pieces of the formula as
they were, ``SAME`` only its value. ``hostile`` gives spellings that no reader of the page would take for the formula.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from ext.edition.math import tex

Tokens = list[str]
Rewriting = Callable[[Tokens], Iterator[Tokens]]

_WORDY = frozenset({"\\text", "\\operatorname", "\\mathrm", "\\begin", "\\end", "\\label", "\\tag", "\\hspace"})


def _outside_words(tokens: Sequence[str]) -> list[int]:
    """Return the places that are not in a word or an environment's name."""
    inside: set[int] = set()
    for at, token in enumerate(tokens):
        if token in _WORDY:
            start = tex.skip_space(tokens, at + 1)
            end = tex.closing(tokens, start) if start < len(tokens) and tokens[start] == "{" else start
            inside |= set(range(at, (end or start) + 1))
    return [at for at in range(len(tokens)) if at not in inside]


def _each(*pairs: tuple[str, str]) -> Rewriting:
    """Return the rewriting that puts one token for another, everywhere, either way."""

    def rewrite(tokens: Tokens) -> Iterator[Tokens]:
        for one, other in (*pairs, *((b, a) for a, b in pairs)):
            if one in tokens:
                swapped = [other if token == one else token for token in tokens]
                yield [f"{token} " if token == other and _wordlike(token) and after[:1].isalpha() else token
                       for token, after in zip(swapped, [*swapped[1:], ""], strict=True)]

    return rewrite


def _spaces(mark: str) -> Rewriting:
    def rewrite(tokens: Tokens) -> Iterator[Tokens]:
        free = set(_outside_words(tokens))
        yield [part for at, token in enumerate(tokens) for part in ((token, mark) if at in free else (token,))]

    return rewrite


def _no_spaces(tokens: Tokens) -> Iterator[Tokens]:
    kept = [token for token in tokens if not token.isspace()]
    if kept != tokens:
        yield [part for at, token in enumerate(kept) for part in (
            (token, " ") if _wordlike(token) and kept[at + 1 : at + 2] and kept[at + 1].isalpha() else (token,))]


def _wordlike(token: str) -> bool:
    return len(token) > 1 and token[-1].isalpha()


def _braced_scripts(tokens: Tokens) -> Iterator[Tokens]:
    """Put braces around scripts of one token, and take them off."""
    done: Tokens = []
    at = 0
    while at < len(tokens):
        done.append(tokens[at])
        at += 1
        if done[-1] in {"_", "^"} and at < len(tokens) and len(tokens[at]) == 1 and tokens[at] not in "{}'":
            done += ["{", tokens[at], "}"]
            at += 1
    yield done
    text = re.sub(r"([_^])\{(\w)\}", r"\1\2", "".join(tokens))
    yield tex.tokens(text)


def _bare_fractions(tokens: Tokens) -> Iterator[Tokens]:
    text = "".join(tokens)
    yield tex.tokens(re.sub(r"\\([td]?frac)\{(\d)\}\{(\d)\}", r"\\\1\2\3", text))
    yield tex.tokens(re.sub(r"\\([td]?frac)(\d)(\d)", r"\\\1{\2}{\3}", text))


def _sized(tokens: Tokens) -> Iterator[Tokens]:
    bare = [token for token in tokens if token not in {"\\left", "\\right"}]
    opens, closes = {"(", "["}, {")", "]"}
    depth = sum(token in opens for token in bare)
    if depth and depth == sum(token in closes for token in bare) and "\\left" not in tokens:
        free = set(_outside_words(tokens))
        for left, right in (("\\left", "\\right"), ("\\bigl", "\\bigr"), ("\\Big", "\\Big")):
            yield [part for at, token in enumerate(tokens) for part in (
                (left, token) if token in opens and at in free else
                (right, token) if token in closes and at in free else (token,))]


def _scripts_swapped(tokens: Tokens) -> Iterator[Tokens]:
    text = "".join(tokens)
    script = r"(\{[^{}]*\}|[A-Za-z0-9])"
    yield tex.tokens(re.sub(rf"_{script}\^{script}", r"^\2_\1", text))


def _in_environment(tokens: Tokens) -> Iterator[Tokens]:
    yield tex.tokens("\\begin{equation}" + "".join(tokens) + "\\label{e}\\end{equation}")
    if "\\\\" not in tokens and "&" not in tokens:
        yield tex.tokens("\\begin{equation*}\\begin{aligned}" + "".join(tokens) + "\\end{aligned}\\end{equation*}")


def _commented(tokens: Tokens) -> Iterator[Tokens]:
    yield [*tokens, "%", "s", "a", "m", "e", "\n"]


SPELLINGS: dict[str, Rewriting] = {
    "space": _spaces(" "), "line": _spaces("\n"), "thin space": _spaces("\\,"), "no space": _no_spaces,
    "braced scripts": _braced_scripts, "bare fractions": _bare_fractions, "size of brackets": _sized,
    "order of scripts": _scripts_swapped, "environment": _in_environment, "comment": _commented,
    "signs": _each(("\\le", "\\leq"), ("\\ge", "\\geq"), ("\\ne", "\\neq"), ("\\lVert", "\\|"), ("\\rVert", "\\Vert"),
                   ("\\lvert", "|"), ("\\rvert", "\\vert"), ("\\frac", "\\dfrac"), ("\\frac", "\\tfrac"),
                   ("\\operatorname", "\\mathrm"), ("\\top", "\\intercal"), ("-", "−"), ("\\dots", "\\ldots"),
                   ("\\boldsymbol", "\\bm"), ("\\geq", "\\geqslant"), ("\\leq", "\\leqslant"))}  # fmt: skip


def _one_equation(tokens: Tokens) -> bool:
    return tokens.count("=") == 1 and not {
        "\\quad", "\\qquad", ",", "&", "<", ">", "\\le", "\\ge", "\\leq", "\\geq", "\\approx", "\\in"} & set(tokens)


def _sides(tokens: Tokens) -> Iterator[Tokens]:
    if _one_equation(tokens):
        at = tokens.index("=")
        yield [*tokens[at + 1 :], "=", *tokens[:at]]


def _terms(tokens: Tokens) -> Iterator[Tokens]:
    """Let the first two terms of the left side change places."""
    text = "".join(tokens)
    found = re.match(r"([A-Za-z0-9\\^_{} ]+)\+([A-Za-z0-9\\^_{} ]+)(?==)", text)
    if found and "\\sum" not in found.group() and "\\log" not in found.group() and all(
            found[n].count("{") == found[n].count("}") for n in (1, 2)):
        yield tex.tokens(f"{found[2]}+{found[1]}{text[found.end() :]}")


def _slashed(tokens: Tokens) -> Iterator[Tokens]:
    """Write each fraction with a slash, in brackets."""
    for at, token in enumerate(tokens):
        if token in {"\\frac", "\\tfrac", "\\dfrac"}:
            above = tex.argument(tokens, at + 1)
            below = tex.argument(tokens, above[1]) if above else None
            if above and below and above[0][:1] not in (["\\partial"], ["\\mathrm"]):
                yield [*tokens[:at], "(", "(", *above[0], ")", "/", "(", *below[0], ")", ")", *tokens[below[1] :]]


def _dotted(tokens: Tokens) -> Iterator[Tokens]:
    """Write a dot between a number and the letter that it multiplies."""
    for at, (token, after) in enumerate(zip(tokens, tokens[1:], strict=False)):
        if token.isdigit() and after.isalpha() and (at == 0 or tokens[at - 1] in "=+-("):
            yield [*tokens[: at + 1], "\\cdot", " ", *tokens[at + 1 :]]


def _renamed(tokens: Tokens) -> Iterator[Tokens]:
    """Let an index that only sums run over have another name."""
    for old in ("i", "j"):
        text = "".join(tokens)
        if f"\\sum_{{{old}=1}}" in text and not {"m", "\\mathrm", "\\operatorname"} & set(tokens):
            yield ["m" if token == old else token for token in tokens]


def _bracketed(tokens: Tokens) -> Iterator[Tokens]:
    """Put brackets around the right side, and an outer factor of one before the left."""
    if _one_equation(tokens) and "\\begin" not in tokens:
        at = tokens.index("=")
        yield [*tokens[: at + 1], "\\left", "(", *tokens[at + 1 :], "\\right", ")"]
        yield ["(", *tokens[:at], ")", *tokens[at:]]


SAME: dict[str, Rewriting] = {
    "sides": _sides, "order of a sum": _terms, "slash": _slashed, "dot": _dotted, "dummy": _renamed,
    "brackets": _bracketed}  # fmt: skip

#: What looks like a sign and is another.
ALIKE = {
    "a": "а", "b": "Ь", "c": "с", "x": "х", "y": "у", "n": "ո", "i": "і", "v": "ν", "k": "κ", "u": "υ", "=": "＝",
    "+": "＋", "(": "（", ")": "）", "2": "２", "1": "１", "/": "∕", "|": "∣", "^": "ˆ", "_": "＿"}  # fmt: skip


def hostile(formula: str) -> Iterator[tuple[str, str]]:
    """Yield spellings that are not the formula, each with what was done; none may be read."""
    tokens = tex.tokens(formula)
    for at, token in enumerate(tokens):
        rest = (tokens[:at], tokens[at + 1 :])
        if token in {"{", "}"}:
            yield "brace lost", "".join(rest[0] + rest[1])
        if token in {"(", ")", "\\langle", "\\rangle", "[", "]", "\\lfloor", "\\rfloor", "|", "\\|"}:
            yield "bracket lost", "".join(rest[0] + rest[1])
        if token == "^" and tokens[at + 1 : at + 2] not in (["{"], ["\\"]):
            yield "script on a script", "".join([*tokens[: at + 2], "^", "2", *tokens[at + 2 :]])
        if token in ALIKE:
            yield "look-alike", "".join([*rest[0], ALIKE[token], *rest[1]])
        if _wordlike(token) and tokens[at + 1 : at + 2] == [" "] and "".join(tokens[at + 2 : at + 3]).isalpha():
            yield "glued to a letter", "".join([*rest[0], token, *tokens[at + 2 :]])
        if token in {"\\sin", "\\cos", "\\log", "\\max", "\\min"}:
            yield "without its backslash", "".join([*rest[0], token[1:], *rest[1]])
        if token == "=":
            yield "sign left over", "".join([*rest[0], "+=", *rest[1]])
