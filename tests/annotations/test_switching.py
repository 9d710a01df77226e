"""What of a post is shown: all, the original alone, commentary folded; where blocks are from; notes beside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EditionFolder, new_edition, serious

POST = r"""
原文第一段，说的是一个等式。

$$a = b + c$$ (eq-one)

:::{prf:remark} 短注
就在旁边。
:::

又一段原文。

::::{prf:derivation} 长的推导
:label: der-one

先写 $a$，再写 $b$。

$$a - c = b$$
::::

{.annotation}
## 推导

这一节是加的。
"""
TEXT = """[...document.querySelectorAll('.zs-article p')].filter((one) => one.checkVisibility())
  .map((one) => one.innerText).join('|')"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    """Return a built edition of one post."""
    folder = new_edition(tmp_path_factory.mktemp("layers"))
    folder.post("two-layers", POST)
    folder.build()
    return folder


@pytest.fixture
def tab(site: EditionFolder, browser: Any, serve: Callable[[Path], str]) -> Any:
    """Return the post, open in a browser that knows nothing of the reader."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.goto(f"{serve(site.root / 'out')}/posts/two-layers.html")
    yield opened
    context.close()


def test_a_short_note_is_tied_to_its_equation_and_a_long_one_is_not(site: EditionFolder) -> None:
    page = (site.root / "out" / "posts" / "two-layers.html").read_text("utf-8")
    assert page.count("zs-beside") == 1
    tied = page[page.index("zs-beside"):]
    assert tied.index("eq-one") < tied.index("就在旁边") < tied.index("又一段原文")


@pytest.mark.browser
def test_the_original_alone_is_one_key_away_kept_in_the_address_and_remembered(tab: Any) -> None:
    assert "就在旁边" in tab.evaluate(TEXT) and "这一节是加的" in tab.evaluate(TEXT)
    tab.locator('.zs-layers [data-layers="original"]').focus()
    tab.keyboard.press("Enter")
    assert "又一段原文" in tab.evaluate(TEXT)
    assert all(words not in tab.evaluate(TEXT) for words in ("就在旁边", "这一节是加的", "先写"))
    assert "layers=original" in tab.url
    tab.goto(tab.url.partition("?")[0])
    assert "就在旁边" not in tab.evaluate(TEXT)
    # What the address says counts for more; a link into what is hidden shows it.
    tab.goto(tab.url + "?layers=all")
    assert "就在旁边" in tab.evaluate(TEXT)
    tab.locator('.zs-layers [data-layers="original"]').click()
    tab.evaluate("location.hash = 'der-one'")
    tab.wait_for_function("document.querySelector(':target')?.getClientRects().length > 0")


@pytest.mark.browser
def test_folded_commentary_opens_one_by_one(tab: Any) -> None:
    tab.locator('.zs-layers [data-layers="folded"]').click()
    assert "先写" not in tab.evaluate(TEXT) and "又一段原文" in tab.evaluate(TEXT)
    assert tab.get_by_text("长的推导").is_visible() and serious(tab) == []
    opener = tab.locator("#der-one .zs-unfold")
    opener.click()
    assert opener.get_attribute("aria-expanded") == "true" and "先写" in tab.evaluate(TEXT)
    assert "这一节是加的" not in tab.evaluate(TEXT)


@pytest.mark.browser
def test_each_block_says_where_it_is_from(tab: Any) -> None:
    said = """() => [...document.querySelectorAll('.zs-article :is(p, .equation)')]
      .map((one) => [one.innerText.slice(0, 6), getComputedStyle(one, '::before').content])"""
    assert all(words == "none" for _, words in tab.evaluate(said))
    tab.locator(".zs-layers [data-origins]").click()
    found = dict(tab.evaluate(said))
    assert found["又一段原文。"] == '"本版自撰"' and found["就在旁边。"] == '"注疏"' and "origins=on" in tab.url
    inside = tab.locator(".equation > .equation-body").first
    assert inside.evaluate("one => getComputedStyle(one, '::before').content") == "none", "its equation has said so"


@pytest.mark.browser
def test_a_note_stands_beside_its_equation_on_a_wide_screen_only(tab: Any) -> None:
    places = """() => [".equation", ".annotation"].map(
      (one) => document.querySelector(".zs-beside > " + one).getBoundingClientRect())"""
    above, below = tab.evaluate(places)
    assert below["top"] >= above["bottom"]
    tab.set_viewport_size({"width": 1900, "height": 900})
    left, right = tab.evaluate(places)
    assert right["left"] >= left["right"] and right["top"] < left["bottom"]
    assert right["right"] < (tab.locator(".zs-toc").bounding_box() or {"x": 1900})["x"]
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
