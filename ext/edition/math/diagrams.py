r"""Write commutative diagrams (``\begin{CD}`` of amscd) as tables, which every engine sets.

``@>f>g>`` and ``@<f<g<`` are arrows to the right and left with a label above and below, ``@VfVgV`` and ``@AfAgA``
down and up with one to the left and right; ``@=`` and ``@|`` are equal signs, ``@.`` is no arrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from ext.edition.math.tex import closing

#: The environment.
NAME = "CD"
_ACROSS: Mapping[str, str] = MappingProxyType({">": "\\xrightarrow", ")": "\\xrightarrow", "<": "\\xleftarrow",
                                               "(": "\\xleftarrow"})
_DOWN: Mapping[str, str] = MappingProxyType({"V": "\\downarrow", "A": "\\uparrow"})
_EQUAL = "\\xlongequal{}"
_BAR = frozenset({"|", "\\vert", "\\Vert", "\\|"})


def table(body: Sequence[str]) -> list[str] | None:
    """Return the body of a diagram as a matrix, None when an arrow is not closed or is none that amscd knows."""
    rows: list[str] = []
    for row in _rows(body):
        cells = _cells(row)
        if cells is None:
            return None
        rows.append(" & ".join(cells))
    return [r"\begin{matrix}", *r" \\ ".join(rows), r"\end{matrix}"] if rows else None


def _rows(body: Sequence[str]) -> Iterator[list[str]]:
    row: list[str] = []
    at = 0
    while at < len(body):
        if body[at] == "{" and (end := closing(body, at)) is not None:
            row += body[at:end + 1]
            at = end
        elif body[at] == "\\\\":
            if "".join(row).strip():
                yield row
            row = []
        else:
            row.append(body[at])
        at += 1
    if "".join(row).strip():
        yield row


def _cells(row: Sequence[str]) -> list[str] | None:
    """Return the cells of a row: objects in every second column, arrows across between them, others under them."""
    parts: list[tuple[str, str]] = []  # what kind of cell, and what it holds
    text: list[str] = []
    at = 0
    while at < len(row):
        if row[at] == "{" and (end := closing(row, at)) is not None:
            text += row[at:end + 1]
            at = end + 1
        elif row[at] == "@" and at + 1 < len(row):
            if (arrow := _arrow(row, at + 1)) is None:
                return None
            kind, written, at = arrow
            parts += [("object", "".join(text)), (kind, written)]
            text = []
        else:
            text.append(row[at])
            at += 1
    parts.append(("object", "".join(text)))
    if any(kind == "across" for kind, _ in parts):
        return [written for _, written in parts]
    # Arrows down: what stands between them is space.
    under = [written for kind, written in parts if kind != "object"]
    if not under:
        return [parts[0][1]]
    return [cell for written in under for cell in (written, "")][:-1]


def _arrow(row: Sequence[str], at: int) -> tuple[str, str, int] | None:
    """Read the arrow whose sign stands at *at*: how it lies, what it is written as, and the position after it."""
    sign = row[at]
    if sign == ".":
        return "none", "", at + 1
    if sign == "=":
        return "across", _EQUAL, at + 1
    if sign in _BAR:
        return "down", "\\Big\\Vert ", at + 1
    if sign not in _ACROSS and sign not in _DOWN:
        return None
    labels: list[str] = []
    start = at = at + 1
    while len(labels) < 2:
        if at >= len(row):
            return None
        if row[at] == "{" and (end := closing(row, at)) is not None:
            at = end
        elif row[at] == sign:
            labels.append("".join(row[start:at]).strip())
            start = at + 1
        at += 1
    first, second = labels
    if sign in _ACROSS:
        below = f"[{{{second}}}]" if second else ""
        return "across", f"{_ACROSS[sign]}{below}{{{first}}}", at
    left = f"{{\\scriptstyle {_ghost(second)}{first}}}"
    return "down", f"{left}\\Bigg{_DOWN[sign]} {{\\scriptstyle {second}{_ghost(first)}}}", at


def _ghost(label: str) -> str:
    """Return as much space as a label takes, so that the arrow stands under its object."""
    return f"\\phantom{{{label}}}" if label else ""
