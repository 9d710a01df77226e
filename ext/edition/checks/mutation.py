r"""How much a check notices: every mutant of the formulas that it computed, computed in the same way.

A mutant is *caught* when its sides differ, *misfit* when its shapes do not go together or it has no value or cannot be
read. One that holds like the formula itself is *equivalent* if the changed side has the value of the original one for
other values of its symbols too (:mod:`ext.edition.checks.moved`); otherwise it *survives*, and shows an instance that
is too special (of rank one, zero, symmetric), or a bound that no instance comes near.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ext.edition.checks.bound import instances
from ext.edition.checks.cutting import claims, sides
from ext.edition.checks.moved import Mover
from ext.edition.checks.mutants import Mutant, mutants
from ext.edition.checks.outcomes import Fate, Relation, Score, Settings, State, Unreadable, Verdict
from ext.edition.checks.pieces import Pieces, read
from ext.edition.checks.relations import agree, evaluate
from ext.edition.math.tex import Macro

SHOWN = 4
"""At how many moved instances a mutant has to have the value of the original to be called equivalent."""
_TRIES = 3
"""How often each instance is moved."""


@dataclass(frozen=True, slots=True)
class Bench:
    """The instances of one check, on which formulas are tried."""

    found: Sequence[Mapping[str, Any]]
    settings: Settings
    macros: Mapping[str, Macro] | None = None

    @classmethod
    def of(cls, code: str, settings: Settings, macros: Mapping[str, Macro] | None = None,
           filename: str = "check") -> Bench:
        """Run the code of a check."""
        return cls(instances(code, settings, filename)[0], settings, macros)

    def state(self, tex: str) -> State:
        """Return what becomes of a formula."""
        return evaluate(tex, self.found, tolerance=self.settings.tolerance, first=self.settings.first,
                        macros=self.macros).state

    def score(self, tex: str) -> Score:
        """Return what becomes of the mutants of a formula that holds."""
        told = read(tex, self.macros)
        return Score(tuple(verdict for mutant in mutants(tex) if (verdict := self.verdict(told, mutant))))

    def verdict(self, told: Pieces, mutant: Mutant) -> Verdict | None:
        """Return what becomes of a mutant of a formula; None if it only spells it otherwise."""
        try:
            said = read(mutant.tex, self.macros)
        except Unreadable:
            return Verdict(mutant, relation_of(told), Fate.MISFIT)
        if said == told:
            return None
        return Verdict(mutant, relation_of(*_apart(told, said)), self._fate(mutant, told, said))

    def _fate(self, mutant: Mutant, told: Pieces, said: Pieces) -> Fate:
        state = self.state(mutant.tex)
        if state is State.HELD:
            return Fate.EQUIVALENT if self._same(told, said) else Fate.SURVIVED
        return Fate.CAUGHT if state is State.FAILED else Fate.MISFIT

    def _same(self, told: Pieces, said: Pieces) -> bool:
        """Tell whether two formulas differ in sides only that have the same value wherever they have one."""
        pairs: list[tuple[Pieces, Pieces]] = []
        for one, other in zip(claims(told), claims(said), strict=False):
            ours, theirs = sides(one), sides(other)
            if [sign for sign, _ in ours] != [sign for sign, _ in theirs]:
                return False
            pairs += [(a, b) for (_, a), (_, b) in zip(ours, theirs, strict=True) if a != b]
        if not pairs or len(claims(told)) != len(claims(said)):
            return False
        shown = counted = 0
        wanted = 0
        for seed, instance in enumerate([one for one in self.found for _ in range(2 * _TRIES)]):
            mover = Mover(seed, counts=seed % 2 == 0)
            moved = mover.instance(instance)
            wanted |= mover.counts
            states = {agree(a, b, moved, tolerance=self.settings.tolerance, first=self.settings.first,
                            macros=self.macros) for a, b in pairs}
            if State.FAILED in states or mover.constant:
                return False
            shown += states == {State.HELD}
            counted += states == {State.HELD} and mover.counts
        return shown >= SHOWN and counted >= wanted


def score(code: str, formulas: Mapping[str, str], settings: Settings, macros: Mapping[str, Macro] | None = None,
          filename: str = "check") -> dict[str, Score]:
    """Return the score of each formula that a passing check computed; its code is run once."""
    bench = Bench.of(code, settings, macros, filename)
    return {name: bench.score(tex) for name, tex in formulas.items()}


def _apart(told: Pieces, said: Pieces) -> list[Pieces]:
    """Return the claims of the first formula that the second does not make; all if that says nothing."""
    kept = claims(said)
    return [claim for claim in claims(told) if claim not in kept] or [told]


def relation_of(*found: Pieces) -> Relation:
    """Return what claims claim."""
    flat = set().union(*map(set, found))
    if "\\approx" in flat:
        return Relation.NEAR
    orders = {"<", ">", "\\leq", "\\geq", "\\preceq", "\\succeq"}
    return Relation.EQUAL if orders.isdisjoint(flat) else Relation.ORDER
