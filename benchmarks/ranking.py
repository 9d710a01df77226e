"""Other ways to rank formulas, for comparison with the search: each ranks every formula of an edition."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import mean
from typing import Any

import numpy as np

from benchmarks.formulas import Found, Tree
from ext.edition.math.tex import comparable


def pairs(row: Sequence[Tree], path: str = "") -> Counter[tuple[str, str, str]]:
    """Count the pairs of signs in a layout tree with the way from one to the other: next in a row, or inside."""
    found: Counter[tuple[str, str, str]] = Counter()
    heads = [name for name, _ in row]
    for at, (name, inside) in enumerate(row):
        for step, other in enumerate(heads[at + 1:at + 5], 1):
            found[name, other, "n" * step] += 1
        for place, (_, parts) in enumerate(inside):
            for other, _ in parts:
                found[name, other, str(place)] += 1
            found.update(pairs(parts))
    if len(row) == 1:
        found[row[0][0], "", "end"] += 1
    return found


def by_dice(formulas: Sequence[Found]) -> Callable[[str, Sequence[Tree]], list[str]]:
    """Rank by the Dice coefficient of symbol pairs in the layout trees of query and formula.

    Zanibbi, Davila, Kane and Tompa, Multi-Stage Math Formula Search, SIGIR 2016: the first stage of Tangent-3.
    """
    counted = [pairs(one.tree) for one in formulas]

    def ranked(_: str, query: Sequence[Tree]) -> list[str]:
        mine = pairs(query)
        total = mine.total()
        return _posts(formulas, [2 * (mine & other).total() / ((total + other.total()) or 1) for other in counted])

    return ranked


def by_tokens(formulas: Sequence[Found]) -> Callable[[str, Sequence[Tree]], list[str]]:
    """Rank by BM25 (k1 1.2, b 0.75) over the tokens of each formula."""
    counted = [Counter(comparable(one.tex)) for one in formulas]
    usual = mean(other.total() for other in counted)
    often = Counter(token for other in counted for token in other)

    def ranked(tex: str, _: Sequence[Tree]) -> list[str]:
        mine = comparable(tex)
        weight = {token: math.log(1 + (len(counted) - often[token] + .5) / (often[token] + .5)) for token in mine}
        return _posts(formulas, [sum(weight[token] * other[token] * 2.2 / (other[token] + 1.2 * (
            .25 + .75 * other.total() / usual)) for token in weight if token in other) for other in counted])

    return ranked


def _posts(formulas: Sequence[Found], scores: Sequence[float]) -> list[str]:
    best: dict[str, float] = defaultdict(float)
    for one, score in zip(formulas, scores, strict=True):
        if score:
            for post in one.posts:
                best[post] = max(best[post], score)
    return sorted(best, key=lambda post: (-best[post], post))

Operator = tuple[str, tuple["Operator", ...]]
_OPEN, _CLOSED = "([{⟨⌊⌈", ")]}⟩⌋⌉"
#: What divides a row, loosest first: the operator that its parts become the operands of.
_DIVIDED = ((frozenset(",;"), "list"), (frozenset("=≠≈≡≤≥<>∼∝∈∉⊂⊆→←⇒⇔↦≜:"), "relation"), (frozenset("+−-±"), "sum"))
#: Signs of a product that is one without them.
_PRODUCT = frozenset("·×⋅*⁢⁡")
_SCRIPTS = {"msub": ("sub",), "msup": ("sup",), "msubsup": ("sub", "sup")}
#: How much a formula loses for what it has beside the query, as published.
_THETA = 0.05


def operators(row: Sequence[Tree]) -> Operator:
    """Read a row as an operator tree: fences first, then relations, sums and products."""
    opened: list[list[Operator]] = [[]]
    for sign, inside in row:
        base = inside[0][1] if inside and sign in _SCRIPTS else ()
        closes = sign if not inside else base[0][0] if len(base) == 1 and not base[0][1] else ""
        if sign in _OPEN and not inside:
            opened.append([])
            continue
        one: Operator
        if closes and closes in _CLOSED and len(opened) > 1:
            one = ("group", (_divided(opened.pop()),))
        elif sign in _SCRIPTS:
            one = operators(base)
        elif inside:
            one = (sign, tuple((f"{sign}{place}", (operators(part),)) for place, (_, part) in enumerate(inside)))
        else:
            one = (sign, ())
        for script, (_, part) in zip(_SCRIPTS.get(sign, ()), inside[1:], strict=False):
            one = (script, (("base", (one,)), ("script", (operators(part),))))
        opened[-1].append(one)
    while len(opened) > 1:
        rest = opened.pop()
        opened[-1] += rest
    return _divided(opened[0])


def _divided(items: Sequence[Operator]) -> Operator:
    for signs, name in _DIVIDED:
        parts: list[list[Operator]] = [[]]
        for one in items:
            if not one[1] and one[0] in signs:
                parts.append([])
            else:
                parts[-1].append(one)
        if len(parts) > 1:
            return name, tuple(_divided(part) for part in parts if part)
    factors = tuple(one for one in items if one[1] or one[0] not in _PRODUCT)
    return factors[0] if len(factors) == 1 else ("product", factors)


def paths(tree: Operator) -> list[Counter[tuple[str, str]]]:
    """Count for every operator the paths from its leaves up to it, with their signs: the first is the whole."""
    found: list[Counter[tuple[str, str]]] = []

    def visit(one: Operator) -> list[tuple[str, str]]:
        name, operands = one
        if not operands:
            return [("number" if name.isdigit() else "letter" if len(name) == 1 and name.isalpha() else name, name)]
        place = len(found)
        found.append(Counter())
        leaves = [(f"{path}/{name}", sign) for operand in operands for path, sign in visit(operand)]
        found[place].update(leaves)
        return leaves

    leaves = visit(tree)
    return found or [Counter(leaves)]


def by_paths(formulas: Sequence[Found]) -> Callable[[str, Sequence[Tree]], list[str]]:
    """Rank by the largest common subtree of operator trees, found by leaf-root paths.

    Zhong and Zanibbi, Structural Similarity Search for Formulas Using Leaf-Root Paths in Operator Subtrees, ECIR 2019:
    one subtree (K = 1), operands only (alpha = 0), with the factors of structure and of symbols and the loss for larger
    formulas as published. The operator tree is read from what is set, by a smaller grammar than theirs.
    """
    owners: list[int] = []
    sizes: list[int] = []
    where: dict[str | tuple[str, str], tuple[list[int], list[int]]] = {}
    for number, formula in enumerate(formulas):
        counted = paths(operators(formula.tree))
        for one in counted:
            for key, times in (*one.items(), *_unsigned(one).items()):
                nodes, counts = where.setdefault(key, ([], []))
                nodes.append(len(owners))
                counts.append(times)
            owners.append(number)
            sizes.append(counted[0].total())
    postings = {key: (np.array(nodes), np.array(counts)) for key, (nodes, counts) in where.items()}
    owner, leaves = np.array(owners), np.array(sizes)

    def common(mine: Mapping[Any, int]) -> np.ndarray:
        total = np.zeros(len(owner))
        for key, times in mine.items():
            if key in postings:
                nodes, counts = postings[key]
                total[nodes] += np.minimum(counts, times)
        return total

    def ranked(_: str, query: Sequence[Tree]) -> list[str]:
        best = np.zeros(len(formulas))
        subtrees = paths(operators(query))
        for mine in subtrees:
            alike = common(_unsigned(mine))
            structure = alike / subtrees[0].total()
            symbols = 1 / (1 + (1 - common(mine) / np.maximum(alike, 1)) ** 2)
            loss = 1 - _THETA + _THETA / np.log(1 + leaves)
            np.maximum.at(best, owner, structure * symbols / (structure + symbols) * loss)
        return _posts(formulas, best.tolist())

    return ranked


def _unsigned(counted: Mapping[tuple[str, str], int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (path, _), times in counted.items():
        found[path] += times
    return found
