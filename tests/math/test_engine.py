r"""Formulas as MathML: what the engine accepts, the second engine, failures, safety and determinism."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.math.dialect import translate
from ext.edition.math.display import Counter, number, parse
from ext.edition.math.engine import Renderer
from ext.edition.math.tex import Macro
from ext.edition.site.colours import WEB, readable, switch
from ext.edition.site.errors import EditionError
from tests.math.test_tex import SOURCES

#: One for all examples: each starts a process of its own for what may end it.
RENDERER = Renderer()
#: Formulas that MathJax sets and the engine alone refuses or sets otherwise, with a piece of the result.
ACCEPTED = {
    r"x \tag{3}": "<mi>x</mi></math>",
    r"\mathop{\text{argmin}}\limits_x f": "<munder>",
    r"\mathop{\mathbb{E}}_{x} f": "<munder>",
    r"\mathop{\mathcal{P}}\nolimits_x": "<msub>",
    r"\text{若 $x>0$，则}": "<mtext>若\u00a0</mtext>",
    r"\text{batch_size 50%}": "batch_size\u00a050%",
    r"\color{skyblue}{x}y": "</mrow><mi>y</mi>",
    r"\textcolor{#0a0}{x}": "00AA00",
    r"\substack{a\\b}": "<mtable",
    r"\begin{split}a&=b\\[5pt]&=c\end{split}": "<mtable",
    r"\begin{eqnarray*}a&=&b\end{eqnarray*}": "<mtable",
    r"\begin{alignedat}{2}a&=b\end{alignedat}": "<mtable",
    r"\begin{array}[t]{@{}l*{2}{c|}}a&b&c\end{array}": "border-right",
    r"\begin{smallmatrix}a&b\\c&d\end{smallmatrix}": 'scriptlevel="1"',
    r"\small{x}": "<mi>x</mi>",
    r"\require{cancel}\cancel{x}": "menclose",
    r"\bbox[border: 1px solid]{x}": 'notation="box"',
    r"\sqrt[\uproot{2}3]{x}": "<mroot>",
    r"\style{color: red}{x}": "<mi>x</mi>",
    r"\left<x\right>": "⟨",
    r"\boldsymbol{1}": "𝟏",
    r"\boldsymbol{\mathcal{A}}": "𝓐",
    r"\cases{a&b\cr c&d}": "<mo>{</mo>",
    r"\hspace*{1em}x": "1em",
    r"\unicode{x2603}": "☃",
    r"a\\b": "<mtr>",
    r"a&=b\\&=c": "<mtr>",
    r"\begin{align}a\\b\end{align}": "<mtr>",
    r"\hbox{a}\mbox{b}\smash{c}\pmb{d}": "𝒅",
    r"\colorbox{red}{a_b}": "a_b",
}


@pytest.mark.parametrize("tex", ACCEPTED)
def test_what_mathjax_sets_is_set(tex: str) -> None:
    rendered = Renderer().render(tex, True)
    assert (rendered.engine, rendered.error) == ("math-core", None)
    assert ACCEPTED[tex] in rendered.html


def test_a_symbol_that_only_the_second_engine_knows() -> None:
    rendered = Renderer().render(r"a \leftarrowtriangle b")
    assert rendered.engine == "latex2mathml" and "&#x021FD;" in rendered.html


BROKEN = (r"\nosuchcommand x", r"\frac{1", r"\left( x", "x_1_2", r"\begin{CD}a @>b\end{CD}", "a $ b")
PLAIN = st.sampled_from(["x", "+", "\\alpha ", "^{2}", "\\frac{a}{b}", "\\text{中}", "\\mathbf{y}"])


@pytest.mark.parametrize("tex", BROKEN)
def test_what_nobody_can_set_is_shown_as_its_source(tex: str) -> None:
    rendered = Renderer().render(tex)
    assert rendered.engine == "none" and rendered.error
    assert re.fullmatch(r'<code class="math-failed" title="[^"<>]+">[^<]*</code>', rendered.html)


def test_macros_of_the_edition_and_of_the_page() -> None:
    renderer = Renderer({"R": r"\mathbb{R}", r"\norm": r"\Vert #1\Vert", "proj": r"\mathop{\mathcal{P}}"})
    assert "ℝ" in renderer.render(r"\R^n").html
    assert renderer.render(r"\norm{x}").engine == "math-core"
    assert renderer.render(r"\proj\nolimits_x").engine == "math-core"
    page = {"\\R": Macro("\\R", 0, "r"), "\\g": Macro("\\g", 2, "#1#2", "d")}
    assert renderer.render(r"\R", macros=page).html == renderer.render("r").html
    assert renderer.render(r"\g x\g[y]z", macros=page).html == renderer.render("dxyz").html
    assert "ℝ" in renderer.render(r"\R").html  # the page's definition is forgotten with the page
    assert renderer.render(r"\newcommand{\a}{b}").html == ""


def test_a_broken_macro_of_the_edition_is_an_error_with_a_remedy() -> None:
    with pytest.raises(EditionError, match=r"\\bad.*\n.*math\.macros"):
        Renderer({"bad": r"\frac{"})


def test_endless_macros_end() -> None:
    assert Renderer().render(r"\def\a{\a\a}\a").engine == "none"


def test_numbers_stand_in_the_rows_of_their_formula() -> None:
    display = parse(r"\begin{align}a\tag{模}\\b\notag\\c\end{align}")
    html = Renderer().render_display(display, number(display, Counter()), ["one", "", ""]).html
    assert re.findall(r'class="equation-tag"( id="one")?><mtext>([^<]*)<', html) == [(' id="one"', "(模)"), ("", "(1)")]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG computes it."""
    def light(code: str) -> float:
        parts = [int(code[at:at + 2], 16) / 255 for at in (0, 2, 4)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_colours_can_be_read_on_any_page() -> None:
    assert switch("blue") == r"\color{blue}" and switch("#abc") == r"\color[HTML]{AABBCC}"
    for code in WEB.values():
        found = re.fullmatch(r"color:light-dark\(#(\w{6}),#(\w{6})\)", readable(f"color:#{code}"))
        assert found is not None
        # The shade behind code and boxes is less light, or less dark, than the page.
        assert contrast(found[1], "F5F2EB") >= 4.5 and contrast(found[2], "22201C") >= 4.5, code
    assert re.fullmatch(r"color:light-dark\(#0000FF,#[0-9A-F]{6}\)", readable("color:#0000ff"))


class Checker(HTMLParser):
    """Collect elements and attributes, and see that elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.names.update(f"@{name}" for name, _ in attrs)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(SOURCES, st.booleans())
def test_any_source_gives_closed_harmless_and_equal_html(tex: str, display: bool) -> None:
    rendered = Renderer().render(tex, display)
    assert rendered == RENDERER.render(tex, display), "whatever was set before"
    checker = Checker()
    checker.feed(rendered.html)
    assert checker.open == []
    assert not {"script", "a", "img", "iframe", "@onclick", "@href", "@src"} & checker.names


@given(SOURCES)
def test_any_display_is_set_with_its_rows(tex: str) -> None:
    display = parse(tex)
    tags = number(display, Counter())
    rendered = RENDERER.render_display(display, tags, [""] * len(tags))
    assert (rendered.error is None) == (rendered.engine != "none")


@given(st.lists(PLAIN, max_size=9))
def test_plain_formulas_are_left_as_they_are(words: list[str]) -> None:
    assert translate("".join(words)) == "".join(words)
