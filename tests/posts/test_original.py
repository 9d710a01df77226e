"""The original: compared block by block, restored byte for byte."""

from __future__ import annotations

import pytest
from conftest import EditionFolder
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts.merge import restore
from ext.edition.posts.original import _untitled, canonical, compare, layers, strip

WORDS = st.text("甲乙丙丁戊己 abc", min_size=1, max_size=12).map(str.strip).filter(bool)
BLOCKS = st.one_of(
    WORDS.map("段落 {}。".format),
    WORDS.map("## 节 {}".format),
    WORDS.map("$$\n{} = 1\n$$".format),
    WORDS.map("\\begin{{align}}\n{} &= 1\n\\end{{align}}".format),
    WORDS.map("- 一 {}\n- 二\n\n  - 深".format),
    WORDS.map("> 引 {}".format),
    WORDS.map("```python\n# {}\nx = '$'\n```".format),
    WORDS.map("| 甲 | 乙 |\n|---|---|\n| {} | $x$ |".format),
)
ORIGINALS = st.lists(BLOCKS, min_size=1, max_size=8, unique=True).map("\n\n".join).map("{}\n".format)
ANNOTATIONS = st.sampled_from([
    ":::{prf:remark}\n注 $x$\n:::",
    "::::{prf:derivation} 推导\n:label: d\n\n:::{step} 一\n$$\na\n$$\n:::\n::::",
    "```{prf:proof}\n证\n```",
])


@st.composite
def annotated(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    """Return an original, the post made of it, and the annotations put in."""
    original = draw(ORIGINALS)
    parts = original.rstrip("\n").split("\n\n")
    inserted = draw(st.lists(ANNOTATIONS, max_size=4))
    # A place inside a block (a list with a blank line) is no place for an annotation at top level.
    starts = [i for i, part in enumerate(parts) if not part.startswith(" ")] + [len(parts)]
    for annotation in inserted:
        parts.insert(draw(st.sampled_from(starts)), annotation)
        starts = [i for i, part in enumerate(parts) if not part.startswith(" ")] + [len(parts)]
    return original, "# 题目\n\n" + "\n\n".join(parts) + "\n", inserted


@given(annotated())
def test_annotations_leave_the_original_intact(case: tuple[str, str, list[str]]) -> None:
    original, post, _ = case
    assert compare(post, original) == ()


@given(annotated(), st.data())
def test_a_change_is_found_and_named_and_restored(case: tuple[str, str, list[str]], data: st.DataObject) -> None:
    original, post, inserted = case
    blocks = strip(original).rstrip("\n").split("\n\n")
    top = [block for block in blocks if not block.startswith(" ")]
    victim = data.draw(st.sampled_from(top))
    change = data.draw(st.sampled_from(["changed", "dropped"]))
    damaged = post.replace(victim, victim.replace("甲", "癸") + "\n\n另加一段" if change == "changed" else "", 1)
    differences = compare(damaged, original)
    assert differences
    if change == "dropped" and " 深" not in original:
        assert any(victim in one.original_text or one.original_text in victim for one in differences)
    mended = restore(damaged, original)
    assert strip(mended) == strip(original)
    assert compare(mended, original) == ()
    for annotation in inserted:
        assert mended.count(annotation) >= 1
    assert mended.startswith("# 题目\n")


@pytest.mark.parametrize(("ours", "theirs"), [
    ("*甲* 与 **乙**", "_甲_ 与 __乙__"),
    ("- 一\n- 二", "* 一\n* 二"),
    ("一行\n两行", "一行 两行"),
    ("$$a=b$$", "$$\na = b\n$$"),
    ("$$\na=b\n$$ (eq-x)", "$$\na=b\n$$"),
    ("```{math}\na=b\n```", "$$\na=b\n$$"),
    ("~~~py\nx\n~~~", "```py\nx\n```"),
    ("(here)=\n正文", "正文"),
    ("% 注释\n\n正文", "正文"),
    ("标题\n---\n", "## 标题"),
    ("- 一\n\n  :::{prf:remark}\n  注\n  :::\n- 二", "- 一\n\n- 二"),
])
def test_equivalent_spellings_are_no_change(ours: str, theirs: str) -> None:
    assert compare(ours, theirs) == ()
    assert compare(theirs, ours) == ()


@pytest.mark.parametrize(("ours", "theirs", "change"), [
    ("甲\n\n丙", "甲\n\n乙\n\n丙", "lost"),
    ("甲\n\n乙乙\n\n丙", "甲\n\n乙\n\n丙", "changed"),
    ("甲\n\n丁\n\n丙", "甲\n\n丙", "new"),
    ("乙\n\n甲\n\n丙\n\n丁", "甲\n\n丙\n\n乙\n\n丁", "moved"),
    ("$$\na=c\n$$", "$$\na=b\n$$", "changed"),
    ("$a$", "$b$", "changed"),
    ("```py\nx=1\n```", "```py\nx = 1\n```", "changed"),
    ("*甲*", "**甲**", "changed"),
    ("[甲](https://a.example)", "[甲](https://b.example)", "changed"),
])
def test_every_kind_of_change_is_named(ours: str, theirs: str, change: str) -> None:
    assert [one.change for one in compare(ours, theirs)] == [change]


def test_lines_lead_to_both_files() -> None:
    (one,) = compare("# 题\n\n甲\n\n:::{prf:remark}\n注\n:::\n\n丁", "甲\n\n乙")
    assert (one.post_line, one.original_line, one.original_text, one.post_text) == (9, 3, "乙", "丁")


def test_an_annotation_in_a_damaged_list_is_kept() -> None:
    post = "- 一改\n\n  :::{prf:remark}\n  注\n  :::\n- 二"
    mended = restore(post, "- 一\n- 二\n")
    assert compare(mended, "- 一\n- 二\n") == ()
    assert ":::{prf:remark}\n注\n:::" in mended


def test_the_build_proves_it_and_notices_a_new_original(edition_folder: EditionFolder) -> None:
    original = edition_folder.write("originals/8.md", "---\nid: '8'\n---\n\n甲\n\n乙\n")
    edition_folder.post("a", "甲\n\n:::{prf:remark}\n注\n:::\n\n乙", id="8", origin="feed")
    assert edition_folder.build().warnings == ()
    original.write_text("---\nid: '8'\n---\n\n甲\n\n乙丙\n", "utf-8")
    (warning,) = edition_folder.build().warnings
    assert "posts/a.md:15: WARNING: a block of the original is changed (originals/8.md:7): - 乙丙 + 乙" in warning
    assert "tools restore" in warning and warning.endswith("[zhushu.original_changed]")


@given(st.lists(st.one_of(ORIGINALS, ANNOTATIONS.map("{}\n".format), st.sampled_from(
    ["# 题目\n", "# 别的\n", "# \n", "题目\n===\n", "(名)=\n", "{.annotation}\n## 注\n", "\n", "   \n", "    # 码\n"])),
    max_size=4).map("\n".join), st.booleans())
def test_what_is_equal_as_text_is_equal_as_blocks(original: str, titled: bool) -> None:
    """The shortcut for equal texts never says equal where the comparison of blocks does not."""
    post = f"# 题目\n\n{original}" if titled else original
    for one, other in ((post, original), (original, post)):
        if _untitled(one) == _untitled(other) != "":
            ours, theirs = layers(one, other)
            assert [canonical(block.text) for block in ours] == [canonical(block.text) for block in theirs]
