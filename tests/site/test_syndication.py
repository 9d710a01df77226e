"""The Atom feed and the sitemap."""

from __future__ import annotations

from collections.abc import Callable

import feedparser
from bs4 import BeautifulSoup
from conftest import EditionFolder

TOML = '[edition]\ntitle = "试验 & 版"\nurl = "https://edition.example/sub"\n'


def test_feed_and_sitemap_name_every_post_after_an_incremental_build_too(
        make_edition: Callable[..., EditionFolder]) -> None:
    folder = make_edition(TOML)
    folder.post("a", "文", title="甲 <i>&</i>", date="2024-05-01", tags="[矩阵]")
    folder.post("b", "文", title="乙", date="2025-05-01")
    folder.post("undated", "文", title="丙", date="某日")
    folder.build()
    folder.post("c", "文", title="丁", date="2023-01-01")
    built = folder.build()
    assert built.warnings == ()
    feed = feedparser.parse((built.out / "feed.xml").read_bytes())
    assert not feed.bozo
    assert feed.feed.title == "试验 & 版"
    assert [entry.title for entry in feed.entries] == ["乙", "甲 <i>&</i>", "丁"]
    assert feed.entries[0].link == "https://edition.example/sub/posts/b.html"
    assert feed.feed.updated.startswith("2025-05-01")
    sitemap = BeautifulSoup((built.out / "sitemap.xml").read_text("utf-8"), "xml")
    places = [loc.text for loc in sitemap.select("loc")]
    assert {f"https://edition.example/sub/posts/{name}.html" for name in ("a", "b", "c", "undated")} <= set(places)
    assert "https://edition.example/sub/404.html" not in places
    page = built.html("posts/a")
    assert '<link rel="canonical" href="https://edition.example/sub/posts/a.html"' in page
    assert 'href="../feed.xml"' in page
    assert '<base href="https://edition.example/sub/">' in built.html("404")


def test_an_edition_without_an_address_has_neither(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "文", date="2024-05-01")
    out = edition_folder.build().out
    assert not (out / "feed.xml").exists() and not (out / "sitemap.xml").exists()
