r"""Rows and numbers of a displayed formula, as MathJax gives them with the AMS rules.

In a numbered environment every row counts, unless ``\notag`` or ``\nonumber`` silences it; ``\tag`` gives a
row a number of its own and counts nothing. Starred environments and formulas without one count nothing.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ext.edition.math.tex import argument, definitions, option, skip_space, tokens, without_comments

#: Environments with a number for each row, and those with one for the whole.
ROW_ENVIRONMENTS = frozenset({"align", "gather", "alignat", "flalign", "eqnarray", "xalignat"})
WHOLE_ENVIRONMENTS = frozenset({"equation", "multline"})
#: What the rows of an inner environment are set as when they carry tags of their own.
_TAGGED_INNER = {"aligned": "align", "split": "align", "gathered": "gather"}

_SYMBOLS = {"\\ast": "∗", "\\star": "⋆", "\\dagger": "†", "\\ddagger": "‡", "\\prime": "′", "\\sharp": "♯",
            "\\flat": "♭", "\\bullet": "•", "\\circ": "∘", "\\S": "§", "\\Delta": "Δ", "\\alpha": "α",
            "\\beta": "β", "\\gamma": "γ", "\\quad": " ", "~": " "}


@dataclass(frozen=True, slots=True)
class Tag:
    r"""Hold a number as text: what ``\ref`` gives, and what stands beside the formula."""

    text: str
    shown: str


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one row: its TeX without labels and numbers, its own tag, whether it counts, its labels."""

    tex: str
    tag: Tag | None = None
    counts: bool = False
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Display:
    """Hold a displayed formula: the environment it consists of (without star, or empty) and its rows."""

    environment: str
    rows: tuple[Row, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the labels of all rows."""
        return tuple(label for row in self.rows for label in row.labels)


@dataclass(slots=True)
class Counter:
    """Count the equations of one document, those of the original and those added apart."""

    last: int = 0
    prefix: str = ""

    def next(self) -> Tag:
        """Return the next number."""
        self.last += 1
        number = f"{self.prefix}{self.last}"
        return Tag(number, f"({number})")


@functools.lru_cache(maxsize=1024)  # once to number a document, once to set it
def parse(tex: str) -> Display:
    """Read the environment, the rows, the tags and the labels of a displayed formula."""
    _, rest = definitions(tex)
    source = _strip(without_comments(tokens(rest)))
    name, body = _environment(source)
    base = name.removesuffix("*")
    inner = _TAGGED_INNER.get(base)
    if inner is not None and _rows_have_tags(body):
        return Display(inner, tuple(_row(row, counts=False) for row in _rows(body)))
    if base in ROW_ENVIRONMENTS:
        if base in {"alignat", "xalignat"} and (read := argument(body, 0)) is not None:
            body = body[read[1] :]
        return Display(base, tuple(_row(row, counts=base == name) for row in _rows(body)))
    if base in WHOLE_ENVIRONMENTS:
        return Display(base, (_row(body, counts=base == name),))
    return Display("", (_row(source, counts=False),))


def number(display: Display, counter: Counter, *, labelled: bool = False) -> tuple[Tag | None, ...]:
    """Return the number of each row; ``labelled`` counts a formula that is numbered by its label alone."""
    given = tuple(row.tag or (counter.next() if row.counts else None) for row in display.rows)
    if labelled and not any(given) and not display.environment:
        return (counter.next(),)
    return given


def tag_text(tex: str) -> str:
    r"""Return the argument of a ``\tag`` as plain text."""
    source = tokens(tex)
    text = "".join(_SYMBOLS.get(piece, piece) for piece in source if piece not in {"$", "{", "}"})
    return re.sub(r"\s+", " ", re.sub(r"\\([A-Za-z]+\s*|.?)", _plain, text)).strip()


def _plain(match: re.Match[str]) -> str:
    """Drop a command, keep an escaped character."""
    return "" if match[1][:1].isalpha() else match[1]


def _strip(source: list[str]) -> list[str]:
    """Drop white space at both ends."""
    start, end = skip_space(source, 0), len(source)
    while end > start and source[end - 1].isspace():
        end -= 1
    return source[start:end]


def environment_end(source: Sequence[str], start: int) -> tuple[str, int, int, int] | None:
    r"""Read the environment whose ``\begin`` is at ``start``.

    Return its name, where its body begins and ends, and the position after its ``\end``; None when it
    is not closed.
    """
    opened = argument(source, start + 1)
    if opened is None:
        return None
    depth, at = 1, opened[1]
    while at < len(source):
        if source[at] == "\\begin":
            depth += 1
        elif source[at] == "\\end" and (depth := depth - 1) == 0:
            closed = argument(source, at + 1)
            return None if closed is None else ("".join(opened[0]).strip(), opened[1], at, closed[1])
        at += 1
    return None


def _environment(source: list[str]) -> tuple[str, list[str]]:
    """Return the environment that is the whole formula, and its body; no name when there is none."""
    if source[:1] == ["\\begin"] and (found := environment_end(source, 0)) is not None:
        name, start, end, after = found
        rest = source[after:]
        # A label or tag may stand behind the environment.
        if not "".join(_row(rest, counts=False).tex).strip():
            return name, [*source[start:end], *rest]
    return "", source


def _rows(body: Sequence[str]) -> list[list[str]]:
    r"""Split the body of an environment at its own ``\\``; an empty last row is none, as in AMS."""
    rows: list[list[str]] = [[]]
    at, depth = 0, 0
    while at < len(body):
        piece = body[at]
        if piece == "\\begin" and (found := environment_end(body, at)) is not None:
            rows[-1] += body[at : found[3]]
            at = found[3]
            continue
        depth += (piece == "{") - (piece == "}")
        at += 1
        if piece == "\\\\" and depth <= 0:
            at = after_break(body, at)
            rows.append([])
        else:
            rows[-1].append(piece)
    if len(rows) > 1 and not "".join(rows[-1]).strip():
        rows.pop()
    return rows


def after_break(source: Sequence[str], at: int) -> int:
    r"""Return the position behind the star and the space that may follow a ``\\``."""
    if at < len(source) and source[at] == "*":
        at += 1
    space, end = option(source, at)
    if space is not None and re.fullmatch(r"\s*-?[\d.]+\s*[a-z]{2}\s*", "".join(space)):
        return end
    return at


def _row(source: Sequence[str], *, counts: bool) -> Row:
    """Read one row: take labels, tags and silencers out of it, at any depth."""
    kept: list[str] = []
    labels: list[str] = []
    tags: list[Tag] = []
    at = 0
    while at < len(source):
        piece = source[at]
        at += 1
        if piece in {"\\notag", "\\nonumber"}:
            counts = False
        elif piece == "\\label" and (read := argument(source, at)) is not None:
            labels.append("".join(read[0]).strip())
            at = read[1]
        elif piece == "\\tag":
            starred = at < len(source) and source[at] == "*"
            if (read := argument(source, at + starred)) is None:
                continue
            text = tag_text("".join(read[0]))
            tags.append(Tag(text, text if starred else f"({text})"))
            at = read[1]
        else:
            kept.append(piece)
    return Row("".join(kept).strip(), _joined(tags), counts and not tags, tuple(filter(None, labels)))


def _joined(tags: list[Tag]) -> Tag | None:
    """Make one tag of those that stand in one row, which AMS forbids but damaged sources have."""
    if len(tags) < 2:
        return tags[0] if tags else None
    return Tag(", ".join(tag.text for tag in tags), " ".join(tag.shown for tag in tags))


def _rows_have_tags(body: list[str]) -> bool:
    """Say whether a tag stands directly in a row of an inner environment, not deeper."""
    return "\\tag" in body and len(_rows(body)) > 1


def with_tags(display: Display) -> str:
    """Write the rows as one numbered environment, each with a mark (``z0z``) where its number belongs."""
    environment = display.environment if display.environment in {"eqnarray", "gather"} else "align"
    rows = [rf"{row.tex} \tag*{{z{at}z}}" for at, row in enumerate(display.rows)]
    return rf"\begin{{{environment}}}" + r"\\ ".join(rows) + rf"\end{{{environment}}}"


def without_tags(display: Display) -> str:
    """Write the formula without its numbers, for setting them beside it."""
    if display.environment in ROW_ENVIRONMENTS:
        inner = {"gather": "gathered", "eqnarray": "eqnarray*"}.get(display.environment, "aligned")
        return rf"\begin{{{inner}}}" + r"\\ ".join(row.tex for row in display.rows) + rf"\end{{{inner}}}"
    if display.environment == "multline":
        return rf"\begin{{multline*}}{display.rows[0].tex}\end{{multline*}}"
    return display.rows[0].tex


