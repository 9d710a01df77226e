"""Whatever one address answers concerns that address: the run goes on, and the next run is not stuck."""

from __future__ import annotations

import gzip
import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ext.edition.site.config import Fetch
from ext.edition.site.errors import EditionError
from tools.__main__ import main
from tools.fetch.addresses import is_public, web_port
from tools.fetch.guard import Forbidden
from tools.fetch.http import Client, _retry_after, address

QUICK = Fetch(delay=0, timeout=0.5, retries=1, max_bytes=100_000, max_redirects=3, max_seconds=1)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\ngood"
NONE = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"


def redirect(target: bytes) -> bytes:
    return b"HTTP/1.1 302 Found\r\nLocation: " + target + b"\r\nContent-Length: 0\r\n\r\n"


def wait(time: bytes) -> bytes:
    return b"HTTP/1.1 503 No\r\nRetry-After: " + time + b"\r\nContent-Length: 0\r\n\r\n"


def body(head: bytes, text: bytes = b"text") -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + head + b"\r\nContent-Length: %d\r\n\r\n" % len(text) + text


#: Answers that are no page: each is an error of its own address.
BAD = {
    "redirect to half an address": redirect(b"http://[::1"),
    "redirect to brackets": redirect(b"http://]["),
    "redirect to a port of letters": redirect(b"http://example.org:port/"),
    "redirect to a port too large": redirect(b"http://example.org:99999999/"),
    "redirect to no host": redirect(b"http:///x"),
    "redirect to a mail": redirect(b"mailto:a@example.org"),
    "redirect to a label too long": redirect(b"http://" + b"a" * 70 + b".example/"),
    "redirect to an empty label": redirect(b"http://a..example/"),
    "redirect to a broken name": redirect("http://xn--\u2603.example/".encode()),
    "redirect to bytes": redirect(b"http://\xff\xfe\x80/"),
    "redirect to a path of bytes": redirect(b"/\xff\xfe\x80"),
    "redirect to controls": redirect(b"http://\x01\x02/"),
    "redirect to itself": redirect(b""),
    "status out of range": b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
    "status of letters": b"HTTP/1.1 abc Odd\r\n\r\n",
    "not modified, unasked": b"HTTP/1.1 304 Not Modified\r\n\r\n",
    "no text at all": bytes(range(256)) * 4,
    "zeros": b"\0" * 5000,
    "a head without end": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000,
    "a flood of headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "continued for ever": b"HTTP/1.1 100 Continue\r\n\r\n" * 80_000,
    "chunks of no number": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\ntext\r\n0\r\n\r\n",
    "a negative chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-4\r\ntext\r\n0\r\n\r\n",
    "the size of a chunk without end": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;"
    + b"x" * 3_000_000,
    "a length of letters": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ntext",
    "a length too large": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\ntext",
    "an unasked encoding": body(b"Content-Encoding: br"),
    "an encoding that is none": body(b"Content-Encoding: \xff\xfe"),
    "encodings without end": body(b"Content-Encoding: " + b"gzip, " * 500 + b"gzip"),
    "a bomb": body(b"Content-Encoding: gzip", gzip.compress(b"0" * 30_000_000, mtime=0)),
    "a broken bomb": body(b"Content-Encoding: gzip", gzip.compress(b"0" * 90_000, mtime=0)[:-9]),
    "wait a word": wait(b"soon"),
    "wait since long ago": wait(b"Mon, 01 Jan 0001 00:00:00 GMT"),
    "wait an impossible day": wait(b"Fri, 99 Feb 99999 99:99:99 GMT"),
    "wait bytes": wait(b"\xff\xfe"),
    "wait a negative time": wait(b"-5"),
    "nothing": b"",
}
#: Odd heads of pages that can be read, now and when they are asked for again.
ODD = {
    "cookies": b"Set-Cookie: " + b"a=b; expires=Fri, 99-Feb-99999; " * 500,
    "a cookie of bytes": b"Set-Cookie: \xff=\xfe; Max-Age=99999999999999999999999; Domain=..\x80",
    "a tag that cannot be sent back": b"ETag: \x85\xa0odd",
    "a tag of bytes": b'ETag: "\xff\xfe"',
    "a time that is none": b"Last-Modified: Fri, 99 Feb 99999 99:99:99 GMT",
    "an impossible end": b"ETag: x\r\nExpires: Mon, 01 Jan 0001 00:00:00 GMT\r\nDate: 0",
    "an age too large": b"ETag: x\r\nCache-Control: max-age=99999999999999999999999999, stale-if-error=x, =",
    "an age of letters": b"ETag: x\r\nCache-Control: max-age=\xff, no-cache=\xfe",
    "it varies": b"ETag: x\r\nVary: \xff, *, ,",
    "a type of bytes": b"Content-Type: \xff\xfe; charset=\x00\x01",
    "a charset that is none": b"Content-Type: text/html; charset=rot13",
    "a location without a redirect": b"Location: http://[::1",
    "links": b"Link: <http://[::1>; rel=next, <",
}


class Odd:
    """A server that answers with the bytes of a table, by the number in the address."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = answers
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    path = connection.recv(65536).split(b" ")[1].decode().strip("/")
                    connection.sendall(self.answers[int(path)] if path.isdecimal() else OK if path == "good" else NONE)
                except (OSError, IndexError):
                    continue

    def url(self, path: object) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/{path}"


@pytest.fixture
def odd(request: pytest.FixtureRequest) -> Iterator[Odd]:
    server = Odd(list(request.param))
    yield server
    server.listener.close()


def client(cache: Path | None, **changes: object) -> Client:
    return Client(msgspec.structs.replace(QUICK, **changes), agent="test", cache=cache, allow_private=True,
                  sleep=lambda seconds: None)


@pytest.mark.parametrize("odd", [BAD.values()], indirect=True, ids=["all"])
def test_a_bad_answer_concerns_its_own_address(odd: Odd, tmp_path: Path) -> None:
    for _ in range(2):  # with what is remembered of the first run
        with client(tmp_path) as asking:
            for number, name in enumerate(BAD):
                try:
                    pytest.fail(f"{name}: {asking.get(odd.url(number)).body[:40]!r}")
                except EditionError as error:
                    assert error.where and error.remedy, name
                assert asking.get(odd.url("good")).body == b"good", name


@pytest.mark.parametrize("odd", [[body(head) for head in ODD.values()]], indirect=True, ids=["all"])
def test_odd_heads_do_not_hinder_the_page_or_the_next_run(odd: Odd, tmp_path: Path) -> None:
    for _ in range(3):
        with client(tmp_path) as asking:
            for number, name in enumerate(ODD):
                assert asking.get(odd.url(number)).body == b"text", name


@pytest.mark.parametrize("odd", [[BAD["a length of letters"]] * 15], indirect=True, ids=["all"])
def test_bad_pages_in_a_row_do_not_stand_before_the_good_ones(odd: Odd) -> None:
    with client(None) as asking:
        for number in range(15):
            with pytest.raises(EditionError):
                asking.get(odd.url(number))
        assert asking.get(odd.url("good")).body == b"good"


@pytest.mark.parametrize("odd", [[]], indirect=True, ids=["all"])
@pytest.mark.parametrize("damage", ["no database", "half a page", "a folder", "a file for the folder"])
def test_a_memory_that_cannot_be_read_is_as_good_as_none(odd: Odd, damage: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with client(cache) as asking:
        asking.get(odd.url("good"))
    file = cache / "http.sqlite"
    if damage == "no database":
        file.write_bytes(b"x" * 9000)
    elif damage == "half a page":
        file.write_bytes(file.read_bytes()[:1500])
    elif damage == "a folder":
        file.unlink()
        file.mkdir()
    else:
        for path in cache.iterdir():
            path.unlink()
        cache.rmdir()
        cache.write_bytes(b"")
    with client(cache) as asking:
        assert asking.get(odd.url("good")).body == b"good"


@pytest.mark.parametrize("odd", [[]], indirect=True, ids=["all"])
def test_a_row_of_the_memory_that_is_damaged_is_asked_for_anew(odd: Odd, tmp_path: Path) -> None:
    with client(tmp_path) as asking:
        asking.get(odd.url("good"))
    with sqlite3.connect(tmp_path / "http.sqlite") as database:
        database.execute("UPDATE responses SET value = ?", ('{"url": [',))
    database.close()
    with client(tmp_path) as asking:
        assert asking.get(odd.url("good")).body == b"good"


@pytest.mark.parametrize("odd", [[b"HTTP/1.1 200 OK\r\nContent-Length: 700000\r\n\r\nUser-agent: *\nDisallow: /no\n"
                                  + b"#" * 699_970]], indirect=True, ids=["all"])
def test_a_robots_file_without_end_is_read_as_far_as_it_counts(odd: Odd) -> None:
    with client(None) as asking:
        page = asking._follow(odd.url(0), 512_000, keep=False, robots=False)
    assert len(page.body) == 512_000 and page.body.startswith(b"User-agent")


@pytest.mark.parametrize("address", [
    "::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b:1::1", "64:ff9b:1::808:808",
    "64:ff9b::192.168.0.1", "64:ff9b::169.254.169.254", "2002:0a00:0001::", "2002:0808:0808::1", "2001::1",
    "2001:0:808:808::f7f7:f7f7", "fec0::1", "feff::1", "fe80::5efe:10.0.0.1", "::5efe:10.0.0.1",
    "2606:4700::5efe:10.0.0.1", "2606:4700::200:5efe:10.0.0.1", "2001:db8::1", "3fff::1", "100::1", "5f00::1",
    "4000::1", "fd00:ec2::254", "192.0.0.170", "192.88.99.1", "168.63.129.16", "ff0e::1", "::ffff:169.254.169.254"])
def test_addresses_that_wrap_or_only_look_public_are_private(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["2606:4700::5efe:8.8.8.8", "2a00:1450:4001:82a::200e", "2400:3200::1", "1.1.1.1"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


def test_ports_of_other_services_are_not_asked() -> None:
    assert [port for port in (22, 25, 80, 443, 445, 993, 2049, 3000, 6000, 6667, 8080, 8443) if web_port(port)] == [
        80, 443, 3000, 8080, 8443]
    with Client(QUICK, agent="test", sleep=lambda seconds: None) as asking, pytest.raises(Forbidden, match="port 25"):
        asking.get("http://8.8.8.8:25/")


@given(st.text(max_size=20), st.text("[]:@/%.0a\u3002\u2100", max_size=20))
@settings(max_examples=200, deadline=None)
def test_any_text_is_an_address_or_none(text: str, host: str) -> None:
    parts = address(text) or address(f"http://{host}{text}")
    assert parts is None or parts.hostname


@given(st.text(max_size=20) | st.integers().map(str)
       | st.builds("Mon, {} Jan {} {}:00:00 {}".format, *[st.integers(-9, 10**6)] * 4))
@settings(max_examples=200, deadline=None)
def test_any_wait_is_a_number_or_none(text: str) -> None:
    wait = _retry_after(text)
    assert wait is None or wait >= 0


RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><link>http://[::1</link>
<item><title>Bad</title><link>http://[::1</link><description>x</description></item>
<item><title>Worse</title><link>http://]/</link><guid>\xff\xfe</guid><pubDate>Fri, 99 Feb 99999</pubDate></item>
<item><title>Good</title><link>PAGE</link><pubDate>Wed, 01 May 2024 08:00:00 +0000</pubDate></item>
</channel></rss>"""
PAGE = (b"<html><head><title>Good</title></head><body><article><h1>Good</h1><p>" + b"A sentence of the post. " * 20
        + b'<a href="http://[::1">x</a><img src="http://[::1"><img src="//["><img src="\x00"></p></article>')


def edition(folder: Path) -> Path:
    (folder / "source").mkdir(parents=True)
    (folder / "edition.toml").write_text('[edition]\ntitle = "t"\n[fetch]\ndelay = 0\nretries = 0\n', "utf-8")
    return folder


@pytest.mark.parametrize("odd", [[b"", body(b"Content-Type: text/html", PAGE), redirect(b"http://[::1")]],
                         indirect=True, ids=["all"])
def test_one_bad_address_in_a_feed_is_named_and_the_others_are_fetched(
        odd: Odd, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd.answers[0] = body(b"Content-Type: application/rss+xml", RSS.replace(b"PAGE", odd.url(1).encode()))
    place = edition(tmp_path / "edition")
    for again in (False, True):
        status = main(["fetch", "--edition", str(place), "--allow-private", "--url", odd.url(2), "--feed", odd.url(0)])
        said = capsys.readouterr()
        assert status == 0 and ("new: " in said.out) is not again, said
        assert "2 not a post: not a web address" in said.out
        assert len(list((place / "source" / "posts").glob("*.md"))) == 1


def test_saved_pages_of_every_bad_kind_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, saved = edition(tmp_path / "edition"), tmp_path / "saved"
    saved.mkdir()
    (saved / "good.html").write_bytes(PAGE)
    (saved / "folder.html").mkdir()
    (saved / "loop.html").symlink_to("loop.html")
    (saved / "out.html").symlink_to(tmp_path / "secret.html")
    (tmp_path / "secret.html").write_bytes(PAGE.replace(b"Good", b"Secret"))
    os.mkfifo(saved / "pipe.html")
    (saved / "huge.html").write_bytes(b"x" * 20_000_001)
    (saved / "zeros.html").write_bytes(b"\0" * 500)
    main(["fetch", "--edition", str(place), "--pages", str(saved)])
    said = capsys.readouterr()
    assert "huge.html: is larger than" in said.err and "out.html" in said.err and "Traceback" not in said.err
    posts = [path.read_text("utf-8") for path in (place / "source" / "posts").glob("*.md")]
    assert len(posts) == 1 and "# Good" in posts[0]
