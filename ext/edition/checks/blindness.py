r"""What a new check does not notice: a factor 2, a dropped transpose, its own constants; a look of bounded time.

``tools mutate`` plants every error and counts. Here a few of each kind are planted when a check is new or changed: a
kind of which not one is noticed shows an instance that is too special (of rank one, symmetric, zero), an inequality
without an instance near to equality, or a comparison of what the constants of the code have no part in.
"""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Iterator, Mapping

from ext.edition.checks.bound import instances
from ext.edition.checks.mutants import Mutant, Slip, mutants
from ext.edition.checks.mutation import Bench
from ext.edition.checks.outcomes import Fate, Outcome, Relation, Settings
from ext.edition.checks.pieces import read
from ext.edition.math.tex import Macro
from ext.edition.site.alarm import TooLong, limited

EACH = 3
"""Mutants of a kind that are planted in a formula, and constants that are changed for each."""
SECONDS = 5.0
"""For one check; what was not looked at by then is not called unnoticed."""
CONSTANTS = 12
FAR = 0.5
"""The least slack from which an inequality would hold with a factor 2 too."""
#: What is looked at, and what it is called.
_KINDS = {Slip.SIGN: "a turned sign", Slip.FACTOR: "a factor 2", Slip.TRANSPOSE: "a dropped transpose",
          Slip.NUMERATOR: "a fraction upside down", Slip.INEQUALITY: "a turned inequality"}
#: Arguments whose value is how something is computed or compared, not what.
_MANNER = frozenset({"rtol", "atol", "axis", "ddof", "ndmin", "keepdims"})


def blind(code: str, formulas: Mapping[str, str], outcomes: Mapping[str, Outcome], comparisons: int,
          settings: Settings, macros: Mapping[str, Macro] | None = None, filename: str = "check") -> tuple[str, ...]:
    """Return what a passing check does not notice, a sentence each; *formulas* are those that held."""
    until = time.perf_counter() + SECONDS
    found: list[str] = []
    if formulas:
        bench = Bench.of(code, settings, macros, filename)
        for name, tex in formulas.items():
            slack = outcomes[name].slack
            if slack is not None and slack > FAR:
                found.append(f"{name}: a factor 2 is not noticed (its least slack is {slack:.2g})")
            found += [f"{name}: {what} is not noticed" for what in _unnoticed(tex, bench, until)]
    elif comparisons and (tried := _constants(code, settings, filename, until)):
        found.append(f"it passes whatever its constants are: {tried} were changed one at a time")
    return tuple(found)


def _unnoticed(tex: str, bench: Bench, until: float) -> Iterator[str]:
    """Yield the kinds of slips of which none is noticed."""
    by: dict[Slip, list[Mutant]] = {kind: [] for kind in _KINDS}
    for mutant in mutants(tex):
        if mutant.slip in by:
            by[mutant.slip].append(mutant)
    told = read(tex, bench.macros)
    for kind, planted in by.items():
        survived = 0
        for mutant in planted[:: max(1, -(-len(planted) // EACH))]:
            verdict = bench.verdict(told, mutant)
            if time.perf_counter() > until:
                return
            if verdict is None:
                continue
            if (verdict.relation is Relation.ORDER) is not (kind is Slip.INEQUALITY):
                continue  # what only weakens an inequality holds by right; its slack says what it lets pass
            if verdict.fate not in {Fate.SURVIVED, Fate.EQUIVALENT}:
                break
            survived += 1
        else:
            if survived:
                yield _KINDS[kind]


def _constants(code: str, settings: Settings, filename: str, until: float) -> int:
    """Return how many constants were changed without any effect, 0 if one had any or not all could be tried."""
    tried = 0
    for changed in changed_constants(code):
        left = until - time.perf_counter()
        if left <= 0:
            return 0
        try:
            with limited(left):  # a changed number may never end a loop
                instances(changed, settings, filename)
        except (Exception, TooLong):  # whatever a changed number breaks, it was noticed
            return 0
        tried += 1
    return tried


def changed_constants(code: str) -> Iterator[str]:
    """Yield code with one of its numbers changed, of at most so many, spread over it.

    Tolerances, axes and places in arrays stay: they say how something is computed, not what.
    """
    tree = ast.parse(code)
    manner = {id(inner) for node in ast.walk(tree) for part in _manner(node) for inner in ast.walk(part)}
    places = [n for n, node in enumerate(ast.walk(tree)) if _number(node) and id(node) not in manner]
    for place in places[:: max(1, -(-len(places) // CONSTANTS))]:
        other = copy.deepcopy(tree)
        node = next(one for n, one in enumerate(ast.walk(other)) if n == place)
        assert isinstance(node, ast.Constant) and isinstance(node.value, (int, float))
        node.value = node.value + 1 if isinstance(node.value, int) else node.value * 1.5 or 0.5
        yield ast.unparse(other)


def _manner(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.keyword) and node.arg in _MANNER:
        yield node.value
    elif isinstance(node, ast.Subscript):
        yield node.slice


def _number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
