"""Real feeds, served on this machine: every post once, whole or said to be cut, and the same the second time."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import REPO, EditionFolder

from ext.edition.posts import catalogue
from ext.edition.site import frontmatter
from ext.edition.site.files import read_text
from tools.__main__ import main

FEEDS = sorted((Path(os.environ["CORPUS"]) / "feeds").glob("*.xml")) if os.environ.get("CORPUS") else []


def test_the_corpus_has_feeds(corpus: Path) -> None:
    assert FEEDS


@pytest.mark.parametrize("feed", FEEDS, ids=lambda path: path.stem)
def test_a_real_feed_is_fetched_once(feed: Path, tmp_path: Path, serve: Callable[[Path], str],
                                     capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "edition"
    (root / "source").mkdir(parents=True)
    (root / "edition.toml").write_text(
        '[edition]\ntitle = "t"\n[fetch]\ndelay = 0\nretries = 0\ntimeout = 2\nimages = false\n', "utf-8")
    words = ["fetch", "--edition", str(root), "--allow-private", "--feed", f"{serve(feed.parent)}/{feed.name}"]
    main(words)
    rows = catalogue.load(root / "source")
    posts = {p.relative_to(root): read_text(p) for p in (root / "source/posts").iterdir()}
    states = [row.state for row in rows.values()]
    # What could not be had at all stays known; nothing is refused, for nobody was there to refuse it.
    assert rows and set(states) <= {"fetched", "truncated", "known"} and states.count("known") <= 1
    assert sorted(str(frontmatter.split(text).meta["id"]) for text in posts.values()) == sorted(
        row.id for row in rows.values() if row.state != "known")
    for row in rows.values():
        if row.state == "truncated":
            assert frontmatter.split(read_text(root / f"source/originals/{row.id}.md")).meta["truncated"]
    before = {p: p.read_bytes() for p in (root / "source").rglob("*") if p.is_file()}
    capsys.readouterr()
    main(words)
    assert {p: p.read_bytes() for p in (root / "source").rglob("*") if p.is_file()} == before
    assert not re.search(r"\d (new|changed upstream|restored|completed)", capsys.readouterr().out)
    assert build(EditionFolder(root)) == ()


def build(folder: EditionFolder) -> tuple[str, ...]:
    """Build an edition that was fetched; return what was warned of."""
    folder.write("index.md", "# 首页\n")
    folder.write("audit.md", read_text(REPO / "source" / "audit.md"))
    return folder.build().warnings


def test_saved_pages_are_fetched_once_and_build(corpus: Path, tmp_path: Path) -> None:
    folder = EditionFolder(tmp_path / "edition")
    folder.source.mkdir(parents=True)
    (folder.root / "edition.toml").write_text('[edition]\ntitle = "t"\n[fetch]\nimages = false\n', "utf-8")
    words = ["fetch", "--edition", str(folder.root), "--quiet", "--pages", str(corpus / "html")]
    assert main(words) == 0
    before = {p: p.read_bytes() for p in folder.source.rglob("*") if p.is_file()}
    pages = [p for p in (corpus / "html").rglob("*.html") if p.is_file()]
    assert len(list((folder.source / "posts").iterdir())) == len(pages)
    assert main(words) == 0
    assert {p: p.read_bytes() for p in folder.source.rglob("*") if p.is_file()} == before
    assert build(folder) == ()
