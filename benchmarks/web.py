"""Serve folders to a real browser as a static host does, and count what goes over the wire."""

from __future__ import annotations

import gzip
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Without what a browser does by itself; a benchmark has no enemies to be kept in a sandbox.
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")
#: GitHub Pages compresses these, at about this level, and lets everything be kept for ten minutes.
_COMPRESSED = ("text/", "application/json", "application/javascript", "application/xml", "image/svg")
_LEVEL, _KEPT = 6, "max-age=600"


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer that went over the wire: what was asked for, and its bytes with headers, as compressed."""

    place: str
    bytes: int


class _Counted:
    """The connection to a browser, and how much was written to it."""

    def __init__(self, file: Any) -> None:
        self._file, self.sent = file, 0

    def write(self, data: bytes) -> int:
        """Write and count."""
        self.sent += len(data)
        return int(self._file.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@lru_cache(maxsize=4096)
def _packed(path: Path, kind: str) -> tuple[bytes, bool]:
    body = path.read_bytes()
    return (gzip.compress(body, _LEVEL), True) if kind.startswith(_COMPRESSED) else (body, False)


@lru_cache(maxsize=16)
def _compressed(page: bytes) -> bytes:
    return gzip.compress(page, _LEVEL)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folders: Mapping[str, Path]
    pages: Mapping[str, bytes]
    sent: list[Fetched]

    def setup(self) -> None:
        """Count what is written."""
        super().setup()
        self.wfile = _Counted(self.wfile)  # type: ignore[assignment]

    def do_GET(self) -> None:
        """Answer, and note what went over the wire."""
        place = unquote(urlsplit(self.path).path)
        before = self.wfile.sent  # type: ignore[attr-defined]
        self._answer(place)
        self.sent.append(Fetched(place, self.wfile.sent - before))  # type: ignore[attr-defined]

    def _answer(self, place: str) -> None:
        """Answer with a made page or a file below one of the folders."""
        if place in self.pages:
            return self._send(_compressed(self.pages[place]), "text/html", True)
        name, _, rest = place.lstrip("/").partition("/")
        folder = self.folders.get(name)
        path = (folder / (rest or "index.html")).resolve() if folder else None
        if folder is None or path is None or not path.is_relative_to(folder) or not path.is_file():
            return self.send_error(404)
        kind = guess_type(path.name)[0] or "application/octet-stream"
        body, packed = _packed(path, kind)
        return self._send(body, kind, packed)

    def _send(self, body: bytes, kind: str, packed: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", _KEPT)
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the numbers are the output."""


@contextmanager
def served(folders: Mapping[str, Path], pages: Mapping[str, bytes]) -> Iterator[tuple[str, list[Fetched]]]:
    """Serve *folders*, each below its name, and made *pages* by their place; give the address and what was sent.

    The server counts, because a browser tells of no page what its workers load.
    """
    sent: list[Fetched] = []
    handler = type("Handler", (_Handler,), {
        "folders": {name: folder.resolve() for name, folder in folders.items()}, "pages": pages, "sent": sent})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", sent
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def browser() -> Iterator[Any]:
    """Start headless Chromium; say so where there is none."""
    from playwright.sync_api import sync_playwright

    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        raise SystemExit(f"no browser: install one of {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield started
        started.close()
