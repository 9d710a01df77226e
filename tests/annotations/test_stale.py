"""Annotations whose original has changed: the badge, the finding, and skeletons that claim nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotated import build_root
from conftest import EditionFolder

from ext.annotations.annotating import annotation_records
from ext.checks.findings import findings
from ext.edition.audit.coverage import Cover
from ext.edition.checks.lint import Lint, Severity

BADGE = "原文已变，待复核"


def note(body: str) -> str:
    return f"$$a=1$$\n\n{body}\n"


@pytest.mark.parametrize(("body", "since"), [
    (":::{prf:remark} 题\n:stale: 2026-09-12\n\n注。\n:::", "2026-09-12"),
    (":::{prf:remark}\n:stale:\n:class: dropdown\n\n注。\n:::", "?"),
    (":::{prf:remark}\n---\nstale: 公式改了\n---\n注。\n:::", "公式改了"),
    ("{.annotation .stale}\n## 推导\n\n注。", "?"),
])
def test_a_stale_annotation_is_a_note_and_wears_a_badge(edition_folder: EditionFolder, body: str, since: str) -> None:
    edition_folder.post("p", note(body))
    built = edition_folder.build()
    assert built.warnings == ()
    (found,) = findings(built.env)["posts/p"]
    assert found.subtype is Lint.ANNOTATION_STALE and Lint.ANNOTATION_STALE.severity is Severity.NOTE
    assert found.line and (since == "?" or since in found.message)
    assert [record.stale for record in annotation_records(built.env)["posts/p"]] == [since]
    assert built.html("posts/p").count(BADGE) == 1


def test_what_is_not_stale_has_no_badge(edition_folder: EditionFolder) -> None:
    edition_folder.post("p", note(":::{prf:remark}\n注。\n:::\n\n{.annotation}\n## 推导\n\n注。"))
    built = edition_folder.build()
    assert BADGE not in built.html("posts/p") and "posts/p" not in findings(built.env)


def test_the_badge_is_escaped_and_there_in_other_formats(tmp_path: Path) -> None:
    build_root("test-annotations", tmp_path)
    path = tmp_path / "source/posts/power.md"
    with path.open("a", encoding="utf-8") as file:
        file.write('\n:::{prf:remark}\n:stale: "\\"><script>x"\n\n注。\n:::\n')
    built = build_root("test-annotations", tmp_path)
    assert BADGE in built.html("posts/power") and "<script>x" not in built.html("posts/power")
    text = build_root("test-annotations", tmp_path, out="text", builder="text")
    assert f"[{BADGE}]" in (text.out / "posts/power.txt").read_text("utf-8")


@pytest.mark.parametrize(("body", "state"), [
    ("::::{prf:derivation}\n:::{step}\n% 待写\n:::\n::::", Cover.UNCOVERED),
    ("::::{prf:derivation}\n:of: eq-a\n:::{step} 只有题目\n:::\n::::", Cover.UNCOVERED),
    ("::::{prf:derivation}\n:of: eq-a\n:::{step}\n写了。\n:::\n::::", Cover.DERIVED),
    (":::{prf:example}\n:of: eq-a\n```python\nx = 1\n```\n:::", Cover.EXPLAINED),
])
def test_an_empty_skeleton_covers_nothing(edition_folder: EditionFolder, body: str, state: Cover) -> None:
    from ext.audit.assess import covers
    edition_folder.post("p", f"$$a=1$$ (eq-a)\n\n{body}\n")
    built = edition_folder.build()
    assert built.warnings == ()
    assert [one.state for one in covers(built.env, "posts/p")] == [state]
    empty = [one.subtype for one in findings(built.env).get("posts/p", ())]
    assert empty == ([Lint.DERIVATION_EMPTY] if state is Cover.UNCOVERED else [])


def test_equations_elsewhere_are_refreshed_whoever_shared_the_doctrees(edition_folder: EditionFolder) -> None:
    edition_folder.post("a", "$$a=1$$ (one)\n")
    edition_folder.post("b", "{eq}`a#one`\n")
    assert ">(1)</a>" in edition_folder.build().html("posts/b")
    edition_folder.post("a", "$$z=0$$ (zero)\n\n$$a=1$$ (one)\n")
    edition_folder.build("text", out="text")
    assert ">(2)</a>" in edition_folder.build().html("posts/b")
