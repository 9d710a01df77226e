"""Raw HTML reaches a page only when it is harmless and balanced, and what is lost is reported."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from annotated import build_root
from hypothesis import given
from hypothesis import strategies as st

from ext.checks.findings import findings
from ext.checks.rawhtml import clean, pairs, parse
from ext.edition.checks.lint import Lint

TAGS = st.sampled_from(["b", "i", "sub", "details", "div", "script", "eos", "br", "table", "td", "img", "a"])
PIECES = st.one_of(
    st.builds("<{}>".format, TAGS),
    st.builds("</{}>".format, TAGS),
    st.builds("<{} class='x' onclick=\"f('>')\" style=x>".format, TAGS),
    st.text("ab <>&\"'/=", max_size=6),
)


class _Balance(HTMLParser):
    """Find tags that are not closed, and attributes that act."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)
        assert tag not in ("script", "div", "eos")
        if tag not in ("br", "img", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@given(st.lists(PIECES, max_size=12))
def test_what_is_left_is_balanced_and_passive(pieces: list[str]) -> None:
    checker = _Balance()
    checker.feed(clean(parse("".join(pieces)).text))
    checker.close()
    assert checker.open == []


@given(st.lists(st.sampled_from(["<b>", "</b>", "<i>", "</i>", "<div>", "</div>", "<br>"]), max_size=12))
def test_pairs_nest(tags: list[str]) -> None:
    matched = pairs([parse(tag) for tag in tags])
    for start, end in matched.items():
        assert tags[end] == tags[start].replace("<", "</")
        for other, other_end in matched.items():
            assert not start < other < end < other_end


@pytest.mark.parametrize(("text", "literal"), [("<eos>", True), ("<b>", False), ("<BOS></EOS>", True), ("a", False)])
def test_words_in_angle_brackets_are_text(text: str, literal: bool) -> None:
    assert parse(text).literal is literal


def test_page(tmp_path: Path) -> None:
    built = build_root("test-textlint", tmp_path)
    page = built.html("index")
    for absent in ("theorem-box", "<script>alert", "javascript:", "onclick", "<iframe", "<b>没有"):
        assert absent not in page
    assert "文字照旧" in page and "没有收尾" in page
    assert "<sub>下标 <strong>粗体</strong></sub>" in page
    assert "&lt;eos&gt;" in page and "&lt;BOS&gt;" in page
    assert '<a rel="noopener noreferrer">链接</a>' in page
    assert page.count("task-list-item-checkbox") == 2
    assert page.count("<details>") == page.count("</details>") == 1
    assert page.count("<div") == page.count("</div>")


def test_losses_are_reported_once_per_class(tmp_path: Path) -> None:
    built = build_root("test-textlint", tmp_path)
    found = {(one.subtype, one.message): one.line for one in findings(built.env)["index"]}
    assert found[Lint.UNKNOWN_DIV, '<div class="theorem-box"> is not shown (2 times)'] == 3
    assert (Lint.RAW_HTML, "<iframe> is not shown") in found
    assert (Lint.RAW_HTML, "<script> is not shown") in found
    assert (Lint.RAW_HTML, "<b> is not shown") in found
    assert not any("details" in message or "input" in message for _, message in found)
    assert not any("div" in warning for warning in built.warnings)
