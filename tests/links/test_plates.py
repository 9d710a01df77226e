"""Pictures of posts: in their place with a caption and a size; where there is no copy, a note; nobody else is asked."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from conftest import EditionFolder, new_edition, violations

BLOG = "https://blog.example"
TOML = f"""
[edition]
title = "试验版"
[site]
name = "博客"
url = "{BLOG}"
post = '^https://blog\\.example/archives/(?P<id>\\d+)'
"""
TEXT = """前 ![行内](https://blog.example/x.png) 后。

![甲图](../images/a.png)

甲图

[![乙图](/usr/uploads/b.png)](/usr/uploads/b.png "点击查看原图")

乙图

![丙图](https://else.example/c.png)

[![丁图](https://else.example/d.png)](https://else.example/page)

![戊](gone.png)

- ![](../images/a.png)

![己](../images/b.svg) 是图。

:::{figure} https://else.example/q.png
:alt: 没有

说明
:::

:::{figure} https://else.example/b.png
:target: https://else.example/c

谱
:::
"""


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def edition(root: Path, hotlink: bool) -> EditionFolder:
    folder = new_edition(root, TOML + ("hotlink = true\n" if hotlink else ""))
    (folder.source / "images").mkdir()
    (folder.source / "images" / "a.png").write_bytes(png(640, 480))
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><path d="M0 0h9"/></svg>'
    folder.write("images/b.svg", drawn)
    folder.post("a", TEXT)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    return edition(tmp_path_factory.mktemp("plates") / "edition", hotlink=False)


@pytest.fixture(scope="module")
def built(folder: EditionFolder) -> Any:
    return folder.build()


def article(built: Any) -> BeautifulSoup:
    return BeautifulSoup(built.html("posts/a").split("<article", 1)[1].split("</article>")[0], "html.parser")


def captions(page: BeautifulSoup) -> list[str]:
    return [one.select_one(".caption-text").get_text() for one in page.select("figure")]


def test_a_picture_alone_is_a_figure_and_what_repeats_it_its_caption(built: Any) -> None:
    page = article(built)
    assert captions(page) == ["甲图", "乙图", "丙图", "戊", "说明", "谱"]
    assert page.get_text().count("甲图") == page.get_text().count("乙图") == 1
    figure = page.select_one("figure")
    assert figure is not None and figure.img is not None
    assert {name: figure.img[name] for name in ("alt", "width", "height", "loading")} == {
        "alt": "甲图", "width": "640", "height": "480", "loading": "lazy"}


def test_every_picture_has_its_size_and_comes_when_it_is_near(built: Any) -> None:
    shown = article(built).find_all("img")
    assert [(one["width"], one["height"], one["loading"]) for one in shown] == [
        ("640", "480", "lazy"), ("640", "480", "lazy"), ("30", "20", "lazy")]


def test_what_the_edition_does_not_have_is_said_and_nobody_is_asked(built: Any) -> None:
    page = article(built)
    assert all("://" not in one["src"] for one in page.find_all("img"))
    notes = page.select(".zs-missing")
    assert [(one.get_text(), one.a and one.a["href"]) for one in notes] == [
        ("此图未收入本版：看原图", f"{BLOG}/usr/uploads/b.png"), ("此图未收入本版：看原图", "https://else.example/c.png"),
        ("此图未收入本版", None), ("此图未收入本版：看原图", "https://else.example/q.png"),
        ("此图未收入本版：看原图", "https://else.example/c")]
    # In a line of text, and where a link leads on, there is a word.
    assert "[图：行内]" in page.get_text()
    there = page.find("a", href="https://else.example/page")
    assert there is not None and there.get_text() == "[图：丁图]"
    assert not page.select("a a")


def test_a_file_that_is_missing_is_named_with_its_line(built: Any) -> None:
    assert [line.rpartition("/")[2].split(";")[0] for line in built.warnings] == [
        "a.md:22: WARNING: there is no gone.png"]


def test_readers_are_sent_elsewhere_only_where_the_edition_says_so(tmp_path: Path) -> None:
    page = article(edition(tmp_path / "edition", hotlink=True).build())
    assert [one["src"] for one in page.find_all("img") if "://" in one["src"]] == [
        f"{BLOG}/usr/uploads/b.png", "https://else.example/c.png", "https://else.example/q.png", "https://else.example/b.png"]
    assert [one.get_text() for one in page.select(".zs-missing")] == ["此图未收入本版"]


def test_books_ask_nobody(folder: EditionFolder) -> None:
    built = folder.build("epub", out="book", doctrees="books")
    chapter = (built.out / "posts" / "a.xhtml").read_text("utf-8")
    assert 'src="http' not in chapter and chapter.count("此图未收入本版") == 5
    assert all("picture_missing" in line for line in built.warnings)


def test_the_name_of_a_file_may_be_in_any_script(edition_folder: EditionFolder) -> None:
    (edition_folder.source / "images").mkdir()
    for name in ("图.png", "a b.png"):
        (edition_folder.source / "images" / name).write_bytes(png(4, 3))
    edition_folder.post("a", "![x](../images/图.png) ![y](<../images/a b.png>) ![z](/images/图.png) "
                             "![w](../images/缺.png)")
    built = edition_folder.build()
    assert [line.rpartition("there is no ")[2].split(";")[0] for line in built.warnings] == ["../images/缺.png"]
    shown = article(built).find_all("img")
    assert [one["alt"] for one in shown] == ["x", "y", "z"]
    assert all((built.out / "posts" / unquote(one["src"])).is_file() for one in shown)


@pytest.mark.browser
def test_nothing_moves_and_nothing_is_broken(built: Any, browser: Any, serve: Callable[[Path], str]) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 700})
    page.goto(f"{serve(built.out)}/posts/a.html")
    shown = page.locator(".zs-article figure img").first
    shown.scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].filter((one) => one.complete).every((one) => one.naturalWidth > 0)")
    box = shown.bounding_box()
    assert box is not None and box["width"] <= 390 and abs(box["width"] / box["height"] - 4 / 3) < 0.01
    assert violations(page) == []
    page.close()
