"""A formula that is nested too deep is shown as its source, and the rest of the site is built."""

from __future__ import annotations

import pytest
from conftest import EditionFolder

from ext.edition.math.engine import Renderer

DEEP = {
    "frac": r"\frac{1}{" * 500 + "x" + "}" * 500, "left": r"\left(" * 600 + "x" + r"\right)" * 600,
    "braces": "{" * 20000 + "x" + "}" * 20000, "open": "{" * 20000, "roots": r"\sqrt " * 20000 + "x",
    "power": "x^{" * 400 + "x" + "}" * 400, "matrix": r"\begin{matrix}" * 300 + "x" + r"\end{matrix}" * 300,
    "parentheses": "(" * 60, "sized": r"\bigl( x" * 60, "brackets": r"\left[ [" * 60,
    "macro": r"\def\a#1{\sqrt{\sqrt{\sqrt{\sqrt{#1}}}}}" + r"\a{" * 100 + "x" + "}" * 100 + r"\a\a",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_too_deep_is_not_set(name: str) -> None:
    rendered = Renderer().render(DEEP[name], True)
    assert rendered.engine == "none" and rendered.error and "math-failed" in rendered.html


@pytest.mark.parametrize("tex", [r"\frac{1}{" * 40 + "x" + "}" * 40, r"\bigl(" * 40 + "x" + r"\bigr)" * 40,
                                 "(" * 40 + ")" * 40, r"a\in[0,1)\cup(2,3]" * 40])
def test_what_people_write_is_set(tex: str) -> None:
    assert Renderer().render(tex).engine == "math-core"


def test_the_rest_of_the_site_is_built(edition_folder: EditionFolder) -> None:
    formulas = [tex for tex in DEEP.values() if len(tex) < 9999]
    edition_folder.post("deep", "\n\n".join(f"${tex}$ 后\n\n$$\n{tex}\n$$" for tex in formulas))
    edition_folder.post("good", "好 $x$")
    build = edition_folder.build()
    assert "<math" in build.html("posts/good")
    html = build.html("posts/deep")
    assert html.count("math-failed") >= 8 and any("limits.formula_depth" in line for line in build.warnings)
