"""Slips of an annotator that the reader of Markdown takes without a word are named, with their lines and remedies."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from conftest import Build, EditionFolder, new_edition
from hypothesis import given
from hypothesis import strategies as st

from ext.checks.textlint import like_kind
from ext.edition.checks import fences
from ext.edition.checks.lint import Lint
from ext.edition.site.near import near

REPO = Path(__file__).parents[2]


def slips(text: str) -> list[tuple[int, str]]:
    return [(one.line, str(one.lint)) for one in fences.read(text).slips]


@pytest.mark.parametrize(("text", "found"), [
    (":::{prf:remark} 注\n文字\n:::\n", []),
    ("::::{prf:derivation}\n\n:::{step}\n甲\n:::\n\n:::{step}\n乙\n:::\n::::\n", []),
    ("::: name\n文字\n:::\n", []),
    ("- 一\n\n  :::{note}\n  文字\n  :::\n- 二\n", []),
    ("> :::{note}\n> 文字\n> :::\n", []),
    ("````\n:::{prf:remark}\n````\n", []),
    ("    :::{prf:remark}\n", []),
    ("```{prf:proof}\n:::{step}\n甲\n:::\n```\n", []),
    (":::{note}\n```\n没有关上的代码\n:::\n", []),
    ("文字里的 ::: 与 ：：： 不算\n\n：：：\n", []),
    ("---\ntitle: a\n---\n:::{prf:remark}\n文字\n:::\n", []),
    ("::::{note}\n```text\n:::\n```\n::::\n", []),
    # never closed
    ("甲\n\n:::{prf:remark}\n文字\n\n## 节\n", [(3, "fence_unclosed")]),
    (":::{prf:remark}\n文字\n\n:::{prf:intuition}\n文字\n:::\n", [(1, "fence_unclosed")]),
    ("::::{prf:derivation}\n:::{step}\n甲\n::::\n", [(2, "fence_unclosed")]),
    ("```{prf:proof}\n甲\n", [(1, "fence_unclosed")]),
    (":::{prf:remark}\n文字\n:::接着写\n", [(3, "fence_unclosed")]),
    ("- :::{note}\n  文字\n\n后文\n", [(1, "fence_unclosed")]),
    # as many colons inside
    (":::{prf:derivation}\n:::{step}\n甲\n:::\n:::\n", [(1, "fence_nested")]),
    (":::{prf:derivation}\n:::{step}\n甲\n:::\n:::{step}\n乙\n:::\n:::\n", [(1, "fence_nested")]),
    (":::{prf:theorem}\n::::{prf:proof}\n甲\n::::\n:::\n", [(1, "fence_nested")]),
    (":::{note}\n```text\n:::\n```\n:::\n", [(1, "fence_nested")]),
    # closes nothing
    ("文字\n\n:::\n\n## 节\n", [(3, "fence_stray")]),
    (":::\n\n## 节\n\n:::\n", [(1, "fence_stray")]),
    (":::{prf:remark}\n文字\n:::\n:::\n", [(4, "fence_stray")]),
    # full width
    ("：：：{prf:remark}\n文字\n：：：\n", [(1, "fence_wide")]),
    (":::{prf:remark}\n文字\n：：：\n\n后文\n", [(3, "fence_wide")]),
    (":::｛prf:remark｝\n文字\n:::\n", [(1, "fence_wide")]),
    (":::{prf:remark}\n：of：eq-a\n\n文字\n:::\n", [(2, "fence_wide")]),
    # no annotation
    (":::prf:remark\n文字\n:::\n", [(1, "kind_unknown")]),
    (":::theorem\n文字\n:::\n", [(1, "kind_unknown")]),
    (":::{prf:remark}标题\n文字\n:::\n", [(1, "kind_unknown")]),
])
def test_slips(text: str, found: list[tuple[int, str]]) -> None:
    assert slips(text) == found


def test_what_was_swallowed_is_counted() -> None:
    (one,) = fences.read(":::{note}\n甲\n\n## 节\n\n$$\nx\n$$\n\n$$y$$\n").slips
    assert one.message == "the :::{note} that opens here is never closed; it has swallowed 1 heading and 2 displays"


def test_boxes_nested_deeper_than_any_reader_follows_are_named_too() -> None:
    assert len(fences.read(":::{note}\n" * 5000).slips) == 101


WORDS = st.sampled_from(["文字。", "$$\nx\n$$", "## 节", "- 项", "```\n:::\n```", "> 引"])


@st.composite
def boxes(draw: st.DrawFn, depth: int = 2) -> str:
    """Return a text of boxes that are rightly closed: each has one colon more than what it holds."""
    if depth == 0:
        return draw(WORDS)
    colons = ":" * (2 + depth)
    inner = draw(st.lists(boxes(depth=depth - 1), min_size=1, max_size=3))
    # A fence of code with three colons would end a box of three.
    held = [one for one in inner if "```" not in one or depth > 1] or ["文字。"]
    name = draw(st.sampled_from(["prf:remark", "step", "prf:proof"]))
    return "\n".join([f"{colons}{{{name}}}", "\n\n".join(held), colons])


@given(st.lists(st.one_of(boxes(), boxes(depth=1), WORDS), max_size=5))
def test_what_is_rightly_closed_is_left_alone(parts: list[str]) -> None:
    assert slips("\n\n".join(parts)) == []


@given(st.lists(WORDS, max_size=3), boxes(), st.lists(boxes(), max_size=2), st.data())
def test_every_closing_line_that_is_left_out_is_noticed(before: list[str], box: str, after: list[str],
                                                        data: st.DataObject) -> None:
    head = "".join(f"{one}\n\n" for one in before)
    lines = box.split("\n")
    code = {at + 1 for at, line in enumerate(lines) if line == "```"}
    ends = [at for at, line in enumerate(lines) if re.fullmatch(":+", line) and at not in code]
    del lines[data.draw(st.sampled_from(ends))]
    first, last = head.count("\n") + 1, head.count("\n") + len(lines)
    found = slips(head + "\n\n".join(["\n".join(lines), *after]))
    assert found and all(first <= line <= last for line, _ in found)


@pytest.mark.parametrize(("name", "means"), [
    ("prf:derivaton", ["prf:derivation"]), ("derivation", ["prf:derivation"]), ("prf:step", ["step"]),
    ("prf：Proof", ["prf:proof"]), ("推导", ["prf:derivation"]), ("prf:lemna", ["prf:lemma"]), ("python", []),
])
def test_near_kinds(name: str, means: list[str]) -> None:
    assert like_kind(name)[:1] == means


def test_near_names() -> None:
    assert near("EQ－lse", ["eq-lse", "thm-a"]) == ["eq-lse"] and near("x", []) == []


A = "$$\na\n$$ (eq-a)\n\n"
#: Twelve slips, each in a post of its own: what is written, and the line, kind and part of the one message.
TWELVE: dict[str, tuple[str, int, Lint, str]] = {
    "unclosed": (":::{prf:intuition} 直觉\n没有关上。\n\n## 下一节\n\n$$\na=b\n$$ (eq-b)", 8, Lint.FENCE_UNCLOSED,
                 "swallowed 1 heading and 1 display"),
    "nested": (A + ":::{prf:derivation} 推导\n:of: eq-a\n\n:::{step}\n第一步。\n:::\n\n后文。\n\n:::", 12,
               Lint.FENCE_NESTED, "ends already at line 17, not at line 21"),
    "wide": ("：：：{prf:remark} 注\n文字。\n：：：", 8, Lint.FENCE_WIDE, "full-width"),
    "blank": (A + ":::{prf:remark} 注\n\n:of: eq-a\n\n文字。\n:::", 14, Lint.OPTION_MISPLACED, ":of: of {prf:remark}"),
    "kind": (":::{prf:derivaton} 拼错\n:of: eq-a\n\n文字还在 $x$。\n:::", 8, Lint.KIND_UNKNOWN,
             "(near: prf:derivation)"),
    "domain": (":::{derivation} 少了前缀\n文字。\n:::", 8, Lint.KIND_UNKNOWN, "(near: prf:derivation)"),
    "off": (A + ":::{prf:remark} 注\n:label: rem-a\n:off: eq-a\n\n文字。\n:::", 14, Lint.OPTION_UNKNOWN, "(near: of)"),
    "eqref": ("$$\na\n$$ (eq-energy)\n\n由 $\\eqref{eq-enrgy}$。\n\n又由 $\\eqref{eq-enrgy}$。", 12,
              Lint.EQUATION_UNDEFINED, "'eq-enrgy', nor for line 14 (near: eq-energy)"),
    "elsewhere": ("由 {eq}`eq-far`。", 8, Lint.EQUATION_UNDEFINED, "(near: far#eq-far)"),
    "of": (":::{prf:remark} 注\n:of: eq-farr\n\n文字。\n:::", 8, Lint.OF_UNDEFINED, "(near: far#eq-far)"),
    "stray": ("文字。\n\n:::\n\n## 又一节\n\n文字。", 10, Lint.FENCE_STRAY, "closes nothing"),
    "glued": (":::{prf:remark}标题\n文字。\n:::", 8, Lint.KIND_UNKNOWN, "no space between"),
}


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> tuple[EditionFolder, Build]:
    folder = new_edition(tmp_path_factory.mktemp("twelve"))
    folder.post("far", "$$\nc\n$$ (eq-far)")
    for slug, (body, *_) in TWELVE.items():
        folder.post(slug, body)
    return folder, folder.build(jobs=2)


@pytest.mark.parametrize("slug", TWELVE)
def test_twelve_slips_have_one_message_each(twelve: tuple[EditionFolder, Build], slug: str) -> None:
    _, line, lint, part = TWELVE[slug]
    (message,) = [one for one in twelve[1].warnings if f"posts/{slug}.md" in one]
    assert f"posts/{slug}.md:{line}: WARNING: " in message and message.endswith(f"{lint.remedy} [zhushu.{lint}]")
    assert part in message


def test_the_text_of_an_unknown_kind_stays(twelve: tuple[EditionFolder, Build]) -> None:
    page = twelve[1].html("posts/kind")
    assert "文字还在" in page and "没有 prf:derivaton 这种写法：拼错" in page and ":of: eq-a" in page
    assert 'alttext="x"' in page, "it is read as Markdown"


def test_code_under_an_unknown_name_is_shown_as_it_is(edition_folder: EditionFolder) -> None:
    edition_folder.post("p", "```{python}\nx = '<b>' # *a*\n```")
    built = edition_folder.build()
    assert [one for one in built.warnings if "posts/p.md:8" in one and "kind_unknown" in one]
    assert "x = '&lt;b&gt;' # *a*" in built.html("posts/p")


def test_an_unknown_annotation_is_none_of_the_original(edition_folder: EditionFolder) -> None:
    edition_folder.post("p", "原文 $a$。\n\n:::{prf:remrk} 注\n又有 $b$ 与 $c$。\n:::", id="1", origin="feed")
    from ext.posts.measure import records

    record = records(edition_folder.build().env)["posts/p"]
    assert record.original is not None and record.added is not None
    assert (record.original.formulas, record.added.formulas, record.structured) == (1, 2, 0)


def test_a_last_line_sums_the_warnings_by_kind(twelve: tuple[EditionFolder, Build], capsys: pytest.CaptureFixture[str]
                                               ) -> None:
    folder, built = twelve
    folder.build("audit", out="audit")  # its doctrees are known: only what all documents show is said again
    said = capsys.readouterr().out
    assert "警告共 3 条：2 zhushu.equation_undefined, 1 zhushu.of_undefined" in said
    assert len(built.warnings) == 12


def test_nothing_in_the_edition_itself_is_taken_for_a_slip() -> None:
    paths = [*REPO.glob("source/**/*.md"), *REPO.glob("tests/roots/**/*.md"), *REPO.glob("*.md")]
    assert len(paths) > 60
    assert {path.name: found for path in paths if (found := slips(path.read_text("utf-8")))} == {}


@pytest.mark.skipif("CORPUS" not in os.environ, reason="CORPUS does not name the real material")
@pytest.mark.parametrize("pattern", ["legacy/*.md", "**/*.md"])
def test_nothing_in_real_posts_is_taken_for_a_slip(pattern: str) -> None:
    paths = list(Path(os.environ["CORPUS"]).glob(pattern))
    assert len(paths) > 200
    assert {path.name: found for path in paths if (found := slips(path.read_text("utf-8", errors="replace")))} == {}
