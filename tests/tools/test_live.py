"""``make live``: it serves, builds on a save without starting anew, tells the browser, and goes on after a mistake."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import REPO, EditionFolder, new_edition
from websockets.sync.client import connect

from tests.tools.test_attach import edition, state

WAIT = 60


class Live(NamedTuple):
    """A running server: its host and port, the edition it watches, and where it builds."""

    host: str
    folder: EditionFolder
    html: Path


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Give a server that is ended with the module."""
    scratch = tmp_path_factory.mktemp("live")
    folder, html = new_edition(scratch / "edition"), scratch / "html"
    folder.post("a", "原来的话。")
    edition(folder)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-u", "-m", "tools.live", "-q", "-c", ".", "-d", str(scratch / "doctrees"),
               "--by", "甲", "--port", str(port),
               "--watch", str(folder.root / "edition.toml"), str(folder.source), str(html)]
    with subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "Waiting to detect changes" in line:
                break
        while not listening(port):
            assert server.poll() is None
            time.sleep(0.05)
        yield Live(f"127.0.0.1:{port}", folder, html)
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=WAIT)
    assert server.returncode == 0


def listening(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def page(host: str, name: str) -> str:
    with urllib.request.urlopen(f"http://{host}/{name}.html", timeout=WAIT) as answer:
        return answer.read().decode()


def ask(host: str, path: str, token: str, **given: str) -> tuple[int, str]:
    """Ask as the panel does; what begins with a capital is a header."""
    headers = {"X-Token": token} | {name.replace("_", "-"): value for name, value in given.items() if name[0].isupper()}
    body = json.dumps({name: value for name, value in given.items() if not name[0].isupper()}).encode()
    request = urllib.request.Request(f"http://{host}/-attach{path}", body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=WAIT) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_saved_change_is_built_and_the_browser_told(live: Live) -> None:
    with connect(f"ws://{live.host}/websocket-reload", open_timeout=WAIT) as browser:
        assert "原来的话" in page(live.host, "posts/a")
        live.folder.post("a", "改过的话。")
        assert browser.recv(timeout=WAIT) == "refresh"
        assert "改过的话" in page(live.host, "posts/a")
        # A mistake in the configuration stops a build, not the server.
        toml = live.folder.root / "edition.toml"
        right = toml.read_text("utf-8")
        toml.write_text("[edition", "utf-8")
        assert browser.recv(timeout=WAIT) == "refresh"
        toml.write_text(right.replace("试验版", "新的名字"), "utf-8")
        assert browser.recv(timeout=WAIT) == "refresh"
        assert "新的名字" in page(live.host, "posts/a")


def test_questions_stand_beside_the_equations_and_nothing_of_it_is_in_the_site(live: Live) -> None:
    shown = page(live.host, "posts/p")
    token = re.search(r'"token": "([\w-]+)"', shown)
    assert token is not None and "zs-ask" in shown
    built = [path.read_bytes() for path in live.html.rglob("*") if path.is_file()]
    assert built and not any(sign in text for text in built for sign in (b"zs-ask", b"/-attach", token[1].encode()))
    before = state(live.folder)
    first = json.loads(ask(live.host, "/question", token[1], post="p")[1])
    assert first["anchor"] == "eq-eq-lse" and f'id="{first["anchor"]}"' in shown and "<math" in first["html"]
    for other in ({"X_Token": "guess"}, {"Origin": "https://elsewhere.example"}, {"Host": "elsewhere.example"},
                  {"Sec_Fetch_Site": "cross-site"}):
        status, text = ask(live.host, "/answer", token[1], post="p", id=first["id"], key="e", **other)
        assert status == 403 and "math" not in text and state(live.folder) == before
    assert json.loads(ask(live.host, "/question", token[1], post="../index")[1])["id"] == ""
    second = json.loads(ask(live.host, "/answer", token[1], post="p", id=first["id"], key="e")[1])
    assert second["id"] != first["id"] and ":explains: eq:lse" in state(live.folder)["posts/p.md"].decode()
    assert json.loads(ask(live.host, "/undo", token[1], post="p")[1]) == first and state(live.folder) == before
