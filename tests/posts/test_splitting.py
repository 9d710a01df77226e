"""Headings in bold become what they say they are, the text stays, and the original is not touched."""

from __future__ import annotations

import io

import pytest
from conftest import EditionFolder
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts.blocks import blocks
from ext.edition.posts.splitting import WORDS, split
from ext.edition.posts.units import units
from tools.__main__ import main

BODY = """**定理 9**：原文里的不动。

{.annotation}
## 推导

**定理 2.1（切空间的维数）**：设 $M$ 光滑。

则维数是 $n$。

**证明**：取坐标。

**步骤 1：求导** 得

$$
x = 1
$$

**步骤 2：** 相加。

**直觉**：仍是证明的一段。

**定义（范数）**
- 非负

**注意** 这一句只是强调。

**推导 5.2**：由上。

### 下一节

文。
"""
SPLIT = """**定理 9**：原文里的不动。

{.annotation}
## 推导

:::{prf:theorem} 2.1 切空间的维数
设 $M$ 光滑。

则维数是 $n$。
:::

::::{prf:proof}
取坐标。

:::{step} 求导
得

$$
x = 1
$$
:::

:::{step}
相加。

**直觉**：仍是证明的一段。
:::
::::

:::{prf:definition} 范数
- 非负
:::

**注意** 这一句只是强调。

:::{prf:derivation} 5.2
由上。
:::

### 下一节

文。
"""


def original(body: str) -> list[str]:
    """Return the blocks of the original."""
    return [one.text for one in blocks(body) if not one.annotation]


def test_headings_in_bold_become_what_they_say() -> None:
    assert split(BODY) == SPLIT and split(SPLIT) == SPLIT


@pytest.mark.parametrize("text", ["**定理** 说的是别的。", "**定理论**：不是词。", "前面有字 **定理**：不在段首。",
                                  "- **定理**：在列表里。", "```\n**定理**：\n```"])
def test_what_is_in_doubt_stays(text: str) -> None:
    body = f"{{.annotation}}\n## 节\n\n{text}\n"
    assert split(body) == body


@given(st.lists(st.one_of(
    st.sampled_from([f"**{word} 1**：" for word in WORDS]),
    st.sampled_from(["**步骤 1：甲**", "### 节", "---", "$$\nx\n$$", ":::{prf:remark}\n注。\n:::"]),
    st.text("文字xy。*", min_size=1, max_size=9)), max_size=9))
def test_the_original_stays_and_no_word_is_lost(parts: list[str]) -> None:
    body = "原文。\n\n**证明**：原文的。\n\n{.annotation}\n## 注\n\n" + "\n\n".join(parts) + "\n"
    after = split(body)
    assert original(after) == original(body) and split(after) == after
    assert all(after.count(piece) == body.count(piece) for piece in ("文", "字", "甲", "$$", "###"))


def test_the_command_shows_asks_and_writes(edition_folder: EditionFolder, capsys: pytest.CaptureFixture[str],
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    path = edition_folder.post("p", BODY)
    before = path.read_bytes()
    call = ["split", "--edition", str(edition_folder.root), "p"]
    assert main([*call, "--dry-run"]) == 0
    assert "+:::{prf:theorem} 2.1 切空间的维数" in capsys.readouterr().out and path.read_bytes() == before
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert main(call) == 0 and path.read_bytes() == before
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main(call) == 0 and path.read_text("utf-8").endswith(SPLIT + "\n")
    capsys.readouterr()
    assert main(call) == 0 and capsys.readouterr().out == "0 篇有粗体标题；写入 0 篇；0 段过长；断开 0 处\n"
    edition_folder.speaks("en")
    assert main(call) == 0 and capsys.readouterr().out == (
        "0 posts have headings in bold; 0 written; 0 long pieces; 0 cuts\n")


def test_long_pieces_are_offered_and_cut_where_a_person_says(edition_folder: EditionFolder,
                                                             capsys: pytest.CaptureFixture[str],
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    piece = "".join(f"{lead}：\n\n$$\nx_{at}\n$$\n\n" for at, lead in enumerate(
        ["因此", "首先", "得", "故", "最后", "即"]))
    path = edition_folder.post("p", f"原文。\n\n{{.annotation}}\n## 节\n\n{piece}### 又\n\n{piece}")
    before = path.read_bytes()
    call = ["split", "--edition", str(edition_folder.root), "p"]
    for answers in (None, "n\nn\n", "9\nx\n", "q\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(answers or ""))
        assert main([*call, *([] if answers else ["--dry-run"])]) == 0 and path.read_bytes() == before
    assert main([*call, "--yes"]) == 0 and path.read_bytes() == before
    shown = capsys.readouterr().out
    assert "节（6 个公式）" in shown and "  1* 第 " in shown and "  2  第 " in shown
    assert "2 段过长；断开 0 处" in shown
    edition_folder.speaks("en")
    assert main([*call, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "节 (6 displays)" in shown and "  1* line " in shown and "2 long pieces; 0 cuts" in shown
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n1 3\n"))
    assert main(call) == 0 and "2 long pieces; 4 cuts" in capsys.readouterr().out
    body = path.read_text("utf-8").partition("\n---\n")[2]
    assert [(one.kind, len(one.displays)) for one in units(body)] == [
        ("section", 1), ("remark", 2), ("remark", 3), ("section", 1), ("remark", 3), ("remark", 2)]
