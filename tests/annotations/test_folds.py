"""Admonitions of the class dropdown fold, and code stands without a painted margin."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import EditionFolder

BODY = """
:::{admonition} 点开 $x$
:class: dropdown extra

里面。
:::

:::{note}
:class: dropdown
注。
:::

:::{admonition} 不折
外面。
:::

:::{prf:example}
```python
x = 1
```
:::
"""


@pytest.fixture
def built(edition_folder: EditionFolder) -> Path:
    edition_folder.post("a", BODY)
    done = edition_folder.build()
    assert done.warnings == ()
    return done.out


def test_dropdowns_become_native_folds(built: Path) -> None:
    page = BeautifulSoup((built / "posts" / "a.html").read_text("utf-8"), "html.parser")
    first, second = page.select("details.fold")
    assert first.summary.get_text().startswith("点开") and first.summary.math is not None
    assert {"admonition", "extra"} <= set(first["class"]) and "dropdown" not in first["class"]
    assert "note" in second["class"] and second.summary.get_text()
    assert "里面。" in first.get_text() and not first.has_attr("open")
    assert [box.name for box in page.select(".admonition:not(.fold)")] == ["div"]


@pytest.mark.browser
def test_folds_open_by_key_and_for_the_printer(built: Path, browser: Any, serve: Callable[[Path], str]) -> None:
    page = browser.new_page()
    page.goto(f"{serve(built)}/posts/a.html")
    inside = page.get_by_text("里面。")
    assert not inside.is_visible()
    page.locator("details.fold > summary").first.press("Enter")
    assert inside.is_visible()
    page.locator("details.fold > summary").first.press("Enter")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert inside.is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not inside.is_visible()
    page.close()


@pytest.mark.browser
def test_only_the_frame_of_code_is_painted(built: Path, browser: Any, serve: Callable[[Path], str]) -> None:
    page = browser.new_page()
    page.goto(f"{serve(built)}/posts/a.html")
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        colour = page.locator(".annotation div.highlight").evaluate("e => getComputedStyle(e).backgroundColor")
        assert colour == "rgba(0, 0, 0, 0)"
    page.close()
