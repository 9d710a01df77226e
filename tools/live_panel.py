"""The questions of ``attach`` beside the set equations, while ``make live`` serves the pages.

The panel is put into the pages as they are served: no file of the site has anything of it. The token stands in the page
itself, which no other site can read; see :mod:`tools.attach_desk` for what else a request must bring.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sphinx_autobuild.middleware import JavascriptInjectorMiddleware
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tools.attach_desk import LONGEST, Desk
from tools.attach_words import PAGE_KEYS

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

#: Where the panel asks; no page of a site begins so.
PREFIX = "/-attach"
_STYLE = ("#zs-ask{margin:1rem 0;padding:.6rem 1rem;border:1px solid #a33;border-radius:.3rem;font-size:.95rem}"
          "#zs-ask .f{overflow-x:auto}#zs-ask button{font:inherit;margin:.2rem .4rem .2rem 0}"
          "#zs-ask [role=alert]{color:#a33;margin:0}.zs-asked{outline:2px solid #a33;outline-offset:.3rem}")
_SCRIPT = """
(({token, keys, prefix, html}) => {
  const post = decodeURIComponent(location.pathname).match(/^\\/posts\\/(.+)\\.html$/)?.[1];
  if (!post) return;
  const panel = document.createElement("aside");
  panel.id = "zs-ask";
  panel.innerHTML = html;
  const said = panel.querySelector("div"), trouble = panel.querySelector("[role=alert]");
  let now = null, busy = false;
  async function ask(path, body) {
    if (busy) return;
    busy = true;
    try {
      const answer = await fetch(prefix + path, {method: "POST", headers: {"X-Token": token},
                                                 body: JSON.stringify({...body, post})});
      trouble.textContent = answer.ok ? "" : await answer.text();
      if (!answer.ok) return;
      now = await answer.json();
      document.querySelectorAll(".zs-asked").forEach((one) => one.classList.remove("zs-asked"));
      const place = now.anchor && document.getElementById(now.anchor);
      const equation = place && (place.closest(".math-wrapper, .math, p, figure") || place);
      said.innerHTML = now.html;
      if (equation) { equation.classList.add("zs-asked"); equation.after(panel); }
      else (document.querySelector("main article, main, body")).append(panel);
    } finally { busy = false; }
  }
  function press(key) {
    if (key === "z") ask("/undo");
    else if (now && now.id && keys.includes(key)) ask("/answer", {id: now.id, key});
  }
  addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
    if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && event.key.length === 1) press(event.key);
  });
  panel.addEventListener("click", (event) => { if (event.target.dataset.key) press(event.target.dataset.key); });
  ask("/question");
})(GIVEN);
"""


class Panel(JavascriptInjectorMiddleware):
    """Put the panel into every page that is served."""

    def __init__(self, app: ASGIApp, script: str) -> None:
        """Add *script* at the end of a page, as the reloading of sphinx-autobuild is."""
        self.app = app
        self.script = script.encode()


def script(asking: Desk) -> str:
    """Return what a page needs to show the question of its post."""
    given = {"token": asking.token, "keys": PAGE_KEYS.replace("z", ""), "prefix": PREFIX,
             "html": f'<div></div><p role="alert"></p><nav>{asking.buttons()}</nav>'}
    words = json.dumps(given).replace("</", "<\\/")
    return f"<style>{_STYLE}</style><script>{_SCRIPT.replace('GIVEN', words)}</script>"


def add_panel(app: Starlette, asking: Desk, host: str) -> None:
    """Let a server that shows the pages of an edition ask beside their equations."""
    async def answer(request: Request) -> Response:
        data = b""
        async for piece in request.stream():
            data += piece
            if len(data) > LONGEST:
                break
        path, headers = request.url.path.removeprefix(PREFIX), dict(request.headers)
        reply = await run_in_threadpool(asking.reply, path, headers, data, host)
        return Response(reply.text, reply.status, media_type=reply.kind,
                        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
                                 "Cross-Origin-Resource-Policy": "same-origin"})

    app.router.routes.insert(0, Route(f"{PREFIX}/{{what}}", answer, methods=["POST"]))
    app.add_middleware(Panel, script=script(asking))
