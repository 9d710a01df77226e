"""What changed upstream is merged into posts: the original is the new one, and no annotation is lost."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts.merge import OURS, THEIRS, restore, update
from ext.edition.posts.notes import notes, unmarked
from ext.edition.posts.original import compare, strip
from tests.posts.test_original import BLOCKS

DAY = "2026-09-12"
DIRECTIVES = (
    ":::{{prf:remark}}\n注 {n} $x$\n:::",
    "::::{{prf:derivation}} 推导\n:label: d{n}\n\n:::{{step}} 一\n$$\na\n$$\n:::\n::::",
    "```{{prf:proof}}\n证 {n}\n```",
    ":::{{prf:remark}}\n---\nclass: dropdown\n---\n注 {n}\n:::",
    ":::::{{prf:theorem}}\n\n::::{{prf:proof}}\n{n}\n::::\n:::::",
)
SECTION = "{{.annotation}}\n## 补充 {n}\n\n段 {n}。\n\n:::{{prf:remark}}\n内 {n}\n:::"


@st.composite
def annotated(draw: st.DrawFn, moves: bool = False) -> tuple[list[str], list[str], str, dict[str, int]]:
    """Return the blocks of an old and a new original, the post, and the block each annotation was put after."""
    # Of several lists in a row the reader makes one.
    pool = draw(st.lists(BLOCKS, min_size=2, max_size=12, unique_by=lambda block: "- 一" if block[0] == "-" else block))
    old = [block for block in pool if draw(st.booleans())] or pool[:1]
    new = [block for block in pool if draw(st.booleans())]
    if moves:
        new = draw(st.permutations(new))
    new = new or pool[-1:]
    after: dict[str, int] = {}
    parts: list[str] = ["# 题目"]
    for place in range(-1, len(old)):
        parts += [old[place]] if place >= 0 else []
        for kind in draw(st.lists(st.sampled_from(DIRECTIVES), max_size=2)):
            text = kind.format(n=len(after))
            after[text] = place
            parts.append(text)
        if (place + 1 == len(old) or old[place + 1].startswith("## ")) and draw(st.booleans()):
            text = SECTION.format(n=len(after))
            after[text] = place
            parts.append(text)
    return old, new, "\n\n".join(parts) + "\n", after


def text_of(blocks: list[str]) -> str:
    return "\n\n".join(blocks) + "\n"


def neighbours(blocks: list[str], place: int) -> tuple[str | None, str | None]:
    return blocks[place] if place >= 0 else None, blocks[place + 1] if place + 1 < len(blocks) else None


def pairs(blocks: list[str]) -> set[tuple[str | None, str | None]]:
    return {neighbours(blocks, place) for place in range(-1, len(blocks))}


def stale_texts(body: str) -> list[str]:
    """Return the outermost annotations of a body that are stale, as they were before."""
    lines = body.split("\n")
    return [unmarked("\n".join(lines[note.first:note.last])).rstrip() for note in notes(body)
            if note.stale and note.outer]


@given(annotated())
def test_the_original_becomes_the_new_one_and_only_what_it_touches_is_stale(
        case: tuple[list[str], list[str], str, dict[str, int]]) -> None:
    old, new, post, after = case
    merged = update(post, text_of(old), text_of(new), DAY)
    assert merged.conflicts == ()
    assert strip(merged.text) == strip(text_of(new))
    assert merged.text.startswith("# 题目\n")
    plain = unmarked(merged.text)
    for text in after:
        assert plain.count(text) == 1
    expected = sorted(text for text, place in after.items() if neighbours(old, place) not in pairs(new))
    assert sorted(stale_texts(merged.text)) == expected
    assert [merged.text.split("\n")[line - 1] for line in merged.stale] and expected or not merged.stale


@given(annotated(moves=True))
def test_nothing_that_lost_a_neighbour_stays_fresh_when_blocks_move(
        case: tuple[list[str], list[str], str, dict[str, int]]) -> None:
    old, new, post, after = case
    merged = update(post, text_of(old), text_of(new), DAY)
    assert strip(merged.text) == strip(text_of(new))
    fresh = set(after) - set(stale_texts(merged.text))
    assert all(unmarked(merged.text).count(text) == 1 for text in after)
    assert all(neighbours(old, after[text]) in pairs(new) for text in fresh)


@given(annotated(moves=True))
def test_a_second_update_changes_nothing(case: tuple[list[str], list[str], str, dict[str, int]]) -> None:
    old, new, post, _ = case
    once = update(post, text_of(old), text_of(new), DAY).text
    # The first run was interrupted before the new original took the place of the old one, or it was not.
    for base in (old, new):
        again = update(once, text_of(base), text_of(new), "2027-01-01")
        assert (again.text, again.stale, again.conflicts) == (once, (), ())


@given(annotated())
def test_an_unchanged_original_changes_no_byte(case: tuple[list[str], list[str], str, dict[str, int]]) -> None:
    old, _, post, _ = case
    assert update(post, text_of(old), text_of(old), DAY).text == post
    assert restore(post, text_of(old)) == post


@given(annotated(moves=True))
def test_restore_gives_the_original_back_whatever_the_damage(
        case: tuple[list[str], list[str], str, dict[str, int]]) -> None:
    """The post is as damaged as it can be: its layer is that of another text."""
    old, new, post, after = case
    mended = restore(post, text_of(new))
    assert strip(mended) == strip(text_of(new))
    assert all(mended.count(text) == 1 for text in after)
    assert compare(mended, text_of(new)) == ()
    assert restore(mended, text_of(new)) == mended


@given(annotated(), st.data())
def test_a_block_changed_on_both_sides_is_a_conflict_and_named(
        case: tuple[list[str], list[str], str, dict[str, int]], data: st.DataObject) -> None:
    old, _, post, after = case
    victim = data.draw(st.sampled_from(old))
    ours = post.replace(victim, "吾 所改", 1)
    new = [block if block != victim else "彼 所改" for block in old]
    merged = update(ours, text_of(old), text_of(new), DAY)
    (line,) = merged.conflicts
    lines = merged.text.split("\n")
    assert lines[line - 1] == OURS and lines.count(THEIRS) == 1
    assert "吾 所改" in lines and "彼 所改" in lines
    assert all(unmarked(merged.text).count(text) == 1 for text in after)
    forced = update(ours, text_of(old), text_of(new), DAY, theirs=True)
    assert strip(forced.text) == strip(text_of(new)) and not forced.conflicts


def test_what_the_post_changed_alone_stays() -> None:
    merged = update("# 题\n\n甲改\n\n乙\n\n丙\n", "甲\n\n乙\n\n丙\n", "甲\n\n乙\n\n丁\n", DAY)
    assert strip(merged.text) == "甲改\n\n乙\n\n丁\n"


NAMED = """# 题

$$
a=1
$$ (eq-a)

甲

$$
b=2
$$

乙

丙

:::{prf:remark}
:of: eq-a, other#x
注一
:::

丁

::::{prf:theorem}
注二
:::{prf:proof}
:of: ID
内
:::
::::

戊
"""


def test_an_annotation_far_from_its_equation_is_marked_and_its_equation_keeps_its_name() -> None:
    from ext.edition.math.tex import content_id
    post = NAMED.replace("ID", content_id("b=2"))
    base = re.sub(r" \(eq-a\)", "", strip(post))
    first = update(post, base, base.replace("a=1", "a=3"), DAY)
    assert "a=3\n$$ (eq-a)" in first.text and first.equations == {"eq-a", content_id("a=1")}
    assert [first.text.split("\n")[line] for line in first.stale] == [f":stale: {DAY}"]
    assert f":::{{prf:remark}}\n:stale: {DAY}\n:of: eq-a, other#x\n注一" in first.text
    second = update(post, base, base.replace("b=2", "b=4"), DAY)
    assert f"b=4\n$$ ({content_id('b=2')})" in second.text
    assert f":::{{prf:proof}}\n:stale: {DAY}\n:of: {content_id('b=2')}\n内" in second.text
    assert second.text.count(":stale:") == 1
    assert compare(second.text, base.replace("b=2", "b=4")) == ()


def test_a_new_number_of_an_equation_makes_nothing_stale() -> None:
    post = "# 题\n\n甲\n\n乙\n\n$$\na=1\n$$\n\n:::{prf:remark}\n注\n:::\n\n丙\n"
    merged = update(post, strip(post), "新\n\n" + strip(post), DAY)
    assert merged.stale == () and strip(merged.text).startswith("新\n\n甲")


def test_an_annotation_inside_a_list_stays_there_or_follows_it() -> None:
    post = "# 题\n\n- 一\n\n  :::{prf:remark}\n  注\n  :::\n- 二\n\n尾\n"
    same = update(post, "- 一\n\n- 二\n\n尾\n", "- 一\n\n- 二\n\n尾改\n", DAY)
    assert same.text == post.replace("尾", "尾改") and same.stale == ()
    other = update(post, "- 一\n\n- 二\n\n尾\n", "- 一\n- 三\n\n尾\n", DAY)
    assert other.text == f"# 题\n\n- 一\n- 三\n\n:::{{prf:remark}}\n:stale: {DAY}\n注\n:::\n\n尾\n"


def test_footnotes_and_link_definitions_are_part_of_the_original() -> None:
    original = "甲[^1] [丙][c]\n\n[^1]: 脚注\n\n[c]: https://a.example\n\n乙\n"
    damaged = "# 题\n\n甲[^1] [丙][c]\n\n:::{prf:remark}\n注\n:::\n\n乙\n"
    assert [one.change for one in compare(damaged, original)] == ["lost", "lost"]
    assert strip(restore(damaged, original)) == original
    assert compare("# 题\n\n" + original.replace("脚注", "脚"), original)


@pytest.mark.parametrize("text", ["我的一段话，与原文无关的\n第二行", "## 我的小节\n\n这一段也是自己写的",
                                  "::::{note}\n提示\n::::"])
def test_restore_keeps_what_somebody_wrote_without_marking_it(text: str) -> None:
    original = "甲甲甲\n\n乙乙乙\n"
    mended = restore(f"# 题\n\n甲甲甲\n\n{text}\n\n乙乙乙\n", original)
    assert compare(mended, original) == ()
    assert "{prf:remark}\n:nonumber:" in mended
    assert all(line.lstrip("# ") in mended for line in text.split("\n"))


def test_restore_keeps_labels_targets_and_spelling() -> None:
    post = "# 题\n\n(here)=\n## 节\n*甲*\n\n$$a=b$$ (eq-a)\n\n尾改\n"
    mended = restore(post, "## 节\n\n_甲_\n\n$$\na = b\n$$\n\n尾\n")
    assert mended == "# 题\n\n(here)=\n## 节\n*甲*\n\n$$a=b$$ (eq-a)\n\n尾\n"
    assert restore("# 题\n\n$$\na=c\n$$ (eq-a)\n", "$$\na=b\n$$\n") == "# 题\n\n$$\na=b\n$$ (eq-a)\n"


def test_a_section_moves_to_where_it_swallows_nothing() -> None:
    post = "# 题\n\n## 一\n\n甲\n\n{.annotation}\n### 补\n\n注\n"
    mended = restore(post, "## 一\n\n甲\n\n乙\n\n## 二\n\n丙\n")
    assert mended == "# 题\n\n## 一\n\n甲\n\n乙\n\n{.annotation}\n### 补\n\n注\n\n## 二\n\n丙\n"


def test_an_original_may_repeat_the_title_and_have_more_of_its_rank() -> None:
    original = "# 题\n\n甲\n\n# 又一\n\n乙\n"
    assert compare(original, original) == ()
    assert [one.change for one in compare("# 题\n\n甲\n\n乙\n", original)] == ["lost"]
    assert restore("# 题\n\n甲\n\n乙\n", original) == original
