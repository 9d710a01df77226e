"""Requests are polite, bounded and safe, whatever the other side does."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ext.edition.site.config import Fetch
from ext.edition.site.errors import EditionError
from tools.fetch.answered import Refused, Unreachable
from tools.fetch.guard import Forbidden, is_public
from tools.fetch.http import Client

AGENT = "zhushu-test (+mailto:test@example.org)"
QUICK = Fetch(delay=0, timeout=0.5, retries=2, max_bytes=100_000, max_redirects=3, max_seconds=3)


@pytest.fixture
def server(httpserver: HTTPServer) -> Iterator[HTTPServer]:
    """Return a server without rules for robots."""
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    yield httpserver


@pytest.fixture
def make_client() -> Iterator[Callable[..., Client]]:
    """Return a maker of clients that may ask this machine and never sleep."""
    made: list[Client] = []

    def make(cache: Path | None = None, allow_private: bool = True, slept: list[float] | None = None,
             **changes: object) -> Client:
        waits = slept if slept is not None else []
        client = Client(msgspec.structs.replace(QUICK, **changes), agent=AGENT, cache=cache,
                        allow_private=allow_private, sleep=waits.append)
        made.append(client)
        return client

    yield make
    for client in made:
        client.__exit__(None, None, None)


def requests_for(server: HTTPServer, path: str) -> list[Request]:
    return [request for request, _ in server.log if request.path == path]


def test_get_returns_body_type_and_final_address(server: HTTPServer, make_client: Callable[..., Client]) -> None:
    server.expect_request("/a").respond_with_data("", status=302, headers={"Location": "/b"})
    server.expect_request("/b").respond_with_data("hello", content_type="text/html; charset=gbk")
    page = make_client().get(server.url_for("/a"))
    assert (page.body, page.content_type, page.url) == (b"hello", "text/html; charset=gbk", server.url_for("/b"))
    assert requests_for(server, "/b")[0].headers["User-Agent"] == AGENT


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_final_refusals_are_asked_once(server: HTTPServer, make_client: Callable[..., Client], status: int) -> None:
    server.expect_request("/x").respond_with_data("no", status=status)
    with pytest.raises(Refused, match=str(status)) as caught:
        make_client().get(server.url_for("/x"))
    assert caught.value.where == server.url_for("/x") and caught.value.remedy
    assert len(requests_for(server, "/x")) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_failures_are_retried(server: HTTPServer, make_client: Callable[..., Client], status: int) -> None:
    server.expect_ordered_request("/robots.txt").respond_with_data("", status=404)
    server.expect_ordered_request("/x").respond_with_data("", status=status)
    server.expect_ordered_request("/x").respond_with_data("there")
    assert make_client().get(server.url_for("/x")).body == b"there"


def test_failures_that_stay_end_with_the_number_of_tries(
        server: HTTPServer, make_client: Callable[..., Client]) -> None:
    server.expect_request("/x").respond_with_data("", status=500)
    with pytest.raises(Unreachable, match=r"status 500 \(3 tries\)"):
        make_client().get(server.url_for("/x"))
    assert len(requests_for(server, "/x")) == 3


def test_backoff_grows_with_the_delay(server: HTTPServer, make_client: Callable[..., Client]) -> None:
    server.expect_request("/x").respond_with_data("", status=503)
    slept: list[float] = []
    with pytest.raises(Unreachable):
        make_client(slept=slept, delay=0.001, retries=4).get(server.url_for("/x"))
    backoffs = [wait for wait in slept if wait >= 0.002]
    assert backoffs == sorted(backoffs) and len(backoffs) >= 3


def test_retry_after_is_honoured(server: HTTPServer, make_client: Callable[..., Client]) -> None:
    server.expect_ordered_request("/robots.txt").respond_with_data("", status=404)
    server.expect_ordered_request("/x").respond_with_data("", status=429, headers={"Retry-After": "7"})
    server.expect_ordered_request("/x").respond_with_data("ok")
    slept: list[float] = []
    assert make_client(slept=slept).get(server.url_for("/x")).body == b"ok"
    assert 7 in slept


def test_a_long_retry_after_ends_the_run_for_that_host(
        server: HTTPServer, make_client: Callable[..., Client]) -> None:
    server.expect_request("/x").respond_with_data("", status=429, headers={"Retry-After": "3600"})
    client = make_client()
    with pytest.raises(Unreachable, match="3600 seconds"):
        client.get(server.url_for("/x"))
    with pytest.raises(Unreachable, match="left alone for this run: it "):
        client.get(server.url_for("/y"))
    assert len(requests_for(server, "/x")) == 1 and not requests_for(server, "/y")


def test_a_host_that_is_down_is_left_alone(make_client: Callable[..., Client]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    client = make_client(retries=0)
    for _ in range(2):
        with pytest.raises(Unreachable, match="refused"):
            client.get(url)
    with pytest.raises(Unreachable, match="left alone for this run: it "):
        client.get(url)


def test_timeout(server: HTTPServer, make_client: Callable[..., Client]) -> None:
    done = threading.Event()

    def slow(request: Request) -> Response:
        done.wait(5)
        return Response("late")

    server.expect_request("/x").respond_with_handler(slow)
    try:
        with pytest.raises(Unreachable, match=r"within 0.2 seconds"):
            make_client(timeout=0.2, retries=0).get(server.url_for("/x"))
    finally:
        done.set()


@pytest.mark.parametrize("cut", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 30\r\n\r\n"
    + gzip.compress(b"x" * 9000, mtime=0)[:20],
    b"HTTP/1.1 200 OK\r\nContent-Le", b"", b"not HTTP at all\r\n\r\n"])
def test_an_answer_that_is_cut_is_asked_for_again_and_never_half_taken(
        make_client: Callable[..., Client], cut: bytes) -> None:
    answers = [b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", cut,
               b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: close\r\n\r\nthe whole"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_raw, args=(listener, answers), daemon=True)
        thread.start()
        page = make_client().get(f"http://127.0.0.1:{listener.getsockname()[1]}/x")
        assert page.body == b"the whole"
        thread.join(5)


def serve_raw(listener: socket.socket, answers: list[bytes]) -> None:
    """Answer one request after the other with these bytes, and close."""
    for answer in answers:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)


def test_dripping_bodies_are_cut_off_in_time(make_client: Callable[..., Client]) -> None:
    """Every byte comes within the timeout, the answer as a whole does not."""
    stop = threading.Event()

    def drip(listener: socket.socket) -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
                while not stop.is_set():
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        break
                    time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        start = time.monotonic()
        with pytest.raises(Unreachable, match="longer than 0.4 seconds"):
            make_client(max_seconds=0.4, retries=0).get(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        assert time.monotonic() - start < 3
        stop.set()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip"])
def test_compression_bombs_stop_at_the_limit(
        server: HTTPServer, make_client: Callable[..., Client], encoding: str) -> None:
    data = b"0" * 30_000_000
    bomb = zlib.compress(data) if encoding == "deflate" else gzip.compress(data, mtime=0)
    if "," in encoding:
        bomb = gzip.compress(bomb, mtime=0)
    server.expect_request("/x").respond_with_data(bomb, headers={"Content-Encoding": encoding})
    with pytest.raises(EditionError, match="larger than 100,000 bytes"):
        make_client().get(server.url_for("/x"))


def test_honest_compression_is_unpacked(server: HTTPServer, make_client: Callable[..., Client], tmp_path: Path) -> None:
    server.expect_request("/x").respond_with_data(
        gzip.compress("公式".encode()), headers={"Content-Encoding": "gzip", "ETag": '"1"'})
    for _ in range(2):  # from the network, and into the cache
        assert make_client(tmp_path / "cache").get(server.url_for("/x")).body.decode() == "公式"


def test_broken_compression_is_reported(server: HTTPServer, make_client: Callable[..., Client]) -> None:
    server.expect_request("/x").respond_with_data(b"not gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(Unreachable, match="incomplete|broke off"):
        make_client(retries=0).get(server.url_for("/x"))


def test_large_bodies_stop_at_the_limit(server: HTTPServer, make_client: Callable[..., Client]) -> None:
    server.expect_request("/x").respond_with_data(b"x" * 200_000)
    with pytest.raises(EditionError, match="larger than 100,000 bytes"):
        make_client().get(server.url_for("/x"))


def test_redirect_loops_end(server: HTTPServer, make_client: Callable[..., Client]) -> None:
    server.expect_request("/x").respond_with_data("", status=301, headers={"Location": "/x"})
    with pytest.raises(Unreachable, match="redirects more than 3 times"):
        make_client().get(server.url_for("/x"))


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/", "javascript:alert(1)", "data:,x"])
def test_redirects_stay_on_the_web(server: HTTPServer, make_client: Callable[..., Client], target: str) -> None:
    server.expect_request("/x").respond_with_data("", status=302, headers={"Location": target})
    with pytest.raises(Refused, match="not an http or https address"):
        make_client().get(server.url_for("/x"))


def test_robots_are_obeyed_and_asked_once(httpserver: HTTPServer, make_client: Callable[..., Client]) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /private/\n")
    httpserver.expect_request("/open").respond_with_data("ok")
    client = make_client()
    assert client.get(httpserver.url_for("/open")).body == b"ok"
    with pytest.raises(Refused, match=r"robots\.txt"):
        client.get(httpserver.url_for("/private/x"))
    assert len(requests_for(httpserver, "/robots.txt")) == 1 and not requests_for(httpserver, "/private/x")


def test_robots_of_a_redirect_are_obeyed(httpserver: HTTPServer, make_client: Callable[..., Client]) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /private/\n")
    httpserver.expect_request("/x").respond_with_data("", status=302, headers={"Location": "/private/x"})
    with pytest.raises(Refused, match=r"robots\.txt"):
        make_client().get(httpserver.url_for("/x"))


def test_the_delay_between_requests_is_kept(httpserver: HTTPServer, make_client: Callable[..., Client]) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nCrawl-delay: 9\n")
    httpserver.expect_request("/x").respond_with_data("ok")
    slept: list[float] = []
    client = make_client(slept=slept, delay=5)
    client.get(httpserver.url_for("/x"))
    client.get(httpserver.url_for("/x"))
    assert len(slept) == 2 and all(8 < wait <= 9 for wait in slept)


def test_what_did_not_change_is_not_sent_again(
        server: HTTPServer, make_client: Callable[..., Client], tmp_path: Path) -> None:
    def answer(request: Request) -> Response:
        if request.headers.get("If-None-Match") == '"v1"':
            return Response(status=304)
        return Response("text", headers={"ETag": '"v1"'})

    server.expect_request("/x").respond_with_handler(answer)
    bodies = [make_client(tmp_path).get(server.url_for("/x")).body for _ in range(2)]
    assert bodies == [b"text", b"text"]
    assert [response.status_code for request, response in server.log if request.path == "/x"] == [200, 304]


def test_what_changed_is_seen_at_once(server: HTTPServer, make_client: Callable[..., Client], tmp_path: Path) -> None:
    server.expect_ordered_request("/robots.txt").respond_with_data("", status=404)
    server.expect_ordered_request("/x").respond_with_data("one", headers={"Cache-Control": "max-age=99999"})
    server.expect_ordered_request("/x").respond_with_data("two")
    client = make_client(tmp_path)
    assert [client.get(server.url_for("/x")).body for _ in range(2)] == [b"one", b"two"]


def test_the_environment_gives_no_proxy_and_no_password(
        server: HTTPServer, make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.expect_request("/x").respond_with_data("direct")
    assert make_client().get(server.url_for("/x")).body == b"direct"


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1"])
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "127.1", "2130706433", "0x7f.1"])
def test_no_spelling_of_this_machine_is_asked(
        server: HTTPServer, make_client: Callable[..., Client], host: str) -> None:
    with pytest.raises(EditionError) as caught:
        make_client(allow_private=False, retries=0).get(f"http://{host}:{server.port}/x")
    assert isinstance(caught.value, (Forbidden, Unreachable))
    assert server.log == []


def test_a_name_that_resolves_to_this_machine_is_not_asked(
        server: HTTPServer, make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: answer)
    with pytest.raises(Forbidden, match=r"rebind\.example is 127\.0\.0\.1"):
        make_client(allow_private=False).get(f"http://rebind.example:{server.port}/x")
    assert server.log == []


def test_the_checked_address_is_the_one_connected_to(
        server: HTTPServer, make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look-up is public, a second one would be private: it must not reach our server."""
    real = socket.getaddrinfo
    asked: list[str] = []

    def rebinding(host: str, *args: object, **options: object) -> object:
        if host != "rebind.example":
            return real(host, *args, **options)
        asked.append(host)
        return real("192.0.2.1" if len(asked) == 1 else "127.0.0.1", *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr("tools.fetch.guard.is_public", lambda address: address == "192.0.2.1")
    with pytest.raises(Unreachable):
        make_client(allow_private=False, retries=0, timeout=0.2).get(f"http://rebind.example:{server.port}/x")
    assert server.log == [] and asked == ["rebind.example"]


def test_a_redirect_to_this_machine_is_not_followed(
        server: HTTPServer, make_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    server.expect_request("/x").respond_with_data(
        "", status=302, headers={"Location": f"http://localhost:{server.port}/secret"})
    real = socket.getaddrinfo
    monkeypatch.setattr("tools.fetch.guard.is_public", lambda address: address == "192.0.2.7")

    def resolve(host: str, *args: object, **options: object) -> object:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0))] if host == "site.example" \
            else real(host, *args, **options)

    def connect(address: tuple[str, int], *args: object, **options: object) -> socket.socket:
        return socket.create_connection(("127.0.0.1", address[1]))

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
    with pytest.raises(Forbidden, match="localhost"):
        make_client(allow_private=False).get(f"http://site.example:{server.port}/x")
    assert not requests_for(server, "/secret") and requests_for(server, "/x")
