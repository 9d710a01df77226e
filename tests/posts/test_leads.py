"""Cutting a piece in two: at which leads, what both halves are, and that nothing of the text changes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts.blocks import blocks
from ext.edition.posts.leads import before, cut, cut_all, leads, long
from ext.edition.posts.units import units
from ext.edition.site.errors import EditionError

SECTION = """原文 $a$。

{.annotation}
## 推导

先有

$$
a = 1
$$

**接着**：

$$
a = 2
$$

- 一点

所以

$$
a = 3
$$

---

尾。
"""
BOX = """原文。

:::{prf:proof} 题
:of: thm-a

先有

$$
a = 1
$$

所以

$$
a = 2
$$
:::
"""


def test_a_section_keeps_what_stands_before_and_the_rest_becomes_a_piece() -> None:
    (unit,) = units(SECTION)
    assert [(one.text, one.announced) for one in leads(SECTION, unit)] == [("**接着**：", True), ("所以", False)]
    after = cut(SECTION, unit, leads(SECTION, unit)[0].line)
    assert after == SECTION.replace("**接着**：", ":::{prf:derivation}\n**接着**：").replace(
        "a = 3\n$$\n", "a = 3\n$$\n:::\n")
    assert [(one.kind, len(one.displays)) for one in units(after)] == [("section", 1), ("derivation", 2)]
    # A cut of what was cut off closes it and opens another.
    whole = cut_all(SECTION, unit, [one.line for one in leads(SECTION, unit)])
    assert [(one.kind, len(one.displays)) for one in units(whole)] == [
        ("section", 1), ("derivation", 1), ("derivation", 1)]


def test_a_directive_is_closed_and_opened_again_and_proves_once() -> None:
    (unit,) = units(BOX)
    after = cut(BOX, unit, leads(BOX, unit)[0].line)
    assert after == BOX.replace("$$\n\n所以", "$$\n:::\n\n:::{prf:derivation}\n所以")
    first, second = units(after)
    assert first.names == unit.names and second.names == () and second.kind == "derivation"


def test_the_first_display_is_cut_off_behind_and_the_others_before() -> None:
    (unit,) = units(SECTION)
    found = [before(SECTION, unit, at) for at in range(3)]
    assert [one and one.text for one in found] == ["**接着**：", "**接着**：", "所以"]
    (alone,) = units("{.annotation}\n## 节\n\n因此\n\n$$\nx\n$$\n")
    assert before("{.annotation}\n## 节\n\n因此\n\n$$\nx\n$$\n", alone, 0) is None


def test_only_a_lead_is_a_place_to_cut() -> None:
    (unit,) = units(SECTION)
    with pytest.raises(EditionError, match="cannot be cut there"):
        cut(SECTION, unit, unit.first)


PARTS = ("因此\n\n$$\nx_{n}\n$$", "**其次**：\n\n$$\ny_{n}\n$$", "$$\nz_{n}\n$$", "文 {n}。", "- 甲\n- 乙",
         "(here-{n})=\n文。", "| a | b |\n|---|---|\n| 1 | 2 |", "[^n{n}]: 注。",
         ":::{prf:remark}\n$$\nw_{n}\n$$\n:::", "::::{tip}\n提示。\n::::",
         "```\n代码\n\n$$\n```", "$$\nu_{n}\n$$\n接着说", "---", "> 引\n>\n> $$\n> v_{n}\n> $$", "[l]: http://a.example",
         "文 $$k_{n}$$ 后。")


def spoken(body: str) -> list[str]:
    """Return the lines that say something: neither empty ones nor fences of annotations."""
    return [line for line in body.split("\n") if line.strip() and not re.match(r"[:`]{3,}(\{prf|$)", line)]


@given(st.lists(st.sampled_from(PARTS), min_size=2, max_size=9), st.sampled_from(
    ["{.annotation}\n## 推导\n\n%s\n", "::::::{prf:proof} 题\n:of: eq-a\n\n%s\n::::::\n",
     "``````{prf:remark}\n%s\n``````\n"]),
    st.data())
def test_no_text_is_lost_and_the_original_stays(parts: list[str], frame: str, data: st.DataObject) -> None:
    body = "原文。\n\n$$\na\n$$\n\n" + frame % "\n\n".join(one.replace("{n}", str(at)) for at, one in enumerate(parts))
    for unit in units(body):
        if known := leads(body, unit):
            after = cut(body, unit, data.draw(st.sampled_from(known)).line)
            assert [one.text for one in blocks(after) if not one.annotation] == [
                one.text for one in blocks(body) if not one.annotation]
            assert spoken(after) == spoken(body)
            assert len(units(after)) == len(units(body)) + 1


def test_long_pieces_are_those_of_more_than_five_displays() -> None:
    six = "{.annotation}\n## 节\n\n" + "".join(f"因此\n\n$$\nx_{at}\n$$\n\n" for at in range(6))
    assert [len(one.displays) for one in long(six)] == [6] and not long(six.replace("x_5\n$$", "x_5\n\\]"))
