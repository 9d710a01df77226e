r"""Take a displayed formula apart into its claims and compute each: what holds, what fails, what nobody looked at.

A claim is a chain of relations between expressions. What only says where it applies (``i=1,\\dots,n``), what defines
(a lone symbol without a value on the left) and statements of law (``\\sim``, ``\\propto``, ``\\in``) are classes of
their own: counted, never held.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from ext.edition.checks import (  # noqa: F401 - they register what the grammar reads and computes
    arithmetic,
    arrays,
    calculus,
    constructs,
    differentials,
    functions,
    quadrature,
    sums,
    totals,
)
from ext.edition.checks.cutting import claims, listed
from ext.edition.checks.evaluate import Instance, holds, kind_of, size
from ext.edition.checks.grammar import Reader
from ext.edition.checks.outcomes import Claim, NotComputed, Outcome, State, Tolerance, Unbound, Unreadable, WrongShape
from ext.edition.checks.pieces import DECORATING, Piece, Pieces, name, plain, read, written
from ext.edition.checks.tree import CLOSERS, Kind, Names, Node
from ext.edition.checks.values import Law, Value
from ext.edition.math import tex

_LAWS = frozenset({
    "\\sim", "\\propto", "\\in", "\\rightarrow", "\\leftarrow", "\\mapsto", "\\overset", "\\stackrel", "\\subset",
    "\\subseteq", "\\ll", "\\gg", "\\Rightarrow", "\\iff", "\\forall", "\\exists", "\\perp", "\\notin",
    "\\Leftrightarrow", "\\Leftarrow", "\\leftrightarrow", "\\Longleftrightarrow", "\\implies", "\\impliedby",
    "\\cong", "\\supset", "\\supseteq", "\\Downarrow", "\\simeq", "\\asymp", "\\lesssim", "\\gtrsim",
    "\\Longrightarrow", "\\xrightarrow",
})
SHOWN = 8
"""Numbers of an instance that a failure tells."""
MAX_INSTANCES = 400
"""Combinations of free indices that are tried at one instance."""
_USUAL = Tolerance()


def evaluate(formula: str, instances: Sequence[Mapping[str, Any]], *, tolerance: Tolerance = _USUAL,
             first: int = 1, macros: Mapping[str, tex.Macro] | None = None) -> Outcome:
    """Compute a displayed formula at every instance: each is a mapping from names in TeX to values.

    A claim holds if it holds at all of them; what cannot be read or has no value at one is so altogether.
    """
    spell: Callable[[str], Pieces] = functools.cache(lambda text: name(text, macros))
    try:
        parts = claims(read(formula, macros))
        bound = [{spell(key): value for key, value in one.items()} for one in instances]
    except NotComputed as error:
        return Outcome((Claim(formula, _state(error), str(error)),))
    found = tuple(_judge(part, bound, tolerance, first, spell) for part in parts)
    if len(found) > 1:  # what claims nothing beside a claim may be a part of it
        found = tuple(replace(one, state=State.UNREADABLE, reason=f"what does this say beside the others: {one.tex}")
                      if one.state is State.NOTHING else one for one in found)
    return Outcome(found)


def agree(one: Pieces, other: Pieces, instance: Mapping[str, Any], *, tolerance: Tolerance = _USUAL, first: int = 1,
          macros: Mapping[str, tex.Macro] | None = None) -> State:
    """Return whether two expressions have the same value at an instance: held, failed, or why they have none."""
    spell: Callable[[str], Pieces] = functools.cache(lambda text: name(text, macros))
    bound = {spell(key): value for key, value in instance.items()}
    return _judge((*one, "=", *other), [bound], tolerance, first, spell).state


def _state(error: NotComputed) -> State:
    return State.UNBOUND if isinstance(error, Unbound) else State.SHAPE if isinstance(
        error, WrongShape) else State.UNREADABLE


def _judge(part: Pieces, bound: Sequence[Mapping[Pieces, Value]], tolerance: Tolerance, first: int,
           spell: Callable[[str], Pieces]) -> Claim:
    text = written(part)
    if _only_words(part):
        return Claim(text, State.CONDITION, "words")
    if listed(part):
        return Claim(text, State.CONDITION, "a list with dots")
    held = Claim(text, State.HELD)
    for values in bound or ({},):
        try:
            found = _at(part, values, tolerance, first, spell)
        except NotComputed as error:
            if _of_law(part):
                return Claim(text, State.LAW, "a statement of law")
            return Claim(text, _state(error), str(error))
        except (ArithmeticError, LookupError, ValueError, np.linalg.LinAlgError) as error:
            return Claim(text, State.SHAPE, f"cannot be computed here: {error}")
        if found.state != State.HELD:
            return Claim(text, found.state, found.reason)
        held = _least(held, found)
    if tolerance.sharp is not None and any(near > tolerance.sharp for near in held.near):
        return Claim(text, State.FAILED, f"a bound that is said to be sharp comes no nearer than {max(held.near):.3g}")
    return held


def _least(one: Claim, other: Claim) -> Claim:
    """Return the first claim with the least slacks of both."""
    slacks = [claim.slack for claim in (one, other) if claim.slack is not None]
    near = tuple(map(min, one.near, other.near)) if one.near and other.near else one.near or other.near
    return replace(one, slack=min(slacks, default=None), near=near)


def _only_words(part: Pieces) -> bool:
    return len(part) == 2 and part[0] == "\\mathrm" and not plain(part[1])


def _of_law(part: Pieces) -> bool:
    return any(piece in _LAWS for piece in part)


def _at(part: Pieces, values: Mapping[Pieces, Value], tolerance: Tolerance, first: int,
        spell: Callable[[str], Pieces]) -> Claim:
    """Judge a claim at one instance, for every value of its free indices."""
    names = Names(_kinds(values, spell))
    if part[0] in {"(", "["} and _wraps(part):
        inner = Reader(part[1:-1], names)
        node = inner.relation()
        if node.op == "relation" and inner.at == len(inner.pieces):
            return _condition(node, values, first, spell)
    if _of_law(part) and names.match(part, 0) is None:
        raise Unreadable(written(part), "a statement of law")
    reader = Reader(part, names)
    lone = _lone_symbol(part)
    if lone is not None and names.match(lone, 0) is None:
        right = Reader(part[len(lone) + 1 :], names)
        right.relation()
        if right.at < len(right.pieces):
            raise right.no("not read to its end")
        return Claim("", State.DEFINITION, f"{written(lone)} has no value of its own")
    node = reader.relation()
    if reader.at < len(reader.pieces):
        raise reader.no("not read to its end")
    if node.op != "relation":
        return Claim("", State.NOTHING, "no relation")
    free = sorted(_free(node, names))
    combinations = itertools.product(*(cast("range", values[key]) for key in free))
    held = Claim("", State.HELD)
    tried = 0
    for combination in itertools.islice(combinations, MAX_INSTANCES):
        tried += 1
        here: dict[Pieces, Value] = {**values, **dict(zip(free, combination, strict=True))}
        here |= {(*key, "…"): values[key] for key in free}
        found = _compare(node, Instance(here, first, spell), tolerance)
        if found.state != State.HELD:
            return replace(found, reason=f"{found.reason}{_instance(node, here)}")
        held = _least(held, found)
    if not tried:
        raise Unbound(written(free[0]), "an index that runs over nothing")
    return held


def _kinds(values: Mapping[Pieces, Value], spell: Callable[[str], Pieces]) -> dict[Pieces, Kind]:
    """Return what reading has to know of every name; what only a law gives values to is a name too."""
    kinds = {spell(key): kind_of(outcomes[0]) for law in values.values() if isinstance(law, Law)
             for key, outcomes in law.outcomes.items()}
    return kinds | {key: kind_of(value) for key, value in values.items()}


def _wraps(part: Pieces) -> bool:
    depth = 0
    for n, piece in enumerate(part):
        depth += (piece in CLOSERS) - (piece in CLOSERS.values())
        if depth == 0:
            return n == len(part) - 1
    return False


def _condition(node: Node, values: Mapping[Pieces, Value], first: int, spell: Callable[[str], Pieces]) -> Claim:
    if not holds(Instance(dict(values), first, spell), node):
        raise WrongShape("", "the instance does not meet the condition that the formula states")
    return Claim("", State.CONDITION, "met")


def _lone_symbol(part: Pieces) -> Pieces | None:
    """Return the symbol that stands alone left of the first ``=``, if one does."""
    if "=" not in part and ":=" not in part:
        return None
    left = part[: next(n for n, piece in enumerate(part) if piece in {"=", ":="})]
    if left[:2] in {("\\mathrm", "e"), ("\\mathrm", "i")}:
        return None
    at = 0
    while at < len(left) and left[at] in DECORATING:
        at += 1
    if at >= len(left) or not (_a_letter(left[at]) or (at and isinstance(left[at], tuple))):
        return None
    at += 1
    while at < len(left) and left[at] in {"_", "^", "'"}:
        if left[at] == "^" and left[at + 1 : at + 2] != ("*",) and not isinstance(left[at + 1], tuple):
            return None
        at += 1 if left[at] == "'" else 2
    return left if at == len(left) else None


def _a_letter(piece: Piece) -> bool:
    return isinstance(piece, str) and ((len(piece) == 1 and piece.isascii() and piece.isalpha()) or piece in _GREEK)


#: The commands of letters; any other may be a slip.
_GREEK = frozenset({
    "\\alpha", "\\beta", "\\gamma", "\\delta", "\\epsilon", "\\varepsilon", "\\zeta", "\\eta", "\\theta",
    "\\vartheta", "\\iota", "\\kappa", "\\varkappa", "\\lambda", "\\mu", "\\nu", "\\xi", "\\pi", "\\varpi", "\\rho",
    "\\varrho", "\\sigma", "\\varsigma", "\\tau", "\\upsilon", "\\phi", "\\varphi", "\\chi", "\\psi", "\\omega",
    "\\Gamma", "\\Delta", "\\Theta", "\\Lambda", "\\Xi", "\\Pi", "\\Sigma", "\\Upsilon", "\\Phi", "\\Psi",
    "\\Omega", "\\ell", "\\hbar", "\\imath", "\\jmath"})


def _free(node: object, names: Names, local: frozenset[object] = frozenset()) -> set[Pieces]:
    """Return the indices that no sum, law or integral of the formula runs over."""
    if isinstance(node, tuple):
        return set().union(*(_free(part, names, local) for part in node)) if node else set()
    if not isinstance(node, Node):
        return set()
    if node.op == "name":
        key = cast("Pieces", node.parts[0])
        return {key} if names.kinds.get(key) == Kind.INDEX and key not in local else set()
    if node.op in {"sum", "prod", "max", "min"}:
        runs = cast("tuple[Node, ...]", node.parts[0])
        inner = local | {run.parts[0] for run in runs if run.parts[0] is not None}
        ends = set().union(*(_free(run.parts[1:], names, local if run.parts[0] is not None else inner)
                             for run in runs))
        return ends | _free(node.parts[1], names, inner)
    if node.op == "integral":
        return _free(node.parts[1:3], names, local) | _free(node.parts[3], names, local | {node.parts[0]})
    return _free(node.parts, names, local)


def _instance(node: Node, values: Mapping[Pieces, Value]) -> str:
    """Say at which numbers a claim was computed: those of its symbols that have one, in order."""
    found = {key: values[key] for key in _named(node) if isinstance(values.get(key), (int, float, complex, np.number))}
    said = ", ".join(f"{written(key)}={_short(value)}" for key, value in itertools.islice(found.items(), SHOWN))
    return f" at {said}" if said else ""


def _named(part: object) -> Iterator[Pieces]:
    if isinstance(part, Node) and part.op == "name":
        yield cast("Pieces", part.parts[0])
    elif isinstance(part, (Node, tuple)):
        for inner in part.parts if isinstance(part, Node) else part:
            yield from _named(inner)


def _compare(node: Node, at: Instance, tolerance: Tolerance) -> Claim:
    """Compute the sides of a chain and compare neighbours."""
    sides, signs = cast("tuple[tuple[Node, ...], tuple[str, ...]]", node.parts)
    values = [at.value(side) for side in sides]
    slacks: list[float] = []
    nears: list[float] = []
    for n, (sign, left, right) in enumerate(zip(signs, values, values[1:], strict=False)):
        if callable(left) or callable(right):
            raise WrongShape("", "functions are compared at their arguments only")
        if np.shape(left) != np.shape(right) and not (_zero(left) or _zero(right)):
            raise WrongShape("", f"the sides are {np.shape(left) or 'a number'} and {np.shape(right) or 'a number'}")
        if not (np.all(np.isfinite(left)) and np.all(np.isfinite(right))):
            raise WrongShape("", "a side is not finite: choose another instance")
        largest = max(size(left), size(right))
        apart = np.asarray(left) - np.asarray(right)
        room = max(tolerance.equal, at.coarse) * largest + max(1e-13, 1e-3 * at.coarse) * at.scale + 1e-300
        if sign == "~":
            if tolerance.approx is None:
                raise Unreadable("\\approx", "how near is not stated")
            good = size(apart) <= tolerance.approx * largest
        elif sign == "=":
            good = size(apart) <= room
        elif sign == "!=":
            good = size(apart) > room
        else:
            good, near = _ordered(sign, apart, room, largest)
            slacks.append(near)
            if not _written_zero(sides[n]) and not _written_zero(sides[n + 1]):  # that says nothing of a size
                nears.append(near if largest else math.inf)
        if not good:
            return Claim("", State.FAILED, f"{_short(left)} {_SHOWN[sign]} {_short(right)} does not hold")
    return Claim("", State.HELD, "", min(slacks, default=None), tuple(nears))


_SHOWN = {"~": "≈", "=": "=", "!=": "≠", "<": "<", ">": ">", "<=": "≤", ">=": "≥", "<<": "⪯", ">>": "⪰"}


def _written_zero(side: Node) -> bool:
    return side.op == "number" and not float(str(side.parts[0]))


def _zero(value: Value) -> bool:
    return np.ndim(value) == 0 and value == 0


def _ordered(sign: str, apart: Value, room: float, largest: float) -> tuple[bool, float]:
    """Tell whether an order holds, and how near it is to not holding."""
    if np.iscomplexobj(apart) and size(np.imag(apart)) > room:
        raise WrongShape(_SHOWN[sign], "complex numbers have no order")
    difference = np.real(apart) if sign in {">", ">=", ">>"} else -np.real(apart)
    if sign in {"<<", ">>"}:
        if np.ndim(difference) != 2 or not np.allclose(difference, difference.T):
            raise WrongShape(_SHOWN[sign], "an order of matrices that are not symmetric")
        least = float(np.linalg.eigvalsh(difference)[0])
    elif np.ndim(difference):
        raise WrongShape(_SHOWN[sign], "vectors have no order")
    else:
        least = float(difference)
    return least > -room if sign not in {"<", ">"} else least > 0, least / largest if largest else 0.0


def _short(value: Value) -> str:
    if np.ndim(value) == 0:
        return f"{value:.6g}" if not isinstance(value, complex) else f"{value:.6g}"
    flat = np.ravel(value)
    shown = ", ".join([*(f"{x:.4g}" for x in flat[:4]), *(["…"] if len(flat) > 4 else [])])
    return f"{'×'.join(map(str, np.shape(value)))}[{shown}]"
