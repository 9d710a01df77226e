"""What was computed of a post, and held: its checked derivations, and its equations that were evaluated as displayed.

Only a check that passed on the very text that stands there now counts. One that failed, that is older than its text or
that never ran is told apart, and none of them is a pass.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ext.edition.annotations.targets import AnnotationRecord, proves
from ext.edition.checks.results import Check, Recorded, standing


@dataclass(frozen=True, slots=True)
class Evidence:
    """Count derivations and proofs by what became of their checks, and displayed equations by whether they held."""

    #: Derivations and proofs, and those of them that carry a check.
    derivations: int = 0
    carrying: int = 0
    #: Of those that carry one: every check passed on this text; one failed; one is older than its text; one never ran.
    passed: int = 0
    failed: int = 0
    stale: int = 0
    unknown: int = 0
    #: Displayed equations of original and annotations, and those that were evaluated as displayed and held.
    equations: int = 0
    computed: int = 0
    #: Displayed equations of the original that were evaluated as displayed and do not hold: each is a question.
    questions: int = 0
    #: Errors planted in what was computed, and those of them that were noticed.
    planted: int = 0
    noticed: int = 0
    #: The day of the latest result that counts (ISO), empty without one.
    ran: str = ""

    def __add__(self, other: Evidence) -> Evidence:
        """Add two counts; the later day stays."""
        return Evidence(
            self.derivations + other.derivations, self.carrying + other.carrying, self.passed + other.passed,
            self.failed + other.failed, self.stale + other.stale, self.unknown + other.unknown,
            self.equations + other.equations, self.computed + other.computed,
            self.questions + other.questions, self.planted + other.planted, self.noticed + other.noticed,
            max(self.ran, other.ran))


def evidence(annotations: Sequence[AnnotationRecord], checks: Sequence[Check], recorded: Mapping[str, Recorded],
             equations: int, computed: int, questions: int = 0) -> Evidence:
    """Return what the checks of a post show; its equations and the questions about them have been counted already."""
    states = standings(annotations, checks, recorded)
    passed = [one for check in checks if (one := recorded.get(check.name)) is not None
              and standing(check, one) == "passed"]
    proofs = [one for one in annotations if proves(one)]
    ends = [states[one.anchor] for one in proofs if one.anchor in states]
    return Evidence(
        len(proofs), len(ends), ends.count("passed"), ends.count("failed"), ends.count("stale"), ends.count("unknown"),
        equations, computed, questions, sum(of for one in passed for _, of in one.mutants.values()),
        sum(noticed for one in passed for noticed, _ in one.mutants.values()),
        max((one.date for one in passed), default=""))


def standings(annotations: Sequence[AnnotationRecord], checks: Sequence[Check], recorded: Mapping[str, Recorded]
              ) -> dict[str, str]:
    """Return what became of the checks of each annotation that carries one, by its anchor."""
    parents = {one.anchor: one.parent for one in annotations if one.anchor}
    states: dict[str, set[str]] = {}
    for check in checks:
        state = standing(check, recorded.get(check.name))
        for anchor in _around(check.annotation, parents):
            states.setdefault(anchor, set()).add(state)
    return {anchor: _worst(found) for anchor, found in states.items()}


def _around(anchor: str, parents: Mapping[str, str]) -> list[str]:
    """Return an annotation and those around it."""
    found: list[str] = []
    while anchor and anchor not in found:
        found.append(anchor)
        anchor = parents.get(anchor, "")
    return found


def _worst(states: Collection[str]) -> str:
    """Return the one state of a derivation with several checks: it passed only if all of them did."""
    if not {"failed", "error"}.isdisjoint(states):
        return "failed"
    if "stale" in states:
        return "stale"
    return "passed" if set(states) == {"passed"} else "unknown"
