"""`init --from` looks at a site and writes settings that work for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from ext.edition.posts import catalogue
from ext.edition.site import config, frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from tools.__main__ import main
from tools.fetch.answered import Page
from tools.init import filled
from tools.survey import pattern_of, survey

TEXT = (
    "<p>"
    + "Sums are summed until nothing is left to sum, and then once more for good measure. " * 6
    + "So \\(x_{}\\).</p>"
)
HAN = "<p>" + "求和一直求到没有什么可求为止，然后为了保险再求一次，并记下每一步。" * 20 + "设 \\(x_{}\\)。</p>"


def page(number: int, *, language: str = "en", head: str = "", text: str = TEXT) -> str:
    """Return a post of a small blog."""
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><title>Sum {number} | Sums</title>{head}'
        '<meta name="author" content="Ann"><meta name="generator" content="Hugo 0.1"></head><body><nav class="menu">'
        f'<a href="/tags/a/">a</a></nav><article class="post"><h1 class="headline">Sum {number}</h1>'
        f'<p class="when">March {number + 1}, 2020</p>'
        f'<div class="prose">{text.format(number)}</div></article></body></html>'
    )


@pytest.mark.parametrize(
    ("addresses", "pattern", "id_"),
    [
        (
            ["https://a.example/posts/one/", "https://a.example/posts/two/", "https://a.example/about/"],
            "https://www.a.example/posts/three/index.html",
            "three",
        ),
        (
            ["https://a.example/archives/12", "https://a.example/archives/7", "https://a.example/tag/x"],
            "https://a.example/archives/99?utm_source=x",
            "99",
        ),
        (
            ["http://a.example/2020/01/02/one.html", "http://a.example/2021/11/12/two.html", "http://a.example/2021/"],
            "http://a.example/2019/05/06/t-h_ree.html",
            "2019/05/06/t-h_ree",
        ),
        (
            ["https://a.example/%E6%B1%82%E5%92%8C/", "https://a.example/b/"],
            "https://a.example/%E6%95%B0/",
            "%E6%95%B0",
        ),
    ],
)
def test_the_form_of_addresses_is_found(addresses: list[str], pattern: str, id_: str) -> None:
    found, count = pattern_of(addresses)
    match = re.search(found, pattern)
    assert match is not None and match["id"] == id_
    assert count == 2 and not re.search(found, "https://b.example/posts/one/")


@pytest.mark.parametrize(
    "addresses", [[], ["https://a.example/"], ["https://a.example/one/"], ["no address", "https://["]]
)
def test_without_a_form_nothing_is_proposed(addresses: list[str]) -> None:
    assert pattern_of(addresses) == ("", 0)


def test_a_folder_of_saved_pages_becomes_an_edition_with_its_posts_and_no_other(tmp_path: Path) -> None:
    saved, edition = tmp_path / "saved", tmp_path / "ed"
    for number in range(1, 5):
        path = saved / f"posts/sum-{number}/index.html"
        path.parent.mkdir(parents=True)
        path.write_text(
            page(number, head=f'<link rel="canonical" href="https://sums.example/posts/sum-{number}/">'), "utf-8"
        )
    (saved / "tags").mkdir()
    (saved / "tags/index.html").write_text(
        page(9, head='<link rel="canonical" href="https://sums.example/tags/">'), "utf-8"
    )
    assert main(["init", str(edition), "--from", str(saved)]) == 0
    site = config.load(edition / "edition.toml").site
    assert (site.name, site.url, site.author) == ("Sums", "https://sums.example", "Ann")
    assert (site.profile.content, site.profile.title, site.profile.date) == ("div.prose", "h1.headline", "p.when")
    assert config.load(edition / "edition.toml").edition.language == "en"
    assert main(["fetch", "--edition", str(edition), "--pages", str(saved), "--quiet"]) == 0
    rows = catalogue.load(edition / "source")
    assert {known: (row.title, row.date) for known, row in rows.items()} == {
        f"sum-{n}": (f"Sum {n}", f"2020-03-0{n + 1}") for n in range(1, 5)
    }
    text = frontmatter.split(read_text(edition / "source/posts/sum-1.md")).body
    assert "$x_1$" in text and "March" not in text and text.count("Sum 1") == 1


def test_a_copy_of_a_site_whose_pages_say_no_address_is_read_once_its_address_is_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, edition = tmp_path / "saved", tmp_path / "ed"
    for number in (11, 12, 13):
        (saved / f"blog/{number}").mkdir(parents=True)
        picture = f'<img src="/img/{number}.png" alt="p">'
        (saved / f"blog/{number}/index.html").write_text(
            page(number % 10, language="zh-CN", text=HAN + picture), "utf-8"
        )
    (saved / "index.html").write_text(page(1), "utf-8")
    (saved / "img").mkdir()
    (saved / "img/11.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 30)
    assert main(["init", str(edition), "--from", str(saved)]) == 0
    assert "set site.url" in capsys.readouterr().out
    path = edition / "edition.toml"
    assert config.load(path).edition.language == "zh_CN"
    path.write_text(
        filled(read_text(path), {("site", "url"): "https://sums.example", ("fetch", "retries"): 0}), "utf-8"
    )
    main(["fetch", "--edition", str(edition), "--pages", str(saved), "--quiet"])
    assert sorted(catalogue.load(edition / "source")) == ["11", "12", "13"]
    post = read_text(edition / "source/posts/sum-1.md")
    assert "source: https://sums.example/blog/11/" in post and "![p](../_images/11/" in post


def test_an_address_is_asked_for_its_feed_and_some_posts(httpserver: HTTPServer) -> None:
    items = "".join(
        f"<item><title>S{n}</title><link>{httpserver.url_for(f'/p/s-{n}/')}</link></item>" for n in range(1, 9)
    )
    home = '<html><head><title>Sums</title><link rel="alternate" type="application/rss+xml" href="/feed"></head></html>'
    pages = {
        "/": home,
        "/feed": f"<rss version='2.0'><channel><title>Sums</title>{items}</channel></rss>",
        **{f"/p/s-{n}/": page(n) for n in range(1, 9)},
    }
    asked: list[str] = []

    def get(url: str) -> Page:
        asked.append(url)
        return Page(url, pages["/" + url.split("/", 3)[3]].encode())

    found = survey(httpserver.url_for("/"), get, max_bytes=10_000)
    assert found.values["site", "feeds"] == [httpserver.url_for("/feed")] and found.values["site", "name"] == "Sums"
    assert found.values["site.profile", "content"] == "div.prose" and "/p/(?P<id>" in found.values["site", "post"]
    assert len(asked) == 7, "the page, its feed and five posts"


@pytest.mark.parametrize("where", ["/no/such/file", "ftp://a.example/"])
def test_what_is_nothing_is_told_so(where: str) -> None:
    with pytest.raises(EditionError, match="neither an address nor a file"):
        survey(where, lambda url: Page(url, b""), max_bytes=10)


def test_settings_are_filled_in_and_comments_stay() -> None:
    text = "[edition]\ntitle = 'x'  # its title\n\n[site]\n# post = 'x'\nname = \"\"\n\n[fetch]\ndelay = 2.0\n"
    done = filled(
        text,
        {
            ("site", "post"): r"/(?P<id>\d+)",
            ("site", "name"): 'a "b"',
            ("site", "feeds"): ["u"],
            ("site.profile", "title"): "h1",
        },
    )
    assert done.startswith("[edition]\ntitle = 'x'  # its title\n") and 'feeds = ["u"]\n[fetch]' in done
    assert r"post = '/(?P<id>\d+)'" in done and 'name = "a \\"b\\""' in done and 'title = "h1"' not in done
