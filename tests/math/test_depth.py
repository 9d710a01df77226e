"""A formula that is nested too deep is shown as its source, and the rest of the site is built."""

from __future__ import annotations

import pytest
from conftest import EditionFolder
from math_core import LatexError

from ext.edition.math import apart, dialect
from ext.edition.math.engine import Renderer, _cleaned, plain

DEEP = {
    "frac": r"\frac{1}{" * 500 + "x" + "}" * 500, "left": r"\left(" * 600 + "x" + r"\right)" * 600,
    "braces": "{" * 20000 + "x" + "}" * 20000, "open": "{" * 20000, "roots": r"\sqrt " * 20000 + "x",
    "power": "x^{" * 400 + "x" + "}" * 400, "matrix": r"\begin{matrix}" * 300 + "x" + r"\end{matrix}" * 300,
    "parentheses": "(" * 60, "sized": r"\bigl( x" * 60, "brackets": r"\left[ [" * 60,
    "macro": r"\def\a#1{\sqrt{\sqrt{\sqrt{\sqrt{#1}}}}}" + r"\a{" * 100 + "x" + "}" * 100 + r"\a\a",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_too_deep_is_not_set(name: str) -> None:
    rendered = Renderer(seconds=0.5).render(DEEP[name], True)
    assert rendered.engine == "none" and rendered.error and "math-failed" in rendered.html


@pytest.mark.parametrize("tex", [r"\frac{1}{" * 40 + "x" + "}" * 40, r"\bigl(" * 40 + "x" + r"\bigr)" * 40,
                                 "(" * 40 + ")" * 40, r"a\in[0,1)\cup(2,3]" * 40])
def test_what_people_write_is_set(tex: str) -> None:
    assert Renderer().render(tex).engine == "math-core"


@pytest.mark.parametrize(("tex", "why"), [
    ("(" * 60, "limits.formula_seconds"), (r"\bigl( x" * 60, "limits.formula_seconds"),
    (r"\left(" * 50000, "the engine ended on it"), ("{" * 100_000 + "}" * 100_000, "the engine ended on it")],
    ids=["time", "sized", "memory", "stack"])
def test_what_the_engine_cannot_be_stopped_at_ends_its_own_process_only(tex: str, why: str) -> None:
    renderer = Renderer(depth=10**9, seconds=10 if "ended" in why else 0.5)
    assert why in (renderer.render(tex).error or "")
    assert renderer.render("(x").engine == "math-core", "the next one is set by a new process"


@pytest.mark.parametrize("tex", ["(x", "x)", r"\left( x", r"\undefined(", r"a\\" * 2000, "]x[", r"\bigl( x"])
def test_both_processes_say_the_same(tex: str) -> None:
    assert not plain(tex)
    renderer, here = Renderer(), apart.engine(dialect.MACROS)
    try:
        wanted: str | None = here.convert_with_local_state(dialect.translate(tex, display=False), displaystyle=False)
    except LatexError:
        wanted = None
    rendered = renderer.render(tex)
    assert rendered.html == _cleaned(wanted) if wanted is not None else rendered.engine == "none"


def test_a_process_that_is_killed_is_replaced() -> None:
    renderer = Renderer()
    assert renderer.render("(a").engine == "math-core"
    process = renderer._apart._process
    assert process is not None
    process.kill()
    process.wait()
    assert renderer.render("(b").engine == "math-core"


def test_it_ends_with_whoever_started_it() -> None:
    renderer = Renderer()
    renderer.render("(a")
    process = renderer._apart._process
    assert process is not None and process.poll() is None
    del renderer
    assert process.wait(30) is not None


def test_the_rest_of_the_site_is_built(edition_folder: EditionFolder) -> None:
    toml = edition_folder.root / "edition.toml"
    toml.write_text(toml.read_text("utf-8") + "[limits]\nformula_seconds = 0.5\n", "utf-8")
    formulas = [tex for tex in DEEP.values() if len(tex) < 9999]
    edition_folder.post("deep", "\n\n".join(f"${tex}$ 后\n\n$$\n{tex}\n$$" for tex in formulas))
    edition_folder.post("good", "好 $x$")
    build = edition_folder.build()
    assert "<math" in build.html("posts/good")
    html = build.html("posts/deep")
    assert html.count("math-failed") >= 8 and any("limits.formula_depth" in line for line in build.warnings)
