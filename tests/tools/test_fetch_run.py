"""A run keeps whole posts or nothing, heals what a kill left, and never writes over somebody's work."""

from __future__ import annotations

import datetime
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from conftest import EditionFolder
from pytest_httpserver import HTTPServer
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter
from werkzeug import Request, Response

from ext.edition.posts import catalogue, digests
from ext.edition.site import files, frontmatter, yamltext
from ext.edition.site.files import read_text
from tools.__main__ import main
from tools.fetch import plan
from tools.fetch.images import file_stem

REPO = Path(__file__).resolve().parent.parent.parent
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L1 1"/></svg>'
BODY = r"<p>设 \(x_1&lt;x_2\)，则</p><p>\[x_1+x_2=2\]</p><p>证毕。</p>"


class Blog:
    """A small blog on this machine: posts by number, each with what its page and the feed give of it."""

    def __init__(self, server: HTTPServer, root: Path) -> None:
        self.server, self.root = server, root
        self.feed: dict[int, str] = {}
        self.pages: dict[int, Response | str] = {}
        self.files: dict[str, bytes] = {}
        self.extra = ""
        server.expect_request(re.compile(".*")).respond_with_handler(self._answer)
        (root / "source").mkdir(parents=True)
        self.settings()

    def settings(self, site: str = "", fetch: str = "") -> None:
        (self.root / "edition.toml").write_text(
            f'[edition]\ntitle = "试验"\n[site]\nfeeds = ["{self.url("/feed")}"]\nauthor = "某人"\nlicence = "CC BY"\n'
            rf"post = 'localhost:\d+/archives/(?P<id>\d+)'" "\n"
            f"{site}\n[fetch]\ndelay = 0\nretries = 1\ntimeout = 2\n{fetch}\n", "utf-8")

    def url(self, path: str) -> str:
        return self.server.url_for(path)

    def _answer(self, request: Request) -> Response:
        if request.path == "/feed":
            items = "".join(
                f"<item><title>第 {n} 篇：$a_{n}$</title><link>{self.url(f'/archives/{n}')}</link>"
                f"<pubDate>Tue, 02 Jan 2024 08:00:00 +0800</pubDate><category>数学</category>"
                f"<content:encoded><![CDATA[{text}]]></content:encoded></item>" for n, text in self.feed.items())
            return Response(f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
                            f"<title>b</title>{items}{self.extra}</channel></rss>", content_type="application/xml")
        if match := re.fullmatch(r"/archives/(\d+)", request.path):
            page = self.pages.get(int(match.group(1)), Response("gone", 404))
            return page if isinstance(page, Response) else Response(
                f"<html><head><title>题</title></head><body><article><h1>第 {match.group(1)} 篇</h1>{page}</article>"
                "</body></html>", content_type="text/html; charset=utf-8")
        if request.path in self.files:
            return Response(self.files[request.path], content_type="image/png")
        return Response("", 404)

    def fetch(self, *options: str) -> int:
        return main(["fetch", "--edition", str(self.root), "--allow-private", *options])

    def text(self, name: str) -> str:
        return read_text(self.root / "source" / name)

    def meta(self, name: str) -> dict[str, Any]:
        return frontmatter.split(self.text(name)).meta

    def rows(self) -> dict[str, catalogue.Entry]:
        return catalogue.load(self.root / "source")

    def state(self) -> dict[str, str]:
        """Return every file below ``source/`` with the digest of its bytes."""
        source = self.root / "source"
        return {p.relative_to(source).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
                for p in sorted(source.rglob("*")) if p.is_file()}

    def asked(self, path: str) -> int:
        return sum(request.path == path for request, _ in self.server.log)


@pytest.fixture
def blog(httpserver: HTTPServer, tmp_path: Path) -> Iterator[Blog]:
    made = Blog(httpserver, tmp_path / "edition")
    made.feed = {2: BODY, 1: BODY.replace("2", "3")}
    yield made


def test_a_full_feed_becomes_originals_posts_and_rows(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    assert blog.fetch() == 0
    assert sorted(blog.state()) == ["catalogue.yaml", digests.FILE, "originals/1.md", "originals/2.md",
                                    "posts/第-1-篇-a_1.md", "posts/第-2-篇-a_2.md"]
    post = blog.text("posts/第-2-篇-a_2.md")
    meta, body, _ = frontmatter.split(post)
    today = datetime.date.today().isoformat()
    assert meta == {"id": "2", "title": "第 2 篇：$a_2$", "date": "2024-01-02", "source": blog.url("/archives/2"),
                    "author": "某人", "licence": "CC BY", "tags": ["数学"], "status": "draft", "fetched": today}
    original = frontmatter.split(blog.text("originals/2.md"))
    assert body.strip() == f"# 第 2 篇：$a_2$\n\n{original.body.strip()}"
    assert "$x_1<x_2$" in body and "x_1+x_2=2" in body
    assert original.meta["receipt"]["inline"] == {"page": 1, "myst": 1} and original.meta["via"] == "feed"
    row = blog.rows()["2"]
    assert (row.state, row.slug, row.title) == ("fetched", "第-2-篇-a_2", "第 2 篇：$a_2$")
    assert blog.asked("/archives/2") == 0
    assert "2 posts listed: 2 new" in capsys.readouterr().out


def test_fetching_twice_changes_no_byte(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    blog.fetch()
    before = blog.state()
    stamps = {p: p.stat().st_mtime_ns for p in (blog.root / "source").rglob("*.md")}
    assert blog.fetch() == 0 and blog.fetch("--refresh") == 0
    assert blog.state() == before and all(p.stat().st_mtime_ns == stamp for p, stamp in stamps.items())


def test_the_work_of_a_post_is_the_same_however_many_there_are(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, list[Any]] = {"addresses": [], "rows": []}
    digest_id, dump = plan.digest_id, yamltext.dump
    monkeypatch.setattr(plan, "digest_id", lambda url: made["addresses"].append(url) or digest_id(url))
    monkeypatch.setattr(yamltext, "dump", lambda rows: made["rows"].extend(rows) or dump(rows))
    counts = {}
    for first, posts in ((100, 10), (200, 20)):
        blog.feed = {number: BODY.replace("2", str(number)) for number in range(first, first + posts)}
        shutil.rmtree(blog.root / "source")
        (blog.root / "source").mkdir()
        made["addresses"].clear(), made["rows"].clear()
        assert blog.fetch() == 0
        counts[posts] = {kind: len(found) for kind, found in made.items()}
    assert all(0 < count <= 2 * counts[10][kind] for kind, count in counts[20].items()), counts


def test_a_cut_feed_has_its_page_fetched(blog: Blog) -> None:
    blog.feed = {1: "<p>开头</p><p>[[[...]]]</p>"}
    blog.pages = {1: BODY}
    assert blog.fetch() == 0
    assert "x_1+x_2=2" in blog.text("originals/1.md") and blog.meta("originals/1.md")["via"] == "page"
    assert blog.rows()["1"].state == "fetched"


@pytest.mark.parametrize(("status", "reason"), [(404, "refused: 404"), (403, "refused: 403"), (500, "only a part")])
def test_where_only_a_part_can_be_had_the_post_is_truncated(
        blog: Blog, capsys: pytest.CaptureFixture[str], status: int, reason: str) -> None:
    blog.feed = {1: "<p>开头</p><p>[...]</p>"}
    blog.pages = {1: Response("", status)}
    assert blog.fetch() == 0
    assert blog.rows()["1"].state == "truncated" and reason in blog.rows()["1"].reason
    assert reason in blog.meta("originals/1.md")["truncated"]
    assert "truncated: 1" in capsys.readouterr().out
    before, asked = blog.state(), blog.asked("/archives/1")
    blog.fetch()
    assert blog.state() == before
    # A refusal is not asked about again, a failure that may pass is.
    assert (blog.asked("/archives/1") == asked) == (status in (403, 404))


def test_a_truncated_post_becomes_whole_when_its_page_answers(blog: Blog) -> None:
    blog.feed = {1: "<p>开头</p><p>[...]</p>"}
    blog.pages = {1: Response("", 503)}
    blog.fetch()
    blog.pages = {1: BODY}
    assert blog.fetch() == 0
    assert blog.rows()["1"].state == "fetched" and not blog.rows()["1"].reason
    assert "x_1+x_2=2" in blog.text(f"posts/{blog.rows()['1'].slug}.md")
    assert "truncated" not in blog.meta("originals/1.md") and len(list((blog.root / "source/posts").iterdir())) == 1


def test_an_annotated_truncated_post_waits_for_the_merge(blog: Blog) -> None:
    blog.feed = {1: "<p>开头</p><p>[...]</p>"}
    blog.fetch()
    post = blog.root / f"source/posts/{blog.rows()['1'].slug}.md"
    post.write_text(post.read_text("utf-8") + "\n我的注。\n", "utf-8")
    mine = post.read_bytes()
    blog.pages = {1: BODY}
    blog.fetch("--only", "1")
    assert post.read_bytes() == mine and "x_1+x_2=2" in blog.text("originals/1.new.md")


def test_a_refused_page_is_recorded_and_not_hammered(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    blog.feed = {1: ""}
    blog.pages = {1: Response("", 403)}
    assert blog.fetch() == 0
    assert blog.rows()["1"].state == "refused" and "403" in blog.rows()["1"].reason
    blog.fetch()
    assert blog.asked("/archives/1") == 1
    blog.pages = {1: BODY}
    assert blog.fetch("--only", "1") == 0
    assert blog.rows()["1"].state == "fetched"


def test_a_page_that_fails_fails_the_run_and_is_tried_again(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    blog.feed = {1: ""}
    blog.pages = {1: Response("", 500)}
    assert blog.fetch() == 1
    assert blog.url("/archives/1") in capsys.readouterr().err
    assert blog.rows()["1"].state == "known" and not (blog.root / "source/posts").exists()
    blog.pages = {1: BODY}
    assert blog.fetch() == 0 and blog.rows()["1"].state == "fetched"


def test_what_changed_upstream_waits_beside_the_original(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    blog.fetch()
    slug = blog.rows()["1"].slug
    post, original = blog.text(f"posts/{slug}.md"), blog.text("originals/1.md")
    blog.feed[1] += "<p>后记。</p>"
    capsys.readouterr()
    assert blog.fetch() == 0
    out = capsys.readouterr().out
    assert "changed upstream: 1" in out and "originals/1.new.md" in out and "tools update 1" in out
    assert blog.text(f"posts/{slug}.md") == post and blog.text("originals/1.md") == original
    assert "后记" in blog.text("originals/1.new.md")
    before = blog.state()
    assert blog.fetch() == 0 and blog.state() == before
    out = capsys.readouterr().out
    assert "changed upstream: 1" not in out and "1 changed upstream and waits" in out
    blog.feed[1] = blog.feed[1].replace("<p>后记。</p>", "")
    assert blog.fetch() == 0 and not (blog.root / "source/originals/1.new.md").exists()


@pytest.mark.parametrize("answer", [
    Response(f"<article>{BODY}</article>".encode("gbk"), content_type="text/html; charset=gb2312"),
    Response(f"<head><meta charset=gb2312></head><body><article>{BODY}</article></body>".encode("gbk"),
             content_type="text/html"),
    Response(f"<article>{BODY}</article>".encode("utf-16"), content_type="text/html"),
    Response(f"<article>{BODY * 20}</article>".encode("gb18030"), content_type="text/html"),
    Response(f"<head><meta charset=utf-8></head><body><article>{BODY}</article></body>".encode(),
             content_type="text/html")])
def test_pages_in_any_encoding(blog: Blog, answer: Response) -> None:
    blog.feed, blog.pages = {1: ""}, {1: answer}
    assert blog.fetch() == 0
    assert "证毕。" in blog.text("originals/1.md") and "$x_1<x_2$" in blog.text("originals/1.md")


@pytest.mark.parametrize("answer", [
    Response("%PDF", content_type="application/pdf"), Response("", content_type="text/html"),
    Response("<html><body></body></html>", content_type="text/html")])
def test_what_is_no_page_is_named(blog: Blog, capsys: pytest.CaptureFixture[str], answer: Response) -> None:
    blog.feed, blog.pages = {1: ""}, {1: answer}
    assert blog.fetch() == 1
    error = capsys.readouterr().err
    assert blog.url("/archives/1") in error and "remedy" in error and not list(blog.root.glob("source/*/*.md"))


def test_a_post_of_the_same_name_is_not_written_over(blog: Blog) -> None:
    mine = blog.root / "source/posts/第-1-篇-a_1.md"
    mine.parent.mkdir(parents=True)
    mine.write_text("---\ntitle: mine\norigin: local\n---\n\n# mine\n", "utf-8")
    assert blog.fetch() == 0
    assert "# mine" in mine.read_text("utf-8") and blog.rows()["1"].slug == "第-1-篇-a_1-1"


def test_a_post_without_original_gets_one_and_is_left_alone(blog: Blog) -> None:
    mine = blog.root / "source/posts/old.md"
    mine.parent.mkdir(parents=True)
    mine.write_text("---\nid: '1'\ntitle: old\n---\n\n# old\n\nannotated\n", "utf-8")
    before = mine.read_bytes()
    assert blog.fetch() == 0
    assert mine.read_bytes() == before and (blog.root / "source/originals/1.md").is_file()
    assert blog.rows()["1"].slug == "old"


def test_rows_set_by_hand_shape_the_post(blog: Blog) -> None:
    (blog.root / "source/catalogue.yaml").write_text(
        "- {id: '1', title: 我的题, topic: 优化, series: 甲, number: 3, slug: my-slug}\n"
        "- {id: '2', title: 二, state: skipped, reason: not mathematics}\n", "utf-8")
    assert blog.fetch() == 0
    meta = blog.meta("posts/my-slug.md")
    assert (meta["title"], meta["topic"], meta["series"], meta["number"]) == ("我的题", "优化", "甲", 3)
    assert blog.rows()["2"].state == "skipped" and not (blog.root / "source/originals/2.md").exists()


@pytest.mark.parametrize("stage", range(1, 11))
def test_a_kill_at_every_write_is_healed_by_the_next_run(
        blog: Blog, monkeypatch: pytest.MonkeyPatch, stage: int) -> None:
    """The n-th write of the run dies before it is finished; the next run ends where an undisturbed one does."""
    blog.files = {"/i.png": PNG}
    blog.feed[1] += f'<p><img src="{blog.url("/i.png")}" alt="图"></p>'
    blog.fetch()
    expected, kept = blog.state(), set(blog.text(digests.FILE).splitlines())
    shutil.rmtree(blog.root / "source")
    (blog.root / "source").mkdir()
    real, count = os.replace, [0]

    def dying(source: str, target: str) -> None:
        count[0] += 1
        if count[0] == stage:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(files.os, "replace", dying)
    assert blog.fetch() == 130
    monkeypatch.undo()
    left = blog.state()
    assert not [name for name in left if name.endswith(".tmp")]
    assert all(left[name] == expected[name] for name in left if name not in {"catalogue.yaml", digests.FILE})
    assert digests.FILE not in left or set(blog.text(digests.FILE).splitlines()) <= kept, "it grows line by line"
    assert blog.fetch() == 0
    assert blog.state() == expected


def test_there_are_no_more_stages_than_those_tested(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    blog.files = {"/i.png": PNG}
    blog.feed[1] += f'<p><img src="{blog.url("/i.png")}" alt="图"></p>'
    real, count = os.replace, [0]

    def counting(source: str, target: str) -> None:
        count[0] += 1
        real(source, target)

    monkeypatch.setattr(files.os, "replace", counting)
    blog.fetch()
    assert count[0] == 10


def test_images_are_kept_once_and_shown(blog: Blog) -> None:
    blog.files = {"/a/图 1.png": PNG, "/b.svg": SVG, "/evil.svg": SVG.replace(b"<path", b"<script/><path"),
                  "/page.png": b"<html>"}
    blog.feed = {1: "".join(f'<p><img src="/{name}" alt="{name}"></p>' for name in
                            ("a/图%201.png", "b.svg", "evil.svg", "page.png", "none.png"))}
    assert blog.fetch() == 0
    body = blog.text("posts/第-1-篇-a_1.md")
    kept = sorted(p.name for p in (blog.root / "source/_images/1").iterdir())
    assert [name.rpartition("-")[0] for name in kept] == ["1", "b", "evil"]
    assert not any(b"script" in path.read_bytes() for path in (blog.root / "source/_images/1").iterdir())
    assert all(f"../_images/1/{name}" in body or f"../_images/1/{name.replace('图', '%E5%9B%BE')}" in body
               for name in kept)
    assert blog.url("/none.png") in body and blog.url("/page.png") in body
    before, asked = blog.state(), blog.asked("/b.svg")
    blog.feed[1] += "<p>改。</p>"
    blog.fetch()
    assert blog.asked("/b.svg") == asked + 1 and set(before) < set(blog.state()), "asked again, and not stored again"


def test_images_may_be_left_where_they_are(blog: Blog) -> None:
    blog.settings(fetch="images = false")
    blog.files = {"/i.png": PNG}
    blog.feed = {1: '<p>x<img src="/i.png"></p>'}
    assert blog.fetch() == 0
    assert blog.asked("/i.png") == 0 and not (blog.root / "source/_images").exists()


@pytest.mark.parametrize("url", ["https://x/../../etc/passwd.png", "https://x/%2e%2e%2f%2e%2e%2fa.png",
                                 "https://x/" + "长" * 300, "https://x/", "https://x/a%00b.png", "https://x/.htaccess", "https://x/a.b/c.tar.png"])
def test_image_names_stay_in_their_folder(url: str) -> None:
    assert re.fullmatch(r"[\w-]{1,60}", file_stem(url)) and not file_stem(url).startswith("-")


def test_archive_saved_page_and_url_are_one_post(blog: Blog, tmp_path: Path) -> None:
    blog.pages = {n: BODY for n in (1, 2, 3)}
    blog.pages[9] = '<a href="/archives/3">三</a><a href="/archives/1#comment-5">c</a><a href="/tag/x">t</a>'
    blog.fetch()
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "p.html").write_text(
        f'<link rel="canonical" href="{blog.url("/archives/1")}"><article><h1>t</h1>{BODY}</article>', "utf-8")
    assert blog.fetch("--archive", blog.url("/archives/9")) == 0
    assert blog.fetch("--pages", str(saved)) == 0
    assert blog.fetch("--url", blog.url("/archives/2?utm_source=x")) == 0
    assert sorted(blog.rows()) == ["1", "2", "3"]
    assert blog.rows()["3"].title == "第 3 篇", "the page's own title, not the text of a link to it"
    assert len(list((blog.root / "source/posts").iterdir())) == 3


def test_a_page_that_redirects_to_a_known_post_is_that_post(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    blog.fetch()
    blog.pages = {8: Response("", 301, headers={"Location": blog.url("/archives/1")}), 1: BODY}
    assert blog.fetch("--url", blog.url("/archives/8")) == 0
    assert blog.rows()["8"].state == "skipped" and "same post as 1" in blog.rows()["8"].reason
    assert len(list((blog.root / "source/posts").iterdir())) == 2


def test_a_page_that_leads_to_the_home_page_is_gone(blog: Blog) -> None:
    blog.feed, blog.pages = {1: ""}, {1: Response("", 302, headers={"Location": blog.url("/")})}
    blog.files = {"/": b"<article>welcome</article>"}
    assert blog.fetch() == 0
    assert blog.rows()["1"].state == "refused" and "no post" in blog.rows()["1"].reason
    assert not list(blog.root.glob("source/posts/*"))


def test_a_post_whose_page_is_gone_stays(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    blog.feed, blog.pages = {1: ""}, {1: BODY}
    blog.fetch()
    before = blog.state()
    blog.pages = {}
    assert blog.fetch("--refresh") == 0
    after = blog.state()
    assert {**after, "catalogue.yaml": ""} == {**before, "catalogue.yaml": ""}
    assert (blog.rows()["1"].state, blog.rows()["1"].reason) == ("fetched", "gone upstream")
    assert "gone upstream: 1" in capsys.readouterr().out
    blog.pages = {1: BODY}
    assert blog.fetch("--refresh") == 0 and blog.rows()["1"].reason == ""


def test_pictures_saved_with_a_page_are_taken_from_there(blog: Blog, tmp_path: Path) -> None:
    (tmp_path / "saved" / "p_files").mkdir(parents=True)
    (tmp_path / "saved" / "p_files" / "图.png").write_bytes(PNG)
    (tmp_path / "saved" / "p.html").write_text(
        f'<head><link rel="canonical" href="{blog.url("/archives/4")}"></head><body><article><h1>t</h1>{BODY}'
        '<p><img src="p_files/图.png" alt="图"></p></article></body>', "utf-8")
    assert blog.fetch("--pages", str(tmp_path / "saved")) == 0
    assert [p.name.rpartition("-")[0] for p in (blog.root / "source/_images/4").iterdir()] == ["image"]
    assert blog.server.log == [] and blog.rows()["4"].title == "t"


def test_a_warc_gives_posts_without_asking_anyone(blog: Blog, tmp_path: Path) -> None:
    page = f'<head><title>卷</title></head><body><article><h1>卷</h1>{BODY}<img src="/i.png" alt="图"></article></body>'
    with (tmp_path / "x.warc.gz").open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for path, kind, body in (("/archives/6", "text/html; charset=gbk", page.encode("gbk")),
                                 ("/i.png", "image/png", PNG), ("/tag/x", "text/html", b"<p>list</p>")):
            head = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            writer.write_record(writer.create_warc_record(blog.url(path), "response", io.BytesIO(body),
                                                          http_headers=head))
    assert blog.fetch("--warc", str(tmp_path / "x.warc.gz")) == 0
    assert list(blog.rows()) == ["6"] and "证毕。" in blog.text("posts/卷.md") and blog.server.log == []
    assert len(list((blog.root / "source/_images/6").iterdir())) == 1


def test_what_was_fetched_builds_without_a_warning(blog: Blog) -> None:
    blog.files = {"/i.png": PNG}
    blog.feed[3] = f'{BODY}<p><img src="/i.png" alt="图"> <img src="/none.png" alt="无"></p><h2>节</h2><p>完。</p>'
    main(["init", str(blog.root)])
    assert blog.fetch() == 0
    built = EditionFolder(blog.root).build()
    assert built.warnings == () and built.html("posts/第-3-篇-a_3").count("<math") >= 2
    assert blog.fetch() == 0 and not EditionFolder(blog.root).build().written


def test_a_tag_that_is_a_topic_gives_the_topic(blog: Blog) -> None:
    blog.settings(fetch='[[topics]]\nname = "数学"\nslug = "maths"\n')
    blog.fetch()
    assert blog.meta("posts/第-1-篇-a_1.md")["topic"] == "数学"


def test_a_dry_run_writes_nothing(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    assert blog.fetch("--dry-run") == 0
    assert blog.state() == {}
    out = capsys.readouterr().out
    assert "would read from its source: 2 2024-01-02" in out and "nothing was written" in out


def test_limit_since_and_only(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    assert blog.fetch("--since", "2024-01-03") == 0 and not list(blog.root.glob("source/posts/*"))
    assert {row.state for row in blog.rows().values()} == {"known"}
    assert blog.fetch("--limit", "1") == 0 and blog.rows()["2"].state == "fetched" != blog.rows()["1"].state
    assert blog.fetch("--only", "1") == 0 and blog.rows()["1"].state == "fetched"
    assert blog.fetch("--only", "nobody") == 1
    assert "nobody: no source lists a post of this id" in capsys.readouterr().err


def test_quiet_prints_problems_only(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    assert blog.fetch("--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_one_failing_source_does_not_stop_the_others(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    assert blog.fetch("--feed", blog.url("/nothing"), "--feed", blog.url("/feed")) == 1
    captured = capsys.readouterr()
    assert blog.url("/nothing") in captured.err and "remedy" in captured.err and "Traceback" not in captured.err
    assert len(blog.rows()) == 2


def test_one_failing_post_does_not_stop_the_others(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    blog.feed = {3: "<div>" * 3000 + "x" + "</div>" * 3000, 1: BODY}
    blog.fetch()
    assert blog.rows()["1"].state == "fetched"


def test_an_edition_without_sources_says_so(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    (blog.root / "edition.toml").write_text('[edition]\ntitle = "x"\n', "utf-8")
    assert blog.fetch() == 1
    error = capsys.readouterr().err
    assert "names no source" in error and "edition.toml" in error and "--feed" in error


def test_private_addresses_need_leave(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fetch", "--edition", str(blog.root)]) == 1
    assert "--allow-private" in capsys.readouterr().err and blog.server.log == []


def test_hostile_titles_and_addresses_stay_text_and_in_place(blog: Blog) -> None:
    hostile = ["../../../etc/cron.d/x", "---\nid: x\n---", "{include} /etc/passwd", "a\x1b[31m", "# h", ".." * 200,
               "<script>alert(1)</script>", "```{include} /etc/passwd", "(target)=", "con: [", "${x}"]
    blog.feed = {}
    blog.extra = "".join(
        f"<item><title>{escape(title)}</title><link>{blog.url(f'/archives/{n}')}</link>"
        "<description>x</description><content:encoded>&lt;p&gt;t&lt;/p&gt;</content:encoded></item>"
        for n, title in enumerate(hostile))
    assert blog.fetch() == 0
    inside = {p.parent.name for p in (blog.root / "source").rglob("*.md")}
    assert inside == {"posts", "originals"} and not (blog.root.parent / "etc").exists()
    for path in (blog.root / "source/posts").iterdir():
        meta, body, _ = frontmatter.split(read_text(path))
        assert meta["id"].isdecimal() and body.lstrip().startswith("# ")
        assert body.strip().splitlines()[1:] == ["", "t"]


def test_terminal_escapes_are_not_printed(blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    blog.feed = {1: BODY}
    blog.extra = f"<item><title>a&#x9b;31m</title><link>{blog.url('/archives/5')}</link>" \
                 "<content:encoded>&lt;p&gt;t&lt;/p&gt;</content:encoded></item>"
    blog.fetch()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", capsys.readouterr().out)


def test_a_real_kill_leaves_nothing_half(blog: Blog) -> None:
    """SIGKILL while pages are being fetched: what is finished is whole, and the next run ends the work."""
    blog.settings(site=f'archive = ["{blog.url("/archives/99")}"]')
    blog.feed = {50: BODY}
    blog.pages = {99: "".join(f'<a href="/archives/{n}">篇 {n}</a>' for n in range(6)), **dict.fromkeys(range(6), BODY)}
    process = subprocess.Popen([sys.executable, "-m", "tools", "fetch", "--edition", str(blog.root), "--allow-private"],
                               cwd=REPO, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    for path in (blog.root / "source").rglob("*.md"):
        assert frontmatter.split(read_text(path)).meta["id"]
    assert blog.fetch() == 0
    assert {row.state for row in blog.rows().values()} == {"fetched"} and len(blog.rows()) == 7
    assert len(list((blog.root / "source/posts").glob("*.md"))) == 7


def test_a_page_that_holds_much_more_than_the_post_is_doubtful_wherever_it_is_named(
        blog: Blog, capsys: pytest.CaptureFixture[str]) -> None:
    rest = "".join(rf"<p>又一段，说第 {n} 个量。\[y_{{{n}}}=z_{{{n}}}\]</p>" for n in range(8))
    blog.settings('feed_content = "summary"\n[site.profile]\ncontent = ".part"')
    blog.feed = {2: "<p>摘要……</p>", 1: "<p>摘要……</p>"}
    blog.pages = {1: f'<div class="part">{BODY}</div>', 2: f'<div class="part">{BODY}</div><section>{rest}</section>'}
    assert blog.fetch() == 0
    said = capsys.readouterr().out
    assert "doubtful: formulas 2/10 of the page are in the post; see python -m tools receipt 2" in said
    assert "1 is doubtful: the page holds much that the post does not" in said
    assert {known: row.doubts for known, row in blog.rows().items()} == {"1": (), "2": ("formulas 2/10",)}
    assert main(["receipt", "--edition", str(blog.root)]) == 0
    said = capsys.readouterr().out
    assert said.count("[doubtful]") == 1 and "1 doubtful" in said
    assert main(["receipt", "--edition", str(blog.root), "2"]) == 0
    assert "doubtful: formulas 2/10" in capsys.readouterr().out
    before = blog.state()
    assert blog.fetch("--refresh") == 0 and blog.state() == before
