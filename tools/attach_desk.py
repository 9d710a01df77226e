"""The questions of ``attach`` for a browser: a request in, an answer out, whichever server listens.

Every request that asks or answers must bring the token, must name this server as its host, and must not come from
another page: another site that is open in the browser can neither read a question nor give an answer.
"""

from __future__ import annotations

import html
import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ext.edition.links.answers import Question
from ext.edition.links.bearing import lead_of
from ext.edition.math.engine import Renderer
from ext.edition.math.equation import anchor_of
from ext.edition.site.errors import EditionError
from tools import posts
from tools.attach_words import ANSWERS, PAGE_KEYS, reasons, words
from tools.attaching import Session

#: A request is a few words; whatever is longer is none of ours.
LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back: a status, the type of the text, and the text."""

    status: int
    kind: str
    text: str


class Desk:
    """Ask of the posts in turn, or of the post that is being looked at; one request at a time."""

    def __init__(self, session: Session, paths: Sequence[Path]) -> None:
        """Ask what *session* has not answered of *paths*."""
        self.session, self.paths = session, list(paths)
        self.token = secrets.token_urlsafe(32)
        self.said = words(session.place)
        self.renderer = Renderer(session.place.edition.math.macros)
        self._one = threading.Lock()

    def buttons(self) -> str:
        """Return the keys as buttons."""
        return "".join(f'<button type="button" data-key="{key}">{key} {html.escape(self.said[key])}</button>'
                       for key in PAGE_KEYS)

    def reply(self, path: str, headers: Mapping[str, str], data: bytes, host: str) -> Reply:
        """Answer a request that was sent to *path* of the server *host*; the names of *headers* are in lower case."""
        token = headers.get("x-token", "")
        if not local(headers, host) or not secrets.compare_digest(token.encode(), self.token.encode()):
            return Reply(403, "text/plain", "this request does not come from the page that the command opened")
        if len(data) > LONGEST:
            return Reply(413, "text/plain", "too long")
        try:
            given = json.loads(data or b"{}")
            if not isinstance(given, dict):
                raise ValueError("a request is an object")
            with self._one:
                return Reply(200, "application/json", json.dumps(self._do(path, given), ensure_ascii=False))
        except (ValueError, RecursionError, EditionError) as error:
            return Reply(400, "text/plain", str(error))

    def _do(self, path: str, given: Mapping[str, Any]) -> dict[str, Any]:
        post = str(given.get("post") or "")
        if path == "/answer":
            found = self._current(post)
            # A second press that was meant for the question before is no answer to this one.
            if found is not None and given.get("id") == _id(found[1]):
                key = str(given.get("key"))
                if key == "s":
                    self.session.split(found[0], found[1])
                elif key in ANSWERS:
                    self.session.answer(found[0], found[1], ANSWERS[key])
                else:
                    raise ValueError("no such answer")
        elif path == "/undo":
            where = self.session.undone()
            if where is not None and where not in self.paths[:1]:
                self.paths.insert(0, where)
        elif path != "/question":
            raise ValueError("not here")
        return self.shown(post)

    def _current(self, post: str) -> tuple[Path, Question, int] | None:
        """Return the first question that nobody has answered, with its post and how many are left there."""
        if post:
            path = self.session.place.posts.resolve() / f"{post}.md"
            asked = self.session.asked(path) if path in posts.files(self.session.place) else ()
            return (path, asked[0], len(asked)) if asked else None
        while self.paths:
            if asked := self.session.asked(self.paths[0]):
                return self.paths[0], asked[0], len(asked)
            self.paths.pop(0)
        return None

    def shown(self, post: str = "") -> dict[str, Any]:
        """Return the current question as the page shows it."""
        found = self._current(post)
        if found is None:
            return {"id": "", "html": f"<p>{html.escape(self.said['nothing'])}</p>"}
        path, one, left = found
        display = one.unit.displays[one.proposal.match.display]
        text = html.escape
        again = f" · {self.said['again']}" if one.again else ""
        lines = [
            f"<p><small>{text(posts.shown(self.session.place, path))} · {text(one.equation.name)} · "
            f"{text(self.said['left'].format(left))}{text(again)}</small></p>",
            f"<p>… {text(' '.join(one.equation.before.split())[-120:])}</p>", self._formula(one.equation.shown.tex),
            f"<p>→ <b>{text(one.unit.title)}</b> <small>{one.proposal.match.display + 1}/{len(one.unit.displays)} · "
            f"{text('; '.join(reasons(one.proposal, self.said)))}</small></p>",
            f"<p>… {text(lead_of(one.unit, one.proposal.match.display)[-120:])}</p>", self._formula(display.tex)]
        return {"id": _id(one), "html": "".join(lines), "anchor": anchor_of(one.equation.name)}

    def _formula(self, tex: str) -> str:
        return f'<div class="f">{self.renderer.render(tex, display=True).html}</div>'


def local(headers: Mapping[str, str], host: str) -> bool:
    """Whether a request was meant for this server, and not sent by another page or under another name."""
    return headers.get("host") == host and headers.get("origin") in (None, f"http://{host}") and (
        headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none"))


def _id(one: Question) -> str:
    return f"{one.equation.name} {one.unit.digest}"
