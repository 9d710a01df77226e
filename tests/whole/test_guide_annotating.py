"""The guide to annotating shows every kind, and its examples build as they are printed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Build, new_edition

from ext.annotations.annotating import annotation_records
from ext.checks.findings import findings
from ext.edition.annotations.kinds import KINDS, PARTS, SECTION
from ext.edition.checks.lint import Lint

GUIDE = Path(__file__).resolve().parent.parent.parent / "source" / "guide" / "annotating.md"
EXAMPLES = re.findall(r"^(`{4,})\{shown\}\n(.*?)^\1$", GUIDE.read_text("utf-8"), re.M | re.S)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Return an edition that has this page of the guide, and an empty one that it leads to."""
    folder = new_edition(tmp_path_factory.mktemp("annotating"))
    folder.write("guide/annotating.md", GUIDE.read_text("utf-8"))
    folder.write("guide/checking.md", "# 检验\n")
    return folder.build()


def test_examples_build_as_printed(built: Build) -> None:
    assert [warning for warning in built.warnings if "annotating" in warning] == []
    assert findings(built.env).get("guide/annotating", ()) == ()
    page = built.html("guide/annotating")
    shown = re.findall(r'class="shown docutils container">\s*<div class="shown-source.*?<pre>(.*?)</pre>', page, re.S)
    printed = [html.unescape(re.sub(r"<[^>]*>", "", one)).strip() for one in shown]
    assert printed == [text.strip() for _, text in EXAMPLES]


def test_every_kind_and_part_is_shown(built: Build) -> None:
    records = annotation_records(built.env)["guide/annotating"]
    assert {record.kind for record in records} == {*KINDS, SECTION}
    assert {part.part for record in records for part in record.parts} == set(PARTS)


def test_one_example_after_another_as_posts(edition_folder: Any) -> None:
    """An annotator copies one example into a post: its references into the same edition still hold."""
    for number, (_, text) in enumerate(EXAMPLES):
        # Only the first example has the equation that others are about.
        edition_folder.post(f"copy-{number}", text.replace(":of: eq-lse", ":of: copy-0#eq-lse"))
    built = edition_folder.build()
    assert [warning for warning in built.warnings if "copy-" in warning] == []


def test_findings_of_annotations_are_explained() -> None:
    text = GUIDE.read_text("utf-8")
    ours = [Lint.OF_UNDEFINED, Lint.REF_UNDEFINED, Lint.LABEL_DOUBLED, Lint.STRAY_PART, Lint.MATH_UNCLOSED,
            Lint.THEOREM_WITHOUT_PROOF, Lint.DERIVATION_EMPTY, Lint.PANORAMA_PART_MISSING, Lint.HEADING_JUMP,
            Lint.UNKNOWN_DIV, Lint.RAW_HTML]
    for lint in ours:
        assert re.search(rf"^\| `{lint}` \| {'错误' if lint.severity == 'mistake' else '待补'} \|", text, re.M), lint


def test_no_box_is_wider_than_a_phone(built: Build, browser: Any, serve: Callable[[Path], str]) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{serve(built.out)}/guide/annotating.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    widths = page.evaluate(
        "[...document.querySelectorAll('.annotation')].map(box => box.getBoundingClientRect().right)")
    assert len(widths) > len(KINDS) and max(widths) <= 390
    page.close()
