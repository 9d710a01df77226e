"""Which part of a page is the post: whole, whatever its wrapper is called, and without what surrounds it."""

from __future__ import annotations

import pytest
from lxml.html import document_fromstring

from tools.convert import Profile, convert
from tools.convert.generators import GENERATORS, Generator, recognise
from tools.convert.inventory import inventory

LONG = "<p>" + "Sums of such terms stay bounded, and their limits are taken one after the other. " * 4 + "</p>"


def page(body: str, head: str = "") -> str:
    return f"<html><head><title>Sums</title>{head}</head><body>{body}</body></html>"


def formulas(html: str, **options: object) -> list[str]:
    had, _ = inventory(convert(html, **options).markdown)  # type: ignore[arg-type]
    return [*had.inline, *had.displayed]


@pytest.mark.parametrize("name", [
    "page-navbar", "toc-content", "page-nav", "tag", "content-meta", "is-share", "main-menu", "sidebar", "widget",
    "post-tags", "comments", "site-footer", "js-toc-content", "modal"])
def test_wrapper_is_no_chrome_for_its_name(name: str) -> None:
    html = page(f'<div class="{name}"><h1>Sums</h1><section><p>First $a_1$.</p>{LONG}</section>'
                f'<section><h2>More</h2><p>Second $b_1$.</p>{LONG * 4}</section></div>')
    assert formulas(html) == ["a_1", "b_1"]


def test_one_section_is_not_the_post() -> None:
    sections = "".join(f'<section class="content"><h2>Part {i}</h2><p>So $x_{i}$.</p>{LONG * i}</section>'
                       for i in range(1, 4))
    assert formulas(page(f"<div><h1>Sums</h1>{sections}</div>")) == ["x_1", "x_2", "x_3"]


def test_prose_votes_where_no_formula_does() -> None:
    rest = LONG.replace("Sums", "Parts") * 3
    html = page(f'<div><div class="content">{LONG}</div><div class="rest">{rest}</div></div>')
    text = convert(html).markdown
    assert "Sums of such" in text and "Parts of such" in text


def test_what_surrounds_the_post_stays_outside() -> None:
    html = page(
        '<nav><a href="/">home $n_1$</a></nav><div class="sidebar"><p>Latest: on $s_1$</p></div>'
        f'<article><header><h1>Sums</h1></header>{LONG * 3}<p>So $x_1$.</p><aside>{LONG} with $y_1$</aside>'
        f'<footer>notes $z_1$</footer></article><div id="comments"><p>Nice, $c_1$!</p>{LONG * 9}</div>'
        '<footer>since 2009 $f_1$</footer>')
    assert formulas(html) == ["x_1", "y_1", "z_1"]


@pytest.mark.parametrize(("mark", "post"), [
    ('<div class="js-vote-count">3</div>', '<div class="s-prose"><p>{}</p></div>'),
    ('<meta name="generator" content="Discourse 3.1">', '<div class="cooked"><p>{}</p></div>'),
])
def test_thread_is_taken_whole_and_in_order(mark: str, post: str) -> None:
    posts = "".join(f"<div>{post.format(f'Answer $x_{i}$.' + LONG)}<a href='/u'>someone</a></div>" for i in range(3))
    assert formulas(page(f"<h1>Why?</h1>{mark}{posts}")) == ["x_0", "x_1", "x_2"]


@pytest.mark.parametrize("row", GENERATORS, ids=lambda row: row.name)
def test_every_generator_is_known_by_its_mark_and_its_selectors_parse(row: Generator) -> None:
    mark = row.marks[0]
    kind, name = mark[0], mark[1:]
    html = {"#": f'<div id="{name}"></div>', ".": f'<div class="{name}"></div>'}.get(
        kind, f'<meta name="Generator" content="{mark[5:].title()} (v1.2)">' if mark.startswith("meta:")
        else f"<{mark}></{mark}>")
    root = document_fromstring(page(f"{html}<p>text</p>"))
    assert row in recognise(root, GENERATORS)
    for selector in (*row.content, *row.drop):
        root.cssselect(selector)


def test_generator_of_the_edition_comes_first() -> None:
    row = Generator("ours", (".ours",), (".text", ), (".stamp",))
    html = page(f'<div class="ours"><article><h1>Sums</h1><p class="stamp">Stamped</p><div class="text">{LONG}'
                f'<p class="stamp">Stamped</p></div><div>{LONG.replace("Sums", "Parts")[:200]}</div></article></div>')
    text = convert(html, profile=Profile(generators=(row,))).markdown
    assert "Sums of such" in text and "Parts of such" not in text and "Stamped" not in text


def test_note_at_the_side_is_kept_and_a_list_of_links_is_not() -> None:
    note = '<aside class="sidebar"><p>By the way, the limit need not exist at all, as the next part shows.</p></aside>'
    links = '<aside class="sidebar"><ul><li><a href="/1">Other things that are here to read</a></li></ul></aside>'
    text = convert(page(f"<article><h1>Sums</h1>{LONG * 2}{note}{LONG}{links}</article>")).markdown
    assert "the limit need not exist" in text and "Other things" not in text
