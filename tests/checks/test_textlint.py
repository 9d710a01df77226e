"""Headings that jump and displays that are never closed are found where they begin."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotated import build_root
from conftest import EditionFolder
from hypothesis import given
from hypothesis import strategies as st

from ext.checks.findings import findings
from ext.edition.checks.lint import Lint
from ext.edition.checks.sourcelint import unclosed_displays


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("$$\na\n$$\n", []),
        ("$$a$$ 与 $$b$$\n", []),
        ("$$\na\n", [1]),
        ("文字\n\n$$\na\n\n# 标题\n\n$$\nb\n$$\n", [3]),
        ("$$a$，文字\n\n# 标题\n", [1]),
        ("句中 $$a\nb$$ 完\n", []),
        ("句中 $$a\n\n下一段 $b$\n", [1]),
        ("$$\na\n\nb\n$$\n", []),
        ("```text\n$$\n```\n", []),
        ("```\n$$\n```\n\n$$\nx\n", [5]),
        ("```{prf:proof}\n$$\nx\n```\n", [2]),
        ("```{prf:proof}\n$$\nx\n$$\n```\n\n```\n$$\n```\n", []),
        ("```{code-block} tex\n$$\n```\n", []),
        ("用 `$$` 与 \\$$ 书写\n", []),
        ("> $$\n> a\n> $$\n", []),
        ("- $$\n  a\n  $$\n", []),
        (":::{prf:remark}\n$$\na\n:::\n\n$$\nb\n$$\n", [2]),
        ("---\ntitle: $$\n---\n$$\na\n$$\n", []),
        ("$$\na\n$$ (eq-a)\n", []),
    ],
)
def test_unclosed_displays(text: str, lines: list[int]) -> None:
    assert list(unclosed_displays(text)) == lines


BLOCKS = st.sampled_from(["$$\na = b\n$$", "文字 $x$", "# 标题", "```\n$$\n```", "- $$y$$", "句中 $$z$$ 完"])


@given(st.lists(BLOCKS, max_size=6), st.lists(BLOCKS, max_size=6))
def test_one_unclosed_display_is_named_whatever_stands_around(before: list[str], after: list[str]) -> None:
    assert list(unclosed_displays("\n\n".join([*before, *after]))) == []
    head = "".join(block + "\n\n" for block in before)
    text = head + "$$\n\\text{open}\n\n# 标题\n\n" + "\n\n".join(after)
    assert list(unclosed_displays(text)) == [head.count("\n") + 1]


def test_build_reports_both(tmp_path: Path) -> None:
    built = build_root("test-textlint", tmp_path)
    found = [(one.subtype, one.line) for one in findings(built.env)["index"]]
    lines = (built.source / "index.md").read_text("utf-8").split("\n")
    opening = lines.index("a = b")  # counted from 1 this is the line before it
    assert (Lint.MATH_UNCLOSED, opening) in found
    assert (Lint.HEADING_JUMP, lines.index("#### 四级") + 1) in found
    unclosed = [warning for warning in built.warnings if "[zhushu.math_unclosed]" in warning]
    assert len(unclosed) == 1 and f"index.md:{opening}: WARNING" in unclosed[0]
    assert not any("myst.header" in warning or "heading" in warning for warning in built.warnings)


def test_a_label_behind_a_display_inside_a_paragraph_is_named(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "文字\n$$\nx\n$$ (eq-a)\n后文\n\n$$\ny\n$$ (eq-b)\n\n前文：$$v$$ (eq-e)\n\n"
                             "甲 $$z$$ (见下) 乙\n\n甲 $$z$$ (see) 乙\n\n- $$w$$ (eq-d)\n")
    built = edition_folder.build("dummy")
    found = [one for one in findings(built.env)["posts/a"] if one.subtype == Lint.LABEL_LOST]
    assert [one.message.split()[2] for one in found] == ["(eq-a)", "(eq-e)"]
    lines = (edition_folder.source / "posts/a.md").read_text("utf-8").split("\n")
    assert [one.line for one in found] == [lines.index("文字") + 1, lines.index("前文：$$v$$ (eq-e)") + 1]
    assert all("an empty line before the $$" in warning for warning in built.warnings if "label_lost" in warning)
    assert sum("label_lost" in warning for warning in built.warnings) == 2
