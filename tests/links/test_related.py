"""Related posts and maps: sentences, who leads to whom, and which pages are written when a link comes or goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from conftest import EditionFolder, serious
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.links.graph import COLUMNS, chart
from ext.edition.links.mentions import REACH, Piece, Relation, relate, sentence

LINK = Piece("某文", link=True)


@pytest.mark.parametrize(("pieces", "expected"), [
    ([Piece("前句。本句见"), LINK, Piece("，如此。后句。")], "本句见<b>某文</b>，如此。"),
    ([LINK], "<b>某文</b>"),
    ([Piece("设"), Piece("x<1", "<math>x</math>"), Piece("则 <b>"), LINK], "设<math>x</math>则 &lt;b&gt;<b>某文</b>"),
    ([Piece("见"), Piece("其", link=True), Piece("一", "<math>1</math>", True), Piece("！再说")],
     "见<b>其<math>1</math></b>！"),
    ([Piece("One. See "), LINK, Piece(" at 3.5 pm. Two.")], "See <b>某文</b> at 3.5 pm."),
    ([Piece("无链接。")], ""),
    ([Piece("（见“甲。”）乙"), LINK], "乙<b>某文</b>"),
])
def test_the_sentence_around_a_link(pieces: list[Piece], expected: str) -> None:
    assert sentence(pieces) == expected


def test_a_long_sentence_is_cut() -> None:
    cut = sentence([Piece("字" * 500), LINK, Piece("字" * 500)])
    assert cut.startswith("…字") and cut.endswith("字…")
    assert len(cut) <= 2 * REACH + 20


def test_both_ends_know_of_a_link_and_nothing_else() -> None:
    made = relate({"a": [("b", ""), ("b", "句"), ("a", "己"), ("gone", "无")]}, {"a": "甲", "b": "乙", "c": "丙"})
    assert made.keys() == {"a", "b"}
    assert made["a"].out == (Relation("b", "乙", "句", 2),)
    assert made["b"].into == (Relation("a", "甲", "句", 2),)


def test_a_map_draws_what_is_built_on_once() -> None:
    made = chart(["a", "b", "c", "alone"], {"b": {"a"}, "c": {"a", "b"}, "a": {"c"}})
    assert [(node.name, node.row, node.column, len(node.lines)) for node in made.nodes] == [
        ("a", 0, 0, 0), ("b", 1, 1, 1), ("c", 2, 2, 1)]
    assert made.nodes[2].builds_on == ("a", "b")
    assert made.nodes[0].later == ("c",)


def test_a_map_of_nothing_is_empty() -> None:
    assert chart(["a", "b"], {"a": {"x"}}).nodes == ()


@given(st.integers(0, 25), st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=60))
def test_every_line_leads_down_and_the_width_is_bounded(size: int, pairs: list[tuple[int, int]]) -> None:
    names = [str(n) for n in range(size)]
    links = {name: {str(b) for a, b in pairs if str(a) == name and a != b} for name in names}
    made = chart(names, links)
    rows = {node.name: node for node in made.nodes}
    for node in made.nodes:
        assert node.column < COLUMNS
        assert all(rows[other].row < node.row for other in node.builds_on)
        assert all(rows[other].row > node.row for other in node.later)
        assert bool(node.lines) == bool(node.builds_on)


TOML = '''[edition]
title = "试验版"
[site]
url = "https://blog.example"
post = '^https://blog\\.example/archives/(?P<id>\\d+)'
[[topics]]
name = "矩阵"
slug = "matrices"
'''


@pytest.fixture
def linked(make_edition: Callable[..., EditionFolder]) -> EditionFolder:
    folder = make_edition(TOML)
    folder.post("a", "甲。\n\n$$x=1$$ (eq-x)\n\n::::{prf:remark}\n:label: rem-a\n\n注。\n::::", title="甲", id="1",
                topic="矩阵", series="系列", number=1, date="2024-01-01")
    folder.post("b", "先说别的。设 $y<2$，由[上一篇](https://blog.example/archives/1)可知。又 {eq}`a#eq-x`。",
                title="乙 <i>", topic="矩阵", series="系列", number=2, date="2024-02-01")
    folder.post("c", "又见[乙](b.md)与 {prf:ref}`rem-a`，都有用。", title="丙", topic="矩阵", date="2024-03-01")
    folder.post("d", "没有链接。", title="丁", topic="矩阵", date="2024-04-01")
    return folder


def related(out: Any, page: str) -> dict[str, list[str]]:
    soup = BeautifulSoup(out.html(page), "html.parser")
    return {str(head.contents[0]).strip(): [link.text for link in head.find_next("ul").select("a")]  # type: ignore[union-attr]
            for head in soup.select(".zs-related h3")}


def test_a_post_shows_where_it_leads_and_what_leads_to_it(linked: EditionFolder) -> None:
    built = linked.build()
    assert built.warnings == ()
    assert related(built, "posts/a") == {"引用本文的": ["丙", "乙 <i>"]}
    assert related(built, "posts/b") == {"本文引用的": ["甲"], "引用本文的": ["丙"]}
    assert related(built, "posts/c") == {"本文引用的": ["乙 <i>", "甲"]}
    assert "zs-related" not in built.html("posts/d")
    said = BeautifulSoup(built.html("posts/a"), "html.parser").select(".zs-related p")[1]
    assert said.text.startswith("设") and said.text.endswith("可知。") and said.find("math") is not None
    assert said.find("b").text == "上一篇"  # type: ignore[union-attr]


def test_a_page_is_written_again_when_what_leads_to_it_changed(linked: EditionFolder) -> None:
    linked.build()
    assert linked.build().written == frozenset()
    linked.post("d", "参看[丙](c.md)。", title="丁", topic="矩阵", date="2024-04-01")
    built = linked.build()
    assert {name for name in built.written if name.startswith("posts/")} == {"posts/d.html", "posts/c.html"}
    assert related(built, "posts/c")["引用本文的"] == ["丁"]
    (linked.source / "posts" / "d.md").unlink()
    built = linked.build()
    assert "posts/c.html" in built.written
    assert "引用本文的" not in related(built, "posts/c")


def test_parallel_and_serial_builds_are_equal(linked: EditionFolder) -> None:
    for number in range(12):
        linked.post(f"n{number}", "见[甲](a.md)。", topic="矩阵", date=f"2023-{number + 1:02}-01")
    one = linked.build(out="one", doctrees="d1")
    two = linked.build(out="two", doctrees="d2", jobs=2)
    assert len(related(one, "posts/a")["引用本文的"]) == 8
    for page in ("posts/a", "posts/b", "browse/topic-matrices", "browse/series-系列"):
        assert one.html(page) == two.html(page)


def test_topics_and_series_have_a_map_of_links(linked: EditionFolder) -> None:
    built = linked.build()
    soup = BeautifulSoup(built.html("browse/topic-matrices"), "html.parser")
    assert [(link.text, link["href"]) for link in soup.select(".zs-map a")] == [
        ("甲", "../posts/a.html"), ("乙 <i>", "../posts/b.html"), ("丙", "../posts/c.html")]
    assert [one.text.strip() for one in soup.select(".zs-map .zs-unseen")] == [
        "不承接这里的其他文章", "承接：甲", "承接：甲、乙 <i>"]
    assert [len(item.select("path")) for item in soup.select(".zs-map li")] == [0, 1, 1]
    assert len(BeautifulSoup(built.html("browse/series-系列"), "html.parser").select(".zs-map a")) == 2
    linked.post("b", "不再引用。", title="乙", topic="矩阵", series="系列", number=2, date="2024-02-01")
    built = linked.build()
    assert "zs-map" not in built.html("browse/series-系列")
    assert "乙" not in str(BeautifulSoup(built.html("browse/topic-matrices"), "html.parser").select_one(".zs-map li"))


def test_a_summary_shows_the_map_too(linked: EditionFolder) -> None:
    linked.write("topics/matrices.md", "# 矩阵\n\n手写的话。\n")
    assert len(BeautifulSoup(linked.build().html("topics/matrices"), "html.parser").select(".zs-map a")) == 3
    linked.post("d", "参看[丙](c.md)。", title="丁", topic="矩阵", date="2024-04-01")
    assert len(BeautifulSoup(linked.build().html("topics/matrices"), "html.parser").select(".zs-map a")) == 4


@pytest.mark.browser
def test_the_parts_fit_and_have_no_serious_finding(
        linked: EditionFolder, browser: Any, serve: Callable[[Path], str]) -> None:
    base = serve(linked.build().out)
    for mode in ("light", "dark"):
        page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme=mode)
        for name in ("posts/b.html", "browse/topic-matrices.html"):
            page.goto(f"{base}/{name}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert serious(page) == []
        page.locator(".zs-map a").first.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/posts/b.html")
        page.close()
