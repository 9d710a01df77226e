r"""Run one check: code that compares what it computes, or binds the symbols of displayed formulas to values.

A check that names formulas defines ``bind(rng)``, which gives a mapping from names in TeX to values; it is asked for
several instances, each with a generator of its own seed, so that a run can be repeated.
"""

from __future__ import annotations

import ast
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from enum import StrEnum
from io import StringIO
from typing import Any

import numpy as np

from ext.edition.checks import values
from ext.edition.checks.grammar import Kind
from ext.edition.checks.outcomes import NotComputed
from ext.edition.checks.relations import EQUAL, Outcome, State, Tolerance, evaluate
from ext.edition.math.tex import Macro

TIMES = 4
"""How many instances a formula is computed at, unless the check says."""


class Result(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    """A comparison, or a formula, does not hold or was not computed."""
    ERROR = "error"
    """Its code ended otherwise."""
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Settings:
    r"""How a check computes: instances, the first index of arrays, how near ``\\approx`` is (relative)."""

    times: int = TIMES
    first: int = 1
    approx: float | None = None
    equal: float = EQUAL

    @property
    def tolerance(self) -> Tolerance:
        """How near the sides of a relation must be."""
        return Tolerance(self.equal, self.approx)


@dataclass(frozen=True, slots=True)
class Run:
    """What a check did: its result, what became of each formula it names, the comparisons it made, seconds of wall."""

    result: Result
    formulas: Mapping[str, Outcome] = field(default_factory=dict)
    comparisons: int = 0
    seconds: float = 0.0
    message: str = ""


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


def run(code: str, formulas: Mapping[str, str | None], settings: Settings = Settings(), *,
        macros: Mapping[str, Macro] | None = None, filename: str = "check") -> Run:
    """Run a check on the TeX of the formulas that it names; a name of nothing is None."""
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
    for name, tex in formulas.items():
        if tex is None:
            problems.append(f"there is no displayed formula {name}")
            continue
        if not found:
            problems.append(f"{name} is named, but no function bind(rng) gives values to its symbols")
            continue
        outcomes[name] = outcome = evaluate(tex, found, tolerance=settings.tolerance, first=settings.first,
                                            macros=macros)
        if outcome.state is not State.HELD:
            problems.append(f"{name} {SAID[outcome.state]}: {outcome.reason}")
    if not outcomes and not comparisons and not problems:
        problems.append("nothing is compared: call check(name, got, want), or name formulas with :of:")
    return Run(Result.FAILED if problems else Result.PASSED, outcomes, comparisons, time.perf_counter() - start,
               "; ".join(problems))


#: What each state is called where a person reads it.
SAID: Mapping[State, str] = {
    State.HELD: "holds", State.FAILED: "does not hold", State.SHAPE: "does not fit together",
    State.UNBOUND: "has a symbol without value", State.UNREADABLE: "cannot be read",
    State.DEFINITION: "is a definition", State.LAW: "is a statement of law", State.NOTHING: "claims nothing"}


def _last_lines() -> str:
    return " / ".join(line.strip() for line in traceback.format_exc().strip().splitlines()[-3:])


def empty(code: str) -> Iterator[tuple[int, str]]:
    """Yield where code that calls itself a check compares nothing: ``print(True)``, a value with itself; line, why."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    compares = any(isinstance(node, (ast.Compare, ast.Call)) and not _is_print(node) for node in ast.walk(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and len(node.comparators) == 1 and _same(node.left, node.comparators[0]):
            yield node.lineno, "a value is compared with itself"
        elif isinstance(node, ast.Call) and len(node.args) >= 2:
            first, second = node.args[-2:] if _name_of(node) == "check" and len(node.args) == 3 else node.args[:2]
            if _name_of(node) in {"check", "isclose", "allclose", "array_equal"} and _same(first, second):
                yield node.lineno, "a value is compared with itself"
        if isinstance(node, ast.Call) and _is_print(node) and not compares and all(
                isinstance(part, ast.Constant) for part in node.args):
            yield node.lineno, "what is printed is written here, not computed"


def _same(one: ast.AST, other: ast.AST) -> bool:
    return ast.dump(one) == ast.dump(other)


def _name_of(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_print(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
