"""The questions of ``attach`` on a page of one's own browser: the formulas set, one key an answer, undo.

The server listens on 127.0.0.1 alone. Every request must bring the token that only the printed address holds, must
name this server as its host, and must not come from another page: another site that is open in the browser can neither
read a question nor give an answer. Nothing of it is in the published site.
"""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from ext.edition.links.answers import Question
from ext.edition.links.proposals import lead_of
from ext.edition.math.engine import Renderer
from ext.edition.site.errors import EditionError
from tools import posts
from tools.attach_words import ANSWERS, reasons
from tools.attaching import Session

#: A request is a few words; whatever is longer is none of ours.
_LONGEST = 4096
_STYLE = ("body{max-width:54rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 serif}math{font-size:1.15em}"
          ".f{overflow-x:auto;margin:.6rem 0;padding:.4rem .8rem;border-left:3px solid #a33}small{color:#666}"
          "button{font:inherit;margin:.2rem .4rem .2rem 0;padding:.2rem .8rem}")
_SCRIPT = """
const token = location.hash.slice(1), main = document.querySelector("main");
let now = null, busy = false;
async function ask(path, body) {
  if (busy) return;
  busy = true;
  try {
    const answer = await fetch(path, {method: "POST", headers: {"X-Token": token, "Content-Type": "application/json"},
                                      body: JSON.stringify(body || {})});
    if (!answer.ok) { main.textContent = await answer.text(); return; }
    now = await answer.json();
    main.innerHTML = now.html;
  } finally { busy = false; }
}
function press(key) {
  if (key === "z") ask("/undo");
  else if (now && now.id && "deun".includes(key)) ask("/answer", {id: now.id, key: key});
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
        self.session, self.paths = session, list(paths)
        self.token = secrets.token_urlsafe(32)
        self.nonce = secrets.token_urlsafe(16)
        self.renderer = Renderer(session.place.edition.math.macros)

    @property
    def address(self) -> str:
        """The address with the token, which the browser keeps to itself: what follows the # is never sent."""
        return f"http://127.0.0.1:{self.server_port}/#{self.token}"

    def current(self) -> tuple[Path, Question, int] | None:
        """Return the first question that nobody has answered, with its post and how many are left there."""
        while self.paths:
            if asked := self.session.asked(self.paths[0]):
                return self.paths[0], asked[0], len(asked)
            self.paths.pop(0)
        return None

    def shown(self) -> dict[str, Any]:
        """Return the current question as the page shows it."""
        found = self.current()
        if found is None:
            return {"id": "", "html": "<p>没有要问的了。 Nothing is left to ask.</p>"}
        path, one, left = found
        display = one.unit.displays[one.proposal.match.display]
        text = html.escape
        lines = [
            f"<p><small>{text(posts.shown(self.session.place, path))} · {text(one.equation.name)} · {left}</small></p>",
            f"<p>… {text(' '.join(one.equation.before.split())[-120:])}</p>", self._formula(one.equation.shown.tex),
            f"<p>→ <b>{text(one.unit.title)}</b> <small>{one.proposal.match.display + 1}/{len(one.unit.displays)} · "
            f"{text('; '.join(reasons(one.proposal)))}</small></p>",
            f"<p>… {text(lead_of(one.unit, one.proposal.match.display)[-120:])}</p>", self._formula(display.tex)]
        return {"id": _id(one), "html": "".join(lines)}

    def _formula(self, tex: str) -> str:
        return f'<div class="f">{self.renderer.render(tex, display=True).html}</div>'


def _id(one: Question) -> str:
    return f"{one.equation.name} {one.unit.digest}"


class _Handler(BaseHTTPRequestHandler):
    server: Asking

    def do_GET(self) -> None:
        """Give the empty page: it holds nothing of the edition, and asks with the token."""
        if not self._local() or self.path != "/":
            self._say(404, "text/plain", "not here")
            return
        nonce = self.server.nonce
        buttons = "".join(f'<button data-key="{key}">{key} {name}</button>'
                          for key, name in [*ANSWERS.items(), ("z", "undo")])
        self._say(200, "text/html", f'<!doctype html><meta charset="utf-8"><title>attach</title>'
                                    f'<style nonce="{nonce}">{_STYLE}</style><main></main><nav>{buttons}</nav>'
                                    f'<script nonce="{nonce}">{_SCRIPT}</script>')

    def do_POST(self) -> None:
        """Ask, take an answer, or take one back."""
        if not self._local() or not secrets.compare_digest(self.headers.get("X-Token", ""), self.server.token):
            self._say(403, "text/plain", "this request does not come from the page that the command opened")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LONGEST:
            self._say(413, "text/plain", "too long")
            return
        try:
            self._do(self.path, json.loads(self.rfile.read(int(length)) or b"{}"))
        except (ValueError, EditionError) as error:
            self._say(400, "text/plain", str(error))

    def _do(self, path: str, given: Any) -> None:
        server = self.server
        if path == "/answer":
            found = server.current()
            # A second press that was meant for the question before is no answer to this one.
            if found is not None and isinstance(given, dict) and given.get("id") == _id(found[1]):
                says = ANSWERS.get(str(given.get("key")))
                if says is None:
                    raise ValueError("no such answer")
                server.session.answer(found[0], found[1], says)
        elif path == "/undo":
            where = server.session.undone()
            if where is not None and where not in server.paths[:1]:
                server.paths.insert(0, where)
        elif path != "/question":
            raise ValueError("not here")
        self._say(200, "application/json", json.dumps(server.shown(), ensure_ascii=False))

    def _local(self) -> bool:
        """Whether the request was meant for this server, and not sent by another page or under another name."""
        own = f"127.0.0.1:{self.server.server_port}"
        origin = self.headers.get("Origin")
        return self.headers.get("Host") == own and origin in (None, f"http://{own}") and (
            self.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none"))

    def _say(self, status: int, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
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
