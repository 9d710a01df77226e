"""The gate: constructs read are constructs meant, whatever is nested in what, and nothing else is ever written."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import pytest
from conftest import EditionFolder
from myst_parser.config.main import MdParserConfig

from ext.edition.annotations.kinds import KINDS
from ext.edition.checks.entry import check_original, check_rewritten
from ext.edition.checks.markup import Construct, compared, directive, formula, options, plain, read, role
from ext.edition.checks.reader import SETTINGS
from ext.edition.site import config
from ext.edition.site.errors import EditionError
from tests.tools.nesting import markdown, nesting
from tools.convert import api, convert, leaks
from tools.import_markdown import post as importing

#: How many nestings a run looks at; by hand give NESTINGS=20000 and more.
NESTINGS = int(os.environ.get("NESTINGS", "400"))
EDITION = config.parse('[edition]\ntitle = "t"\n[site]\nurl = "https://blog.example"\n', where="edition.toml")


def kinds(text: str) -> Counter[Construct]:
    """Return the constructs that must have been meant."""
    return Counter(compared(read(text)))


def test_the_reader_is_that_of_the_build(edition_folder: EditionFolder) -> None:
    built = edition_folder.build().env.myst_config
    ours = MdParserConfig(**{**SETTINGS, "enable_extensions": set(SETTINGS["enable_extensions"])})
    for one in fields(MdParserConfig):
        if one.name != "suppress_warnings":
            assert getattr(built, one.name) == getattr(ours, one.name), one.name


@pytest.mark.parametrize("part", range(8))
def test_constructs_read_are_constructs_meant(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Sequence[str], Counter[Construct]]] = []

    def spy(passages: Sequence[str], meant: Counter[Construct], **how: Any) -> leaks.Settled:
        seen.append((passages, meant))
        return leaks.settle(passages, meant, **how)

    monkeypatch.setattr(api, "settle", spy)
    for seed in range(part, NESTINGS, 8):
        page = nesting(random.Random(seed))
        done = convert(page, url="https://blog.example/archives/1", fragment=bool(seed % 3))
        passages, meant = seen.pop()
        assert kinds("\n\n".join(passages) + "\n") == +meant, (seed, page)
        assert not done.receipt.literal, (seed, page)


LEAKS = {
    "code in a term": ("<dl><dt>m<pre>\n```{testcode}\nx\n```\n</pre></dt><dd>d</dd></dl>", "m\n: ````\n"),
    "code in a stray summary": ("<summary>m<pre>:::{include} /etc/hostname\n:::</pre></summary>", "m\n\n```\n:::"),
    "xmp in a summary": ("<details><summary>m<xmp>$1$ {x}\n</xmp></summary>p</details>", "```\n$1$ {x}\n```"),
    "listing in a heading": ("<h2>m<listing>% c\n(a)=</listing></h2>", "## m % c (a)="),
    "code in a caption": ("<table><caption>c<pre>+++\n---</pre></caption><tr><td>a</td><td>b</td></tr></table>",
                          "c\n\n```\n+++\n---\n```"),
    "label in a summary": ("<summary>$$x$$ (pwn)</summary>", "$$x$$ \\(pwn)"),
    "label in a term": ("<dl><dt>$$x$$ (pwn)</dt><dd>d</dd></dl>", "$$x$$ \\(pwn)\n: d"),
    "displays as one": ("<dt>$$a$$ and $$b$$</dt>", "$$a$$ and $$b$$&#8203;"),
    "target with parentheses": ("<p>(a)(b)=</p>", "\\(a)(b)="),
    "target after a wide space": ("<p>\u3000(a)=</p>", "\u3000\\(a)="),
    "line end of directives": ("<details>a&#8232;:::{include} x</details>", "a :::\\{include} x"),
    "carriage return": ("<p>a&#13;% b</p>", "a % b"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_text_is_written_as_text(name: str) -> None:
    page, shows = LEAKS[name]
    done = convert(page, fragment=True)
    assert shows in done.markdown
    assert not done.receipt.literal
    allowed = {"formula", "code", "directive"}
    found = kinds(done.markdown)
    assert {one.kind for one in found} <= allowed, done.markdown
    assert {one.name for one in found if one.kind == "directive"} <= {"admonition", "list-table"}


def test_a_passage_with_markup_that_nobody_meant_becomes_text() -> None:
    meant = Counter([formula("inline"), role("sup", "2")])
    settled = leaks.settle(["# t", "a $x$ {sup}`2`", ":::{include} /etc/passwd\n:::", "end"], meant, skipped=1)
    assert settled.passages == ("# t", "a $x$ {sup}`2`", "```text\n:::{include} /etc/passwd\n:::\n```", "end")
    assert [found.snippet for found in settled.literal] == ["line 3: directive include /etc/passwd"]
    assert kinds("\n\n".join(settled.passages)) - meant == kinds(settled.passages[2])


def test_what_an_open_fence_hid_is_found_when_it_is_closed() -> None:
    passages = ["a", "```{raw} html", "b $y$", "% c", "{.k}\n## h", "$z$"]
    settled = leaks.settle(passages, Counter({formula("inline"): 2}))
    assert settled.passages == ("a", "````text\n```{raw} html\n````", "b $y$", "```text\n% c\n```",
                                "```text\n{.k}\n## h\n```", "$z$")
    assert len(settled.literal) == 3


def test_a_heading_becomes_text_by_escapes() -> None:
    settled = leaks.settle(["# a {raw}`html` [x](file:///etc) \\"], Counter())
    (heading,) = settled.passages
    assert heading.startswith("# a ") and not kinds(heading)
    (found,) = [one for one in read(heading) if one.construct.kind == "heading"]
    assert found.content.replace(" ", "") == "a{raw}`html`[x](file:///etc)\\"


def test_what_cannot_be_written_safely_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "_as_text", lambda passage: passage)
    with pytest.raises(EditionError, match="https://blog.example/1: the reader finds .* comment c"):
        leaks.settle(["% c"], Counter(), where="https://blog.example/1")


def test_what_was_meant_and_is_not_read_is_lost() -> None:
    meant = Counter([role("sup", "2"), formula("inline")])
    assert [(lost.kind, lost.snippet) for lost in leaks.unread(read("text"), meant)] == [("role", "sup 2")]


NESTED = (
    ("::::{admonition} t {raw}`html`\n:class: x\n\n:::{include} /etc/passwd\n:::\n::::", ["admonition", "include"]),
    ("```{list-table}\n* - a\n  - ~~~{raw} html\n    x\n    ~~~\n```", ["list-table", "raw"]),
    ("```{figure} p.png\n---\nname: x\n---\n```{testcode}\n```", ["figure", "testcode"]),
    ("````{note}\na\u2028```{eval-rst}\nb\n```\n````", ["note", "eval-rst"]),
    ("- :::{prf:proof}\n  ```{testcode}\n  ```\n  :::", ["prf:proof", "testcode"]),
    (":::plain\n```{include} x\n```\n:::", ["include"]),
    ("```{code-block} python\n:::{include} x\n:::\n```", ["code-block"]),
)


@pytest.mark.parametrize(("text", "names"), NESTED)
def test_directives_are_read_as_the_build_reads_them(text: str, names: list[str]) -> None:
    assert [one.name for one in compared(read(text)) if one.kind == "directive"] == names


@pytest.mark.parametrize(("content", "keys", "body"), [
    (":class: x\n:name: y\n\nz", ("class", "name"), "z"), ("---\na: 1\nb: 2\n---\nz", ("a", "b"), "z"),
    ("\n:class: x", (), ":class: x"), (":::{x}\n:::", (), ":::{x}\n:::"), ("z", (), "z"), ("", (), ""),
])
def test_options_are_split_from_the_content(content: str, keys: tuple[str, ...], body: str) -> None:
    assert options(content) == (keys, body)


def test_definitions_and_labels_are_markup_too() -> None:
    found = kinds("$$x$$ (3)\n\n[a]: http://b\n\n> [c]: http://d\n\n[^1]\n\n[^1]: n\n\n`c`{.k} <b>x</b>")
    assert Counter(one.kind for one in found.elements()) == {
        "formula": 1, "label": 1, "definition of a link": 2, "footnote reference": 1, "footnote": 1, "attribute": 1,
        "HTML": 2}
    assert directive("math") == formula("displayed") and role("math", "x") == formula("inline")


def test_an_imported_file_brings_no_markup_but_plain_markdown() -> None:
    edition = EDITION
    for seed in range(NESTINGS // 2):
        text = markdown(random.Random(seed))
        post = importing.convert(text, "t.md", edition)
        for one in (post.body, post.original or ""):
            strange = [found for found in kinds(one) if not plain(found)]
            assert {found.kind for found in strange} <= {"directive", "attribute"}, (seed, one)
            for found in strange:
                if found.kind == "directive":
                    assert found.name == "step" or found.name.removeprefix("prf:") in KINDS, (seed, one)
                else:
                    assert found.name == "class=annotation" or found.name.startswith("id="), (seed, one)


IMPORTED = {
    "- (a)(b)=\n": "- \\(a)(b)=", "> % c": "> \\% c", "1. +++": "1. \\+++", "a <b onclick=x>b</b>": "a <b>b</b>",
    "a \\\\{raw}`html`": "a \\\\\\{raw}`html`", "- $$e$$ (3)": "- $$e$$ \\(3)", "x <!-- c --> y": "x \\<!-- c --> y",
    "```{raw} html\nopen": "\\`\\`\\`\\{raw} html\nopen", "[x](file:///etc/hosts) y": "x y",
    "[x](../../secret) y": "```text\n[x](../../secret) y\n```",
    "[x]: https://e.example/ \"t\"\n\n[x]": "[x]: https://e.example/", "[^1]\n\n[^1]: note": "[^1]: note",
}


@pytest.mark.parametrize("text", IMPORTED)
def test_what_survives_of_an_imported_text(text: str) -> None:
    post = importing.convert(f"# t\n\n{text}\n", "t.md", EDITION)
    assert IMPORTED[text] in post.body
    assert all(plain(found) for found in kinds(post.body)), post.body
    assert bool(post.receipt.get("literal")) == ("```text" in IMPORTED[text])


@pytest.mark.parametrize("body", ["```{testcode}\nx\n```", "% c", "(a)=\n\n## b", "{.annotation}\n## h", "{raw}`html`",
                                  "[x](../../secret)", "$$x$$ (3)", "<div>x</div>"])
def test_an_original_holds_only_what_a_conversion_writes(body: str) -> None:
    check_original("a $x$ {sup}`2` [b](https://e.example) ![c](../_images/7/c.png)\n\n```{list-table}\n* - a\n```",
                   where="7.md")
    with pytest.raises(EditionError, match="7.md: holds markup that no conversion writes: .*line 3"):
        check_original(f"a\n\n{body}\n", where="7.md")


def test_rewriting_makes_no_markup_of_text() -> None:
    post, original = "a\n\n:::{prf:proof}\nx\n:::\n", "b $y$\n"
    check_rewritten("b $y$\n\n:::{prf:proof}\n:stale: 2026-01-01\nx\n:::\n\n:::{prf:remark}\na\n:::\n", post, original,
                    where="p.md")
    with pytest.raises(EditionError, match="p.md: rewriting it would make text into markup: directive include"):
        check_rewritten("b $y$\n\n:::{include} z\n:::\n", post, original, where="p.md")
