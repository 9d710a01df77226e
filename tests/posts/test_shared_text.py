"""What of a source is given to those who read Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts.shared_text import shared


@pytest.mark.parametrize(("text", "expected"), [
    ("---\ntitle: 题\nid: 7\nstatus: draft\ndigest: abc\n---\n字\n", "---\ntitle: 题\n---\n字\n"),
    ("字\n% 私下的话\n字\n", "字\n字\n"),
    ("<!-- 一\n二 -->\n字\n", "字\n"),
    ("<!-- 一 --> 字\n", " 字\n"),
    ("<!-- 没有完\n字\n", "<!-- 没有完\n字\n"),
    ("```latex\n% 代码\n<!-- 代码 -->\n```\n% 去\n", "```latex\n% 代码\n<!-- 代码 -->\n```\n"),
    ("$$\nx\n% 公式\n$$\n% 去\n", "$$\nx\n% 公式\n$$\n"),
    (":::{proof}\n% 去\n留\n:::\n", ":::{proof}\n留\n:::\n"),
    ("```{code-block} latex\n% 代码\n```\n", "```{code-block} latex\n% 代码\n```\n"),
])
def test_what_no_page_shows_is_not_shared(text: str, expected: str) -> None:
    assert shared(text, where="x.md") == expected


@given(st.lists(st.sampled_from(["字\n", "$$x$$\n", "```\n", "~~~\n", ":::{note}\n", ":::\n", "> 引\n", "100% 是\n"])))
def test_text_without_comments_is_shared_as_it_is(lines: list[str]) -> None:
    assert shared("".join(lines), where="x.md") == "".join(lines)
