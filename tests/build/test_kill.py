"""A build that is killed at any moment leaves folders from which the next build is right."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import REPO, EditionFolder

from ext.build import written
from ext.search import fulltext

TOML = """[edition]
title = "试验版"
url = "https://edition.example"
[math.macros]
R = "\\\\mathbb{R}"
[[topics]]
name = "甲类"
slug = "a"
[[topics]]
name = "乙类"
slug = "b"
"""
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><circle r="{}"/></svg>'
#: Where a build is killed: when it opens this file for writing, of which half is then written, or puts it in its place.
#: The files stand for the phases of a build, in their order.
IN_AN_EDIT = (
    "doctrees/reading.json", "doctrees/posts/e.doctree", "doctrees/environment.pickle", "out/.views/frames.json",
    "out/posts/a.html", "out/posts/e.html", "out/browse/topics.html", "out/audit/c.html", "out/_images/dot.svg",
    "out/.buildinfo", "out/objects.inv", "out/.views/documents.json", "out/.views/navigation.json", "out/audit.json",
    "out/feed.xml", "out/pagefind/delta", "out/.views/search.json", "out/pagefind/edition.json",
    "out/formulas/index.json")
IN_THE_FIRST = ("doctrees/posts/b.doctree", "out/_static/site.css", "out/posts/b.html", "out/pagefind")
#: What two right builds differ in: the bookkeeping holds times.
TIMES = written.FOLDER


@dataclass(frozen=True)
class Stage:
    """An edition at one place, with copies of what it was, is, and ought to be."""

    folder: EditionFolder
    copies: Path

    def edit(self, number: int) -> None:
        """Change the edition in all ways: texts, titles, posts, topics, tags, an image, a macro."""
        folder, first = self.folder, number == 1
        shutil.rmtree(folder.source, ignore_errors=True)
        folder.write("index.md", "# 首页\n")
        folder.write("audit.md", (REPO / "source" / "audit.md").read_text("utf-8"))
        (folder.root / "edition.toml").write_text(TOML if first else TOML.replace("mathbb", "mathbf"), "utf-8")
        folder.write("images/dot.svg", DOT.format(number))
        self.post("a", "一段文字。" if first else "改了一段，也改了题目。", title="旧题" if first else "新题")
        self.post("c", "见[甲](a.md)。" if first else "见[甲](a.md)，又加一式 $y$。", topic="乙类")
        self.post("d", "一段文字。", topic="乙类", tags=["旧标签" if first else "新标签"])
        self.post("e", "![点](../images/dot.svg)", topic="乙类")
        self.post("b" if first else "n", "一段文字。", tags=["旧标签" if first else "新标签"])

    def post(self, slug: str, text: str, topic: str = "甲类", **meta: Any) -> None:
        """Write a post with some formulas."""
        body = f"{text}\n\n$$x_{{{slug}}} \\in \\R$$\n\n## 一节\n\n又说 $\\R$。"
        self.folder.post(slug, body, topic=topic, date="2024-01-01", **meta)

    def keep(self, name: str) -> None:
        """Keep a copy of everything, with its times."""
        shutil.copytree(self.folder.root, self.copies / name)

    def restore(self, name: str) -> None:
        """Put everything back as it was."""
        shutil.rmtree(self.folder.root)
        shutil.copytree(self.copies / name, self.folder.root)

    def kill(self, moment: str, jobs: int) -> None:
        """Build in a process of its own, which is killed with all that it started when it writes *moment*."""
        child = os.fork()
        if child == 0:
            os.setsid()
            sys.addaudithook(killer(self.folder.root / moment))
            try:
                self.folder.build(jobs=jobs)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, f"{moment} is not written"


def killer(victim: Path) -> Callable[[str, tuple[Any, ...]], None]:
    """Return an audit hook that kills its process group where *victim* is written; the other half is left to fate."""
    busy = False

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal busy
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        path = args[0] if writes else args[1] if event == "os.rename" else None
        if not busy and isinstance(path, str | os.PathLike) and os.fspath(path) == str(victim):
            busy = True
            if writes:
                victim.parent.mkdir(parents=True, exist_ok=True)
                victim.write_bytes(victim.read_bytes()[:100] if victim.is_file() else b"<!doctype")
            os.killpg(0, signal.SIGKILL)

    return hook


def tree(out: Path) -> dict[str, bytes]:
    """Return every file of a site, but for the bookkeeping; of the index of the search what it says of each post."""
    apart = (TIMES, fulltext.FOLDER)
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*")
             if path.is_file() and path.relative_to(out).parts[0] not in apart}
    return files | {f"indexed {name}": text for name, text in indexed(out / fulltext.FOLDER).items()}


def indexed(folder: Path) -> dict[str, bytes]:
    """Return what a reader can find: the index, but for what is hidden in it, and the newer one beside it."""
    state = json.loads((folder / "edition.json").read_text("utf-8"))
    places = [folder, *(folder / name for name in state["further"])]
    found = {}
    for place in places:
        for path in (place / "fragment").glob("*.pf_fragment"):
            if path.stem not in state["hidden"] or place.name == "delta":
                entry = json.loads(gzip.decompress(path.read_bytes()).removeprefix(fulltext._SIGNATURE))
                assert path.stem in state["titles"]
                found[entry["url"]] = repr((entry["content"], entry["filters"], entry["meta"])).encode()
    return found


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return an edition that was built, then edited; ``right`` is what a clean build makes of it."""
    one = Stage(EditionFolder(tmp_path_factory.mktemp("killed") / "edition"), tmp_path_factory.mktemp("copies"))
    for number, name in ((1, "first"), (2, "edited")):
        one.edit(number)
        right = one.folder.build(out="right", doctrees="clean").out
        shutil.move(right, one.copies / f"{name}-right")
        shutil.rmtree(one.folder.root / "clean")
        one.keep(name)
        one.folder.build()
    one.keep("edited-built")
    return one


def test_without_a_kill_an_edit_makes_what_a_clean_build_makes(stage: Stage) -> None:
    stage.restore("edited-built")
    assert_right(stage, "edited")


def assert_right(stage: Stage, name: str) -> None:
    want, got = tree(stage.copies / f"{name}-right"), tree(stage.folder.root / "out")
    assert want.keys() == got.keys()
    assert [path for path, data in want.items() if got[path] != data] == []


@pytest.mark.parametrize(("number", "moment"), list(enumerate(IN_AN_EDIT)))
def test_an_edit_that_is_killed_is_done_again(stage: Stage, number: int, moment: str) -> None:
    stage.restore("edited")
    stage.kill(moment, jobs=1 + number % 2)
    stage.folder.build()
    assert_right(stage, "edited")


@pytest.mark.parametrize(("number", "moment"), list(enumerate(IN_THE_FIRST)))
def test_a_first_build_that_is_killed_is_done_again(stage: Stage, number: int, moment: str) -> None:
    stage.restore("first")
    stage.kill(moment, jobs=2 - number % 2)
    stage.folder.build()
    assert_right(stage, "first")


@pytest.mark.parametrize("moment", ["doctrees/posts/e.doctree", "out/posts/d.html", "out/audit/n.html"])
def test_an_edit_that_is_killed_and_taken_back_leaves_nothing(stage: Stage, moment: str) -> None:
    stage.restore("edited")
    stage.kill(moment, jobs=1)
    stage.edit(1)
    stage.folder.build()
    assert_right(stage, "first")
