"""The page of questions: answers write as the command does, undo gives back, and another page can do nothing."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import EditionFolder

from ext.edition.links import answers
from tests.tools.test_attach import edition, state
from tools.attach_page import Asking
from tools.attaching import Session
from tools.workspace import open_edition


@pytest.fixture
def server(edition_folder: EditionFolder) -> Iterator[Asking]:
    """Serve the questions of one post."""
    path = edition(edition_folder)
    with Asking(Session(open_edition(edition_folder.root), "甲"), [path]) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def call(server: Asking, path: str, body: object = None, *, method: str = "POST", **headers: str
         ) -> tuple[int, str, Any]:
    """Send a request as the page does, with other headers where they are given; one that is empty is left out."""
    own = {"X-Token": server.desk.token, "Host": f"127.0.0.1:{server.server_port}"}
    own |= {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in own.items() if value}
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    connection.putrequest(method, path, skip_host=True)
    data = json.dumps(body or {}).encode()
    for name, value in (sent | {"Content-Length": str(len(data))}).items():
        connection.putheader(name, value)
    connection.endheaders(data)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer.headers


def test_a_split_is_undone_like_an_answer(server: Asking, edition_folder: EditionFolder) -> None:
    first = json.loads(call(server, "/question")[1])
    second = json.loads(call(server, "/answer", {"id": first["id"], "key": "n"})[1])
    before = state(edition_folder)
    third = json.loads(call(server, "/answer", {"id": second["id"], "key": "s"})[1])
    assert third["id"] not in ("", second["id"]) and "1/1" in third["html"]
    status, text, _ = call(server, "/answer", {"id": third["id"], "key": "s"})
    assert status == 400 and "no other lead" in text
    assert json.loads(call(server, "/undo")[1])["id"] == second["id"] and state(edition_folder) == before


def test_answers_and_undo(server: Asking, edition_folder: EditionFolder) -> None:
    before = state(edition_folder)
    first = json.loads(call(server, "/question")[1])
    assert "<math" in first["html"] and "光滑的最大值" in first["html"]
    second = json.loads(call(server, "/answer", {"id": first["id"], "key": "e"})[1])
    assert second["id"] != first["id"] and ":explains: eq:lse" in state(edition_folder)["posts/p.md"].decode()
    # The same press again was meant for the question before.
    assert json.loads(call(server, "/answer", {"id": first["id"], "key": "n"})[1]) == second
    last = json.loads(call(server, "/answer", {"id": second["id"], "key": "d"})[1])
    assert last["id"] == "" and len(answers.load(edition_folder.source)) == 2
    call(server, "/undo")
    assert json.loads(call(server, "/undo")[1])["id"] == first["id"] and state(edition_folder) == before


@pytest.mark.parametrize("headers", [
    {"X_Token": ""}, {"X_Token": "guess"}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"},
    {"Host": "elsewhere.example"}, {"Host": "localhost:80"}, {"Sec_Fetch_Site": "cross-site"}])
def test_another_page_can_neither_read_nor_answer(server: Asking, edition_folder: EditionFolder,
                                                  headers: dict[str, str]) -> None:
    before = state(edition_folder)
    asked = json.loads(call(server, "/question")[1])
    for path in ("/question", "/answer", "/undo"):
        status, text, _ = call(server, path, {"id": asked["id"], "key": "d"}, **headers)
        assert status == 403 and "math" not in text
    assert state(edition_folder) == before


def test_the_page_itself_holds_nothing_of_the_edition_nor_the_token(server: Asking) -> None:
    status, text, headers = call(server, "/", method="GET", X_Token="")
    assert status == 200 and server.desk.token not in text and "<math" not in text
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
    assert call(server, f"/?{server.desk.token}", method="GET")[0] == 404
    assert call(server, "/answer", "x" * 5000)[0] == 413 and call(server, "/other")[0] == 400
    assert server.address.endswith(f"/#{server.desk.token}") and server.server_address[0] == "127.0.0.1"
