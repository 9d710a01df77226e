"""Previews of references in a real browser: mouse, keyboard, touch, across posts, and from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import new_edition, serious

pytestmark = pytest.mark.browser

WAIT = 20_000
ONE = """开头一段，长得足以说明这篇文章讲的是什么，别处引用它时显示的就是这一段。

$$a^2+b^2=c^2$$ (eq-one)

<script>document.title = "坏"</script>

::::{prf:theorem} 勾股
:label: thm-one
:nonumber:

由 {eq}`eq-one` 即得。
::::

::::{prf:proof}
:of: thm-one

显然。
::::

## 又一节

节的第一段。
"""
TWO = """引用 {eq}`one#eq-one`，见 {prf:ref}`thm-one`，文献 {cite}`k`，全文见[第一篇](one.md)，外面见
[别处](https://elsewhere.example/)，本篇有 {eq}`eq-two`，另见[一节](one.md#又一节)。

$$E=mc^2$$ (eq-two)

""" + "占位。\n\n" * 40
BIB = "@misc{k, title={A title}, author={An Author}, year={2020}, url={https://arxiv.org/abs/2001.00001}}\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = new_edition(tmp_path_factory.mktemp("previews") / "edition")
    folder.post("one", ONE, title="第一篇", date="2024-01-01")
    folder.post("two", TWO, title="第二篇")
    folder.write("references.bib", BIB)
    folder.write("references.md", "# 参考文献\n\n```{bibliography}\n```\n")
    return folder.build().out


class Reader:
    """A reader of the second post."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.context = browser.new_context(viewport={"width": 900, "height": 700}, **options)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self.complaints.append(message.text)
                     if message.type == "error" else None)
        self.page.goto(address)

    def link(self, part: str) -> Any:
        return self.page.locator(f".zs-article a[href*='{part}']").first

    def shown(self) -> Any:
        self.page.wait_for_selector(".zs-preview:not([hidden])", timeout=WAIT)
        return self.page.locator(".zs-preview")

    def nothing(self) -> bool:
        return self.page.locator(".zs-preview:visible").count() == 0


@pytest.fixture(scope="module")
def only_reader(built: Path, browser: Any, serve: Callable[[Path], str]) -> Iterator[Reader]:
    one = Reader(browser, f"{serve(built)}/posts/two.html")
    yield one
    one.context.close()


@pytest.fixture
def reader(only_reader: Reader) -> Iterator[Reader]:
    """Return a reader who opens the page afresh, the mouse out of the way."""
    only_reader.page.mouse.move(5, 690)
    only_reader.page.emulate_media(color_scheme="light")
    only_reader.page.reload()
    only_reader.complaints.clear()
    yield only_reader
    assert only_reader.complaints == []


@pytest.fixture
def toucher(built: Path, browser: Any, serve: Callable[[Path], str]) -> Iterator[Reader]:
    one = Reader(browser, f"{serve(built)}/posts/two.html", has_touch=True, is_mobile=True)
    yield one
    one.context.close()


@pytest.mark.parametrize(("part", "holds"), [
    ("one.html#eq-eq-one", "math[alttext='a^2+b^2=c^2']"), ("one.html#thm-one", "text=由 (1) 即得"),
    ("references.html#", "text=A title"), ("one.html#id", "text=节的第一段"), ("#eq-eq-two", "math[alttext='E=mc^2']"),
])
def test_resting_on_a_reference_shows_what_it_leads_to(reader: Reader, part: str, holds: str) -> None:
    before = reader.page.evaluate("document.querySelector('.zs-article').getBoundingClientRect().height")
    reader.link(part).hover()
    assert reader.shown().locator(holds).count() == 1
    assert reader.page.locator(".zs-preview :is(script, a, button, [id], [tabindex], [href])").count() == 0
    assert reader.page.evaluate("document.querySelector('.zs-article').getBoundingClientRect().height") == before
    # The reader may move onto the preview, and away from both.
    reader.page.mouse.move(*center(reader.shown()))
    reader.page.wait_for_timeout(400)
    assert not reader.nothing()
    reader.page.mouse.move(5, 690)
    reader.page.wait_for_selector(".zs-preview", state="hidden", timeout=WAIT)


def center(place: Any) -> tuple[float, float]:
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_post_is_shown_by_its_title_and_first_paragraph(reader: Reader) -> None:
    reader.page.locator(".zs-article a[href='one.html']").hover()
    text = reader.shown().inner_text()
    assert text.startswith("第一篇") and "2024-01-01" in text and "长得足以说明" in text


def test_the_keyboard_shows_and_closes_it(reader: Reader) -> None:
    reader.page.locator(".zs-article a[href*='eq-eq-one']").first.evaluate("link => link.focus({ focusVisible: true })")
    shown = reader.shown()
    assert shown.get_attribute("role") == "tooltip"
    assert reader.page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "zs-preview"
    reader.page.keyboard.press("Escape")
    assert reader.nothing()
    assert reader.page.evaluate("document.activeElement.hasAttribute('aria-describedby')") is False
    reader.page.keyboard.press("Tab")
    assert "由" in reader.shown().inner_text()


def test_links_elsewhere_and_permalinks_show_nothing(reader: Reader) -> None:
    asked: list[str] = []
    # The browser may still ask for the icon of the site.
    reader.page.on("request", lambda request: "seal.svg" in request.url or asked.append(request.url))
    reader.link("elsewhere.example").hover()
    reader.page.wait_for_timeout(600)
    assert reader.nothing() and asked == []


def test_a_page_is_read_once(reader: Reader) -> None:
    asked: list[str] = []
    reader.page.on("request", lambda request: asked.append(request.url))
    for part in ("one.html#eq-eq-one", "one.html#thm-one", "one.html#eq-eq-one"):
        reader.link(part).hover()
        reader.shown()
        reader.page.keyboard.press("Escape")
        reader.page.mouse.move(5, 690)
    assert len([url for url in asked if url.endswith("one.html")]) == 1


def test_the_first_tap_shows_and_the_second_goes(toucher: Reader) -> None:
    link = toucher.link("one.html#thm-one")
    link.tap()
    shown = toucher.shown()
    assert shown.get_attribute("role") == "dialog"
    assert toucher.page.url.endswith("two.html")
    shown.get_by_role("button", name="关闭").tap()
    assert toucher.nothing()
    link.tap()
    toucher.shown().get_by_role("link", name="前往").tap()
    toucher.page.wait_for_url("**/one.html#thm-one", timeout=WAIT)
    toucher.page.go_back()
    toucher.link("#eq-eq-two").tap()
    toucher.shown()
    toucher.link("#eq-eq-two").tap()
    toucher.page.wait_for_url("**/two.html#eq-eq-two", timeout=WAIT)


def test_a_tap_on_what_cannot_be_shown_goes_there(toucher: Reader) -> None:
    toucher.page.route("**/one.html", lambda route: route.abort(), times=1)
    toucher.link("one.html#thm-one").tap()
    toucher.page.wait_for_url("**/one.html#thm-one", timeout=WAIT)


def test_from_a_file_it_works_within_the_page_only(built: Path, browser: Any) -> None:
    one = Reader(browser, (built / "posts" / "two.html").as_uri())
    one.link("#eq-eq-two").hover()
    assert one.shown().locator("math").count() == 1
    one.page.keyboard.press("Escape")
    one.link("one.html#thm-one").hover()
    one.page.wait_for_timeout(600)
    assert one.nothing()
    one.context.close()


def test_an_open_preview_has_no_serious_finding(reader: Reader, toucher: Reader) -> None:
    for mode in ("light", "dark"):
        reader.page.emulate_media(color_scheme=mode)
        reader.link("one.html#thm-one").hover()
        reader.shown()
        assert serious(reader.page) == []
        reader.page.keyboard.press("Escape")
        reader.page.mouse.move(5, 690)
    toucher.link("one.html#thm-one").tap()
    toucher.shown()
    assert serious(toucher.page) == []
