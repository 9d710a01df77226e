"""The questions of ``attach`` on a page of one's own browser: the formulas set, one key an answer, undo.

The server listens on 127.0.0.1 alone, and only the printed address holds the token; see :mod:`tools.attach_desk`.
Nothing of it is in the published site.
"""

from __future__ import annotations

import html
import secrets
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tools.attach_desk import LONGEST, Desk, Reply, local
from tools.attaching import Session

_STYLE = ("body{max-width:54rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 serif}math{font-size:1.15em}"
          ".f{overflow-x:auto;margin:.6rem 0;padding:.4rem .8rem;border-left:3px solid #a33}small{color:#666}"
          "button{font:inherit;margin:.2rem .4rem .2rem 0;padding:.2rem .8rem}[role=alert]{color:#a33}")
_SCRIPT = """
const token = location.hash.slice(1), main = document.querySelector("main");
const trouble = document.querySelector("[role=alert]");
let now = null, busy = false;
async function ask(path, body) {
  if (busy) return;
  busy = true;
  try {
    const answer = await fetch(path, {method: "POST", headers: {"X-Token": token, "Content-Type": "application/json"},
                                      body: JSON.stringify(body || {})});
    trouble.textContent = answer.ok ? "" : await answer.text();
    if (!answer.ok) return;
    now = await answer.json();
    main.innerHTML = now.html;
  } finally { busy = false; }
}
function press(key) {
  if (key === "z") ask("/undo");
  else if (now && now.id && "deuns".includes(key)) ask("/answer", {id: now.id, key: key});
}
addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key.length === 1) press(event.key.toLowerCase());
});
document.querySelector("nav").addEventListener("click", (event) => {
  if (event.target.dataset.key) press(event.target.dataset.key);
});
ask("/question");
"""


class Asking(HTTPServer):
    """The server of one session: it asks of the posts in turn."""

    def __init__(self, session: Session, paths: Sequence[Path], port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.desk = Desk(session, paths)
        self.nonce = secrets.token_urlsafe(16)

    @property
    def host(self) -> str:
        """The name under which it is called."""
        return f"127.0.0.1:{self.server_port}"

    @property
    def address(self) -> str:
        """The address with the token, which the browser keeps to itself: what follows the # is never sent."""
        return f"http://{self.host}/#{self.desk.token}"

    def page(self) -> str:
        """Return the empty page: it holds nothing of the edition, and asks with the token."""
        title = html.escape(self.desk.session.place.edition.edition.title)
        return (f'<!doctype html><meta charset="utf-8"><title>{title}</title>'
                f'<style nonce="{self.nonce}">{_STYLE}</style><main></main><p role="alert"></p>'
                f'<nav>{self.desk.buttons()}</nav><script nonce="{self.nonce}">{_SCRIPT}</script>')


class _Handler(BaseHTTPRequestHandler):
    server: Asking

    def do_GET(self) -> None:
        """Give the page."""
        if not local(self._named(), self.server.host) or self.path != "/":
            self._say(Reply(404, "text/plain", "not here"))
        else:
            self._say(Reply(200, "text/html", self.server.page()))

    def do_POST(self) -> None:
        """Ask, take an answer, or take one back."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST:
            self._say(Reply(413, "text/plain", "too long"))
            return
        data = self.rfile.read(int(length))
        self._say(self.server.desk.reply(self.path, self._named(), data, self.server.host))

    def _named(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _say(self, reply: Reply) -> None:
        data = reply.text.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", f"{reply.kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Content-Security-Policy", f"default-src 'none'; script-src 'nonce-{self.server.nonce}'; "
                         f"style-src 'nonce-{self.server.nonce}'; connect-src 'self'; frame-ancestors 'none'")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the terminal shows the address."""
