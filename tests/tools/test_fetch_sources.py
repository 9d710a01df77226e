"""Sources list the same posts under the same names, and say plainly when they cannot."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ext.edition.site.config import Site
from ext.edition.site.errors import EditionError
from tools.fetch.answered import Page, Refused
from tools.fetch.entries import Listed, find_date, iso_date
from tools.fetch.feeds import is_cut, list_feed, parse_feed
from tools.fetch.listings import list_archive, list_sitemap
from tools.fetch.saved import list_folder, list_warc

BLOG = "https://blog.example"
SITE = Site(post=r"^https://blog\.example/archives/(?P<id>\d+)")


def rss(*items: str, head: str = "", root: str = 'rss version="2.0"') -> bytes:
    return (f'<?xml version="1.0" encoding="utf-8"?><{root} xmlns:atom="http://www.w3.org/2005/Atom" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<channel><title>Blog</title><link>{BLOG}</link>{head}{''.join(items)}</channel></rss>").encode()


def item(number: int, *, content: str = "", summary: str = "", more: str = "") -> str:
    return (f"<item><title>第 {number} 篇</title><link>{BLOG}/archives/{number}</link>"
            f"<pubDate>Mon, 0{number % 9 + 1} Jan 2024 01:00:00 +0800</pubDate>"
            + (f"<description><![CDATA[{summary}]]></description>" if summary else "")
            + (f"<content:encoded><![CDATA[{content}]]></content:encoded>" if content else "") + more + "</item>")


def web(pages: Mapping[str, bytes]) -> Callable[[str], Page]:
    def get(url: str) -> Page:
        if url not in pages:
            raise Refused("404: does not exist", where=url)
        return Page(url, pages[url], "text/html")

    return get


def entries(body: bytes, site: Site = SITE, content_type: str = "application/xml") -> list[Listed]:
    return parse_feed(Page(f"{BLOG}/feed", body, content_type), site)[1]


def unknown(post: Listed) -> bool:
    return False


def test_a_full_feed_gives_facts_and_content() -> None:
    more = "<dc:creator>甲</dc:creator><category>数学</category><category>数学</category><category>AI</category>"
    post, = entries(rss(item(7, content="<p>正文 $x&lt;1$</p>", summary="摘要", more=more)))
    assert (post.url, post.title, post.date, post.author) == (f"{BLOG}/archives/7", "第 7 篇", "2024-01-08", "甲")
    assert post.tags == ("数学", "AI") and post.html == "<p>正文 $x&lt;1$</p>" and post.whole


def test_the_content_is_not_sanitised_away() -> None:
    """MathJax scripts and MathML are what the converter reads; making them harmless is its work."""
    math = '<script type="math/tex">a_1</script><math><mi>x</mi></math>'
    post, = entries(rss(item(1, content=f"<p>t</p>{math}")))
    assert math in str(post.html)


def test_the_date_is_the_authors_own() -> None:
    """One o'clock in the morning at +0800 is still the day before in UTC."""
    assert iso_date("Mon, 08 Jan 2024 01:00:00 +0800") == "2024-01-08"
    assert iso_date("2024-01-08T01:00:00+08:00") == "2024-01-08"
    assert iso_date("Thurs, 30 May 2019 00:00:00 UTC") == "2019-05-30"
    assert find_date("发表于 2019年3月5日，修改于 2020-01-01") == "2019-03-05"
    assert iso_date("2024-13-45") == iso_date("") == find_date("版本 2.10.3") == ""


@pytest.mark.parametrize("text", [
    "<p>第一段</p><p>[[[...]]]</p>", "<p>text [&#8230;]</p>", "<p>text […]</p>", "<p>x <a href='/p'>Read more…</a></p>",
    "<p>x</p><a>Read more… (16 min remaining to read)</a>", "<p>x</p><a class='more-link'>Continue reading &rarr;</a>",
    "<p>甲</p><a>阅读全文 &raquo;</a>", "<p>甲</p><a>继续阅读</a>", "<p>short text...</p>", "<p>甲…</p>", "",
    "<p>x [&#8230;]</p><p>The post <a>T</a> appeared first on <a>Blog</a>.</p>", "<p> </p>",
    "<p>x</p><a>Read the rest of this</a>"])
def test_cut_texts_are_recognised(text: str) -> None:
    assert is_cut(text)


@pytest.mark.parametrize("text", [
    "<p>A whole post.</p>", "<p>嗯……</p>", f"<p>{'长文。' * 500}于是…</p>", "<img src='/only.png'>",
    "<p>[...] was read more often in the middle of the text.</p>", "<p>sequence $1, 2, \\dots$</p>",
    "<p>Whole.</p><p>The post <a>T</a> appeared first on <a>Blog</a>.</p>"])
def test_whole_texts_are_not_taken_for_cut(text: str) -> None:
    assert not is_cut(text)


def test_descriptions_alone_are_summaries_unless_the_feed_is_generous() -> None:
    short = entries(rss(item(1, summary="<p>摘要。</p>"), item(2, summary="<p>" + "长" * 5000 + "。</p>"),
                        item(3, summary="<p>又一摘要。</p>")))
    assert [post.whole for post in short] == [False, False, False]
    long = entries(rss(*(item(n, summary="<p>" + "长" * 5000 + "。</p>") for n in range(3))))
    assert all(post.whole for post in long)


def test_the_edition_may_say_what_its_feeds_give() -> None:
    body = rss(item(1, summary="<p>短文一则。</p>"), item(2, content="<p>全文。</p>"))
    assert [p.whole for p in entries(body, Site(feed_content="full"))] == [True, True]
    assert [p.whole for p in entries(body, Site(feed_content="summary"))] == [False, False]


def test_the_last_entry_of_a_feed_that_breaks_off_is_not_whole() -> None:
    body = rss(item(1, content="<p>一。</p>"), item(2, content="<p>二，很长的一段。</p>"))
    cut = body[:body.rindex("很长".encode())]
    posts = entries(cut)
    assert posts[0].whole and not any(post.whole for post in posts[1:])


def test_malformed_xml_is_read_as_far_as_it_goes() -> None:
    broken = rss(item(1, content="<p>一。</p>"), item(2, content="<p>二。</p>")).replace(b"<link>", b"<a & b><link>", 1)
    assert [post.url for post in entries(broken) if post.url][-1] == f"{BLOG}/archives/2"


@pytest.mark.parametrize(("declared", "encoding", "content_type"), [
    ("gb2312", "gbk", "application/xml"), ("utf-8", "utf-8", "text/xml"), ("big5", "big5", "application/rss+xml"),
    ("utf-16", "utf-16", "application/xml"), ("utf-8", "gbk", "application/xml; charset=gbk"),
    ("utf-8", "utf-8", "application/xml; charset=iso-8859-1")])
def test_encodings_of_feeds(declared: str, encoding: str, content_type: str) -> None:
    text = rss(item(1, content="<p>公式與證明</p>")).decode().replace('encoding="utf-8"', f'encoding="{declared}"')
    post = entries(text.encode(encoding), content_type=content_type)[0]
    if "8859" not in content_type:  # a header that lies is believed, as the RFC has it, only if the bytes fit
        assert post.html == "<p>公式與證明</p>"
    assert post.url == f"{BLOG}/archives/1"


def test_entities_cannot_grow_or_read_files() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY x SYSTEM "file:///etc/passwd">'
    bomb += b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)) + b"]>"
    body = bomb + rss(item(1, content="<p>ok</p>"), "<item><title>&j;&x;</title><link>https://blog.example/archives/2"
                      "</link></item>").split(b"?>", 1)[1]
    posts = entries(body)
    assert max((len(p.title) for p in posts), default=0) < 100_000
    assert not any("root:" in p.title + str(p.html) for p in posts)


@pytest.mark.parametrize(("body", "message", "remedy"), [
    (b"", "empty", "address"),
    (b"<!DOCTYPE html><html><head><link rel='alternate' type='application/rss+xml' href='/real'></head></html>",
     "an HTML page, not a feed", f"{BLOG}/real"),
    (b"<html><body>no</body></html>", "an HTML page", "--archive"),
    (b'{"json": 1}', "JSON of some other kind, not a feed", "JSON Feed"),
    (b"\x00\x01", "neither RSS nor Atom", "browser"),
    (rss(), "lists no posts", "site.archive")])
def test_what_is_no_feed_is_named_with_a_remedy(body: bytes, message: str, remedy: str) -> None:
    with pytest.raises(EditionError) as caught:
        entries(body)
    assert message in caught.value.what and remedy in str(caught.value.remedy) and caught.value.where == f"{BLOG}/feed"


def test_paged_feeds_are_followed_to_their_end() -> None:
    def link(n: int) -> str:
        return f'<atom:link rel="next" href="{BLOG}/feed/{n}"/>'

    pages = {f"{BLOG}/feed": rss(item(1, content="<p>1</p>"), head=link(2)),
             f"{BLOG}/feed/2": rss(item(1, content="<p>1</p>"), item(2, content="<p>2</p>"), head=link(3)),
             f"{BLOG}/feed/3": rss(item(3, content="<p>3</p>"), head=link(4))}
    posts = list_feed(f"{BLOG}/feed", web(pages), SITE, known=unknown)
    assert [post.url[-1] for post in posts] == ["1", "2", "3"]


def test_wordpress_pages_are_asked_for_until_nothing_new_comes() -> None:
    head = "<generator>https://wordpress.org/?v=6.5</generator>"
    pages = {f"{BLOG}/feed": rss(item(1, content="<p>1</p>"), head=head),
             f"{BLOG}/feed?paged=2": rss(item(2, content="<p>2</p>"), head=head),
             f"{BLOG}/feed?paged=3": rss(item(2, content="<p>2</p>"), head=head)}
    assert len(list_feed(f"{BLOG}/feed", web(pages), SITE, known=unknown)) == 2
    assert len(list_feed(f"{BLOG}/feed", web(pages), SITE, known=lambda post: True)) == 1


def test_an_endless_feed_ends_at_the_limit() -> None:
    asked: list[str] = []

    def get(url: str) -> Page:
        asked.append(url)
        number = len(asked)
        return Page(url, rss(item(number, content="<p>x</p>"),
                             head=f'<atom:link rel="next" href="{BLOG}/feed/{number}"/>'), "")

    assert len(list_feed(f"{BLOG}/feed", get, SITE, known=unknown, max_pages=5)) == 5


ARCHIVE = f"""<html><body><a href="/">home</a><a href="/tag/x">tag</a>
<ul><li><span>2024-05-01</span> <a href="/archives/12">甲篇</a> <a href="/archives/12#comments">3 条评论</a></li>
<li>2024年4月3日 <a href="archives/11"><img src="/t.png"></a><a href="{BLOG}/archives/11">乙篇</a></li>
<li><a href="/archives/10#comment-77">reply</a></li><li><a href="/archives/12/x.pdf">pdf</a></li></ul></body></html>"""


def test_an_archive_page_lists_its_posts_once_with_title_and_date() -> None:
    site = Site(post=r"^https://blog\.example/archives/(?P<id>\d+)/?(?:[?#]|$)")
    posts = list_archive(f"{BLOG}/", web({f"{BLOG}/": ARCHIVE.encode()}), site, known=unknown)
    assert [(p.url, p.title, p.date) for p in posts] == [
        (f"{BLOG}/archives/12", "甲篇", "2024-05-01"), (f"{BLOG}/archives/11", "乙篇", "2024-04-03")]


def test_an_archive_in_parts_is_followed() -> None:
    pages = {f"{BLOG}/a": b'<a href="/archives/1">one</a><a rel="next" href="/a?page=2">older</a>',
             f"{BLOG}/a?page=2": b'<a href="/archives/2">two</a><a rel="next" href="/a?page=2">older</a>'}
    assert len(list_archive(f"{BLOG}/a", web(pages), SITE, known=unknown)) == 2


def test_an_archive_needs_a_pattern_that_fits() -> None:
    page = web({f"{BLOG}/": ARCHIVE.encode()})
    with pytest.raises(EditionError, match="which links are posts"):
        list_archive(f"{BLOG}/", page, Site(), known=unknown)
    with pytest.raises(EditionError, match="no link on the page matches"):
        list_archive(f"{BLOG}/", page, Site(post="/nothing/"), known=unknown)


def test_sitemaps_of_sitemaps_gzip_and_plain_text() -> None:
    head = b'<?xml version="1.0"?>'
    index = head + (f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{BLOG}/1.xml.gz'
                    f"</loc></sitemap><sitemap><loc>{BLOG}/2.txt</loc></sitemap></sitemapindex>").encode()
    inner = head + (f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc> {BLOG}/archives/1 </loc>'
                    f"<lastmod>2024-03-04T05:06:07Z</lastmod></url><url><loc>{BLOG}/tag/x</loc></url></urlset>").encode()
    pages = {f"{BLOG}/s.xml": index, f"{BLOG}/1.xml.gz": gzip.compress(inner),
             f"{BLOG}/2.txt": f"{BLOG}/archives/2\n{BLOG}/about\n".encode()}
    posts = list_sitemap(f"{BLOG}/s.xml", web(pages), SITE)
    assert [(p.url[-1], p.updated) for p in posts] == [("1", "2024-03-04"), ("2", "")]


@pytest.mark.parametrize("body", [b"<html></html>", b"", b"\x1f\x8bbroken", b"{}"])
def test_what_is_no_sitemap_is_named(body: bytes) -> None:
    with pytest.raises(EditionError, match="not a sitemap|not a whole gzip"):
        list_sitemap(f"{BLOG}/s", web({f"{BLOG}/s": body}), SITE)


def test_a_sitemap_of_itself_ends() -> None:
    body = f"<sitemapindex><sitemap><loc>{BLOG}/s</loc></sitemap></sitemapindex>".encode()
    with pytest.raises(EditionError, match="none of the 0"):
        list_sitemap(f"{BLOG}/s", web({f"{BLOG}/s": body}), SITE)


def test_saved_pages_know_their_address(tmp_path: Path) -> None:
    (tmp_path / "sub" / "b_files").mkdir(parents=True)
    (tmp_path / "a.html").write_text(f'<link rel="canonical" href="{BLOG}/archives/1"><p>x</p>')
    (tmp_path / "sub" / "b.htm").write_text(f"<!-- saved from url=(0031){BLOG}/archives/2 --><p>x</p>")
    (tmp_path / "sub" / "c.html").write_text(f'<meta property="og:url" content="{BLOG}/archives/3#top"><p>x</p>')
    (tmp_path / "d.html").write_text("<p>nothing known</p>")
    (tmp_path / "sub" / "b_files" / "frame.html").write_text("<p>part of another page</p>")
    (tmp_path / "notes.txt").write_text("no page")
    posts = list_folder(tmp_path, max_bytes=10_000, report=pytest.fail)
    assert [(p.url, p.guid) for p in posts] == [
        (f"{BLOG}/archives/1", ""), ("", "file:d.html"), (f"{BLOG}/archives/2", ""), (f"{BLOG}/archives/3", "")]


def test_saved_pages_read_only_their_own_folder(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(b"secret")
    (folder / "in.png").write_bytes(b"inside")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "a.html").write_text("<p>x</p>")
    resource = list_folder(folder, max_bytes=10_000, report=pytest.fail)[0].resource
    assert resource is not None and resource("in.png") == b"inside"
    for name in ("../secret.png", "%2e%2e/secret.png", str(tmp_path / "secret.png"), "link.png", "", ".",
                 "file:///etc/passwd", "https://blog.example/in.png"):
        assert resource(name) is None


@pytest.mark.parametrize(("make", "message"), [
    (lambda p: None, "not a folder"), (lambda p: p.mkdir(), "holds no .html file")])
def test_folders_without_pages_are_named(tmp_path: Path, make: Callable[[Path], None], message: str) -> None:
    make(tmp_path / "x")
    with pytest.raises(EditionError, match=message):
        list_folder(tmp_path / "x", max_bytes=10, report=pytest.fail)


def warc(path: Path, records: list[tuple[str, str, bytes, str]], *, compressed: bool) -> None:
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=compressed)
        for url, content_type, body, status in records:
            head = StatusAndHeaders(status, [("Content-Type", content_type)], protocol="HTTP/1.1")
            writer.write_record(writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=head))


@pytest.mark.parametrize("compressed", [True, False])
def test_warc_files_give_pages_and_images(tmp_path: Path, compressed: bool) -> None:
    warc(tmp_path / "x.warc", [
        (f"{BLOG}/archives/1", "text/html; charset=gbk", "<p>旧</p>".encode("gbk"), "200 OK"),
        (f"{BLOG}/i.png", "image/png", b"\x89PNG\r\n\x1a\n", "200 OK"),
        (f"{BLOG}/gone", "text/html", b"gone", "404 Not Found"),
        (f"{BLOG}/archives/1", "text/html; charset=gbk", "<p>新</p>".encode("gbk"), "200 OK")], compressed=compressed)
    post, = list_warc(tmp_path / "x.warc", max_bytes=10_000)
    assert post.url == f"{BLOG}/archives/1" and post.html == "<p>新</p>".encode("gbk")
    assert "gbk" in post.content_type and post.resource is not None
    assert post.resource(f"{BLOG}/i.png") == b"\x89PNG\r\n\x1a\n" and post.resource(f"{BLOG}/none.png") is None


@pytest.mark.parametrize("body", [b"", b"not a warc\r\n\r\n", b"\x1f\x8bxx"])
def test_what_is_no_warc_is_named(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "x.warc").write_bytes(body)
    with pytest.raises(EditionError, match="WARC|no HTML page"):
        list_warc(tmp_path / "x.warc", max_bytes=10)
    with pytest.raises(EditionError, match="cannot be read"):
        list_warc(tmp_path / "none.warc", max_bytes=10)
