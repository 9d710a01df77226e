"""The judge of the search for formulas, and the other ways to rank them."""

from __future__ import annotations

import pytest

from benchmarks.finding import grade, measure
from benchmarks.formulas import Found, Tree, read
from benchmarks.ranking import by_dice, by_paths, by_tokens, operators, paths
from ext.edition.math.engine import Renderer

RENDERER = Renderer()


def tree(tex: str, display: bool = False) -> tuple[Tree, ...]:
    return read(RENDERER.render(tex, display=display).html)


@pytest.mark.parametrize(("query", "tex", "value"), [
    (r"\frac{1}{2}", r"\frac12", 4), ("x+y", "a+b", 3), ("x+y", "z=x+y", 2), ("x+y", "c=a+b", 1), ("x+y", "a+a", 0),
    (r"\frac{1}{2}", r"\frac{1}{2n}", 0), ("a+x", "a+x^2", 0), ("x", "x^2", 2),
    (r"(\frac{n}{k})", r"\binom{n}{k}", 0)])
def test_the_judge_knows_the_whole_from_a_part(query: str, tex: str, value: int) -> None:
    assert grade(tree(query), tree(tex)) == value


def test_scripts_of_a_sum_are_the_same_below_and_beside_it() -> None:
    assert grade(tree(r"\sum_{i=1}^n x_i"), tree(r"\sum_{i=1}^n x_i", display=True)) == 4


def test_the_first_three_and_ten_are_counted_by_what_there_is() -> None:
    truth = {"a": 4, "b": 4, "c": 2, "d": 1}
    assert measure(truth, ["a", "b", "c", "d"]) == (1, 1)
    assert measure(truth, ["a", "d", "b"]) == (2 / 3, 3 / 4)


def test_operands_are_read_through_fences_and_scripts() -> None:
    assert operators(tree("a+bc")) == ("sum", (("a", ()), ("product", (("b", ()), ("c", ())))))
    assert operators(tree("(a+b)^2"))[0] == "sup"
    assert paths(operators(tree("a+b")))[0] == paths(operators(tree("b+a")))[0]


def test_every_way_ranks_the_same_formula_first() -> None:
    formulas = [Found(tex, tree(tex), frozenset([f"{tex}.html"])) for tex in (
        r"\sqrt{v_t}+\epsilon", r"\sqrt{v}+1", "a=b", r"\frac{m}{\sqrt{v_t}+\epsilon}+\lambda w+u+z")]
    for way in (by_tokens, by_dice, by_paths):
        ranked = way(formulas)(r"\sqrt{v_t}+\epsilon", tree(r"\sqrt{v_t}+\epsilon"))
        assert ranked[0] == r"\sqrt{v_t}+\epsilon.html", way
