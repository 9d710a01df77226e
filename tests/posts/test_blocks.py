"""The two layers of a post."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ext.edition.posts.blocks import _read, annotation_lines, blocks, sizes

POST = """\
# 题目

第一段 $a$。

::::{prf:derivation} 推导
:label: der

:::{step} 一
$$
x = 1
$$
:::
::::

$$
y = 2
$$ (eq-y)

{.annotation}
## 注

旁白。

### 更深

旁白。

## 原文小节

- 条目

  ```{prf:remark}
  嵌在条目里
  ```
"""


def texts(*, annotation: bool) -> list[str]:
    return [block.text for block in blocks(POST) if block.annotation is annotation]


def test_directives_of_the_domain_and_marked_sections_are_annotations() -> None:
    assert [text.split("\n")[0] for text in texts(annotation=True)] == [
        "::::{prf:derivation} 推导", "{.annotation}", "旁白。", "### 更深", "旁白。"]
    assert texts(annotation=False)[:3] == ["# 题目", "第一段 $a$。", "$$\ny = 2\n$$ (eq-y)"]


def test_an_annotation_inside_a_list_item_is_found_by_its_lines() -> None:
    lines = POST.split("\n")
    inside = {lines[number].strip() for number in annotation_lines(POST)}
    assert "嵌在条目里" in inside
    assert "- 条目" not in inside


@given(st.lists(st.sampled_from(["段落。", "$$\na\n$$", "- 一\n- 二", "> 引\n> 用", "## 节", "```py\nx\n```"]),
                min_size=1),
       st.lists(st.integers(0, 8), max_size=4))
def test_adding_annotations_leaves_the_bytes_of_the_original(original: list[str], places: list[int]) -> None:
    annotated = list(original)
    for place in places:
        annotated.insert(place, ":::{prf:remark} 注\n文字\n:::")
    # Blank lines around an annotation are layout, not text.
    before, after = sizes("\n\n".join(original)), sizes("\n\n".join(annotated))
    assert before[0] == after[0]
    note = sum(len(line.encode()) + 1 for line in (":::{prf:remark} 注", "文字", ":::"))
    assert (before[1], after[1]) == (0, note * len(places))


def test_the_last_line_of_a_bare_environment_belongs_to_it() -> None:
    body = "a\n\n{.annotation}\n## b\n\n\\begin{equation}\nx\n\\end{equation}\n\n\\begin{align}y\\end{align}\n"
    found = [block.text for block in blocks(body)]
    assert found[2:] == ["\\begin{equation}\nx\n\\end{equation}", "\\begin{align}y\\end{align}"]
    assert annotation_lines(body) == frozenset({2, 3, 5, 6, 7, 9})


@given(st.lists(st.sampled_from([
    "{prf:", "annotation", "{.annotation}\n", "## 节\n", "```{prf:proof}\n", ":::{ prf:x}\n", ":::\n", "```\n", "甲\n",
    "\n", "    ", "{.", "}\n"]), max_size=12).map("".join))
def test_the_signs_of_an_annotation_are_in_every_text_that_has_one(body: str) -> None:
    assert annotation_lines(body) == _read(body)[1]
