"""``make live``: it serves, builds on a save without starting anew, tells the browser, and goes on after a mistake."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import REPO, EditionFolder
from websockets.sync.client import connect

WAIT = 60


@pytest.fixture
def live(edition_folder: EditionFolder, tmp_path: Path) -> Iterator[str]:
    """Return host and port of a running server; its process is ended with the test."""
    edition_folder.post("a", "原来的话。")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-u", "-m", "tools.live", "-q", "-c", ".", "-d", str(tmp_path / "doctrees"),
               "--port", str(port),
               "--watch", str(edition_folder.root / "edition.toml"), str(edition_folder.source), str(tmp_path / "html")]
    with subprocess.Popen(command, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "Waiting to detect changes" in line:
                break
        while not listening(port):
            assert server.poll() is None
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=WAIT)
    assert server.returncode == 0


def listening(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def page(host: str, name: str) -> str:
    with urllib.request.urlopen(f"http://{host}/{name}.html", timeout=WAIT) as answer:
        return answer.read().decode()


def test_a_saved_change_is_built_and_the_browser_told(live: str, edition_folder: EditionFolder) -> None:
    with connect(f"ws://{live}/websocket-reload", open_timeout=WAIT) as browser:
        assert "原来的话" in page(live, "posts/a")
        edition_folder.post("a", "改过的话。")
        assert browser.recv(timeout=WAIT) == "refresh"
        assert "改过的话" in page(live, "posts/a")
        # A mistake in the configuration stops a build, not the server.
        toml = edition_folder.root / "edition.toml"
        right = toml.read_text("utf-8")
        toml.write_text("[edition", "utf-8")
        assert browser.recv(timeout=WAIT) == "refresh"
        toml.write_text(right.replace("试验版", "新的名字"), "utf-8")
        assert browser.recv(timeout=WAIT) == "refresh"
        assert "新的名字" in page(live, "posts/a")
