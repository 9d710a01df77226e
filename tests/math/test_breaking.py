r"""Formulas cut at their relations: where, where not, and that nothing of them is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.math.breaking import cut
from ext.edition.math.engine import Renderer
from tests.math.test_tex import SOURCES

#: One for all examples: each starts a process of its own for what may end it.
RENDERER = Renderer()
#: A formula, whether it is displayed, and what each of its pieces begins (displayed) or ends with (in the text).
CUTS = (
    (r"f(x)=a+b+c+d\leq \frac{x}{y} + c", False, ["=", "≤", "c"]),
    (r"f(x)=a+b+c+d\leq \frac{x}{y} + c", True, ["f", "=", "≤"]),
    (r"P(X=1, Y=2 \mid Z=3) + abcdefg", True, []),
    (r"x=1", True, []),
    (r"\left(a=b=c=d=e=f=g=h\right)", True, []),
    (r"\begin{aligned}a&=b+c+d+e+f\\&=g+h+i+j+k\end{aligned}", True, []),
)


def pieces(mathml: str) -> list[str]:
    """Return the text of each piece."""
    if 'class="flow"' not in mathml:
        return []
    depth, start, found = 0, 0, []
    for tag in re.finditer(r"<(/?)mrow[^<>]*>", mathml):
        start = tag.end() if depth == 0 else start
        depth += -1 if tag[1] else 1
        if depth == 0:
            found.append(re.sub(r"<[^<>]*>", "", mathml[start:tag.start()]))
    return found


@pytest.mark.parametrize(("tex", "display", "edges"), CUTS)
def test_a_line_may_end_at_a_relation_outside_fences(tex: str, display: bool, edges: list[str]) -> None:
    found = pieces(cut(Renderer().render(tex, display).html))
    assert [piece[0 if display else -1] for piece in found] == edges


def test_a_long_piece_is_cut_at_its_sums_and_they_stay_sums() -> None:
    html = cut(Renderer().render("y=" + "+".join("abcdefghijklmnopqrstuvwxyz"), True).html)
    assert len(pieces(html)) >= 3
    assert html.count('<mrow><mo form="infix">+</mo>') == len(pieces(html)) - 2


@given(SOURCES, st.booleans())
def test_nothing_of_a_formula_is_lost(tex: str, display: bool) -> None:
    whole = RENDERER.render(tex, display).html
    made = cut(whole)
    assert re.sub(r"<[^<>]*>", "", made) == re.sub(r"<[^<>]*>", "", whole)
    assert made.count("<mrow") == made.count("</mrow>")
