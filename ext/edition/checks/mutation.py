r"""How much a check notices: every mutant of the formulas that it computed, computed in the same way.

A mutant is *caught* when its sides differ, *misfit* when its shapes do not go together or it has no value or cannot be
read, and it *survives* when it holds like the formula itself. A survivor is either equivalent (``2-1`` for ``1``) or
shows an instance that is too special: of rank one, zero, symmetric.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ext.edition.checks.bound import instances
from ext.edition.checks.mutants import Mutant, mutants
from ext.edition.checks.outcomes import Relation, Score, Settings, State, Unreadable
from ext.edition.checks.pieces import read
from ext.edition.checks.relations import evaluate
from ext.edition.math.tex import Macro, tokens


def score(code: str, formulas: Mapping[str, str], settings: Settings, macros: Mapping[str, Macro] | None = None,
          filename: str = "check") -> dict[str, Score]:
    """Return the score of each formula that a passing check computed; its code is run once."""
    found, _ = instances(code, settings, filename)
    return {name: _scored(tex, found, settings, macros) for name, tex in formulas.items()}


def _scored(tex: str, found: list[Mapping[str, Any]], settings: Settings, macros: Mapping[str, Macro] | None) -> Score:
    told = read(tex, macros)
    caught = misfit = 0
    survived: list[Mutant] = []
    for mutant in mutants(tex):
        try:
            if read(mutant.tex, macros) == told:
                continue
        except Unreadable:
            misfit += 1
            continue
        state = evaluate(mutant.tex, found, tolerance=settings.tolerance, first=settings.first, macros=macros).state
        if state is State.HELD:
            survived.append(mutant)
        elif state is State.FAILED:
            caught += 1
        else:
            misfit += 1
    return Score(relation_of(tex), caught, misfit, tuple(survived))


def relation_of(tex: str) -> Relation:
    """Return what a formula claims."""
    found = set(tokens(tex))
    if "\\approx" in found:
        return Relation.NEAR
    orders = {"<", ">", "\\le", "\\leq", "\\ge", "\\geq", "\\preceq", "\\succeq"}
    return Relation.EQUAL if orders.isdisjoint(found) else Relation.ORDER
