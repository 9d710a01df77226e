r"""How displayed formulas are cut into claims and read: each of these was once read as something else.

They are formulas of our own, made after what 600 displays drawn from posts were misread as; the guide says how the
reading was judged.
"""

from __future__ import annotations

import numpy as np
import pytest

from ext.edition.checks.cutting import claims, listed
from ext.edition.checks.grammar import Reader
from ext.edition.checks.outcomes import NotComputed, State, Unreadable
from ext.edition.checks.pieces import name, read, written
from ext.edition.checks.relations import evaluate
from ext.edition.checks.tree import Kind, Names
from ext.edition.checks.values import Indexed
from tests.checks.spelled import spelled

KINDS = {
    **dict.fromkeys(("a", "b", "c", "d", "n", "x", "t", "\\Delta", "\\lambda", "\\psi"), Kind.VALUE),
    **dict.fromkeys(("f", "\\varphi"), Kind.FUNCTION), **dict.fromkeys(("u", "w"), Kind.INDEXED),
    **dict.fromkeys(("i", "j"), Kind.INDEX)}  # fmt: skip


def reading(formula: str, **more: Kind) -> str:
    """Return how a formula of one claim is read, everything in brackets."""
    reader = Reader(read(formula), Names({name(key): kind for key, kind in {**KINDS, **more}.items()}))
    node = reader.relation()
    if reader.at < len(reader.pieces):
        raise reader.no("not read to its end")
    return spelled(node)


@pytest.mark.parametrize(("formula", "said"), {
    r"\psi{+\lambda}": r"(‹\psi› + ‹\lambda›)", "a{b+c}": "((‹a› * ‹b›) + ‹c›)", "{a}{b}": "(‹a› * ‹b›)",
    r"a\color{red}{-b}": "(‹a› + -‹b›)", r"{\lambda_2}^2": "", "{{a}}^2": "(‹a› ^ 2)",
    r"\frac{\mathrm{d}f(x)}{\mathrm{d}x}": "derivative(call ‹f›[‹x›], ‹x›, 1)",
    r"\frac{d}{d+1}": "(‹d› / (‹d› + 1))", r"\frac{d^2}{d_1}": "", r"\frac{d}{2}": "(‹d› / 2)",
    "u_i": "‹u›[‹i›]", "w_{ij}": "‹w›[‹i›, ‹j›]", "w_{i,n}": "‹w›[‹i›, ‹n›]", "w_{i+1,j}": "‹w›[(‹i› + 1), ‹j›]",
    "u_{2i+1}": "‹u›[((2 * ‹i›) + 1)]",
    r"\sum_iu_i-\sum_{i>2}u_i": "(sum<i>(‹u›[‹i›]) + -sum<i, ‹i›  >  2>(‹u›[‹i›]))",
    r"\left(\sum_iu_i\right)-u_i": "(sum<i>(‹u›[‹i›]) + -‹u›[‹i›])", r"u_i-\max_ju_j": "(‹u›[‹i›] + -max<j>(‹u›[‹j›]))",
    r"\newcommand{\twice}[1]{2#1}\twice{a}": "(2 * ‹a›)",
    r"a\triangleq b": "‹a›  =  ‹b›", "ac": "(‹a› * ‹c›)"}.items())
def test_is_read_as_it_is_shown(formula: str, said: str) -> None:
    if said:
        assert reading(formula) == said
    else:
        with pytest.raises(NotComputed):
            reading(formula)


@pytest.mark.parametrize("formula", [
    "{a+b}^2", "{ab}^2", "{a^2}^3", "a/{bc}", "x{}_1", "u_{t+\\Delta t}", "u_{in}", "w_{nt}",
    r"\frac{d}{dx}", r"\frac{da}{dt}",
    r"\max_iu_i-u_i", r"\sum_iu_i+u_i^2", r"\sum_iu_i+w_{ii}", r"2\sum_iu_i-u_i", r"\min_i\max_jw_{ij}-u_j",
    r"a\otimes b", r"a\circ b", "a*b", r"a\bmod b", r"a\cdots b", r"\lambda_1\dots\lambda_n", r"\vdots", r"{a\over b}"])
def test_what_a_reader_could_take_otherwise_is_not_read(formula: str) -> None:
    with pytest.raises(NotComputed):
        reading(formula)


@pytest.mark.parametrize("word", ["sinx", "softmax(x)", "KL", "xlog", "encoder(x)", "abcde"])
def test_letters_that_spell_a_word_are_no_product(word: str) -> None:
    letters = {letter: Kind.VALUE for letter in word if letter.isalpha()}
    with pytest.raises(Unreadable, match="letters that spell"):
        reading(word, **letters)
    assert reading(word.partition("(")[0], **letters, **{word.partition("(")[0]: Kind.VALUE})


def test_an_italic_d_is_a_differential_where_it_has_no_value() -> None:
    known = {key: kind for key, kind in KINDS.items() if key != "d"}

    def without(formula: str) -> str:
        reader = Reader(read(formula), Names({name(key): kind for key, kind in known.items()}))
        return spelled(reader.relation())

    assert without(r"\frac{df(x)}{dx}") == "derivative(call ‹f›[‹x›], ‹x›, 1)"
    assert without(r"\frac{d}{dx}f(x)") == "derivative(call ‹f›[‹x›], ‹x›, 1)"
    assert without(r"\int_0^1xf(x)dx=a") == "int<x: 0..1>((‹x› * call ‹f›[‹x›]))  =  ‹a›"
    with pytest.raises(Unreadable, match="without its d"):
        reading(r"\int_0^1 x dx")
    assert evaluate(r"\int_0^1x^2dx=\frac13", [{}]).state == State.HELD


@pytest.mark.parametrize(("formula", "cut"), {
    r"\begin{aligned}a&=b\\&=c\end{aligned}": ["a=b=c"],
    r"\begin{equation}\begin{aligned}a=&\,b\\[5pt]=&\,c\end{aligned}\label{e}\end{equation}": ["a=b=c"],
    r"\begin{aligned}a=&\,b\\&\quad+c\\=&\,n\end{aligned}": ["a=b+c=n"],
    r"\begin{align}a&=b&c&=d\\x&=t&n&=1\end{align}": ["a=b", "c=d", "x=t", "n=1"],
    r"\begin{eqnarray}a&=&b\\&=&c\end{eqnarray}": ["a=b=c"],
    r"\left\{\begin{aligned}&a=b\\&c=d\end{aligned}\right.": ["a=b", "c=d"],
    r"\color{red}{\begin{aligned}a&=b,\\c&=d\end{aligned}}": ["a=b", "c=d"],
    r"a=b\quad+c": ["a=b+c"], "a=b,c=d": ["a=b", "c=d"], r"a=b\in\mathbb{R}": ["a=b", r"\in\mathbb R"],
    r"\begin{gather}a=b\\[6pt]c=d\end{gather}": ["a=b", "c=d"],
    r"a=b\\[2ex]c=d": ["a=b", "c=d"]}.items())
def test_is_cut_into_its_claims(formula: str, cut: list[str]) -> None:
    assert [written(part) for part in claims(read(formula))] == cut


def test_a_line_that_may_go_on_with_the_one_before_is_not_read() -> None:
    with pytest.raises(Unreadable, match="go on"):
        claims(read(r"\begin{aligned}a&=b\\-c&=d\end{aligned}"))
    assert len(claims(read(r"\begin{aligned}a&=b,\\-c&=d\end{aligned}"))) == 2


@pytest.mark.parametrize("formula", ["a=1,000", r"a=1\quad b", r"a=1,\qquad S=1+\dots+n", r"a=1,\ n=1,2,\dots,b=3",
                                     r"\begin{align}a&=1&&+b\end{align}"])
def test_what_is_not_read_beside_a_claim_keeps_the_whole_from_holding(formula: str) -> None:
    assert evaluate(formula, [{"a": 1, "b": 2, "n": 3, "S": 0}]).state != State.HELD


def test_a_list_with_dots_is_a_condition_and_nothing_else_is() -> None:
    assert listed(read(r"i=1,\dots,n")) and listed(read(r"i,j=1,2,\cdots"))
    assert not listed(read(r"S=1+\dots+n")) and not listed(read(r"v_1,\dots,v_n=0")) and not listed(read("i=1"))


def test_a_product_over_the_index_of_a_sum_is_computed() -> None:
    table = np.arange(9.0).reshape(3, 3)
    bound = {"w": table, "u": Indexed(lambda i: i), "i": range(1, 4), "j": range(1, 4)}
    assert evaluate(r"\sum_{i,j}w_{ij}u_iu_j=\sum_iu_i\sum_jw_{ij}u_j", [bound]).state == State.HELD
