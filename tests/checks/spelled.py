r"""Spell a tree of the grammar on one line with every bracket and sign written, so that a person can judge the reading.

``2ab^{\\top}/n`` is ``((2 * a * transpose(b)) / n)``. Names stand in quotation marks as TeX, calls and indices say what
they are: ``call f (x)``, ``x[i]``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from ext.edition.checks.pieces import Pieces, written
from ext.edition.checks.tree import Node

_JOINED = {"add": " + ", "mul": " * ", "hadamard": " ⊙ ", "div": " / "}


def spelled(part: object) -> str:
    """Return a node, or what stands among the parts of one, on one line."""
    if isinstance(part, Node):
        if part.op in _JOINED:
            return f"({_JOINED[part.op].join(map(spelled, part.parts))})"
        one = _SPELLED.get(part.op)
        return one(part) if one else f"{part.op}({', '.join(map(spelled, part.parts))})"
    if isinstance(part, tuple):
        return "[" + ", ".join(map(spelled, part)) + "]"
    return "" if part is None else str(part)


def _name(node: Node) -> str:
    return "‹" + written(cast("Pieces", node.parts[0])) + "›"


def _run(node: Node) -> str:
    key, first, last = node.parts
    if key is None:
        return spelled(first)
    ends = f"={spelled(first)}..{spelled(last)}" if first is not None else ""
    return written(cast("Pieces", key)) + ends


def _over(node: Node) -> str:
    runs, body = cast("tuple[tuple[Node, ...], Node]", node.parts)
    return f"{node.op}<{', '.join(map(_run, runs))}>({spelled(body)})"


def _relation(node: Node) -> str:
    sides, signs = cast("tuple[tuple[Node, ...], tuple[str, ...]]", node.parts)
    return spelled(sides[0]) + "".join(
        f"  {sign}  {spelled(side)}" for sign, side in zip(signs, sides[1:], strict=True))


def _integral(node: Node) -> str:
    key, lower, upper, body = node.parts
    return f"int<{written(cast('Pieces', key))}: {spelled(lower)}..{spelled(upper)}>({spelled(body)})"


_SPELLED: dict[str, Callable[[Node], str]] = {
    "name": _name, "number": lambda node: str(node.parts[0]), "bracket": lambda node: spelled(node.parts[0]),
    "times": lambda node: spelled(node.parts[0]), "neg": lambda node: f"-{spelled(node.parts[0])}",
    "e": lambda _: "e", "i": lambda _: "i", "run": _run, "relation": _relation, "integral": _integral,
    "call": lambda node: f"call {spelled(node.parts[0])}{spelled(node.parts[1])}",
    "law": lambda node: f"law {spelled(node.parts[0])}{spelled(node.parts[1])}",
    "index": lambda node: f"{spelled(node.parts[0])}{spelled(node.parts[1])}",
    "power": lambda node: f"({spelled(node.parts[0])} ^ {spelled(node.parts[1])})",
    "infinity": lambda node: f"{node.parts[0]}∞", "variable": lambda _: "∇'s own",
    "function": lambda node: f"{node.parts[0]}({spelled(node.parts[1])})",
    **dict.fromkeys(("sum", "prod", "max", "min"), _over)}  # fmt: skip
