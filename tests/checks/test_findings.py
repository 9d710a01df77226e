"""Findings live as long as what they are about, survive parallel reading, and warn only for mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from ext.checks.findings import findings
from ext.edition.checks.lint import Lint, Severity

BAD = "<div class=\"theorem-box\">\n\n文字\n\n</div>\n\n{prf:ref}`nowhere`\n"


def _found(built: Any) -> dict[str, list[tuple[str, int | None]]]:
    return {docname: [(one.subtype.value, one.line) for one in found]
            for docname, found in findings(built.env).items()}


def test_every_lint_says_what_to_do() -> None:
    for lint in Lint:
        assert Lint(lint.value) is lint and isinstance(lint.severity, Severity)
        assert lint.remedy and not lint.remedy.endswith(".")


@pytest.mark.parametrize("jobs", [1, 2])
def test_build_edit_delete(edition_folder: Any, jobs: int) -> None:
    for number in range(6):
        edition_folder.post(f"fine-{number}", "文字。")
    edition_folder.post("bad", BAD)
    expected = {"posts/bad": [("unknown_div", 8), ("ref_undefined", 14)]}
    built = edition_folder.build(jobs=jobs)
    assert _found(built) == expected
    assert [warning for warning in built.warnings if "[zhushu." in warning] == [
        warning for warning in built.warnings if "posts/bad.md:14: WARNING" in warning and "ref_undefined" in warning]
    assert len([warning for warning in built.warnings if "[zhushu." in warning]) == 1

    edition_folder.post("fine-1", "另一段文字。")
    assert _found(edition_folder.build(jobs=jobs)) == expected

    mended = edition_folder.post("bad", "已改好。")
    assert _found(edition_folder.build(jobs=jobs)) == {}

    edition_folder.post("bad", BAD)
    assert _found(edition_folder.build(jobs=jobs)) == expected
    mended.unlink()
    assert _found(edition_folder.build(jobs=jobs)) == {}


def test_a_builder_over_the_same_doctrees_finds_the_same(edition_folder: Any) -> None:
    edition_folder.post("bad", BAD)
    first = edition_folder.build()
    again = edition_folder.build("dirhtml", out="other")
    assert _found(first) == _found(again)


def test_a_mistake_of_the_blog_is_recorded_and_does_not_warn(edition_folder: Any) -> None:
    broken = "$\\nosuch$ 与 $\\eqref{nothing}$"
    edition_folder.post("theirs", broken, id="8", origin="feed")
    edition_folder.post("ours", broken)
    built = edition_folder.build()
    assert {line.split(":")[0].rsplit("/", 1)[-1] for line in built.warnings} == {"ours.md"}
    found = {docname: {str(one.subtype) for one in list_} for docname, list_ in findings(built.env).items()}
    assert found["posts/theirs"] == found["posts/ours"] == {"math_unset", "equation_undefined"}
