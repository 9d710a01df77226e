r"""TeX as tokens: normal form, ids, references, definitions; rows and numbers of displays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.math.display import Counter, number, parse, tag_text, without_tags
from ext.edition.math.tex import (
    Macro,
    Reference,
    argument,
    content_id,
    definitions,
    normalise,
    only_reference,
    option,
    references,
    replace_references,
    tokens,
)

PIECES = st.sampled_from([
    "x", "2", "_", "^", "{", "}", "[", "]", "&", "\\\\", "\\frac", "\\alpha", "\\begin{align}", "\\end{align}",
    "\\begin{cases}", "\\end{cases}", "\\tag{1}", "\\tag*", "\\label{a}", "\\notag", "\\def\\a#1", "\\newcommand{",
    "\\eqref{a}", "\\left(", "\\right.", "%", "\n", " ", "中", "$", "<", "\"", "\\", "#1", "\\text{", "\\mathop{",
    "\\color{red}", "\\boldsymbol{", "\\unicode{x41}", "\\substack{", "\\begin{array}{c|c}", "\\end{array}", "\\hline",
])  # fmt: skip
SOURCES = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join))
WORDS = st.lists(st.sampled_from(["x", "+", "\\alpha{}", "{y}", "\\frac{a}{b}", "^{2}", "中"]), min_size=1, max_size=8)


@given(SOURCES)
def test_tokens_lose_nothing(tex: str) -> None:
    assert "".join(tokens(tex)) == tex


@given(WORDS, st.lists(st.sampled_from(["", " ", "\n", "  % note\n"]), min_size=9, max_size=9))
def test_space_and_comments_do_not_change_the_id(words: list[str], gaps: list[str]) -> None:
    spaced = "".join(gap + word for gap, word in zip(gaps, words, strict=False))
    assert content_id(" " + spaced + "\n") == content_id("".join(words))


@given(WORDS, WORDS)
def test_different_formulas_have_different_normal_forms(one: list[str], other: list[str]) -> None:
    assert (normalise("".join(one)) == normalise("".join(other))) == ("".join(one) == "".join(other))


@pytest.mark.parametrize(
    "spelling",
    [
        "\\begin{equation}a&=b\\\\c\\end{equation}",
        "\\begin{equation*}a&=b\\\\c\\label{eq:x}\\end{equation*}",
        "a&=b\\\\c\\tag{3}",
        "a &= b \\nonumber \\\\ c\\tag*{x}",
    ],
)
def test_wrappers_labels_and_numbers_do_not_change_the_id(spelling: str) -> None:
    assert content_id(spelling) == content_id("a&=b\\\\c")


def test_spellings_of_one_layout_are_one() -> None:
    names = ("align", "align*", "aligned", "split")
    ids = {content_id(f"\\begin{{{name}}}a&=b\\end{{{name}}}") for name in names}
    assert len(ids) == 1 and ids != {content_id("\\begin{gather}a&=b\\end{gather}")}


def test_arguments_and_options() -> None:
    assert argument(tokens("{a{b}}c"), 0) == (["a", "{", "b", "}"], 6)
    assert argument(tokens(" \\x y"), 0) == (["\\x"], 2)
    assert argument(tokens("{a"), 0) is None and argument(tokens("}"), 0) is None
    assert option(tokens("[{]}a]b"), 0) == (["{", "]", "}", "a"], 6)
    assert option(tokens("[a}]"), 0) == (None, 0)


def test_references() -> None:
    assert references("a\\eqref{x}+\\ref {y}") == (Reference("x", True), Reference("y", False))
    assert only_reference(" (\\ref{x}) ") == Reference("x", True)
    assert only_reference("\\ref{x}") == Reference("x", False)
    assert only_reference("a\\ref{x}") is None
    assert replace_references("\\eqref{x}\\ref{x}\\ref{z}", {"x": "3"}) == "\\text{(3)}\\text{3}\\text{??}"


@pytest.mark.parametrize(
    ("tex", "macro"),
    [
        ("\\newcommand{\\R}{\\mathbb{R}}", Macro("\\R", 0, "\\mathbb{R}")),
        ("\\newcommand*\\norm[1]{\\Vert #1\\Vert}", Macro("\\norm", 1, "\\Vert #1\\Vert")),
        ("\\renewcommand{\\f}[2][d]{#1#2}", Macro("\\f", 2, "#1#2", "d")),
        ("\\newcommand{sign}{\\mathop{\\text{sign}}}", Macro("\\sign", 0, "\\mathop{\\text{sign}}")),
        ("\\def\\a#1#2{#2#1}", Macro("\\a", 2, "#2#1")),
        ("\\let\\le=\\leqslant", Macro("\\le", 0, "\\leqslant")),
        ("\\DeclareMathOperator*{\\argmin}{arg\\,min}", Macro("\\argmin", 0, "\\operatorname*{arg\\,min}")),
    ],
)
def test_definitions_are_taken_out(tex: str, macro: Macro) -> None:
    assert definitions(f"{tex} x\\require{{cancel}}") == ((macro,), " x")


@pytest.mark.parametrize("tex", ["\\newcommand{\\a}", "\\def\\a", "\\newcommand{a b}{c}", "\\default x", "\\let"])
def test_what_is_no_definition_stays(tex: str) -> None:
    assert definitions(tex) == ((), tex)


@pytest.mark.parametrize(
    ("tex", "numbers"),
    [
        ("x", [None]),
        ("x\\tag{3}", ["3"]),
        ("\\begin{equation}x\\end{equation}", ["1"]),
        ("\\begin{equation}\\begin{aligned}a\\\\b\\nonumber\\end{aligned}\\end{equation}", [None]),
        ("\\begin{align}a\\\\b\\\\\\end{align}", ["1", "2"]),
        ("\\begin{align}a\\\\\\\\b\\end{align}", ["1", "2", "3"]),
        ("\\begin{align}a\\tag{x}\\\\[5pt]b\\notag\\\\*c\\end{align}", ["x", None, "1"]),
        ("\\begin{align*}a\\\\b\\tag{y}\\end{align*}", [None, "y"]),
        ("\\begin{gather}{a\\\\b}\\\\\\begin{matrix}c\\\\d\\end{matrix}\\end{gather}", ["1", "2"]),
        ("\\begin{multline}a\\\\b\\end{multline}", ["1"]),
        ("\\begin{alignat}{2}a&b\\\\c&d\\end{alignat}", ["1", "2"]),
        ("\\begin{aligned}a\\tag{1}\\\\b\\tag{2}\\end{aligned}", ["1", "2"]),
        ("\\left\\{\\begin{aligned}a\\tag{1}\\\\b\\tag{2}\\end{aligned}\\right.", ["1, 2"]),
        ("\\newcommand{\\a}{b}\\begin{equation}\\a\\end{equation}", ["1"]),
        ("\\begin{align}a\\\\b", [None]),
        ("\\begin{eqnarray}a&=&b\\\\&=&c\\end{eqnarray}", ["1", "2"]),
    ],
)
def test_numbers_are_those_of_mathjax(tex: str, numbers: list[str | None]) -> None:
    given = number(parse(tex), Counter())
    assert [tag.text if tag else None for tag in given] == numbers


def test_a_label_alone_counts_only_where_it_is_asked_to() -> None:
    assert number(parse("x\\label{a}"), Counter()) == (None,)
    (tag,) = number(parse("x\\label{a}"), Counter(prefix="A"), labelled=True)
    assert tag is not None and (tag.text, tag.shown) == ("A1", "(A1)")
    assert parse("\\begin{align}a\\label{p}\\\\b\\label{q}\\end{align}").labels == ("p", "q")


def test_tags_are_plain_text() -> None:
    assert tag_text("$*$") == "*" and tag_text("\\text{模} 方\\_程") == "模 方_程" and tag_text("$\\ast$") == "∗"
    (tag,) = number(parse("x\\tag*{原}"), Counter())
    assert tag is not None and tag.shown == "原"


def test_numbers_are_taken_out_for_setting() -> None:
    assert without_tags(parse("\\begin{align}a\\label{x}\\tag{2}\\end{align}")) == "\\begin{aligned}a\\end{aligned}"


@given(SOURCES)
def test_any_source_can_be_read(tex: str) -> None:
    display = parse(tex)
    assert len(number(display, Counter())) == len(display.rows) >= 1
    assert content_id(tex).startswith("e-")
    found, rest = definitions(tex)
    assert found or len(rest) <= len(tex)
