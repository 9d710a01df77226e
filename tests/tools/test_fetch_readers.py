"""Files that hold many posts: what is read of each kind, what is left out and counted, what a wrong file is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ext.edition.posts.identity import ids
from ext.edition.site.config import Site
from ext.edition.site.errors import EditionError
from tools.convert import convert
from tools.fetch import feeds, listings, saved
from tools.fetch.answered import Page, Refused
from tools.fetch.entries import Listed
from tools.fetch.readers import wordpress
from tools.fetch.readers.table import READERS
from tools.signatures import kind_of

HOME = "https://sums.example"


def web(pages: dict[str, str]) -> Callable[[str], Page]:
    """Return a reader of these pages; another address is refused."""

    def get(url: str) -> Page:
        if url not in pages:
            raise Refused("404: does not exist", where=url)
        return Page(url, pages[url].encode())

    return get


def read(body: str, **more: str) -> tuple[list[Listed], list[str]]:
    """Return the posts at an address, and what is told of the rest."""
    told: list[str] = []
    pages = {f"{HOME}/feed": body, **{f"{HOME}{path}": text for path, text in more.items()}}
    found = feeds.list_feed(f"{HOME}/feed", web(pages), Site(), known=lambda post: False, tell=told.append)
    return found, told


def item(title: str, text: str = "Words.", *, kind: str = "post", state: str = "publish", more: str = "") -> str:
    """Return one item of a WordPress export."""
    return (
        f"<item><title>{title}</title><link>{HOME}/{title}/</link><pubDate>Wed, 05 Mar 2014 23:30:00 +0000</pubDate>"
        f"<dc:creator>ann</dc:creator><guid>{HOME}/?p=1</guid><content:encoded><![CDATA[{text}]]></content:encoded>"
        f"<wp:post_date>2014-03-06 07:30:00</wp:post_date><wp:status>{state}</wp:status><wp:post_type>{kind}"
        f"</wp:post_type>{more}</item>"
    )


def wxr(*items: str) -> str:
    """Return a WordPress export."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Sums</title><wp:wxr_version>1.2</wp:wxr_version>'
        "<wp:author><wp:author_login>ann</wp:author_login><wp:author_display_name>Ann Roe</wp:author_display_name>"
        f"</wp:author>{''.join(items)}</channel></rss>"
    )


def test_of_a_wordpress_export_the_published_posts_are_read_and_the_rest_is_counted() -> None:
    tags = (
        '<category domain="category" nicename="uncategorized">None</category>'
        '<category domain="post_tag" nicename="s">series</category>'
    )
    found, told = read(
        wxr(
            item("shown", more=tags),
            item("half", state="draft"),
            item("mine", state="private"),
            item("about", kind="page"),
            item("pic", kind="attachment", state="inherit"),
            item("nav", kind="nav_menu_item"),
            item("later", state="future"),
            item("secret", more="<wp:post_password>x</wp:post_password>"),
        )
    )
    (post,) = found
    assert (post.title, post.url, post.date, post.author) == ("shown", f"{HOME}/shown/", "2014-03-06", "Ann Roe")
    assert post.tags == ("series",) and post.whole
    assert len(told) == 1 and sum(map(int, re.findall(r"(\d+) times", told[0]))) == 7


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("One\nline.\n\nTwo $latex x_1$.", "One\\\nline.\n\nTwo $x_1$."),
        ("a\n\n<!--more-->\n\n<!-- wp:paragraph -->\n<p>b</p>\n<!-- /wp:paragraph -->", "a\n\nb"),
        ("a\n<ul>\n\t<li>one</li>\n\n\t<li>two</li>\n</ul>\nb", "a\n\n- one\n- two\n\nb"),
        ("<blockquote>a\n\nb</blockquote>", "> a\n>\n> b"),
        ('[code lang="python"]\nx &lt; 1\n\ny\n[/code]', "```python\nx < 1\n\ny\n```"),
        ("<pre>a\n\nb</pre>", "```\na\n\nb\n```"),
        ("$$a\n\n= b$$", "$$\na\n= b\n$$"),
        ("[embed]https://v.example/1[/embed]", "[https://v.example/1](https://v.example/1)"),
        ("[gallery ids='1,2']", ""),
        ("[caption never ended", "\\[caption never ended"),
    ],
)
def test_the_stored_text_of_wordpress_is_read_as_it_is_shown(stored: str, shown: str) -> None:
    assert convert(wordpress.shown(stored), fragment=True, url=HOME).markdown.strip() == shown


def test_a_caption_of_wordpress_is_the_caption_of_its_picture() -> None:
    text = wordpress.shown('[caption id="a" width="3"]<img src="/p.png" alt="plot" /> A <em>plot</em>[/caption]\nNext.')
    done = convert(text, fragment=True, url=HOME, image_paths={f"{HOME}/p.png": "p.png"})
    assert done.markdown == '```{figure} p.png\n:alt: "plot"\n\nA *plot*\n```\n\nNext.\n'


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<!--",
                "-->",
                "[code]",
                "[/code]",
                "[caption]",
                "<pre>",
                "</pre>",
                "$$",
                "\\[",
                "\\]",
                "\n\n",
                "\n",
                "<p>",
                "İ",
                "<ul><li>",
                "\x01",
                "0\x02",
            ]
        ),
        max_size=30,
    ),
    st.integers(0, 29),
)
def test_a_word_between_any_codes_is_kept_unless_it_stands_in_a_comment(parts: list[str], at: int) -> None:
    before, after = "".join(parts[:at]), "".join(parts[at:])
    if "<!--" not in before:
        assert "wordzz" in wordpress.shown(f"{before}wordzz{after}")


def entry(kind: str, title: str, more: str = "") -> str:
    """Return one entry of a Blogger backup."""
    return (
        f"<entry><id>tag:blogger.com,1999:blog-7.post-{title}</id><published>2014-03-05T23:30:00.001+08:00</published>"
        f"<category scheme='http://schemas.google.com/g/2005#kind' term='http://schemas.google.com/blogger/2008/kind"
        f"#{kind}'/><category scheme='http://www.blogger.com/atom/ns#' term='sums'/><title type='text'>{title}</title>"
        f"<content type='html'>{escape('<p>Let $x_1$.</p>')}</content><link rel='self' href='x'/>"
        f"<link rel='alternate' href='{HOME}/{title}.html'/><author><name>Ann</name></author>{more}</entry>"
    )


def test_of_a_blogger_backup_the_published_posts_are_read() -> None:
    draft = "<app:control><app:draft>yes</app:draft></app:control>"
    found, told = read(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:app='http://purl.org/atom/app#'>"
        "<id>tag:blogger.com,1999:blog-7.archive</id>"
        + entry("post", "one")
        + entry("comment", "c")
        + entry("post", "two", draft)
        + entry("settings", "s")
        + entry("page", "p")
        + "</feed>"
    )
    (post,) = found
    assert (post.title, post.url, post.date, post.tags) == ("one", f"{HOME}/one.html", "2014-03-05", ("sums",))
    assert "x_1" in str(post.html) and sum(map(int, re.findall(r"(\d+) times", told[0]))) == 4


def test_of_the_feed_that_blogger_exports_today_the_live_posts_are_read() -> None:
    def one(name: str, kind: str, state: str) -> str:
        return (
            f"<entry><id>tag:x{name}</id><blogger:type>{kind}</blogger:type><blogger:status>{state}</blogger:status>"
            f"<title>{name}</title><content type='html'>text</content><published>2020-01-02T00:00:00Z</published>"
            f"<blogger:filename>/2020/01/{name}.html</blogger:filename></entry>"
        )

    found, told = read(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:blogger='http://schemas.google.com/blogger/2018'>"
        f"<link href='{HOME}'/>"
        + one("a", "POST", "LIVE")
        + one("b", "POST", "DRAFT")
        + one("c", "COMMENT", "LIVE")
        + "</feed>"
    )
    assert [post.url for post in found] == [f"{HOME}/2020/01/a.html"] and len(told) == 1


def test_a_feed_of_blogger_is_a_feed_and_no_backup() -> None:
    body = (
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:blogger='http://schemas.google.com/blogger/2008'>"
        "<id>tag:blogger.com,1999:blog-7</id>" + entry("post", "one") + "</feed>"
    )
    assert kind_of(body.encode()).name == "an Atom feed"


def jsonfeed(*items: dict[str, Any], **more: str) -> str:
    """Return a JSON Feed."""
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": items, **more})


def test_json_feeds_are_read_through_their_pages() -> None:
    one = {
        "id": "1",
        "url": f"{HOME}/one",
        "title": "One",
        "content_html": "<p>Let \\(x_1\\).</p>",
        "tags": ["a", "a"],
        "date_published": "2020-01-01T23:00:00+08:00",
        "authors": [{"name": "Ann"}, {"name": "Bob"}],
    }
    two = {"id": "2", "url": "/two", "content_text": "a < b\n\nc", "date_published": "2020-01-02"}
    found, told = read(jsonfeed(one, 7, next_url="/p2"), **{"/p2": jsonfeed(two)})  # type: ignore[arg-type]
    assert [(p.url, p.date, p.author, p.tags, p.whole) for p in found] == [
        (f"{HOME}/one", "2020-01-01", "Ann, Bob", ("a",), True),
        (f"{HOME}/two", "2020-01-02", "", (), True),
    ]
    assert found[1].html == "<p>a &lt; b</p><p>c</p>" and told == [
        f"left out of {HOME}/feed: 1 times an item that is none"
    ]


def test_an_opml_list_gives_the_posts_of_all_its_feeds_and_names_the_one_that_fails() -> None:
    body = (
        "<opml version='2.0'><body><outline text='x'><outline xmlUrl='/a'/></outline><outline xmlUrl='/b'/>"
        "<outline XMLURL='/none'/><outline xmlUrl='/feed'/></body></opml>"
    )
    found, told = read(
        body, **{"/a": jsonfeed({"id": "1", "content_html": "a"}), "/b": jsonfeed({"id": "2", "content_html": "b"})}
    )
    assert sorted(post.guid for post in found) == ["1", "2"]
    assert len(told) == 2 and "/none" in told[0] and "OPML" in told[1]


def test_of_a_ghost_export_the_public_posts_are_read() -> None:
    rows = [
        {
            "id": str(n),
            "uuid": f"u{n}",
            "title": f"T{n}",
            "slug": f"t{n}",
            "html": "<p>x</p>",
            "type": kind,
            "status": state,
            "visibility": seen,
            "published_at": "2021-02-03T04:05:06.000Z",
        }
        for n, (kind, state, seen) in enumerate(
            [
                ("post", "published", "public"),
                ("post", "draft", "public"),
                ("page", "published", "public"),
                ("post", "published", "paid"),
            ]
        )
    ]
    data = {"posts": rows, "tags": [{"id": "t", "name": "sums"}], "posts_tags": [{"post_id": "0", "tag_id": "t"}]}
    found, told = read(json.dumps({"db": [{"meta": {}, "data": data}]}))
    (post,) = found
    assert (post.title, post.url, post.date, post.tags) == ("T0", f"{HOME}/t0/", "2021-02-03", ("sums",))
    assert sum(map(int, re.findall(r"(\d+) times", told[0]))) == 3


def test_an_export_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(wxr(item("one")), "utf-8")

    def take(limit: int) -> list[Listed]:
        return feeds.list_export(path, web({}), Site(), known=lambda post: False, max_bytes=limit)

    assert [post.title for post in take(10_000)] == ["one"]
    with pytest.raises(EditionError, match=r"larger than 10 bytes"):
        take(10)
    path.unlink()
    with pytest.raises(EditionError, match="cannot be read"):
        take(10)


@pytest.mark.parametrize("name", READERS)
def test_every_reader_takes_a_file_without_posts_for_what_it_is(name: str) -> None:
    bodies = {
        "a WordPress export (WXR)": wxr(),
        "a JSON feed": jsonfeed(),
        "a Ghost export": '{"db": []}',
        "an OPML list of feeds": "<opml></opml>",
        "a Blogger backup": "<feed xmlns='http://www.w3.org/2005/Atom'><id>tag:blogger.com,1999:blog-7.archive</id>"
        "</feed>",
    }
    with pytest.raises(EditionError, match="without a published post"):
        read(bodies[name])


@pytest.mark.parametrize(
    "body",
    [
        wxr(item("one"))[:400],
        wxr(item("one")).replace("</item>", ""),
        '{"version": "https://jsonfeed.org/version/1", "items": [',
        '{"db": [7]}',
        "<opml><outline xmlUrl='&xx;'/>",
    ],
)
def test_a_broken_export_is_an_error_or_is_read_as_far_as_it_goes(body: str) -> None:
    try:
        found, _ = read(body)
    except EditionError as error:
        assert error.remedy
    else:
        assert [post.title for post in found] == ["one"]


FILES: dict[str, tuple[bytes, str]] = {
    "a PDF": (b"%PDF-1.7", "--pages"),
    "a ZIP archive": (b"PK\x03\x04", "unpack"),
    "compressed": (b"\x1f\x8b\x08", "unpack"),
    "a WARC file": (b"WARC/1.0\r\n", "--warc"),
    "a page saved as MHTML": (b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n", "--pages"),
    "a WordPress export (WXR)": (wxr().encode(), "--export"),
    "a sitemap": (b"<urlset xmlns='x'>", "--sitemap"),
    "an Atom feed": (b"<?xml version='1.0'?>\n<feed xmlns='x'>", "--feed"),
    "an RSS feed": (b"<rss version='2.0'>", "--feed"),
    "an HTML page": (b"\xef\xbb\xbf\n<!DOCTYPE html><html>", "--pages"),
    "a JSON feed": (jsonfeed().encode(), "--feed"),
    "a Jupyter notebook": (b'{"cells": []}', "nbconvert"),
    "JSON of some other kind": (b"[1]", "export"),
    "Markdown": (b"---\ntitle: x\n---\n", "import-markdown"),
    "a database": (b"SQLite format 3\0", "export"),
    "of no kind that can be read": (b"\x00\x01\x02", "check"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_what_it_is_and_which_option_reads_it(name: str) -> None:
    kind = kind_of(FILES[name][0])
    assert kind.name == name and FILES[name][1] in kind.remedy
    wide = kind_of(b"\xff\xfe" + FILES[name][0].decode("latin-1").encode("utf-16-le"))
    assert wide.name == name or name in ("a PDF", "compressed") or FILES[name][0][:1] not in b"<{[", (
        "UTF-16 is text too"
    )


def test_a_wrong_file_is_told_so_wherever_it_is_given(tmp_path: Path) -> None:
    def nothing(post: Listed) -> bool:
        return False

    page, site = f"{HOME}/x", Site(post="/(?P<id>x)")
    sheet = tmp_path / "a.xml"
    sheet.write_text(wxr(item("one")), "utf-8")
    for wrong, call in (
        (
            "is a sitemap, not a feed",
            lambda: feeds.list_feed(page, web({page: "<urlset/>".replace("/", " ")}), site, known=nothing),
        ),
        ("is an RSS feed, not a sitemap", lambda: listings.list_sitemap(page, web({page: "<rss />"}), site)),
        (
            "is a JSON feed, not a page",
            lambda: listings.list_archive(page, web({page: jsonfeed()}), site, known=nothing),
        ),
        ("is a WordPress export", lambda: saved.list_folder(sheet, max_bytes=9_000, report=print)),
        ("is a WordPress export", lambda: saved.list_warc(sheet, max_bytes=9_000)),
    ):
        with pytest.raises(EditionError, match=wrong) as caught:
            call()
        assert caught.value.remedy


def test_ids_of_chinese_addresses_can_be_read_and_the_old_ones_are_known() -> None:
    site = Site(post=r"/posts/(?P<id>[^/?#]+)")
    first, old, *_ = ids(site, ["https://a.example/posts/%E6%A2%AF%E5%BA%A6%E4%B8%8B%E9%99%8D/"])
    assert first == "梯度下降" and old.startswith("e6")
    long = "求和" * 40
    one, other = (ids(site, [f"https://a.example/posts/{long}{end}/"])[0] for end in ("上", "下"))
    assert one != other and one.startswith("求和") and len(one.encode()) <= 120
