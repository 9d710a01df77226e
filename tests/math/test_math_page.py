"""Formulas in a real browser: copying, keyboard, narrow screens, no script needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import violations

from tests.math.test_equations import Project

pytestmark = pytest.mark.browser

#: Under a root no line ends: what is too long there is scrolled.
LONG = "+".join(f"x_{{{n}}}^2" for n in range(40))
PAGE = f"""# 文

行内 $a<b$ 与 $\\frac{{1}}{{2}}$。

$$c=3 \\tag{{7}}$$

\\begin{{equation}}\\sqrt{{{LONG}}}\\end{{equation}}

\\begin{{align}}{LONG}&=1\\\\ y&=2\\end{{align}}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("math")
    return Project(folder / "src").write("index", PAGE).build(language="zh_CN").out


@pytest.fixture
def page(built: Path, browser: Any, serve: Callable[[Path], str]) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 390, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.goto(f"{serve(built)}/index.html")
    opened.wait_for_function("document.fonts.check('16px \"Zhushu Math\"')")
    yield opened
    context.close()


def clipboard(page: Any) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_keyboard_copies_and_walks_from_formula_to_formula(page: Any) -> None:
    page.locator(".equation-body").first.focus()
    page.keyboard.press("c")
    page.wait_for_selector("text=已复制")
    assert clipboard(page) == "c=3 \\tag{7}"
    page.keyboard.press("k")
    page.keyboard.press("c")
    page.wait_for_function("navigator.clipboard.readText().then(t => t.startsWith('\\\\frac'))")
    assert clipboard(page) == "\\frac{1}{2}"
    # Only displayed formulas are stops of the tab key.
    assert page.locator("math[tabindex='0']").count() == 0


def test_the_button_is_the_next_stop_after_its_formula(page: Any) -> None:
    page.locator(".equation-body").first.focus()
    names = []
    for _ in range(3):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent"))
    assert names == ["(7)", "复制 LaTeX", "复制链接"]
    page.keyboard.press("Enter")
    page.wait_for_selector("text=已复制")
    assert clipboard(page).endswith(f"#{page.locator('.equation').first.get_attribute('id')}")


def test_touching_a_formula_of_the_text_offers_to_copy_it(page: Any) -> None:
    page.locator("math:not([display])").first.click()
    page.get_by_role("button", name="复制 LaTeX").click()
    page.wait_for_selector("text=已复制")
    assert clipboard(page) == "a<b"


def test_copied_text_has_formulas_as_latex(page: Any) -> None:
    page.evaluate("getSelection().selectAllChildren(document.querySelector('p:has(math)'))")
    page.keyboard.press("Control+c")
    assert clipboard(page).strip() == "行内 $a<b$ 与 $\\frac{1}{2}$。"


def test_the_number_stands_at_the_middle_of_its_formula(page: Any) -> None:
    middles = page.locator(".equation").first.evaluate("""e => [...e.children].filter(c => c.offsetHeight).map(c => {
        const box = c.getBoundingClientRect(); return (box.top + box.bottom) / 2 })""")
    assert len(middles) == 2 and middles[0] == pytest.approx(middles[1], abs=1)
    body = page.locator(".equation-body").first
    assert body.evaluate("e => getComputedStyle(e).marginBottom") == "0px", "a paragraph of the text has one"


def test_long_formulas_scroll_inside_themselves_and_keep_their_numbers(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for at, number in ((1, ".equation-number"), (2, ".equation-tag")):
        body = page.locator(".equation-body").nth(at)
        assert body.evaluate("e => e.scrollWidth > e.clientWidth")
        box = page.locator(".equation").nth(at).locator(number).first.bounding_box()
        assert box["x"] + box["width"] <= 390
        body.evaluate("e => { e.scrollLeft = 200 }")
        assert page.locator(".equation").nth(at).locator(number).first.bounding_box()["x"] == pytest.approx(box["x"])


def test_scripts_of_letters_with_descenders_are_level_with_others(page: Any) -> None:
    lows = page.evaluate("""() => {
      const line = document.createElement("p");
      line.innerHTML = ["x", "\\u03c1", "\\u03b2", "y"].map(
        (letter) => `<math><msub><mi>${letter}</mi><mi>i</mi></msub></math>`).join(" ");
      document.querySelector("p").before(line);
      return [...line.querySelectorAll("msub > :last-child")].map((one) => one.getBoundingClientRect().bottom);
    }""")
    assert max(lows) - min(lows) < 1, lows


def test_without_scripts_formulas_are_set_in_the_bundled_font(built: Path, browser: Any, serve: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    address = serve(built)
    requested: list[str] = []
    opened.on("request", lambda request: requested.append(request.url))
    opened.goto(f"{address}/index.html", wait_until="networkidle")
    fraction = opened.locator("mfrac").first.bounding_box()
    assert fraction["height"] > fraction["width"]
    assert any(url.endswith("zhushu-math.woff2") for url in requested)
    assert all(url.startswith(address) for url in requested)
    context.close()


def test_a_header_cell_that_is_a_formula_has_a_name(browser: Any, serve: Callable[[Path], str], tmp_path: Path) -> None:
    table = r"""# 表

| $x_1^2$ | 数 | $\begin{matrix}a\end{matrix}$ |
|---|---|---|
| 1 | 2 | $y$ |
"""
    built = Project(tmp_path / "src").write("index", table).build(language="zh_CN").out
    tab = browser.new_page()
    tab.goto(f"{serve(built)}/index.html")
    names = tab.eval_on_selector_all("th math", "all => all.map((one) => one.getAttribute('aria-label'))")
    assert names == ["x₁²", "\\begin{matrix}a\\end{matrix}"] and not tab.locator("td math[aria-label]").count()
    assert [one for one in violations(tab) if "header" in one[0]] == []
    tab.close()
