"""A check that notices nothing of a kind says so when it is new: a factor, a transpose, its own constants."""

from __future__ import annotations

import ast

import pytest
from conftest import EditionFolder

from ext.checks.findings import findings
from ext.edition.checks import blindness, results
from ext.edition.checks.blindness import blind, changed_constants
from ext.edition.checks.bound import run
from ext.edition.checks.lint import Lint
from ext.edition.checks.outcomes import Result, Settings
from tests.checks.test_candidates import verify


def seen(code: str, **formulas: str) -> tuple[str, ...]:
    done = run(code, formulas)
    assert done.result is Result.PASSED, done.message
    return blind(code, formulas, done.formulas, done.comparisons, Settings())


def binding(values: str) -> str:
    return f"def bind(rng):\n    A = rng.normal(size=(3, 3))\n    x = rng.normal()\n    return {values}\n"


@pytest.mark.parametrize(("values", "formula", "said"), [
    ("{'x': x, 'y': x}", "y=x", ()), ("{'x': 0, 'y': 0}", "y=x", ("a factor 2",)),
    ("{'A': A, 'B': A.T}", r"B=A^{\top}", ()),
    ("{'A': A + A.T, 'B': A + A.T}", r"B=A^{\top}", ("a dropped transpose",)),
    ("{'x': abs(x), 'y': 1.001 * abs(x)}", r"x\le y", ()),
    ("{'x': abs(x), 'y': 9 * abs(x)}", r"x\le y", ("a factor 2",)),
    ("{'x': 1, 'y': 1}", r"y=\frac{1}{x}", ("a fraction upside down",)),
    ("{'x': 2, 'y': 0}", "x+y=2-y", ("a turned sign",))])
def test_an_instance_that_is_too_special_is_told(values: str, formula: str, said: tuple[str, ...]) -> None:
    found = seen(binding(values), e=formula)
    assert all(what in " ".join(found) for what in said), found
    assert bool(found) == bool(said), found


def test_the_least_slack_of_an_inequality_is_told_with_what_it_lets_pass() -> None:
    found, = seen(binding("{'x': abs(x), 'y': 9 * abs(x)}"), e=r"x\le y")
    assert "its least slack is 0.89" in found


@pytest.mark.parametrize(("code", "blinded"), [
    ("check('sum', np.arange(5).sum(), 10)", False), ("check('pi', 4 * np.arctan(1.0), np.pi, rtol=1e-9)", False),
    ("n = 5\nx = np.ones(n) * 0.5\ncheck('same', x - x, x * 0)", False),
    ("n = 7\nx = np.linspace(1, 2, n)\ncheck('identity', x + x - x, x)", True),
    ("a, b = 3.0, 4.0\ncheck('order', a + b, b + a)", True), ("check('none', np.pi, np.sqrt(np.pi * np.pi))", False)])
def test_a_check_that_passes_whatever_its_constants_are_is_told(code: str, blinded: bool) -> None:
    found = seen(code)
    assert bool(found) == blinded, found
    assert not found or "whatever its constants are" in found[0]


def test_tolerances_and_places_are_no_constants_of_what_is_compared() -> None:
    code = "x = np.ones(3)\ncheck('one', x[0], 1, rtol=1e-6, atol=0)"
    changed = list(changed_constants(code))
    assert len(changed) == 2 and all("rtol=1e-06" in one and "x[0]" in one for one in changed)
    assert all(ast.dump(ast.parse(one)) != ast.dump(ast.parse(code)) for one in changed)


def test_a_changed_constant_that_never_ends_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blindness, "SECONDS", 0.3)
    code = "i = 0\nwhile i != 10:\n    i += 5\ncheck('ten', i, 10)"
    assert seen(code) == ()


def test_what_a_new_check_does_not_notice_is_a_finding(edition_folder: EditionFolder) -> None:
    def write(value: str) -> None:
        edition_folder.post("a", "$$\ny=x\n$$ (e)\n\n:::{prf:remark}\n```{check}\n:of: e\n"
                                 f"def bind(rng):\n    return {{'x': {value}, 'y': {value}}}\n```\n:::\n")

    write("0")
    status, said = verify(edition_folder)
    assert status == 0 and "this check may be blind: e: a factor 2 is not noticed" in said
    found = [one for one in findings(edition_folder.build().env)["posts/a"] if one.subtype == Lint.CHECK_BLIND]
    assert len(found) == 1 and found[0].line
    assert verify(edition_folder)[0] == 0  # the same check is not looked at again, and what was found stays
    assert results.load(edition_folder.source)["posts/a"]["remark-1.1"].blind
    write("rng.normal()")
    assert findings(edition_folder.build().env).get("posts/a", ()) == ()  # it is another check
    write("0.0 + int(rng.integers(1, 9))")
    assert "blind" not in verify(edition_folder)[1]
