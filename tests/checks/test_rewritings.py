r"""The same formula written otherwise holds; what only looks like it is not read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ext.edition.checks import results
from ext.edition.checks.bound import instances
from ext.edition.checks.outcomes import EQUAL, Settings, State, Tolerance
from ext.edition.checks.pieces import read
from ext.edition.checks.relations import evaluate
from ext.edition.math import tex
from tests.checks.rewritings import SAME, SPELLINGS, hostile
from tests.checks.test_relations import BOUND, HELD

POSTS = Path(__file__).resolve().parents[2] / "source" / "posts"
BASE = tuple(line for line in HELD.splitlines() if line)


@cache
def displays(docname: str = "posts/*") -> tuple[str, ...]:
    """Return the labelled displays of the bundled essays, or of one: those that checks name."""
    found: list[str] = []
    for path in sorted(POSTS.parent.glob(f"{docname}.md")):
        inside: list[str] | None = None
        for line in path.read_text("utf-8").splitlines():
            if line == "$$":
                inside = [] if inside is None else None
            elif inside is not None and line.startswith("$$ ("):
                found.append("\n".join(inside))
                inside = None
            elif inside is not None:
                inside.append(line)
    return tuple(found)


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_spelling_of_the_essays_formulas_is_the_same_pieces(name: str) -> None:
    tried = 0
    assert len(displays()) > 200
    for formula in displays():
        for other in SPELLINGS[name](tex.tokens(formula)):
            if name == "environment":
                continue
            told = "".join(other)
            assert read(told) == read(formula), told
            tried += told != formula
    assert tried or name == "environment"


def rewritten() -> list[tuple[str, str, str]]:
    """Return the base formulas in every other writing, with the name of the rewriting."""
    found = [(formula, name, told) for formula in BASE for name, rewrite in {**SPELLINGS, **SAME}.items()
             for told in dict.fromkeys("".join(other) for other in rewrite(tex.tokens(formula))) if told != formula]
    assert len(found) >= 500 and len({name for _, name, _ in found}) == len(SPELLINGS) + len(SAME)
    return found


def test_no_false_alarm_for_a_formula_written_otherwise() -> None:
    alarms = [(name, told, outcome) for formula, name, told in rewritten() if read(told) != read(formula)
              and (outcome := evaluate(told, [BOUND], tolerance=Tolerance(1e-6))).state is not State.HELD]
    assert not alarms, alarms[:5]


@cache
def cheap() -> tuple[tuple[str, Settings, tuple[Mapping[str, Any], ...]], ...]:
    """Return formulas that a check of a bundled essay computes at once, with two instances."""
    found = []
    for docname, recorded in results.load(POSTS.parent).items():
        text = (POSTS.parent / f"{docname}.md").read_text("utf-8")
        labelled = dict(zip(re.findall(r"^\$\$ \(([\w-]+)\)$", text, re.MULTILINE), displays(docname), strict=True))
        quick = {name for one in recorded.values() if one.seconds <= 0.1 and one.result == "passed"
                 for name, state in one.states.items() if state == "held"}
        for block in text.split("```{check}\n")[1:]:
            lines = block.partition("\n```")[0].split("\n")
            options = dict(line.strip(":").split(": ", 1) for line in lines if line.startswith(":"))
            named = quick & labelled.keys() & set(options.pop("of", "").split(", "))
            if named:
                settings = Settings(2, int(options.get("first", 1)), None, float(options.get("equal", EQUAL)))
                bound, _ = instances("\n".join(line for line in lines if not line.startswith(":")), settings)
                found += [(labelled[name], settings, tuple(bound)) for name in sorted(named)]
    return tuple(found)


def test_no_false_alarm_for_what_the_essays_compute() -> None:
    tried = 0
    alarms = []
    for formula, settings, bound in cheap():
        if "\\approx" in formula:
            continue
        for name, rewrite in SAME.items():
            for told in dict.fromkeys("".join(other) for other in rewrite(tex.tokens(formula.rstrip(" .,")))):
                outcome = evaluate(told, bound, tolerance=settings.tolerance, first=settings.first)
                tried += 1
                if outcome.state is not State.HELD:
                    alarms.append((name, told, outcome.reason))
    assert not alarms, (len(alarms), tried, alarms[:12])
    assert tried > 100


def test_nothing_hostile_is_read_as_something_else() -> None:
    tried: Counter[str] = Counter()
    for formula in BASE:
        for what, told in dict.fromkeys(hostile(formula)):
            tried[what] += 1
            outcome = evaluate(told, [BOUND])
            assert outcome.state in {State.UNREADABLE, State.UNBOUND, State.LAW}, (what, told, outcome)
    assert len(tried) >= 7 and min(tried.values()) >= 3 and sum(tried.values()) >= 200, tried


@pytest.mark.parametrize(("told", "shown"), {
    r"\frac12x=x/2": None, r"\frac123=\frac{1}{2}3": False, r"\frac1{2}x=x/2": None, "x^{10}=x^10": False,
    r"\sqrt2x=\sqrt{2}x": None, r"\sqrt{2x}=\sqrt2x": True, "a^TA=1": False, "A^T=A": True, r"v^Tw=v^{\top}w": None,
    r"\sin2x=\sin(2x)": False, r"\log a^2=2\log a": None, r"2^ab=2^{ab}": True, r"a_1b=b": False, "f(x)^2=f(x^2)": True,
    r"-a^2=(-a)^2": True, r"\sum_iu_i^2=(\sum_iu_i)^2": True, r"a-b-c=a-(b-c)": True, "a/b+c=a/(b+c)": True,
    r"a^{b^c}=(a^b)^c": True, r"\max(a,b)^2=a^2": None, r"|a||b|=|ab|": None, r"\frac{a}{b}c=\frac{a}{bc}": True,
    r"ab^2=(ab)^2": True, "2a=a2": False, "a(b+c)=ab+c": True, "a{(b+c)}=ab+ac": None,
    r"\mathrm{e}^xa=\mathrm{e}^{xa}": True, r"\sin x\cos x=\sin(x\cos x)": True, r"\log ab=\log(a)b": False,
    "n!!=(n!)!": False, "2n!=(2n)!": True, r"\sqrt[3]8=2": None, r"x'^2=1": False, "f''(x)=2": None,
    r"f'^2(x)=1": False, "a=b=a": True, "a<b<c": True,
    r"\|v\|_2^2=\|v\|^2": None, "1 000=1000": None, r"1.2.3=1": False,
    "f(2|a|)=1": False, r"\langle v,w\rangle^2=\langle w,v\rangle^2": None, "(2|a|)=|2a|": None, "(a|b)=1": False,
    ".5=\\frac12": None, r"\text{a}=a": False, r"\mathbf{a}=a": False, r"\bar a=a": False, "A=a": False}.items())
def test_hostile_spellings_by_hand(told: str, shown: bool | None) -> None:
    """None: it holds as TeX shows it; True: it is read and does not hold; False: it is not read, or has no value."""
    expected = {None: {State.HELD}, True: {State.FAILED}, False: {
        State.UNREADABLE, State.UNBOUND, State.SHAPE, State.DEFINITION}}[shown]
    outcome = evaluate(told, [BOUND])
    assert outcome.state in expected, outcome
