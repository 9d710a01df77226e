"""What generators write besides the text: notes beside the line, boxes, prompts, permalinks, days, titles."""

from __future__ import annotations

import pytest
from docutils import nodes
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.test_convert_attacks import doctree
from tools.convert import Profile, convert
from tools.convert.inventory import inventory

URL = "https://notes.example/2019/03/04/trees/"
LONG = f"<p>{'A sentence that is long enough to be taken for the text of a post, not for a line above it. ' * 3}</p>"


def myst(body: str, **options: object) -> str:
    """Convert the content of a feed entry."""
    return convert(body, url=URL, fragment=True, **options).markdown.strip()  # type: ignore[arg-type]


def page(body: str, head: str = "") -> str:
    """Return a whole page."""
    return f"<!DOCTYPE html><html><head><title>Trees — Notes</title>{head}</head><body>{body}</body></html>"


SIDE = {
    "distill": "<p>Rate<d-footnote>Since \\(q\\).</d-footnote> up.</p>",
    "distill of old": "<p>Rate<dt-fn>Since \\(q\\).</dt-fn> up.</p>",
    "tufte": "<p>Rate<label for='s1' class='margin-toggle sidenote-number'></label><input type='checkbox' id='s1' "
             "class='margin-toggle'><span class='sidenote'>Since \\(q\\).</span> up.</p>",
    "tufte, in the margin": "<p>Rate<label for='m' class='margin-toggle'>&#8853;</label><input type='checkbox' id='m' "
                            "class='margin-toggle'><span class='marginnote'>Since \\(q\\).</span> up.</p>",
    "latexml": "<p>Rate<span class='ltx_note ltx_role_footnote' id='footnote1'><sup class='ltx_note_mark'>1</sup>"
               "<span class='ltx_note_outer'><span class='ltx_note_content'><sup class='ltx_note_mark'>1</sup>"
               "<span class='ltx_tag ltx_tag_note'>1</span>Since \\(q\\).</span></span></span> up.</p>",
    "substack": f"<p>Rate<a class='footnote-anchor' id='footnote-anchor-1' href='{URL}#footnote-1'>1</a> up.</p>"
                f"<div class='footnote'><a id='footnote-1' href='{URL}#footnote-anchor-1' class='footnote-number'>1</a>"
                "<div class='footnote-content'><p>Since \\(q\\).</p></div></div>",
}


@pytest.mark.parametrize("name", SIDE)
def test_a_note_beside_the_sentence_is_a_footnote(name: str) -> None:
    text = myst(SIDE[name])
    assert text == "Rate[^1] up.\n\n[^1]: Since $q$."
    assert len(list(doctree("# T\n\n" + text).findall(nodes.footnote))) == 1


def test_notes_of_all_kinds_are_numbered_as_they_are_referred_to() -> None:
    text = myst("<p>a<sup id='r'><a href='#n'>9</a></sup> b<d-footnote>second</d-footnote> c<span class='sidenote'>"
                "third</span></p><ol><li id='n'>first <a href='#r'>↩</a></li></ol>")
    assert text == "a[^1] b[^2] c[^3]\n\n[^1]: first\n\n[^2]: second\n\n[^3]: third"


def test_a_figure_in_the_margin_stays_where_it_is() -> None:
    assert myst("<p>a</p><span class='marginnote'><img src='/i.png' alt='curve'>Curve.</span><p>b</p>").startswith(
        "a\n\n[curve](https://notes.example/i.png)Curve.")


def test_citations_become_notes_where_the_page_lists_the_works() -> None:
    body = page("<d-article><p>As <d-cite key='roe2017'></d-cite> and again <d-cite key='roe2017,poe'></d-cite>.</p>"
                f"{LONG}</d-article><d-bibliography><script type='text/bibtex'>@article{{roe2017, title={{On rates}}, "
                "author={Roe, Ann}, journal={Journal}, year={2017}}</script></d-bibliography>")
    text = convert(body, url=URL).markdown
    assert "As [^1] and again \\[poe\\][^1]." in text
    assert "[^1]: Roe, Ann. On rates. Journal. 2017." in text


BOXES = {
    "mkdocs": "<div class='admonition {0}'><p class='admonition-title'>Mind</p><p>So \\(x\\).</p></div>",
    "docusaurus": "<div class='theme-admonition theme-admonition-{0} admonition_xJq3 alert alert--secondary'>"
                  "<div class='admonitionHeading_Gvgb'><span class='admonitionIcon_Rf37'><svg viewBox='0 0 14 16'>"
                  "<path d='M0'/></svg></span>Mind</div><div class='admonitionContent_BuS1'>"
                  "<p>So \\(x\\).</p></div></div>",
    "docusaurus of old": "<div class='admonition admonition-{0} alert alert--info'><div class='admonition-heading'><h5>"
                         "<span class='admonition-icon'><svg/></span>Mind</h5></div><div class='admonition-content'>"
                         "<p>So \\(x\\).</p></div></div>",
    "quarto": "<div class='callout callout-style-default callout-{0}'><div class='callout-header'>"
              "<div class='callout-icon-container'><i class='callout-icon'></i></div><div class="
              "'callout-title-container flex-fill'>Mind</div></div><div class='callout-body-container'>"
              "<p>So \\(x\\).</p></div></div>",
    "github": "<div class='markdown-alert markdown-alert-{0}'><p class='markdown-alert-title'><svg class='octicon'/>"
              "Mind</p><p>So \\(x\\).</p></div>",
    "vuepress": "<div class='custom-block {0}'><p class='custom-block-title'>Mind</p><p>So \\(x\\).</p></div>",
    "asciidoctor": "<div class='admonitionblock {0}'><table><tr><td class='icon'><div class='title'>Mind</div></td>"
                   "<td class='content'><p>So \\(x\\).</p></td></tr></table></div>",
}


@pytest.mark.parametrize("kind", ["note", "warning", "tip"])
@pytest.mark.parametrize("name", BOXES)
def test_a_box_of_a_generator_is_a_box(name: str, kind: str) -> None:
    assert myst(BOXES[name].format(kind)) == f"```{{admonition}} Mind\n:class: {kind}\n\nSo $x$.\n```"


def test_a_box_that_folds_still_folds_and_one_without_title_gets_one() -> None:
    folding = "<details class='admonition warning'><summary>S</summary><p>b</p></details>"
    assert ":class: warning dropdown" in myst(folding)
    assert myst("<div class='note danger'><p>b</p></div>").startswith("```{admonition} 危险\n")
    assert myst("<div class='note danger'><p>b</p></div>", profile=Profile(language="en")).startswith(
        "```{admonition} Danger\n")
    assert myst("<div class='note'><p>b</p></div>") == "b", "a class that any theme may use says nothing"


@pytest.mark.parametrize("prompt", [
    "<div class='prompt input_prompt'>In&nbsp;[12]:</div>", "<div class='prompt output_prompt'>Out[3]:</div>",
    "<div class='jp-InputPrompt jp-InputArea-prompt'>In&nbsp;[&nbsp;]:</div>", "<div class='prompt'></div>",
    "<div class='prompt highlight-none notranslate'><div class='highlight'><pre><span></span>[4]:\n</pre></div></div>",
])
def test_prompts_of_notebooks_are_left_out(prompt: str) -> None:
    assert myst(f"{prompt}<pre>x = 1</pre>") == "```\nx = 1\n```"
    assert myst("<div class='prompt'>Guess 1</div>") == "Guess 1", "what says more is text"


@pytest.mark.parametrize("link", [
    "<a class='headerlink' href='#t' title='Permalink'>¶</a>", "<a href='#t'>#</a>",
    "<a class='anchor' href='#t'><svg class='icon'><path/></svg></a>", "<a class='hash-link' href='#t'>​</a>",
    "<a class='header-anchor' href='/2019/#t'>Permalink to this heading</a>", "<span class='hanchor'>#</span>",
])
def test_permalinks_are_no_part_of_a_title_or_a_heading(link: str) -> None:
    done = convert(page(f"<article><h1>Trees{link}</h1>{LONG}<h2>Roots{link}</h2>{LONG}</article>"), url=URL)
    assert done.title == "Trees" and "## Roots\n" in done.markdown


def test_a_heading_is_counted_by_its_own_text() -> None:
    lost = convert("<h2>One <a href='/x'>link</a></h2><p>Text.</p><h2>Two</h2><p>More.</p><div class='note tip'>"
                   "<h3>Three</h3><p>Inner.</p></div>", url=URL, fragment=True).receipt.lost
    assert not lost
    assert inventory("## One\n\nText.\n\n## Two\n\nMore.\n")[0].headings == ("One", "Two")


def test_what_an_end_tag_in_the_wrong_place_took_into_a_heading_stands_behind_it() -> None:
    done = convert(page(f"<div id=content><h1 class='post-title'><div>Trees</h1></div><div>7 May 2016</div>{LONG}"
                        f"<h2>3.1 <div class=title>Sets</div></h2>{LONG}</div>"))
    assert (done.title, done.date) == ("Trees", "2016-05-07")
    assert "May" not in done.markdown and "## 3.1 Sets" in done.markdown


@pytest.mark.parametrize(("line", "day"), [
    ("<time datetime='{{ post.date }}'>Tue 07 June 2011</time>", "2011-06-07"),
    ("<p class='meta'>Posted on June 7, 2011 · 5 min read</p>", "2011-06-07"),
    ("<div>发表于 2011年6月7日 星期二</div>", "2011-06-07"),
    ("<h4 class='author'>Ann Roe</h4><h4 class='date'>2011-06-07</h4>", "2011-06-07"),
    ("<div class='quarto-title-meta-heading'>Published</div><p class='date'>June 7, 2011</p>", "2011-06-07"),
])
def test_the_line_with_the_day_is_metadata(line: str, day: str) -> None:
    done = convert(page(f"<article><header><h1>Trees</h1>{line}</header>{LONG}<p>So $x$.</p></article>"))
    assert done.date == day
    assert done.markdown.startswith("A sentence")


def test_the_first_sentence_is_no_dateline() -> None:
    done = convert(page(f"<article><h1>Trees</h1><p>On June 7, 2011 the tree fell.</p>{LONG}</article>"))
    assert done.markdown.startswith("On June 7, 2011 the tree fell.")


def test_the_day_in_the_address_is_the_authors_and_a_picture_has_none() -> None:
    head = "<meta property='article:published_time' content='2019-03-03T16:00:00Z'>"
    assert convert(page(f"<article><h1>Trees</h1>{LONG}</article>", head), url=URL).date == "2019-03-04"
    image = "<meta property='og:image' content='https://cdn.example/2016/05/06/a.png'>"
    footer = "<footer>© 2012 Ann, built 2014-01-02</footer>"
    undated = page(f"<article><h1>Trees</h1>{LONG}<img src='/2016/05/06/a.png'></article>{footer}", image)
    assert convert(undated, url="https://notes.example/trees").date is None


@pytest.mark.parametrize(("body", "title"), [
    ("<h1><a href='/'>Notes</a></h1><article><h2>Trees</h2>{}</article>", "Trees"),
    ("<h1 class='site-title'>Notes</h1><article><h1>Trees</h1>{}</article>", "Trees"),
    ("<h1>Notes</h1><article>{}</article><meta property='og:site_name' content='Notes'>", "Trees"),
    ("<header><h1><i></i><a href='./'>Notes</a></h1></header><section><h2>Trees</h2>{}</section>", "Trees"),
    ("<article><h1>Trees, and more</h1>{}</article>", "Trees, and more"),
])
def test_the_name_of_the_site_is_no_title(body: str, title: str) -> None:
    done = convert(page(body.format(LONG)))
    assert done.title == title and "Trees" not in done.markdown


def test_placeholders_speak_the_language_of_the_edition() -> None:
    body = "<p>a <math><mi>q</mi></math> <img src='/i.png'></p>"
    assert myst(body) == "a 〔公式：q〕 [图](https://notes.example/i.png)"
    assert myst(body, profile=Profile(language="en")) == "a (formula: q) [figure](https://notes.example/i.png)"


_PIECES = ["<h1>", "</h1>", "<h2>", "</h2>", "<div>", "</div>", "<div class=note>", "<div class='admonition tip'>",
           "<p class='admonition-title'>", "</p>", "<p>", "<a href='#x'>", "</a>", "<span class=sidenote>", "</span>",
           "<d-footnote>", "</d-footnote>", "<div class=prompt>", "<svg viewBox='0 0 99 99'><p>",
           "<svg><path d='M0'/></svg>",
           "<d-cite key=k>", "</d-cite>", "<source>", "<picture>", "</picture>", "<details>", "</details>", "<table>",
           "<tr>", "<td>", "<li>", "<time>"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(_PIECES), st.sampled_from([f"w{n}" for n in range(9)])), max_size=40))
def test_no_word_is_lost_however_the_marks_nest(parts: list[str]) -> None:
    words = [part for part in parts if part.startswith("w")]
    numbered = iter(range(1000))
    parts = [f" {part}q{next(numbered)} " if part.startswith("w") else part for part in parts]
    text = convert("".join(parts), url=URL, fragment=True)
    drawn = " ".join(image.url + image.alt for image in text.images)
    for part in parts:
        if part.startswith(" w"):
            assert part.strip() in text.markdown or part.strip() in drawn
    assert len(words) <= 40


@pytest.mark.parametrize("inner", ["<details><summary>s</summary>x ", "<table><tr><td>a<td>", "<ul><li>x ",
                                   "<blockquote>x ", "<div>", "<b><p>x ", "<figure>x <figcaption>"])
def test_no_nesting_is_too_deep(inner: str) -> None:
    depth = 250 if inner.startswith("<table") else 600
    written = myst(f"{inner * depth}innermost $z$")
    assert written.count("innermost $z$") == 1
    assert written.count("x") == inner.count("x") * depth


def test_a_page_cannot_write_the_marks_of_what_is_held() -> None:
    marks = "".join(f"&#x{code:X};" for code in range(0xFDD0, 0xFDD6))
    forged = "&#xFDD0;0&#xFDD1;"
    done = convert(f"<p>$x$ {forged} {marks}a [b](c){forged} <a href='https://e.example/'>{forged}</a></p>"
                   f"<h2>{forged}</h2><table><tr><th>{forged}<th>b<tr><td>c<td>{forged}</table>", fragment=True)
    assert not any("\ufdd0" <= character <= "\ufdef" for character in done.markdown)
    assert done.markdown.count("$x$") == 1 and "\\[b\\](c)0 [0](https://e.example/)" in done.markdown


def test_items_keep_their_numbers_and_lists_that_follow_each_other_stay_two() -> None:
    items = "".join(f"<li>{n}</li>" for n in range(3))
    lists = f"<ol start='7'>{items}</ol><ol>{items}</ol><ul>{items}</ul><ul><li>a<ol><li>b</ol></li></ul>"
    assert myst(lists) == (
        "7. 0\n8. 1\n9. 2\n\n1) 0\n2) 1\n3) 2\n\n- 0\n- 1\n- 2\n\n* a\n\n  1. b")


def test_white_space_that_markdownify_would_drop_stays_between_words() -> None:
    assert myst("<p>a<b> </b>b<em>&nbsp;c</em>d <a href='https://e.example/'>&nbsp;e </a>f</p>").split("\n")[0] == (
        "a b\xa0*c*d \xa0[e](https://e.example/) f")
