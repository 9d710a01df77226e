"""Formulas as words, and the files they are looked up in; both as Python and as the browser read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import REPO
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.math.tex import Macro
from ext.edition.search import formula_index
from ext.edition.search.formula_index import Formula, bits_of, distinct, page, renewed, shards
from ext.edition.search.formula_terms import LONGEST, numbered, rows, runs
from ext.edition.search.formula_words import RULES, VARIABLES, words
from ext.site.assets import MODULES, joined_modules

MACROS = {"\\R": Macro("\\R", 0, "\\mathbb{R}"), "\\norm": Macro("\\norm", 1, "\\left\\lVert #1\\right\\rVert"),
          "\\loop": Macro("\\loop", 0, "\\loop\\loop")}
SAME = [
    (r"\operatorname{msign}(M)", r"\msign ( M )", r"\text{msign}(\boldsymbol M)",
     r"\mathop{\mathrm{msign}}\left(M\right)"),
    (r"\frac12", r"\dfrac{1}{2}", r"\frac 1 {2}"),
    (r"e^{i n\theta}", r"e^{in\theta}", r"e ^ { i\,n \theta }."),
    (r"x_i^2", r"x^{2}_{i}", r"x_{i}^{2} \label{eq:a}", r"x_i^2 \tag{3}", "x_i^2 % so\n"),
    (r"\begin{align}a&=b\\[2pt]&=c\end{align}", r"a=b=c", r"\begin{array}{rl}a&=b\\ &=c\end{array}"),
    (r"f'(x)", r"f^{\prime}(x)", r"f^\prime(x)"),
    (r"\|A\|_F\leq 1", r"\lVert A\rVert_F\le 1", r"\left\Vert A\right\Vert_{F} ≤ 1", r"\norm{A}_F \leqslant 1"),
    (r"x\in\mathbb{R}^n", r"x\in\R^n", r"x \in \mathbb R^{n}"),
    (r"\left.\frac{d}{dx}f\right|_{x=0}", r"\frac{d}{dx} f |_{x=0}"),
    (r"\operatorname*{arg\,max}_x", r"\operatorname*{argmax}_x", r"\mathop{\text{argmax}}\limits_x"),
]
DIFFERENT = [(r"\phi", r"\Phi"), (r"\mathbb{E}", "E"), (r"\mathcal{L}", "L"), ("x^2", "x_2"), (r"\to", r"\Rightarrow"),
             (r"\text{ab}", "ab"), ("12", "21"), (r"\frac{1}{2n}", r"\frac12n"), ("x^{n+1}", "x^n+1"),
             ("x^{ij}", "x^ij"), (r"\sqrt{x+1}", r"\sqrt x+1"), (r"\sqrt[3]{x}", r"\sqrt{x}"), ("f''", "f'")]


@pytest.mark.parametrize("alike", SAME, ids=[one[0] for one in SAME])
def test_ways_to_type_one_formula_are_one(alike: tuple[str, ...]) -> None:
    assert len({words(tex, MACROS) for tex in alike}) == 1
    assert words(alike[0], MACROS)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert words(one) != words(other)


def test_single_letters_are_variables_and_names_are_not() -> None:
    assert [word for word in words(r"\operatorname{tr}(\Sigma x)+\mathbb{E}\exp 2\pi") if word in VARIABLES] == [
        "Sigma", "x", "pi"]


@pytest.mark.parametrize("hostile", ["\\loop", "{" * 5000, "^" * 3000, "^{" * 3000 + "}" * 3000, "\\\\[", "\\", "_",
                                     "\\begin{", "\\text{", "\\norm", "\\left", "'" * 5000, "%", "\\tag*", "\ud800"])
def test_nothing_typed_breaks_the_reader(hostile: str) -> None:
    assert len(words(hostile, MACROS)) <= 5001


def found(tex: str, displayed: bool = True, anchor: str = "eq-a") -> Formula:
    return Formula(anchor, "(1)" if displayed else "", displayed, words(tex))


def test_repetitions_and_short_ones_are_left_out() -> None:
    kept = distinct([found("x_t", False, "s"), found("x_t=y+z+w"), found("x_t = y+z+{w}", True, "eq-b"),
                     found("y+z", False), found("q+r", False), found("q", False), found("q")])
    assert [(one.words, one.anchor) for one in kept] == [
        (words("x_t"), "s"), (words("x_t=y+z+w"), "eq-a"), (words("y+z"), "eq-a"), (words("q+r"), "eq-a"),
        (("q",), "eq-a")]


def test_a_formula_of_the_text_gives_way_to_the_same_one_displayed() -> None:
    assert [one.displayed for one in distinct([found("a+b", False), found("a+b")])] == [True]


def test_the_original_keeps_its_formula_when_an_annotation_says_it_again() -> None:
    again = Formula("eq-b", "", True, words("a+b"), added=True)
    assert [one.added for one in distinct([again, found("a+b", False)])] == [False]
    assert json.loads(page([again, found("c=d")]).shard)["lines"] == "#eq-b D a+b  #eq-a d(1) c=d"


#: The keys of a page, many of them in few places: then pages share buckets, gain and lose them.
KEYS = st.sets(st.integers(0, 0xFFFFFFFF) | st.integers(0, 60).map(lambda place: place << 25), max_size=40).map(
    lambda one: bytes(formula_index.array("I", sorted(one))))


@given(st.lists(st.sets(st.integers(0, 0xFFFFFFFF), max_size=40), max_size=30))
def test_every_page_is_in_its_buckets(pages: list[set[int]]) -> None:
    packed = [formula_index.Page("", bytes(formula_index.array("I", sorted(one)))) for one in pages]
    bits, files = bits_of(one.buckets for one in packed), shards(packed)
    lines = [line for text in files for line in json.loads(text).split(" ")]
    assert len(lines) == 1 << bits
    for number, one in enumerate(pages):
        for value in one:
            file = value >> (32 - max(0, bits - 8))
            assert number in _members(lines[(file << min(bits, 8)) + value % (1 << min(bits, 8))])


@given(st.lists(st.tuples(KEYS, KEYS), max_size=30))
def test_what_changes_is_as_if_all_were_made_anew(pages: list[tuple[bytes, bytes]]) -> None:
    before, after = ([formula_index.Page("", keys) for keys in each] for each in zip(*pages, strict=True)) \
        if pages else ([], [])
    if bits_of(one.buckets for one in before) == bits_of(one.buckets for one in after):
        files = dict(enumerate(shards(before)))
        changed = renewed([one.buckets for one in before], after, files.__getitem__)
        assert files | changed == dict(enumerate(shards(after)))
        assert all(files[number] != text for number, text in changed.items())


def _members(line: str) -> list[int]:
    result, last = [], -1
    for sign in line:
        code = ord(sign)
        code -= 2 if code > 0x5C else 1 if code > 0x22 else 0
        last += code - 0x21
        result.append(last)
    return result


def test_a_bucket_far_into_a_large_edition_can_be_written() -> None:
    files = shards([formula_index.Page("", b"")] * 60000 + [formula_index.Page("", b"\0\0\0\0")])
    assert len(files) == 1
    assert len(json.loads(files[0]).encode()) <= 4


def test_the_file_of_a_page_is_small() -> None:
    one = page([found(rf"\frac{{\partial L_{{{n}}}}}{{\partial\theta}}=0", anchor=f"eq-e-{n:06}") for n in range(100)])
    assert len(one.shard) < 100 * 32


def test_formulas_without_a_number_or_an_id_have_their_place() -> None:
    kept = json.loads(page([Formula("", "", False, words("a+b")), Formula("eq-e-1", "", True, words("c=d")),
                            Formula("eq-x", "(1 a)", True, words("e=f"))]).shard)
    assert kept["lines"] == "# t a+b  ~1 d c=d  #eq-x d(1\u00a0a) e=f"


def test_terms_are_signs_with_arguments_and_scripts() -> None:
    said = words(r"\frac{a+1}{2}x_i^{n+1}-12")
    own, *inner = ([" ".join(said[term[0]:term[2]]) for term in row] for row in rows(said))
    assert own == ["frac « a + 1 » 2", "x _ i ^ « n + 1 »", "-", "1 2"]
    assert sorted(map(tuple, inner)) == [("2",), ("a", "+", "1"), ("i",), ("n", "+", "1")]


def runs_of(said: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(said[start:stop]) for start, stop in runs(said)}


def test_runs_are_what_stands_in_a_row() -> None:
    found = {" ".join(run) for run in runs_of(words(r"\sqrt{v_t}+e^2"))}
    assert found == {"sqrt « v _ t »", "v _ t", "e ^ 2", "sqrt « v _ t » +", "+ e ^ 2", "sqrt « v _ t » + e ^ 2"}
    assert not {"t +", "e +"} & found


@given(st.lists(st.sampled_from(["a", "+", "«", "»", "^", "_", "frac", "sqrt", "1", "2", "("]), max_size=60))
def test_anything_is_read_into_terms_that_cover_it(said: list[str]) -> None:
    own, *_ = rows(said)
    assert [term[0] for term in own] + [len(said)] == [0] + [term[2] for term in own]
    assert all(1 < len(run) <= LONGEST for run in runs_of(said))


def test_the_runs_of_a_formula_grow_as_the_formula_does() -> None:
    deep = words("a^{" * 35 + "+".join("b" * 300) + "}" * 35)
    assert sum(map(len, runs_of(deep))) < 12 * len(deep)


# In the browser

EXAMPLES = [tex for alike in SAME for tex in alike] + [tex for pair in DIFFERENT for tex in pair] + [
    r"\begin{alignat*}{2}x&\quad y\end{alignat*}", r"\sum\nolimits_{i=1}^n \binom{n}{k}", r"x\text{ 若 }y>0，",
    r"\text{if $x_1$ then}", r"\mathbb{1}_{[x]}", r"\color{red}{x}y", r"''x''", "\\\\*[ 3 em ]x", "\\\\[x]",
    "\\#\\%\\&\\_\\ \\\n",
    "a\u3000b\ufeffc", "\x1c\x85x", r"\mathrm{KL}(p\Vert q)", r"\underbrace{a}_{b}^{c}", r"{}_nC_k", "Äé\\Äé",
    "\\😀x_😀",
    r"\norm\R", r"\norm{", r"\frac", r"\frac{a}", r"\frac1{b c}d", r"\sqrt[n+1]{x}", r"\sqrt [3", r"\hat{ab}''",
    r"x^{}",
]


@pytest.fixture(scope="module")
def module(browser: Any) -> Any:
    opened = browser.new_page()
    script = joined_modules(REPO / "ext" / "static" / "formulas", MODULES["formulas"])
    opened.evaluate("""async ([script, rules, macros]) => {
        const module = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
        const { words, numbered, arity } = module.reader(rules, macros);
        const read = (said) => [module.rows(said, arity), module.runs(said, arity).sort((a, b) => (a < b ? -1 : 1))];
        globalThis.both = (tex) => [words(tex), numbered(words(tex)), ...read(words(tex))];
        const { code, compare, needed, pattern, KINDS } = module;
        Object.assign(globalThis, { code, compare, needed, pattern, KINDS, how: module.reader(rules) });
    }""", [script, dict(RULES), {name: [macro.arguments, macro.body] for name, macro in MACROS.items()}])
    yield opened
    opened.close()


def as_the_browser_reads(module: Any, formulas: list[str]) -> list[Any]:
    """Return what the browser reads; as one text, for Playwright takes a call for every word of a list."""
    read: list[Any] = json.loads(module.evaluate("list => JSON.stringify(list.map(both))", formulas))
    return read


def as_python_reads(tex: str) -> list[Any]:
    read = words(tex, MACROS)
    own = sorted(map(list, runs_of(read)), key=lambda run: ",".join(run).encode("utf-16-be", "surrogatepass"))
    return [list(read), list(numbered(read)), [[list(term) for term in row] for row in rows(read)], own]


@pytest.mark.browser
def test_the_browser_reads_formulas_as_python_does(module: Any) -> None:
    for tex in EXAMPLES:
        assert module.evaluate("tex => both(tex)", tex) == as_python_reads(tex), tex


@pytest.mark.browser
def test_the_browser_reads_the_bundled_formulas_as_python_does(module: Any, tmp_path: Path) -> None:
    texts = [path.read_text("utf-8") for path in sorted((REPO / "source" / "posts").glob("*.md"))]
    formulas = sorted({part for text in texts for part in text.split("$") if "\n\n" not in part})
    assert len(formulas) > 1000
    for tex, read in zip(formulas, as_the_browser_reads(module, formulas), strict=True):
        assert read == as_python_reads(tex), tex


@pytest.mark.browser
@given(pieces=st.lists(st.lists(st.sampled_from([
    *RULES["nothing"], *RULES["fence"], *RULES["skip"], *RULES["word"], *RULES["letter"], *RULES["column"],
    *RULES["group"],
    *RULES["same"], *RULES["tail"], *MACROS, "\\alpha", "\\Foo", "x", "{", "}", "^", "_", "'", " ", "\n", "%", "[", "]",
    "2pt", "*", ".", "é", "字",
]), max_size=14).map("".join), min_size=30, max_size=30))
def test_the_browser_reads_anything_as_python_does(module: Any, pieces: list[str]) -> None:
    for tex, read in zip(pieces, as_the_browser_reads(module, pieces), strict=True):
        assert read == as_python_reads(tex), tex


@pytest.mark.browser
def test_the_browser_finds_the_same_place(module: Any) -> None:
    keys = ["wx", "ea\x1fb\x1fc", "w字", "r0!\x1f^\x1f1!", "w😀"]
    assert module.evaluate("keys => keys.map((key) => code(key, 'wx'))", keys) == [
        formula_index.code(key, formula_index.code("wx")) for key in keys]


@pytest.mark.browser
@pytest.mark.parametrize(("query", "parts"), [
    ("x", ["x"]), (r"\frac12", ["frac 1 2"]), ("a+b", ["a + b"]), ("a+b=c", ["a + b", "+ b =", "b = c"]),
    (r"\frac{?a}{x+1}=y", ["frac", "x + 1", "= y"]), ("?a+b", ["+ b"]), ("a^{?n}", ["a"]),
    ("+".join("a" * 30), ["a + a", "+ a +"])])
def test_what_is_looked_up_are_the_longest_runs_without_wildcards(module: Any, query: str, parts: list[str]) -> None:
    found = module.evaluate(
        "(q) => needed(pattern(q), how.arity, (word) => !/^[?¿]./.test(word)).map((run) => run.join(' '))",
        list(words(query)))
    assert sorted(found) == sorted(parts)


@pytest.mark.browser
@given(tex=st.lists(st.sampled_from([*"ab+=()", "12", "x^2", "y_i", r"\frac{a+b}{c}", r"\sqrt{x_i}"]),
                    min_size=2, max_size=30), data=st.data())
def test_a_part_has_no_run_that_the_whole_has_not(module: Any, tex: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(tex) - 1))
    query, whole = list(words("".join(tex[start:start + 6]))), list(words("".join(tex)))
    kind, parts = module.evaluate(
        "([q, w]) => [KINDS[compare(pattern(q), w, how).kind], needed(q, how.arity, () => true)]", [query, whole])
    if kind in ("whole", "part"):
        assert {tuple(run) for run in parts} <= runs_of(whole) | {(word,) for word in whole}


@pytest.mark.browser
@pytest.mark.parametrize(("query", "tex", "kind"), [
    ("x+y", "x+y", "whole"), ("x+y", "b+c", "whole_renamed"), ("x+y", "a=x+y", "part"),
    ("x+y", "a=b+c", "part_renamed"), ("x+x", "b+c", None), ("x+y", "b+b", None),
    (r"\sin x", r"\sin y", "whole_renamed"), (r"\sin x", r"\cos x", None),
    ("x+y", "1+2", None), ("x", "", None), ("x+y+x", "x+y+x+u+v+u", "part"),
    (r"\frac{1}{2}", r"\frac12", "whole"), (r"\frac{1}{2}", r"\frac{1}{2n}", None),
    (r"\frac12", r"L=\frac12x", "part"), ("x^2", "x^{2n}", None), ("x^2", "a^2", "whole_renamed"),
    ("x+1", "x+10", None), ("x^2", "1+x^22", "part"), ("a+x", "a+x^2", None), ("ab", r"\frac{a}{b}", None),
    ("x", "y+x^2", "part"), ("x_i", "x_i^2", None), (r"\sqrt{v_t}+\epsilon", r"\frac{m}{\sqrt{v_t}+\epsilon}", "part"),
    (r"\frac{?a}{?b}", r"\frac{x+1}{2n}", "whole"), (r"\frac{?a}{?b}", r"\frac{a}{b}c", "part"),
    (r"\frac{?a}{?a}", r"\frac{x+1}{x+1}", "whole"), (r"\frac{?a}{?a}", r"\frac{x+1}{x}", None),
    ("e^{?x}", "e^{-x^2}+1", "part"), ("?x^2", "(a+b)^2", "whole"),
    ("f(?x)=?y", "f(a+b)=c+d", "whole"), ("f(?x)", "f(a", None)])
def test_a_formula_is_compared_by_its_structure(module: Any, query: str, tex: str, kind: str | None) -> None:
    found = module.evaluate("([q, w]) => KINDS[compare(pattern(q), w, how).kind]",
                            [list(words(query)), list(words(tex))])
    assert found == (kind or "alike")


@pytest.mark.browser
def test_comparing_ends_whatever_the_wildcards_are(module: Any) -> None:
    query, text = "+".join(f"?{letter}" for letter in "abcdefgh") + "=z", "+".join("a" * 400)
    assert module.evaluate("([q, w]) => compare(pattern(q), w, how).kind",
                           [list(words(query)), list(words(text))]) == 0
