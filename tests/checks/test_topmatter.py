"""Front matter sets no options of the parser: keys outside of the table have no effect and are named."""

from __future__ import annotations

import pytest
from conftest import EditionFolder
from hypothesis import given
from hypothesis import strategies as st
from myst_parser.config.main import TopmatterReadError, read_topmatter

from ext.checks.topmatter import restricted
from ext.edition.site.frontmatter import ALLOWED

RCE = '{{ cycler.__init__.__globals__.os.popen("touch PWNED").read() }}'
SWITCHES = (
    "myst:\n  enable_extensions: [substitution]\n  substitutions: {key: value}",
    "substitutions: {key: value}",
    "html_meta: {'http-equiv=refresh': '0;url=https://other.example/'}",
    "\"myst\": {enable_extensions: [substitution, html_image], url_schemes: [javascript]}",
    "? myst\n: enable_extensions: [substitution]",
    "a: &a {enable_extensions: [substitution]}\nmyst: *a",
    "<<: {myst: {enable_extensions: [substitution]}}",
    "title: x # \u2028myst: {enable_extensions: [substitution]}",
    "{myst: {enable_extensions: [substitution]}, title: x}",
    "myst: {enable_extensions: [substitution]}\n...\ntitle: hidden",
)


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("fence", ["---", "----", "--- # x"])
def test_no_key_reaches_the_parser(switch: str, fence: str) -> None:
    text = f"{fence}\ntitle: t\n{switch}\n---\n\n# t\n\nbelow\n"
    given, refused = restricted(text)
    try:
        seen = read_topmatter(given) or {}
    except TopmatterReadError:
        seen = {}
    assert set(seen) <= set(ALLOWED)
    assert (given == text) == (not refused)
    assert given.index("below") and given.count("\n", 0, given.index("below")) == text.count("\n", 0,
                                                                                            text.index("below"))


HEADS = st.lists(st.sampled_from([
    "title: t", "myst:", "  enable_extensions: [substitution]", "myst: {a: 1}", "---", "...", "--- x", "- a", "",
    "id: 1", "x: |", "  html_meta: y", "html_meta: {a: b}", "? myst", ": {}", "\u2028", "tags: [a,", " b]", "'x",
    "\x85myst: 1"]),
    max_size=8)


@given(HEADS)
def test_whatever_stands_at_the_head_of_a_file(lines: list[str]) -> None:
    text = "\n".join(["---", *lines, "---", "", "# t", ""])
    given, _ = restricted(text)
    try:
        seen = read_topmatter(given) or {}
    except TopmatterReadError:
        return
    assert {str(key) for key in seen} <= set(ALLOWED)
    assert restricted(given) == (given, {})


def test_a_file_switches_nothing_on(edition_folder: EditionFolder) -> None:
    edition_folder.write("posts/rce.md", f"---\ntitle: rce\norigin: local\nmyst:\n  enable_extensions: [substitution]\n"
                         f"html_meta:\n  robots: none\n---\n\n# rce\n\n{RCE} shown\n")
    built = edition_folder.build()
    page = built.html("posts/rce")
    assert "popen" in page and "{{" in page and 'name="robots"' not in page
    found = [line for line in built.warnings if "zhushu.frontmatter_key" in line]
    assert len(found) == 2 and "rce.md:4: " in found[0] and "'myst'" in found[0], built.warnings
    assert "rce.md:6: " in found[1] and "the guide lists the keys" in found[1]
