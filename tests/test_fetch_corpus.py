"""Real feeds, served on this machine: every post once, whole or said to be cut, and the same the second time."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ext.edition import catalogue, frontmatter
from ext.edition.files import read_text
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
