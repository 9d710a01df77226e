"""Settling which text of a post is the original's: by a line, as a whole, or by a page that was saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import EditionFolder
from hypothesis import given
from hypothesis import strategies as st

import tools.__main__ as command_line
from ext.edition.audit.outputs import audit_json
from ext.edition.posts import digests, layer_cuts
from ext.edition.posts.blocks import blocks
from ext.edition.posts.original import compare, strip
from ext.edition.site.errors import EditionError

BODY = """
# 题

原文一段 $x$。

$$
a = b
$$

## 原文一节

还是原文。

---

## 公式推导与注释

### 第一步

$$
a - b = 0
$$

:::{prf:remark}
注。
:::

## 触类旁通

别处。
"""
PIECES = ["段 $x$。", "$$\nu = v\n$$", "## 节", "### 小节", "---", "- 一\n- 二", ":::{prf:remark}\n注\n:::", "# 又一题",
          "{.annotation}\n### 已标的", "```\n## 不是标题\n```"]


def run(*words: str) -> int:
    return command_line.main([*words])


@pytest.fixture
def post(edition_folder: EditionFolder) -> Path:
    return edition_folder.post("p", BODY, id="7", origin="legacy", layers="unknown")


def line_of(path: Path, text: str) -> int:
    return path.read_text("utf-8").split("\n").index(text) + 1


def test_it_shows_the_evidence_and_writes_nothing(post: Path, edition_folder: EditionFolder,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    before = post.read_bytes()
    assert run("layers", "source/posts/p.md", "--edition", str(edition_folder.root)) == 0
    shown = capsys.readouterr().out
    assert "unverified original" in shown and "there is no original" in shown
    assert f"line {line_of(post, '## 公式推导与注释')}: 公式推导与注释" in shown
    assert "is one that begins additions" in shown and "a rule stands above" in shown
    assert shown.index("公式推导与注释") < shown.index("触类旁通"), "two reasons before one"
    assert "--cut LINE --by NAME" in shown and "fetch --only 7" in shown
    assert post.read_bytes() == before


def test_a_cut_makes_the_layers_known(post: Path, edition_folder: EditionFolder) -> None:
    line, root = line_of(post, "## 公式推导与注释"), str(edition_folder.root)
    built = edition_folder.build("audit")
    (row,) = audit_json.load(built.out / "audit.json").rows
    assert (row.stage, row.coverage, row.todo[0]) == ("unverified", None, ("doubtful", 1))
    assert run("layers", "p", "--cut", str(line), "--edition", root) == 1, "somebody has to say so"
    before = post.read_bytes()
    assert run("layers", "p", "--cut", str(line), "--dry-run", "--edition", root) == 0
    assert post.read_bytes() == before
    assert run("layers", "p", "--cut", str(line), "--by", "某人", "--edition", root) == 0
    text = post.read_text("utf-8")
    assert "layers: cut at line" in text and "某人" in text and text.count("{.annotation}") == 2
    original = edition_folder.source / "originals" / "7.md"
    assert "原文一段" in original.read_text("utf-8") and "触类旁通" not in original.read_text("utf-8")
    known = digests.load(edition_folder.source)
    assert known is not None and digests.state(known, "7.md", original.read_text("utf-8")) == "kept"
    built = edition_folder.build("audit")
    assert built.warnings == ()
    (row,) = audit_json.load(built.out / "audit.json").rows
    assert row.stage == "unattached" and row.coverage is not None and row.coverage.total == 1
    assert (row.intact.state, row.intact.stored) == ("intact", "kept")
    assert row.todo == (("asked", None),), "nobody has asked yet what its annotations are about"
    assert run("layers", "p", "--cut", str(line), "--by", "某人", "--edition", root) == 1, "it has an original now"


def test_the_whole_can_be_the_original(post: Path, edition_folder: EditionFolder) -> None:
    assert run("layers", "p", "--whole", "--by", "某人", "--edition", str(edition_folder.root)) == 0
    assert "layers: nothing was added" in post.read_text("utf-8")
    original = (edition_folder.source / "originals" / "7.md").read_text("utf-8")
    assert "触类旁通" in original and "注。" not in original


@pytest.mark.parametrize("name", ["saved.html", "saved.md"])
def test_a_saved_original_tells_what_was_added(post: Path, edition_folder: EditionFolder, name: str) -> None:
    saved = edition_folder.root / name
    markdown = "# 题\n\n原文一段 $x$。\n\n$$\na = b\n$$\n\n## 原文一节\n\n还是原文。\n"
    saved.write_text(markdown if name.endswith("md") else
                     "<html><body><article><h1>题</h1><p>原文一段 \\(x\\)。</p><p>\\[a = b\\]</p><h2>原文一节</h2>"
                     "<p>还是原文。</p></article></body></html>", "utf-8")
    assert run("layers", "p", "--original", str(saved), "--by", "某人", "--edition", str(edition_folder.root)) == 0
    text = post.read_text("utf-8")
    assert f"compared with {name}" in text
    original = (edition_folder.source / "originals" / "7.md").read_text("utf-8")
    assert compare(text.partition("\n---\n")[2], original.partition("\n---\n")[2]) == ()
    assert "触类旁通" in text and "触类旁通" not in original


def test_what_cannot_be_cut_is_said(post: Path, edition_folder: EditionFolder,
                                    capsys: pytest.CaptureFixture[str]) -> None:
    root = str(edition_folder.root)
    for line, says in ((line_of(post, "a = b"), "inside a block"), (9999, "nothing stands"),
                       (line_of(post, "# p"), "nothing stands")):
        assert run("layers", "p", "--cut", str(line), "--by", "某人", "--edition", root) == 1
        error = capsys.readouterr().err
        assert says in error and "p.md" in error and "remedy" in error
    edition_folder.post("own", "# 自\n\n文。", origin="local", id="8")
    assert run("layers", "own", "--whole", "--by", "某人", "--edition", root) == 1
    assert run("layers", "p", "--original", "none.html", "--by", "某人", "--edition", root) == 1


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9), st.data())
def test_a_cut_changes_no_line_and_leaves_what_stood_before_it(pieces: list[str], data: st.DataObject) -> None:
    body = "# 题\n\n" + "\n\n".join(pieces) + "\n"
    found = blocks(body)
    block = data.draw(st.sampled_from(found[1:]))
    try:
        result = layer_cuts.cut(body, block.first + 1)
    except EditionError:
        pytest.fail(f"a block begins there: {body!r}")
    added = {"{.annotation}", "## 注疏", "### 注疏", "# 注疏", ""}
    rest = result.split("\n")
    for line in body.split("\n"):
        while rest[0] != line:
            assert rest.pop(0) in added
        rest.pop(0)
    kept = "\n".join(body.split("\n")[:block.first])
    assert strip(result) == strip(kept)


def test_the_audit_names_the_command(post: Path, edition_folder: EditionFolder) -> None:
    built = edition_folder.build("audit")
    data = json.loads((built.out / "audit.json").read_text("utf-8"))
    assert [(task["step"], task["equations"]) for task in data["queue"]] == [("settle", None)]


def test_nothing_is_said_of_the_equations_of_an_unverified_original(
    post: Path, edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    root = str(edition_folder.root)
    assert run("equations", "p", "--edition", root) == 0
    shown = capsys.readouterr().out
    assert "?" in shown and "uncovered" not in shown and "tools layers source/posts/p.md" in shown
    assert run("equations", "p", "--json", "--edition", root) == 0
    assert {one["state"] for one in json.loads(capsys.readouterr().out)} == {None}
