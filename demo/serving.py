"""Serve a folder as if it were the blog, on this machine only, until the block ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

#: What the pages call themselves; the reader is told the address at which they are really served.
HOME = "https://scratch.example"
#: What the blog keeps to itself.
PRIVATE = "/archives/105/"
_TYPES = {".html": "text/html", ".xml": "application/rss+xml", ".txt": "text/plain"}


class Blog:
    """A blog as it stands: files of the first folder that has them, so that a later state is what changed."""

    def __init__(self, *folders: Path) -> None:
        """Show the newest state that `folders`, the oldest first, give."""
        self.folders = list(folders)

    def answer(self, path: str, home: str) -> tuple[HTTPStatus, str, bytes]:
        """Return status, media type and body of what stands at `path`, with `home` for its own address."""
        if path == PRIVATE:
            return HTTPStatus.FORBIDDEN, "text/plain", b"private\n"
        name = path.lstrip("/") + ("index.html" if path.endswith("/") else "")
        known = {file.relative_to(folder).as_posix(): file
                 for folder in self.folders for file in folder.rglob("*") if file.is_file()}
        if name not in known:
            return HTTPStatus.NOT_FOUND, "text/plain", b"no such page\n"
        return HTTPStatus.OK, _TYPES[known[name].suffix], known[name].read_text("utf-8").replace(HOME, home).encode()


@contextmanager
def served(blog: Blog, port: int) -> Iterator[str]:
    """Serve `blog` at 127.0.0.1 while the block runs, and give its address; port 0 is any that is free."""
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = blog.answer(self.path.partition("?")[0], home)
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Leave the terminal to the commands that are shown."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        home = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield home
        finally:
            server.shutdown()
            thread.join()
