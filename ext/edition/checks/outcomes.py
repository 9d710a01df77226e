"""What can become of a check and of the formulas it names; none but *held* is a pass.

Here are only words and records: a build that shows results computes nothing, and needs nothing to compute with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ext.edition.checks.mutants import Mutant


class NotComputed(Exception):
    """A formula was not computed; ``token`` is where, ``reason`` is why, in words for the annotator."""

    def __init__(self, token: str, reason: str) -> None:
        super().__init__(f"{reason}: {token}" if token else reason)
        self.token = token
        self.reason = reason


class Unreadable(NotComputed):
    """The grammar does not read this, or could read it in two ways."""


class Unbound(NotComputed):
    """A symbol has no value."""


class WrongShape(NotComputed):
    """The values do not fit together: a sum of a vector and a matrix, an index outside its range."""


EQUAL = 1e-8
"""How near the sides of an equation must be, relative to the larger."""


class State(StrEnum):
    """What became of a claim, or of a whole formula."""

    HELD = "held"
    FAILED = "failed"
    SHAPE = "shape"
    """Values that do not fit together."""
    UNBOUND = "unbound"
    UNREADABLE = "unreadable"
    DEFINITION = "definition"
    LAW = "law"
    CONDITION = "condition"
    NOTHING = "nothing"
    """No relation at all."""


@dataclass(frozen=True, slots=True)
class Claim:
    r"""One claim of a formula: its TeX, what became of it, why, and for an inequality the least slack met.

    ``slack`` is relative to the larger side; None for other claims and for those that were not computed. ``near`` has
    the slack of each inequality in the claim, in order, but for those with a zero.
    """

    tex: str
    state: State
    reason: str = ""
    slack: float | None = None
    near: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one displayed formula."""

    claims: tuple[Claim, ...]

    @property
    def state(self) -> State:
        """The worst that happened; held only if something was computed and nothing was left unread."""
        states = [claim.state for claim in self.claims]
        for state in (State.FAILED, State.SHAPE, State.UNBOUND, State.UNREADABLE, State.HELD, State.DEFINITION,
                      State.LAW):
            if state in states:
                return state
        return State.NOTHING

    @property
    def slack(self) -> float | None:
        """The least slack of its inequalities; None without one."""
        return min((claim.slack for claim in self.claims if claim.slack is not None), default=None)

    @property
    def reason(self) -> str:
        """Why the formula is in its state, of the first claim that is."""
        return next((claim.reason for claim in self.claims if claim.state == self.state), "")


@dataclass(frozen=True, slots=True)
class Tolerance:
    r"""How near two sides must be: relative for ``=``, and for ``\\approx`` as the author states it.

    ``sharp`` is how near to equality every inequality must come at one instance at least; None asks nothing.
    """

    equal: float = EQUAL
    approx: float | None = None
    sharp: float | None = None


TIMES = 4
"""How many instances a formula is computed at, unless the check says."""


class Result(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    """A comparison, or a formula, does not hold or was not computed."""
    ERROR = "error"
    """Its code ended otherwise."""
    QUESTION = "question"
    """Nothing was computed but formulas of an original, and they do not hold as they are displayed."""
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Settings:
    r"""How a check computes: instances, the first index of arrays, how near ``\\approx`` is (relative), and how
    near to equality every ``\\le`` must come somewhere.
    """

    times: int = TIMES
    first: int = 1
    approx: float | None = None
    equal: float = EQUAL
    sharp: float | None = None

    @property
    def tolerance(self) -> Tolerance:
        """How near the sides of a relation must be."""
        return Tolerance(self.equal, self.approx, self.sharp)


@dataclass(frozen=True, slots=True)
class Run:
    """What a check did: its result, what became of each formula it names, the comparisons it made, seconds of wall.

    ``questions`` says of formulas of an original that do not hold as displayed both values and the instance: it may be
    an erratum there, or a binding that reads it otherwise.
    """

    result: Result
    formulas: Mapping[str, Outcome] = field(default_factory=dict)
    comparisons: int = 0
    seconds: float = 0.0
    message: str = ""
    questions: Mapping[str, str] = field(default_factory=dict)


class Relation(StrEnum):
    """What a claim claims, by its weakest relation."""

    EQUAL = "="
    NEAR = "≈"
    ORDER = "≤"


class Fate(StrEnum):
    """What became of a formula with a planted error."""

    CAUGHT = "caught"
    MISFIT = "misfit"
    """Its shapes do not go together, it has no value, or it cannot be read."""
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"
    """It holds, and says the same of other values of its symbols as well: no error was planted."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant; ``relation`` is that of the claim it stands in."""

    mutant: Mutant
    relation: Relation
    fate: Fate


@dataclass(frozen=True, slots=True)
class Score:
    """What became of the mutants of one formula."""

    verdicts: tuple[Verdict, ...]

    def count(self, *fates: Fate) -> int:
        """How many met one of these fates."""
        return sum(verdict.fate in fates for verdict in self.verdicts)

    @property
    def survived(self) -> tuple[Mutant, ...]:
        """What nothing noticed, though it says something else."""
        return tuple(one.mutant for one in self.verdicts if one.fate is Fate.SURVIVED)

    @property
    def noticed(self) -> int:
        """How many were noticed."""
        return self.count(Fate.CAUGHT, Fate.MISFIT)

    @property
    def total(self) -> int:
        """How many errors there were; what is equivalent is none."""
        return self.noticed + len(self.survived)
