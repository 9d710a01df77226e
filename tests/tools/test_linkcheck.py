"""External links are found where they stand, asked for once, and called broken only when their site says so."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EditionFolder
from pytest_httpserver import HTTPServer

from ext.edition.links.external import Link, external
from tools.__main__ import main

TOML = '[edition]\ntitle = "试验版"\n[fetch]\ndelay = 0\nretries = 0\ntimeout = 2\n'


def test_links_are_found_in_text_and_annotations_but_not_in_code() -> None:
    body = """\
See [one](https://a.example/1#part) and <https://a.example/2>, [inside](other.md) and `https://a.example/no`.

![picture](https://a.example/3.png)

::::{prf:derivation} Title
:of: eq-one

:::{step} First
A [step](https://a.example/4).
:::
::::

```text
[code](https://a.example/no)
```

$$
\\href{https://a.example/no}{x}
$$

[ref]: https://a.example/5

| a |
|---|
| [cell][ref] |
"""
    assert list(external(body)) == [
        Link(1, "https://a.example/1"), Link(1, "https://a.example/2"), Link(3, "https://a.example/3.png"),
        Link(9, "https://a.example/4"), Link(25, "https://a.example/5")]


@pytest.fixture
def linked(make_edition: Callable[..., EditionFolder], httpserver: HTTPServer) -> EditionFolder:
    """Return an edition whose posts link to a page that is there, one that is gone, and one that is refused."""
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /private\n")
    httpserver.expect_request("/fine").respond_with_data("text")
    httpserver.expect_request("/gone").respond_with_data("", status=404)
    httpserver.expect_request("/refused").respond_with_data("", status=403)
    folder = make_edition(TOML)
    site = httpserver.url_for("/").rstrip("/")
    folder.post("a", f"[x]({site}/fine) [y]({site}/refused) [p]({site}/private)", source=f"{site}/fine")
    folder.post("b", f"text\n\n[z]({site}/gone)\n\n[x]({site}/fine#there)")
    return folder


def asked(server: HTTPServer) -> list[str]:
    return [request.path for request, _ in server.log if request.path != "/robots.txt"]


def test_only_what_its_site_denies_is_broken(
    linked: EditionFolder, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["linkcheck", "--edition", str(linked.root), "--allow-private"]
    assert main(words) == 1
    said = capsys.readouterr().out
    assert f"source/posts/b.md:10: broken: {httpserver.url_for('/gone')}: 404: does not exist" in said
    assert f"source/posts/a.md:9: unknown: {httpserver.url_for('/refused')}: 403: is forbidden" in said
    assert f"unknown: {httpserver.url_for('/private')}: robots.txt asks programs not to read it" in said
    assert "4 addresses in 4 pages, 4 asked for: 1 broken, 1 fine, 2 unknown" in said
    assert sorted(asked(httpserver)) == ["/fine", "/gone", "/refused"], "every address once"
    cache = json.loads((linked.root / ".cache" / "links.json").read_text("utf-8"))
    assert cache[httpserver.url_for("/fine")]["state"] == "fine"

    httpserver.clear_log()
    assert main(words) == 1, "what is broken is still broken when it is read from the cache"
    assert asked(httpserver) == []
    assert main([*words, "a"]) == 0
    assert main([*words, "--days", "0", "a"]) == 0
    assert sorted(asked(httpserver)) == ["/fine", "/refused"]


def test_changed_takes_only_what_differs_from_a_revision(
    linked: EditionFolder, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(linked.root), "-c", "user.name=t", "-c", "user.email=t@example.org", *words],
                       check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "first")
    words = ["linkcheck", "--edition", str(linked.root), "--allow-private", "--changed"]
    assert main(words) == 0
    assert "0 addresses in 0 pages, 0 asked for: no external links" in capsys.readouterr().out
    linked.post("c", f"[new]({httpserver.url_for('/fine')})")
    assert main([*words, "HEAD"]) == 0
    assert "1 addresses in 1 pages, 1 asked for: 1 fine" in capsys.readouterr().out
    assert main([*words, "nowhere"]) == 1
    assert "git cannot compare with 'nowhere'" in capsys.readouterr().err


def test_private_addresses_are_not_asked_and_a_damaged_cache_is_no_obstacle(
    linked: EditionFolder, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cache = linked.root / ".cache" / "links.json"
    cache.parent.mkdir()
    cache.write_text("{", "utf-8")
    assert main(["linkcheck", "--edition", str(linked.root), "--limit", "1"]) == 0
    said: Any = capsys.readouterr()
    assert "links.json is not used" in said.err and "3 not asked, 1 unknown" in said.out
    assert asked(httpserver) == []
