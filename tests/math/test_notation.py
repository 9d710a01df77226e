"""Symbols that posts and series declare: marked where they are set, in a table, told on hover and on focus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import EditionFolder, new_edition, violations
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.math.engine import Renderer
from ext.edition.math.symbols import MARK, mark, pattern

RENDERER = Renderer({"bx": "\\boldsymbol{x}"})
TOML = """
[edition]
title = "试验版"

[[series]]
name = "丛"
[[series.notation]]
symbol = '\\alpha_t'
meaning = "保留率"
[[series.notation]]
symbol = "\\\\zeta"
meaning = "哪里都没有"
[[series.notation]]
symbol = "x_t"
meaning = "丛里的意思"
"""
ONE = """设 $x_t$ 与 $\\alpha_t^2$，见下。

## 节

$$x_t=\\alpha_t y+\\frac{x_t}{2}$$ (eq-a)

又有 $z$。
"""
FRONT = """---
title: 一
origin: local
series: 丛
notation:
  - symbol: x_t
    meaning: 第 $t$ 步的<b>图</b>
  - symbol: q
    meaning: 没有用到
  - {symbol: z, meaning: 只在文中}
---

# 一

"""


def marked(symbols: list[str], tex: str) -> list[str]:
    """Return the marked symbols of a formula, in the order of its elements."""
    known = {pattern(RENDERER.render(one).html): at for at, one in enumerate(symbols)}
    written, found = mark(RENDERER.render(tex).html, known)
    seen = [int(one[MARK]) for one in BeautifulSoup(written, "html.parser").select(f"[{MARK}]")]
    assert set(seen) == found
    return [symbols[at] for at in seen]


@pytest.mark.parametrize(("symbol", "tex"), [
    ("x", "x"), ("x", "{x}^2"), ("x", r"x^\top"), ("x", "x^{-1}"), ("x", "y^x"), ("x", r"\sum_{x} y"),
    ("x", r"\sqrt{x}"), ("x", r"\left(x\right)"), ("x", r"\underbrace{x}_{a}"), ("x", r"\overline{x+y}"),
    (r"\bx", r"\boldsymbol{x}"), (r"\bar\alpha_t", r"\bar{\alpha}_{t}"), (r"\mathcal N", r"\mathcal{N}(0,1)"),
    (r"\operatorname{rank}", r"\mathrm{rank}A"), ("A^+", "A^{+}b"),
])
def test_a_symbol_is_known_however_it_is_written(symbol: str, tex: str) -> None:
    assert marked([symbol], tex) == [symbol]


@pytest.mark.parametrize(("symbol", "tex"), [
    ("x", "x_1"), ("x", "x'"), ("x", "x^*"), ("x", "x^+"), ("x", r"\hat x"), ("x", r"\overline{x}"), ("x", "x^{(t)}"),
    ("x", r"\boldsymbol{x}"), ("x", r"\mathrm{x}"), ("x_t", "x_{t-1}"), ("x_t", "x^t"), ("x", r"\text{x}"),
])
def test_another_symbol_is_not_taken_for_it(symbol: str, tex: str) -> None:
    assert marked([symbol], tex) == []


def test_the_longest_symbol_wins_and_an_exponent_is_no_part_of_it() -> None:
    assert marked(["x", "x_t", "t"], "x_t") == ["x_t"]
    # The letter and its index are marked, the exponent is not.
    assert marked(["x_t"], "x_t^2") == ["x_t", "x_t"]
    assert marked(["p_\\theta(x)", "x"], "p_\\theta(x)x") == ["p_\\theta(x)"] * 4 + ["x"]


PARTS = ("x", "x_t", "y^2", r"\frac{x}{y}", r"\sqrt{x_t}", "+", "=", "(", ")", r"\hat x")


@given(st.lists(st.sampled_from(PARTS), max_size=12))
def test_marks_are_all_that_is_added(parts: list[str]) -> None:
    html = RENDERER.render(" ".join(parts)).html
    known = {pattern(RENDERER.render(one).html): at for at, one in enumerate(("x", "x_t", "y"))}
    written, found = mark(html, known)
    for at in range(3):
        written = written.replace(f' {MARK}="{at}"', "")
    assert written == html
    assert (0 in found) <= any("x" in one for one in parts)


def test_nothing_is_looked_for_in_what_cannot_be_set() -> None:
    assert pattern(RENDERER.render(r"\undefined").html) == ()
    assert mark("<code>x</code>", {pattern(RENDERER.render("x").html): 0}) == ("<code>x</code>", frozenset())


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    folder = new_edition(tmp_path_factory.mktemp("notation") / "edition", TOML)
    folder.write("posts/one.md", FRONT + ONE)
    folder.post("two", "```{notation}\n```\n\n## 尾\n\n$$\\alpha_t$$\n", title="二", series="丛")
    folder.post("three", "```{notation}\n```\n\n没有符号：$x_t$。\n", title="三")
    return folder


@pytest.fixture(scope="module")
def built(edition: EditionFolder) -> Any:
    return edition.build()


def rows(html: str) -> list[list[str]]:
    return [[cell.get_text(" ", strip=True) for cell in row.find_all("td")]
            for row in BeautifulSoup(html, "html.parser").select(".zs-notation tbody tr")]


def test_the_table_has_what_the_post_uses_its_own_word_first(built: Any) -> None:
    html = built.html("posts/one")
    assert rows(html) == [["x t", "第 t 步的<b>图</b>", "(1)"], ["z", "只在文中", "节"], ["α t", "保留率", "(1)"]]
    soup = BeautifulSoup(html, "html.parser")
    for link in soup.select(".zs-notation td a"):
        assert soup.find(id=link["href"][1:]) is not None
    assert not soup.select(".zs-notation b")
    # Each mark leads to a row.
    marks = {one[MARK] for one in soup.select(f".zs-article [{MARK}]")}
    assert marks and all(soup.find(id=f"notation-{one}") for one in marks)


def test_the_directive_says_where_the_table_stands(built: Any) -> None:
    html = built.html("posts/two")
    assert rows(html) == [["α t", "保留率", "尾"]] and html.index("zs-notation") < html.index("<h2>尾")
    three = BeautifulSoup(built.html("posts/three"), "html.parser")
    assert not three.select(f".zs-notation, [{MARK}]")


def test_what_is_declared_and_never_used_is_named_with_its_line(edition: EditionFolder, built: Any) -> None:
    said = [line for line in built.warnings if "notation_unused" in line]
    assert [line.split(": WARNING")[0].rpartition("/")[2] for line in said] == ["one.md:8", "edition.toml:11"]
    assert "'q'" in said[0] and "delete the item" in said[0] and "zeta" in said[1]


def test_the_table_is_counted_in_neither_layer(built: Any) -> None:
    counts = built.env.__dict__["zhushu_kept"]["records"]["posts/two"]
    assert (counts.total.displayed, counts.total.inline, counts.total.tables) == (1, 0, 0)


@pytest.mark.parametrize(("written", "line"), [
    ("notation: [x]", 4), ("notation: x", 4), ("notation:\n  - symbol: x", 4), ("notation: 3", 4),
    ("notation:\n  - symbol: \\undefined\n    meaning: m", 5),
    ("notation:\n  - {symbol: x, meaning: m}\n  - {symbol: x, meaning: n}", 6)])
def test_a_list_that_cannot_be_read_is_named(edition_folder: EditionFolder, written: str, line: int) -> None:
    edition_folder.write("posts/a.md", f"---\ntitle: a\norigin: local\n{written}\n---\n\n# a\n\n$x$\n")
    said = [one for one in edition_folder.build().warnings if "zhushu" in one]
    assert len(said) == 1 and f"a.md:{line}: " in said[0] and "[zhushu.notation_broken]" in said[0]


def test_books_have_the_table_and_no_marks(edition: EditionFolder) -> None:
    chapter = (edition.build("epub", out="book", doctrees="books").out / "posts" / "one.xhtml").read_text("utf-8")
    assert "zs-notation" in chapter and f" {MARK}=" not in chapter


@pytest.mark.browser
def test_symbols_are_told_on_hover_and_on_focus(built: Any, browser: Any, serve: Callable[[Path], str]) -> None:
    page = browser.new_page(viewport={"width": 900, "height": 700})
    page.goto(f"{serve(built.out)}/posts/one.html")
    page.locator(f".equation-body [{MARK}='0']").first.hover()
    page.wait_for_selector(".zs-preview:not([hidden])")
    assert "步的<b>图</b>" in page.locator(".zs-preview").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".zs-preview:visible").count() == 0
    page.mouse.move(5, 5)
    # By keyboard the formula tells all its symbols; those of the text are reached with j and k.
    page.locator(".equation-body").first.focus()
    page.keyboard.press("k")
    page.wait_for_selector(".zs-preview:not([hidden]) >> text=保留率")
    page.keyboard.press("j")
    page.wait_for_selector(".zs-preview:not([hidden]) >> text=第")
    assert page.locator(".zs-preview-text p").count() == 2
    assert "zs-preview" in page.locator(".equation-body").first.get_attribute("aria-describedby")
    assert violations(page) == []
    page.keyboard.press("Escape")
    assert page.locator(".equation-body").first.get_attribute("aria-describedby") == "math-keys"
    page.close()
