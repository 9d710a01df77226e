"""Whatever a stranger sends, through fetch and import to a browser: nothing runs, is read, is asked for or gets out."""

from __future__ import annotations

import base64
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pytest
from conftest import REPO, Build, EditionFolder

from ext.edition.site import frontmatter
from ext.edition.site.files import read_text
from tests.hostile import ELSEWHERE, Sent
from tests.whole.test_attacks_browser import Visitor
from tools.__main__ import main

pytestmark = pytest.mark.browser

_DATE = "<pubDate>Tue, 02 Jan 2024 08:00:00 +0800</pubDate>"
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Site:
    """The built site, what it was made of, and where it is served."""

    root: Path
    base: str
    build: Build
    verified: Build
    sent: Sent
    pages: dict[str, str]
    before: frozenset[Path]

    def names(self, numbers: Iterable[int]) -> list[str]:
        """Return the payloads by their numbers."""
        names = {payload.number: payload.name for payload in self.sent.all()}
        return sorted({names.get(number, f"unknown {number}") for number in numbers})


def _item(number: int, key: str, html: str, base: str) -> str:
    link = f"{base}/archives/{number}"
    return (f"<item><title>{key}</title><link>{link}</link><guid>{link}</guid>{_DATE}<category>{key}</category>"
            f"<content:encoded>{escape(html)}</content:encoded></item>")


def _outside(root: Path) -> frozenset[Path]:
    """Return everything that is no part of the edition, by its path."""
    inside = (root / "edition" / "source", root / "edition" / ".cache", root / "edition" / "out",
              root / "edition" / "verify", root / "edition" / "doctrees")
    return frozenset(path for path in root.rglob("*") if not any(path.is_relative_to(one) for one in inside))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, serve: Any) -> Site:
    """Fetch and import all payloads, run the checks of the edition, and build it once."""
    root = tmp_path_factory.mktemp("hostile")
    blog, pages, old, secrets, touched = (root / name for name in ("blog", "pages", "old", "secrets", "touched"))
    folder = EditionFolder(root / "edition")
    for path in (blog, pages, old, secrets, touched, folder.source / "posts"):
        path.mkdir(parents=True)
    sent = Sent(str(secrets), str(touched), share=1 if os.environ.get("HOSTILE") == "all" else 6)
    for payload in sent.all():
        (secrets / f"s{payload.number}.txt").write_text(f"secret-{payload.number}-of-this-machine", "utf-8")
    base = serve(blog)
    (folder.root / "edition.toml").write_text(
        f'[edition]\ntitle = "试验"\n[site]\nname = "b"\nurl = "{base}"\nfeeds = ["{base}/feed.xml"]\n'
        "post = '127\\.0\\.0\\.1:\\d+/archives/(?P<id>[^?#]+)'\n[fetch]\ndelay = 0\nretries = 0\ntimeout = 2\n",
        "utf-8")
    folder.write("index.md", "# 首页\n")
    folder.write("audit.md", read_text(REPO / "source" / "audit.md"))
    folder.post("harmless", "shown", id="harmless")
    items = [_item(number, f"page-{position}", "".join(
        f"{payload.text}<p>next {payload.number}</p>" for payload in payloads), base)
        for number, (position, payloads) in enumerate(sent.pages.items(), 1)]
    pictures = "<p>pictures</p>"
    for payload, kind in sent.pictures:
        address = f"{base}/picture-{payload.number}.{kind}"
        if kind == "data":
            address = payload.text
        else:
            (blog / f"picture-{payload.number}.{kind}").write_text(payload.text, "latin-1")
            if kind == "svg":
                data = base64.b64encode(payload.text.encode()).decode()
                pictures += f'<p><img src="data:image/svg+xml;base64,{data}" alt="data"></p>'
        pictures += f'<p>{payload.number}<img src="{escape(address)}" alt="p{payload.number}"></p>'
    items.append(_item(len(items) + 1, "pictures", pictures, base))
    (blog / "feed.xml").write_text(
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>b</title>'
        f"{_NOT_XML.sub('', ''.join(items))}</channel></rss>", "utf-8")
    for position, payloads in [*sent.pages.items()][::4]:
        (pages / f"saved-{position}.html").write_text(
            "<html><head><title>saved</title></head><body><article><h1>saved " + position + "</h1>" + "".join(
                f"{payload.text}<p>next {payload.number}</p>" for payload in payloads) + "</article></body></html>",
            "utf-8")
    for position, payloads in sent.lines.items():
        (old / f"lines-{position}.md").write_text(f"---\ntitle: lines-{position}\n---\n\n" + "\n\n".join(
            f"{payload.text}\n\nnext {payload.number}" for payload in payloads) + "\n", "utf-8")
    for payload in sent.front:
        (old / f"front-{payload.number}.md").write_text(payload.text, "utf-8")
    for payload, name in sent.names:
        try:
            (old / f"{name}.md").write_text(payload.text, "utf-8")
        except OSError:  # the file system has no such name
            (old / f"none-{payload.number}.md").write_text(payload.text, "utf-8")
    (old / "link.md").symlink_to(secrets / "s1.txt")
    if corpus := os.environ.get("CORPUS"):
        _add_corpus(Path(corpus) / "attacks", pages, old)
    before = _outside(root)
    options = ["fetch", "--edition", str(folder.root), "--allow-private", "--quiet"]
    assert main(options) in (0, 1)
    assert main([*options, "--pages", str(pages)]) in (0, 1)
    assert main(["import-markdown", str(old), "--edition", str(folder.root), "--quiet"]) in (0, 1)
    verified = folder.build("verify", out="verify")
    build = folder.build()
    found = {}
    for document in sorted(build.env.found_docs):
        if document.startswith("posts/"):
            body = read_text(folder.source / f"{document}.md")
            found[document] = body
    return Site(root, serve(build.out), build, verified, sent, found, before)


def _add_corpus(attacks: Path, pages: Path, old: Path) -> None:
    """Add the inputs of a corpus of attacks that is kept elsewhere."""
    for number, path in enumerate(sorted(attacks.rglob("*"))):
        if path.suffix == ".html":
            (pages / f"corpus-{number}.html").write_text(
                f"<html><body><article>{read_text(path)}</article></body></html>", "utf-8")
        elif path.suffix == ".md" and path.name != "README.md":
            shutil.copy(path, old / f"corpus-{number}.md")
        elif path.suffix == ".svg":
            data = base64.b64encode(path.read_bytes()).decode()
            (pages / f"corpus-{number}.html").write_text(
                f'<html><body><article><p>x<img src="data:image/svg+xml;base64,{data}"></p></article></body></html>',
                "utf-8")


def _numbers(pattern: str, text: str) -> set[int]:
    return {int(number) for number in re.findall(pattern, text)}


def test_there_are_enough(site: Site) -> None:
    payloads = list(site.sent.all())
    assert len({payload.number for payload in payloads}) == len(payloads) >= 250


def test_nothing_ran(site: Site) -> None:
    assert site.names(int(path.name[1:]) for path in (site.root / "touched").iterdir()) == []


def test_nothing_left_its_folder(site: Site) -> None:
    assert _outside(site.root) - site.before == frozenset()


def test_nothing_of_the_machine_is_in_the_edition(site: Site) -> None:
    found: set[int] = set()
    for folder in ("out", "source", "verify"):
        for path in (site.root / "edition" / folder).rglob("*"):
            if path.is_file():
                found |= _numbers(r"secret-(\d+)-of-this-machine", path.read_bytes().decode("utf-8", "replace"))
    assert site.names(found) == []


def test_every_post_is_there(site: Site) -> None:
    text = "\n".join(site.pages.values())
    for position in site.sent.pages:
        assert f"page-{position}" in text, position
    for position in site.sent.lines:
        assert f"lines-{position}" in text, position
    for document in site.pages:
        assert (site.build.out / f"{document}.html").is_file(), document


@pytest.fixture(scope="module")
def visited(site: Site, browser: Any) -> Iterator[dict[str, dict[str, Any]]]:
    """Open every page once, and say what each did."""
    context = browser.new_context()
    visitor = Visitor(context, site.base)
    yield {document: visitor.open(document) for document in (*site.pages, "index", "audit")}
    context.close()


def test_no_page_acts(site: Site, visited: dict[str, dict[str, Any]]) -> None:
    acted: set[int] = set()
    other: list[object] = []
    for document, found in visited.items():
        if document == "audit":  # the edition's own page has a form
            found = found | {"active": [], "handlers": []}
        acted |= set(found["hit"] or ())
        for address in found["left"]:
            acted |= _numbers(rf"{re.escape(ELSEWHERE)}/(\d+)", address)
        other += [(document, kind, found[kind]) for kind in ("left", "said", "active", "handlers", "schemes")
                  if found[kind]]
        other += [(document, "moved")] if found["moved"] else []
    assert (site.names(acted), other) == ([], [])


def test_no_construct_became_one(site: Site) -> None:
    made: set[int] = set()
    for document in site.pages:
        made |= _numbers(r'\b(?:id|name)="stolen-(\d+)"', read_text(site.build.out / f"{document}.html"))
    # A heading is named after its text.
    assert [name for name in site.names(made) if not name.endswith("target in heading")] == []


def test_every_text_is_shown(site: Site, visited: dict[str, dict[str, Any]]) -> None:
    shown: set[int] = set()
    for found in visited.values():
        shown |= _numbers(r"S(\d+)Z", found["text"])
    missing = [payload for payload in site.sent.all() if payload.shows and payload.number not in shown]
    assert [payload.name for payload in missing] == []


def test_no_picture_acts_by_itself(site: Site, browser: Any) -> None:
    pictures = [path for path in site.build.out.rglob("*") if path.suffix in (".svg", ".png", ".gif", ".jpg")
                and "_static" not in path.parts and path.name != "badge.svg"]
    assert pictures
    context = browser.new_context()
    visitor = Visitor(context, site.base)
    acted: list[object] = []
    for path in pictures:
        visitor.left.clear()
        visitor.said.clear()
        visitor.page.goto(f"{site.base}/{path.relative_to(site.build.out).as_posix()}")
        hit = visitor.page.evaluate("window.hit ?? null")
        said = [one for one in visitor.said if "404" not in one]  # the browser asks the site for an icon
        if hit or visitor.left or said:
            acted.append((path.name, hit, [*visitor.left], said))
    context.close()
    assert acted == []


def test_no_file_switches_anything_on(site: Site) -> None:
    for document, text in site.pages.items():
        meta = frontmatter.split(text, where=document).meta
        assert not {"myst", "html_meta", "substitutions", "orphan", "nosearch"} & {str(key).lower() for key in meta}
    posts = {document: text for document, text in site.pages.items() if document != "posts/harmless"}
    assert all(frontmatter.split(text).meta.get("origin") != "local" for text in posts.values())
