r"""What a check notices: planted errors, bounds that are said to be sharp, and mutants that are no errors."""

from __future__ import annotations

import numpy as np
import pytest

from ext.edition.checks.moved import Mover
from ext.edition.checks.mutants import mutants, turned_signs
from ext.edition.checks.mutation import Bench
from ext.edition.checks.outcomes import Fate, Relation, Settings, State, Tolerance
from ext.edition.checks.relations import agree, evaluate

RANDOM = """
def bind(rng):
    A = rng.standard_normal((3, 3))
    return {"A": A, "B": rng.standard_normal((3, 3)), "x": rng.standard_normal(3), "a": rng.normal(), "b": rng.normal(),
            "i": range(1, 4), "j": range(1, 4), "f": lambda t: t**2, "g": lambda t: 0.7}
"""


def fates(tex: str, code: str = RANDOM, sharp: float | None = None) -> dict[str, Fate]:
    bench = Bench.of(code, Settings(sharp=sharp))
    assert bench.state(tex) is State.HELD
    return {" ".join(one.mutant.tex.split()): one.fate for one in bench.score(tex).verdicts}


def test_an_identity_in_the_symbols_is_no_error() -> None:
    assert fates(r"f(-a)=f(a)")[r"f(+a)=f(a)"] is Fate.EQUIVALENT
    assert fates(r"\sum_{i,j}x_ix_j=(x_1+x_2+x_3)^2")[r"\sum_{i,j}x_jx_j=(x_1+x_2+x_3)^2"] is Fate.CAUGHT
    found = fates(r"\|A\|_F^2=\operatorname{tr}(A^{\top}A)")
    assert found[r"\|A\|_F^2=\operatorname{tr}(AA)"] is Fate.CAUGHT
    assert fates(r"a(1-0)=a")[r"a(1+0)=a"] is Fate.EQUIVALENT


def test_what_only_this_instance_does_not_show_survives() -> None:
    special = RANDOM + """
plain = bind

def bind(rng):
    it = plain(rng)
    return {**it, "A": it["A"] + it["A"].T}
"""
    assert fates(r"\|A^{\top}x\|_2=\|A^{\top}x\|_2", special)[r"\|Ax\|_2=\|A^{\top}x\|_2"] is Fate.SURVIVED
    assert fates(r"\|A^{\top}x\|_2=\|A^{\top}x\|_2")[r"\|Ax\|_2=\|A^{\top}x\|_2"] is Fate.CAUGHT


def test_what_only_this_number_of_dimensions_hides_survives() -> None:
    two = RANDOM.replace('"i": range', '"d": 2, "i": range')
    assert fates(r"\frac{d}{2}a=\frac12da", two)[r"\frac{2}{d}a=\frac12da"] is Fate.SURVIVED
    assert fates(r"a(d-d)^2=0", two)[r"a(d-d)^3=0"] is Fate.EQUIVALENT


def test_what_follows_from_others_is_not_taken_for_what_it_must_be() -> None:
    odd = "def bind(rng):\n    return {'f': Depends(lambda the: the('x') ** 3), 'x': 0.3, 'a': 1.3, 'b': 0.0}\n"
    assert fates(r"a+\int_{-1}^1f\,\mathrm{d}x=a", odd)[r"a-\int_{-1}^1f\,\mathrm{d}x=a"] is Fate.SURVIVED


def test_a_function_that_ignores_its_argument_shows_nothing() -> None:
    assert fates(r"g(a)+b=b+g(a)")[r"g(2 a)+b=b+g(a)"] is Fate.SURVIVED


BOUND = r"""
def bind(rng):
    x = rng.standard_normal(3)
    return {"x": x, "y": 2.5 * x if rng.random() < 0.5 else rng.standard_normal(3)}
"""


def test_a_looser_bound_is_noticed_where_it_is_said_to_be_sharp() -> None:
    tex, loose = r"\langle x,y\rangle\le\|x\|_2\|y\|_2", r"\langle x,y\rangle\le2 \|x\|_2\|y\|_2"
    assert fates(tex, BOUND)[loose] is Fate.SURVIVED
    assert fates(tex, BOUND, 1e-9)[loose] is Fate.CAUGHT
    assert set(fates(tex, BOUND, 1e-9).values()) == {Fate.CAUGHT}


def test_a_sharp_bound_must_be_reached_and_not_by_zeros() -> None:
    def state(tex: str, *values: float) -> State:
        return evaluate(tex, [{"a": value, "b": 2.0} for value in values], tolerance=Tolerance(sharp=1e-6)).state

    assert state(r"a\le b", 1.0, 2.0) is State.HELD
    assert state(r"a\le b", 1.0, 1.5) is State.FAILED
    assert state(r"a\le b\le2b", 2.0) is State.FAILED
    assert state(r"a<b", 1.0) is State.FAILED and state(r"a<b", 2.0 - 1e-7) is State.HELD
    assert state(r"0\le a", 1.0) is State.HELD  # of no size
    assert state(r"a^2\le ab", 0.0) is State.FAILED
    assert state(r"a+b=b+a", 1.0) is State.HELD


def test_the_relation_of_a_mutant_is_that_of_its_claim() -> None:
    bench = Bench.of(RANDOM, Settings())
    verdicts = bench.score(r"(a+b)^2=a^2+2ab+b^2,\qquad a^2\ge0").verdicts
    assert {one.relation for one in verdicts if one.mutant.tex.endswith(r"a^2\ge0")} == {Relation.EQUAL}
    assert {one.relation for one in verdicts if one.mutant.tex.startswith("(a+b)^2=a^2+2ab+b^2,")} == {Relation.ORDER}


def test_moved_values_differ_everywhere_and_keep_their_shapes() -> None:
    instance = {"A": np.ones((2, 3)), "n": 5, "i": range(3), "s": 2.0, "d": {0: 1.0}, "f": np.sin, "z": 1 + 2j}
    moved = Mover(0).instance(instance)
    assert moved["n"] == 5 and moved["i"] == range(3) and Mover(0, counts=True).instance(instance)["n"] in {4, 6}
    assert np.all(moved["A"] != 1) and moved["A"].shape == (2, 3)
    assert moved["s"] != 2.0 and moved["d"][0] != 1.0 and moved["z"] != 1 + 2j
    assert moved["f"](0.5) == np.sin(0.5)


@pytest.mark.parametrize(("one", "other", "state"), [
    (("a",), ("a",), State.HELD), (("a",), ("b",), State.FAILED), (("a",), ("c",), State.UNBOUND)])
def test_two_expressions_agree_or_not(one: tuple[str, ...], other: tuple[str, ...], state: State) -> None:
    assert agree(one, other, {"a": 1.0, "b": 2.0}) is state


def test_signs_are_turned_wherever_they_stand_but_in_words() -> None:
    assert turned_signs(r"x_{n+1}=\mathrm{e}^{-a}+\text{a-b}") == (
        r"x_{n-1}=\mathrm{e}^{-a}+\text{a-b}", r"x_{n+1}=\mathrm{e}^{+a}+\text{a-b}",
        r"x_{n+1}=\mathrm{e}^{-a}-\text{a-b}")
    assert turned_signs("a=b") == () and len(mutants("a=b+c")) > 2
