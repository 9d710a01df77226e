"""Nothing is cut without saying so: formulas, tables, listings at the width of a phone and of a screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EditionFolder, new_edition
from widths import uncued, wide

SUM = " + ".join(rf"\boldsymbol{{x}}_{{{n}}}^{{\top}}\boldsymbol{{W}}_{{{n}}}" for n in range(1, 30))
PRODUCT = "".join(rf"\boldsymbol{{A}}_{{{n}}}" for n in range(60))
POST = rf"""
$$\begin{{equation}}y = {SUM}\end{{equation}}$$

$$\begin{{equation}}y = {PRODUCT}\end{{equation}}$$

$$\begin{{align}}y &= {PRODUCT} \\ &= {PRODUCT}\end{{align}}$$

在文中也有 ${PRODUCT}$，与 $y = {SUM}$。

一句话里的 $y = {SUM}$，后面还有话。

| 方法 | 推导路径 | 优点 | 缺点 | 典型应用 |
|---|---|---|---|---|
| 甲甲甲甲甲甲 | 马尔可夫链的前向与反向过程 | 简单而且稳定的训练 | 采样很慢，要许多步 | 图像生成 |

```python
{"x" * 400}
```

:::{{prf:derivation}}
$$\begin{{align}}y &= {PRODUCT} \\ &= {PRODUCT}\end{{align}}$$
:::

```{{note}}
一条说明。
```
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], str]) -> str:
    """Return the address of a post of wide things."""
    folder: EditionFolder = new_edition(tmp_path_factory.mktemp("width"))
    folder.post("wide", POST)
    return f"{serve(folder.build().out)}/posts/wide.html"


@pytest.fixture
def tab(page: str, browser: Any) -> Any:
    """Return the post, open on a phone."""
    opened = browser.new_page(viewport={"width": 390, "height": 900})
    opened.goto(page)
    opened.wait_for_load_state("networkidle")
    yield opened
    opened.close()


@pytest.mark.browser
def test_what_goes_on_says_so(tab: Any) -> None:
    for width in (390, 1440):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.wait_for_timeout(500)
        assert wide(tab) >= 4 and uncued(tab) == [], width
        assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.browser
def test_at_its_end_only_the_beginning_is_in_shade(tab: Any) -> None:
    body = tab.locator(".equation-body[data-cut]").first
    assert body.get_attribute("data-cut") == "end"
    body.evaluate("(one) => { one.scrollLeft = one.scrollWidth; }")
    tab.wait_for_function("document.querySelector('.equation-body[data-cut]').dataset.cut === 'start'")


@pytest.mark.browser
def test_a_sum_is_broken_and_does_not_scroll(tab: Any) -> None:
    first = tab.locator(".equation").first
    assert first.locator("[data-cut]").count() == 0
    rows = first.locator("math > mrow")
    assert rows.evaluate_all("all => new Set(all.map((one) => one.getBoundingClientRect().top)).size") >= 4


@pytest.mark.browser
def test_a_sum_before_a_comma_is_broken_too(tab: Any) -> None:
    tied = tab.locator("p:not([data-cut]) > .math-tie > math > mrow")
    assert tied.evaluate_all("all => new Set(all.map((one) => one.getBoundingClientRect().top)).size") >= 4


@pytest.mark.browser
def test_numbers_of_rows_are_painted_like_the_box_around_them(tab: Any) -> None:
    same = tab.evaluate("""() => {
      const tag = document.querySelector(".annotation .equation-tag");
      return [tag, tag.closest(".annotation")].map((one) => getComputedStyle(one).backgroundColor);
    }""")
    assert same[0] == same[1] and "rgba(0, 0, 0, 0)" not in same


@pytest.mark.browser
def test_text_of_twice_the_size_has_one_column(page: str, browser: Any) -> None:
    tab = browser.new_page(viewport={"width": 1440, "height": 900})
    session = tab.context.new_cdp_session(tab)
    session.send("Page.enable")
    session.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    tab.goto(page)
    tab.wait_for_timeout(500)
    assert tab.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert not tab.locator(".zs-side").is_visible()
    assert uncued(tab) == []
    tab.close()


@pytest.mark.browser
def test_no_icon_without_its_font(tab: Any) -> None:
    """A sign of the private use area says nothing unless the font that has it was asked for."""
    empty = tab.evaluate("""() => [...document.querySelectorAll("*")].flatMap((one) => ["::before", "::after"]
      .map((part) => getComputedStyle(one, part))
      .filter((style) => /[\\uE000-\\uF8FF]/.test(style.content) && !/Awesome/.test(style.fontFamily))
      .map((style) => one.outerHTML.slice(0, 80)))""")
    assert empty == [] and tab.locator(".admonition.note").count() == 1
