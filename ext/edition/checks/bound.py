r"""Run one check: code that compares what it computes, or binds the symbols of displayed formulas to values.

A check that names formulas defines ``bind(rng)``, which gives a mapping from names in TeX to values; it is asked for
several instances, each with a generator of its own seed, so that a run can be repeated.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Set
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np

from ext.edition.checks import values
from ext.edition.checks.outcomes import NotComputed, Outcome, Result, Run, Settings, State
from ext.edition.checks.relations import evaluate
from ext.edition.checks.tree import Kind
from ext.edition.math.tex import Macro

_USUAL = Settings()


class Compared(AssertionError):
    """A comparison that does not hold, said with both values."""


class Checker:
    """What a check calls ``check``: it compares, counts, and says name, both values and the instance when it fails."""

    def __init__(self) -> None:
        self.comparisons = 0

    def __call__(self, name: str, got: Any, want: Any, *, rtol: float = 1e-9, atol: float = 1e-12) -> None:
        """Compare numbers or arrays: equal within a relative and an absolute tolerance."""
        self.comparisons += 1
        one, other = np.asarray(got), np.asarray(want)
        if one.shape != other.shape and one.size != 1 and other.size != 1:
            raise Compared(f"{name}: shapes {one.shape} and {other.shape}")
        if not np.allclose(one, other, rtol=rtol, atol=atol):
            worst = float(np.max(np.abs(one - other)))
            raise Compared(f"{name}: {_said(one)} is not {_said(other)} (apart by {worst:.3g}, rtol={rtol:g})")

    def below(self, name: str, small: Any, large: Any) -> None:
        """Compare an order: every entry of the first at most that of the second."""
        self.comparisons += 1
        if not np.all(np.asarray(small) <= np.asarray(large)):
            raise Compared(f"{name}: {_said(np.asarray(small))} is not at most {_said(np.asarray(large))}")


def _said(value: Any) -> str:
    return np.array2string(value, precision=6, threshold=8)


def namespace(check: Checker) -> dict[str, Any]:
    """Return the names that a check finds."""
    return {"np": np, "check": check, "Law": values.Law, "Indexed": values.Indexed, "Depends": values.Depends,
            "Kind": Kind, "gaussian": values.gaussian, "product": values.product}


def instances(code: str, settings: Settings, filename: str = "check") -> tuple[list[Mapping[str, Any]], int]:
    """Run the code of a check and return the instances that its ``bind`` gives, and how much it compared."""
    check = Checker()
    names = namespace(check)
    with redirect_stdout(StringIO()):
        exec(compile(code, filename, "exec"), names)  # noqa: S102 - the edition's own people wrote it, see ext.checks
        bind = names.get("bind")
        found: list[Mapping[str, Any]] = []
        if callable(bind):
            found += [dict(bind(np.random.default_rng(seed))) for seed in range(settings.times)]
    return found, check.comparisons


def run(code: str, formulas: Mapping[str, str | None], settings: Settings = _USUAL, *,
        macros: Mapping[str, Macro] | None = None, filename: str = "check", originals: Set[str] = frozenset()) -> Run:
    """Run a check on the TeX of the formulas that it names; a name of nothing is None.

    *originals* are the names of formulas that nobody here wrote: where one is computed and does not hold, that is a
    question to its author, and no failure of the check.
    """
    start = time.perf_counter()
    try:
        found, comparisons = instances(code, settings, filename)
    except Compared as error:
        return Run(Result.FAILED, {}, 1, time.perf_counter() - start, str(error))
    except NotComputed as error:
        return Run(Result.ERROR, {}, 0, time.perf_counter() - start, str(error))
    except Exception:
        return Run(Result.ERROR, {}, 0, time.perf_counter() - start, _last_lines())
    outcomes: dict[str, Outcome] = {}
    problems: list[str] = []
    questions: dict[str, str] = {}
    for name, tex in formulas.items():
        if tex is None:
            problems.append(f"there is no displayed formula {name}")
            continue
        if not found:
            problems.append(f"{name} is named, but no function bind(rng) gives values to its symbols")
            continue
        outcomes[name] = outcome = evaluate(tex, found, tolerance=settings.tolerance, first=settings.first,
                                            macros=macros)
        if outcome.state is State.FAILED and name in originals:
            questions[name] = outcome.reason
        elif outcome.state is not State.HELD:
            problems.append(f"{name} {SAID[outcome.state]}: {outcome.reason}")
    if not outcomes and not comparisons and not problems:
        problems.append("nothing is compared: call check(name, got, want), or name formulas with :of:")
    held = comparisons or any(outcome.state is State.HELD for outcome in outcomes.values())
    result = Result.FAILED if problems else Result.PASSED if held else Result.QUESTION
    return Run(result, outcomes, comparisons, time.perf_counter() - start, "; ".join(problems), questions)


#: What each state is called where a person reads it.
SAID: Mapping[State, str] = {
    State.HELD: "holds", State.FAILED: "does not hold", State.SHAPE: "does not fit together",
    State.UNBOUND: "has a symbol without value", State.UNREADABLE: "cannot be read",
    State.DEFINITION: "is a definition", State.LAW: "is a statement of law", State.NOTHING: "claims nothing"}


def _last_lines() -> str:
    return " / ".join(line.strip() for line in traceback.format_exc().strip().splitlines()[-3:])
