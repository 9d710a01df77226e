"""The frame of pages and the pages to browse by, through whole and incremental builds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import sphinx.environment.adapters.toctree as toctree
from bs4 import BeautifulSoup
from conftest import EditionFolder

from ext.site import navigation
from ext.site.navigation import page_toc

TOML = '''[edition]
title = "试验版"
[[topics]]
name = "优化器"
slug = "optimizers"
description = "走哪一步"
[[topics]]
name = "扩散模型"
slug = "diffusion"
'''


@pytest.fixture
def shelved(make_edition: Callable[..., EditionFolder]) -> EditionFolder:
    """Return an edition with a series, a single post in the same topic, and a post in another."""
    folder = make_edition(TOML)
    folder.write("index.md", "# 试验版\n\n```{edition-home}\n```\n")
    folder.post("a", "甲文", title="甲", topic="优化器", series="系列一", number=1, date="2024-01-01", tags="[矩阵]")
    folder.post("b", "乙文\n\n## 节一\n\n## 节二", title="乙", topic="优化器", series="系列一", number=2,
                date="2025-01-01", source="https://blog.example/archives/7", author="某人", licence="CC BY",
                origin="feed", status="completed")
    folder.post("c", "丙文", title="丙 <b>&</b>", topic="优化器", date="2025-02-01")
    folder.post("d", "丁文", title="丁", topic="扩散模型", date="2025-03-01")
    folder.write("guide/index.md", "# 指南\n")
    return folder


def soup(page: str) -> BeautifulSoup:
    return BeautifulSoup(page, "html.parser")


def outside_the_audit(written: frozenset[str]) -> set[str]:
    """Leave out the pages of the audit, which show what every post holds."""
    return {name for name in written if not name.startswith("audit")}


def test_a_page_says_where_it_stands(shelved: EditionFolder) -> None:
    built = shelved.build()
    assert built.warnings == ()
    page = soup(built.html("posts/b"))
    assert [a.text for a in page.select(".zs-crumbs a")] == ["首页", "优化器", "系列一"]
    assert [a["href"] for a in page.select(".zs-side [aria-current=page]")] == ["#"]
    assert [a.text for a in page.select(".zs-open .zs-group ul a")] == ["甲", "乙"]
    assert page.select_one(".zs-neighbours [rel=prev]")["href"] == "a.html"  # type: ignore[index]
    assert not page.select(".zs-neighbours [rel=next]")
    assert [a.text for a in page.select(".zs-toc a")] == ["节一", "节二"]
    assert page.select_one(".zs-state").text == "已完成"  # type: ignore[union-attr]
    colophon = page.select_one(".zs-colophon")
    assert colophon is not None
    assert all(part in colophon.text for part in ("https://blog.example/archives/7", "某人", "CC BY"))


def test_every_link_of_the_frame_leads_to_a_page(shelved: EditionFolder) -> None:
    built = shelved.build()
    pages = [path for path in built.out.rglob("*.html") if "_static" not in path.parts]
    assert {"browse/topic-diffusion.html", "browse/tag-矩阵.html", "browse/year-2025.html", "browse/topics.html",
            "search.html", "404.html"} <= {path.relative_to(built.out).as_posix() for path in pages}
    for path in pages:
        for link in soup(path.read_text("utf-8")).select("a[href], link[href], script[src]"):
            target = str(link.get("href") or link.get("src")).partition("#")[0].partition("?")[0]
            if target and "://" not in target:
                assert (path.parent / unquote(target)).is_file(), f"{path}: {target}"


def test_titles_are_text(shelved: EditionFolder) -> None:
    built = shelved.build()
    for page in ("browse/topic-optimizers", "browse/years", "index", "browse/year-2025"):
        assert "<b>&</b>" not in built.html(page)
    assert "丙 &lt;b&gt;&amp;&lt;/b&gt;" in built.html("browse/topic-optimizers")


def test_no_table_of_contents_is_resolved_and_no_stock_index_is_built(
        shelved: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a table of contents was resolved")

    monkeypatch.setattr(toctree, "global_toctree_for_doc", refuse)
    monkeypatch.setattr(toctree, "_resolve_toctree", refuse)
    built = shelved.build()
    assert not (built.out / "searchindex.js").exists()
    page = built.html("posts/a")
    assert not [script for script in ("searchtools", "searchindex", "fontawesome", "bootstrap", "thebe")
                if script in page]


def test_an_edited_text_writes_its_own_page_only(shelved: EditionFolder) -> None:
    shelved.build()
    assert shelved.build().written == frozenset()
    path = shelved.source / "posts" / "c.md"
    path.write_text(path.read_text("utf-8") + "\n又一段\n", "utf-8")
    assert outside_the_audit(shelved.build().written) == {"posts/c.html"}


def test_a_new_post_writes_the_pages_that_show_it(shelved: EditionFolder) -> None:
    shelved.build()
    shelved.post("e", "戊文", title="戊", topic="扩散模型", date="2025-04-01")
    built = shelved.build()
    assert outside_the_audit(built.written) == {
        "posts/e.html", "posts/d.html", "index.html", "browse/topics.html", "browse/topic-diffusion.html",
        "browse/years.html", "browse/year-2025.html"}
    assert "戊" in built.html("posts/d")


def test_a_renamed_post_is_renamed_around_it(shelved: EditionFolder) -> None:
    shelved.build()
    shelved.post("d", "丁文", title="新丁", topic="扩散模型", date="2025-03-01")
    built = shelved.build()
    assert "新丁" in built.html("browse/topic-diffusion")
    assert "posts/a.html" not in built.written


def test_a_deleted_post_leaves_no_page_and_no_link(shelved: EditionFolder) -> None:
    shelved.build()
    (shelved.source / "posts" / "a.md").unlink()
    built = shelved.build()
    assert not (built.out / "posts/a.html").exists()
    assert not (built.out / "browse/tag-矩阵.html").exists()
    left = [path for path in built.out.rglob("*.html") if ">甲</a>" in path.read_text("utf-8")]
    assert left == []


def test_another_builder_does_not_make_the_pages_look_fresh(shelved: EditionFolder) -> None:
    shelved.build()
    shelved.post("e", "戊文", title="戊", topic="扩散模型", date="2025-04-01")
    shelved.build("dummy", out="elsewhere")
    assert "戊" in shelved.build().html("posts/d")


def test_parallel_and_serial_builds_are_equal(shelved: EditionFolder) -> None:
    for number in range(12):
        shelved.post(f"n{number}", "文", topic="优化器", date=f"2023-{number + 1:02}-01")
    one = shelved.build(out="one", doctrees="d1")
    two = shelved.build(out="two", doctrees="d2", jobs=2)
    for path in one.out.rglob("*.html"):
        assert path.read_bytes() == (two.out / path.relative_to(one.out)).read_bytes(), path


def test_a_summary_shows_its_posts_below(shelved: EditionFolder) -> None:
    shelved.write("topics/diffusion.md", "# 扩散模型\n\n手写的话。\n")
    built = shelved.build()
    page = soup(built.html("topics/diffusion"))
    assert "手写的话" in page.text
    assert [a.text for a in page.select(".zs-shelf .zs-posts a")] == ["丁"]
    assert not (built.out / "browse/topic-diffusion.html").exists()


def test_the_home_page_of_an_empty_edition_says_what_to_do(make_edition: Callable[..., EditionFolder]) -> None:
    folder = make_edition(TOML)
    folder.write("index.md", "# 试验版\n\n```{edition-home}\n```\n")
    built = folder.build()
    assert built.warnings == ()
    assert "make fetch" in built.html("index")
    folder.post("a", "文", topic="优化器")
    page = folder.build().html("index")
    assert "make fetch" not in page and "1 篇" in page


def test_the_frame_speaks_english_too(shelved: EditionFolder) -> None:
    toml = shelved.root / "edition.toml"
    toml.write_text(TOML.replace("[edition]", '[edition]\nlanguage = "en"'), "utf-8")
    page = shelved.build().html("posts/b")
    assert "On this page" in page and "Annotated" not in page and "本页目录" not in page


def test_a_title_alone_makes_no_contents() -> None:
    assert page_toc('<ul>\n<li><a href="#">甲</a></li>\n</ul>\n') == ""
    assert page_toc("") == ""
    inner = '<ul>\n<li><a href="#b">乙</a></li>\n</ul>'
    assert page_toc(f'<ul>\n<li><a href="#">甲</a>{inner}</li>\n</ul>\n') == inner
    two = '<ul>\n<li><a href="#">甲</a></li>\n<li><a href="#c">丙</a></li>\n</ul>\n'
    assert page_toc(two) == two


def test_pages_hold_no_absolute_path(shelved: EditionFolder, tmp_path: Path) -> None:
    built = shelved.build()
    assert not [path for path in built.out.rglob("*.html") if str(tmp_path) in path.read_text("utf-8")]


def test_links_are_written_with_their_own_letters(edition_folder: EditionFolder) -> None:
    edition_folder.post("傅里叶", "文", title="甲")
    edition_folder.post("b", "文", title="乙")
    assert 'href="傅里叶.html"' in edition_folder.build().html("posts/b")


def test_a_shelf_of_many_posts_is_on_several_pages(
        edition_folder: EditionFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "LISTED", 2)
    for number in range(5):
        edition_folder.post(f"p{number}", "正文。", tags=["矩阵"], date=f"2024-01-0{number + 1}")
    built = edition_folder.build()
    names = ["browse/tag-矩阵", "browse/tag-矩阵/2", "browse/tag-矩阵/3"]
    lists = [soup(built.html(name)).select_one(".zs-posts") for name in names]
    assert [[link.get_text() for link in shown.select("a")] for shown in lists] == [["p4", "p3"], ["p2", "p1"], ["p0"]]
    assert [shown["start"] for shown in lists] == ["5", "3", "1"]
    for name in names:
        page = soup(built.html(name))
        others = page.select("article nav a")
        assert "5 篇" in page.article.get_text() and [link.get_text() for link in others] == ["1", "2", "3"]
        for link in others:
            assert (built.out / name).parent.joinpath(unquote(link["href"])).is_file() or link["href"] == "#"
        assert len(page.select("article nav [aria-current]")) == 1
    for number in (0, 1, 2):
        (edition_folder.source / "posts" / f"p{number}.md").unlink()
    again = edition_folder.build()
    assert not (again.out / "browse/tag-矩阵/2.html").exists()
    assert not soup(again.html("browse/tag-矩阵")).select("article nav")
