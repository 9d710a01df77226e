"""A build remembers by what files hold: a checkout that makes all of them new makes nothing be read or written."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from conftest import REPO, EditionFolder, new_edition

from ext.build.contents import readings


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> EditionFolder:
    """Return a built edition: a post that shows another file, and one that doesn't."""
    folder = new_edition(tmp_path_factory.mktemp("contents") / "edition")
    folder.write("shown.txt", "一\n")
    folder.post("a", "```{literalinclude} ../shown.txt\n```\n")
    folder.post("b", "正文。\n")
    folder.build()
    return folder


def renew(root: Path) -> None:
    """Make every file newer than everything that was built, as a checkout does."""
    later = time.time() + 60
    for path in root.rglob("*"):
        os.utime(path, (later, later))


def written(folder: EditionFolder) -> set[str]:
    """Build again; return the pages of documents that were written."""
    return {name for name in folder.build().written if name.startswith(("posts/", "index", "audit."))}


def test_new_times_of_sources_and_of_what_they_show_are_no_change(built: EditionFolder) -> None:
    before = {name: one.time for name, one in readings(built.build().env).items()}
    renew(built.source)
    again = built.build()
    assert {name: one.time for name, one in readings(again.env).items()} == before
    assert again.warnings == ()


def test_what_changed_is_read_whatever_its_time(built: EditionFolder) -> None:
    path = built.source / "posts" / "b.md"
    path.write_text(path.read_text("utf-8").replace("正文。", "改过的正文。"), "utf-8")
    renew(built.source)
    before = readings(built.build().env)
    assert "改过的正文" in (built.root / "out" / "posts" / "b.html").read_text("utf-8")
    built.write("shown.txt", "二\n")
    renew(built.source)
    after = readings(built.build().env)
    assert {name for name in after if after[name] != before[name]} == {"posts/a"}
    assert "二" in (built.root / "out" / "posts" / "a.html").read_text("utf-8")


def test_a_page_that_is_gone_is_written_and_no_other(built: EditionFolder) -> None:
    (built.root / "out" / "posts" / "a.html").unlink()
    renew(built.source)
    assert "posts/a.html" in written(built) and "posts/b.html" not in written(built)


def test_a_template_that_changed_is_set_and_nothing_read(
        built: EditionFolder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = {name: one.time for name, one in readings(built.build().env).items()}
    template = REPO / "ext" / "templates" / "zhushu" / "sidebar.html"
    own = tmp_path / "zhushu"
    own.mkdir()
    (own / "sidebar.html").write_text(template.read_text("utf-8") + "<i>changed</i>", "utf-8")
    again = built.build(templates_path=[str(tmp_path)])
    assert {name: one.time for name, one in readings(again.env).items()} == before
    assert "<i>changed</i>" in (built.root / "out" / "posts" / "b.html").read_text("utf-8")
