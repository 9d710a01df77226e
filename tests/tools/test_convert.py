"""Conversion of pages: every markup of math, text that shows as text, structure, metadata, receipt."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from docutils import nodes

from tests.tools.test_convert_attacks import doctree
from tools.convert import Profile, Receipt, convert
from tools.convert.decode import decode
from tools.convert.inventory import inventory
from tools.convert.receipt import Counts, Finding

URL = "https://blog.example/archives/7"


def myst(body: str, **options: object) -> str:
    """Convert the content of a feed entry."""
    return convert(body, url=URL, fragment=True, **options).markdown.strip()  # type: ignore[arg-type]


MARKUPS = {
    "dollars": ("<p>a $x_1*y*z$ b</p>", "x_1*y*z", False),
    "double dollars": ("<p>a $$x\\\\\ny$$ b</p>", "x\\\\ y", True),
    "parentheses": (r"<p>a \(x &lt; y\) b</p>", "x < y", False),
    "brackets across breaks": (r"<p>\[x<br>+ y\]</p>", "x + y", True),
    "bare environment": (r"<p>so \begin{align}a&amp;=b\end{align} holds</p>", r"\begin{align}a&=b\end{align}", True),
    "mathjax 2 script": ('<p><span class="MathJax_Preview">x</span><span class="MathJax">twin</span>'
                         '<script type="math/tex; mode=display">% <![CDATA[\na<b %]]></script></p>', "a<b", True),
    "mathjax 3 container": ('<mjx-container display="true"><svg/><mjx-assistive-mml><math><semantics><mi>x</mi>'
                            '<annotation encoding="application/x-tex">x</annotation></semantics></math>'
                            "</mjx-assistive-mml></mjx-container>", "x", True),
    "mathjax 4 container": ('<mjx-container data-latex="\\sqrt x"><svg/></mjx-container>', r"\sqrt x", False),
    "mathjax 3 before it is typeset": ('<mjx-container display="true"><formula>\n$$\na_1*b*c$$\n</formula><script>1'
                                       "</script></mjx-container>", "a_1*b*c", True),
    "katex": ('<span class="katex-display"><span class="katex"><span class="katex-mathml"><math><semantics>'
              '<annotation encoding="application/x-tex">x^2</annotation></semantics></math></span>'
              '<span class="katex-html">x2</span></span></span>', "x^2", True),
    "katex error": ('<span class="katex-error" title="ParseError">\\foo{x}</span>', r"\foo{x}", False),
    "mathml alttext": ('<math alttext="\\alpha" display="block"><mi>α</mi></math>', r"\alpha", True),
    "distill": ("<d-math block>x</d-math>", "x", True),
    "wikipedia": ('<span class="mwe-math-element"><math alttext="{x}"><mi>x</mi></math><img alt="x" src="/r.svg">'
                  "</span>", "x", False),
    "zhihu": ('<p><span class="ztext-math" data-eeimg="1" data-tex="x\\\\"><svg></svg></span></p>', r"x\\", True),
    "wordpress": ('<p><img src="https://s0.wp.com/latex.php?latex=x%2By+z&amp;bg=fff" class="latex" alt="?"></p>',
                  "x+y z", False),
    "codecogs": ('<p>a <img src="https://latex.codecogs.com/svg.image?\\inline&amp;space;\\large&amp;space;x+y"></p>',
                 "x+y", False),
    "mimetex": ('<p><img src="/cgi-bin/mimetex.cgi?x%5E2" alt="image"></p>', "x^2", False),
    "gitlab": ('<pre class="code math" data-math-style="display">x</pre>', "x", True),
    "pandoc katex": ('<p><span class="math inline">x_i</span></p>', "x_i", False),
    "arithmatex": (r'<div class="arithmatex">\[x\]</div>', "x", True),
    "double escaped": ("<p>\\(a &amp;lt; b\\)</p>", "a < b", False),
}


@pytest.mark.parametrize("name", MARKUPS)
def test_every_markup_of_math_keeps_its_tex(name: str) -> None:
    body, tex, display = MARKUPS[name]
    done = convert(body, fragment=True)
    had, _ = inventory(done.markdown)
    assert [" ".join(t.split()) for t in (had.displayed if display else had.inline)] == [tex]
    assert done.receipt.clean
    assert done.receipt.page.formulas == done.receipt.myst.formulas == 1
    assert "twin" not in done.markdown


@pytest.mark.parametrize(("body", "lines"), [
    ("<p>a</p><p>$$x$$ $$y$$</p>", "a\n\n$$\nx\n$$\n\n$$\ny\n$$"),
    ("<ul><li>a $$x$$ b</li></ul>", "- a\n\n  $$\n  x\n  $$\n\n  b"),
    ("<blockquote><p>$$x$$</p></blockquote>", "> $$\n> x\n> $$"),
    ("<table><tr><th>h</th></tr><tr><td>$|x|$</td></tr></table>", "| h |\n| --- |\n| $\\|x\\|$ |"),
    ("<table><tr><th>h</th></tr><tr><td>$$a\nb$$</td></tr></table>", "| h |\n| --- |\n| $$a b$$ |"),
    ("<h2>On $x$</h2><p>y</p>", "## On $x$\n\ny"),
    ("<p>\\(\\text{if $x$}\\)</p>", "{math}`\\text{if $x$}`"),
    ("<p>\\[x\n\ny\\]</p>", "$$\nx\ny\n$$"),
    ("<p>It costs $5 and $6 more.</p>", "It costs \\$5 and \\$6 more."),
    ("<dl><dt>t</dt><dd>$$x$$</dd></dl>", "t\n: $$\n  x\n  $$"),
    ("<p>$a$$b$</p>", "$a$$b$"),
])
def test_formulas_stand_where_the_reader_finds_them(body: str, lines: str) -> None:
    assert myst(body) == lines


def test_dollars_follow_the_settings_of_the_page() -> None:
    page = "<html><head><script>{}</script></head><body><article><p>a $x$ b</p></article></body></html>"
    off = convert(page.format("MathJax = {tex: {inlineMath: [['\\\\(', '\\\\)']]}}"))
    on = convert(page.format("MathJax = {tex: {inlineMath: [['$', '$']]}}"))
    assert (off.receipt.page.inline, on.receipt.page.inline) == (0, 1)
    assert convert(page.format(""), profile=Profile(dollars=False)).receipt.page.inline == 0


def test_formula_without_tex_is_reported_and_can_be_reconstructed() -> None:
    body = "<p>a <math><mfrac><mi>a</mi><mi>b</mi></mfrac></math> b</p>"
    reported = convert(body, fragment=True)
    assert reported.receipt.without_tex == (Finding("mathml", "ab"),)
    assert "〔公式：ab〕" in reported.markdown
    derived = convert(body, fragment=True, profile=Profile(reconstruct=True))
    assert derived.receipt.reconstructed and not derived.receipt.without_tex
    assert derived.receipt.myst.inline == 1


@pytest.mark.parametrize("body", [
    "中文<b>粗体：</b>中文", "中文<b>“引号”</b>中文", "中文<b>\\(x\\)</b>中文", "a<b>（b）</b>c", "<b>甲</b><i>乙</i>",
    "<b>a <i>b</i></b>c",
    "中<b>（一）标题</b>文", "<b>粗体</b>中文", "字<b><code>x</code></b>字", "字<b><a href='https://e.example'>x</a></b>字",
])
def test_emphasis_across_chinese_is_read_as_emphasis(body: str) -> None:
    tree = doctree("# T\n\n" + myst(f"<p>{body}</p>"))
    assert len(list(tree.findall(nodes.strong))) == 1
    assert "*" not in tree.astext()
    assert "\u200b" not in tree.astext() and "\u2060" not in tree.astext()


@pytest.mark.parametrize(("body", "lines"), [
    ("<h1>a</h1><h4>b</h4><h2>c</h2><h3>d</h3>", "## a\n\n### b\n\n### c\n\n#### d"),
    ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
    ("<ol start='3'><li><p>a</p><p>b</p></li></ol>", "3. a\n\n   b"),
    ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
    ("<pre><code class='language-python'>a\n\n  b\n</code></pre>", "```python\na\n\n  b\n```"),
    ("<figure class='highlight c'><table><tr><td class='gutter'><pre>1</pre></td><td class='code'><pre>x;</pre></td>"
     "</tr></table></figure>", "```c\nx;\n```"),
    ("<p>a<br>b</p>", "a\\\nb"),
    ("<p>a<br><br>b</p>", "a\n\nb"),
    ("<p>a</p><hr><p>b</p>", "a\n\n___\n\nb"),
    ("<p>H<sub>2</sub>O, x<sup><i>n</i></sup></p>", "H{sub}`2`O, x{sup}`n`"),
    ("<p><a href='/archives/9#c'>nine</a></p>", "[nine](https://blog.example/archives/9#c)"),
    ("<p><a href='a b(1).html'>x</a></p>", "[x](https://blog.example/archives/a%20b%281%29.html)"),
    ("<a href='/big.png'><img src='/small.png' alt='cat'></a>", "[cat](https://blog.example/small.png)"),
    ("<table><tr><th>a</th><th>b</th></tr><tr><td colspan=2>c</td></tr></table>", "| a | b |\n| --- | --- |\n| c |  |"),
    ("<table role=presentation><tr><td>a</td><td>b</td></tr></table>", "a\n\nb"),
    ("<dl><dt>t</dt><dd>d</dd><dd>e</dd></dl>", "t\n: d\n\n: e"),
    ("<details><summary>s</summary><p>b</p></details>", "```{admonition} s\n:class: dropdown\n\nb\n```"),
    ("<strong><p>a</p><p>b</p></strong>", "**a**\n\n**b**"),
    ("<p><img src='//cdn.example/x.png' alt='x'></p>", "[x](https://cdn.example/x.png)"),
    ("<p>x <img data-src='/y.png' src='data:,'> z</p>", "x [图](https://blog.example/y.png) z"),
])
def test_structure(body: str, lines: str) -> None:
    assert myst(body) == lines


def test_list_table_carries_what_a_pipe_table_cannot() -> None:
    text = myst("<table><tr><th>a</th><th>b</th></tr><tr><td rowspan=2><p>c</p><p>d</p></td><td>e</td></tr>"
                "<tr><td><ul><li>f</li></ul></td></tr></table>")
    table = next(iter(doctree("# T\n\n" + text).findall(nodes.table)))
    assert len(list(table.findall(nodes.row))) == 3
    assert len(list(table.findall(nodes.thead))) == 1
    assert [entry.astext() for entry in table.findall(nodes.entry)] == ["a", "b", "c\n\nd", "e", "", "f"]


def test_pictures_that_were_fetched_are_pictures_and_the_others_links() -> None:
    body = ("<figure><a href='/i/a.png'><img src='/i/a.png' alt='say \"a\"'></a><figcaption>The <b>a</b></figcaption>"
            "</figure><p><img src='/i/b.png' alt='b'></p><p><img src='/i/c.png' alt='c'></p>")
    done = convert(body, url=URL, fragment=True, image_paths={
        "https://blog.example/i/a.png": "/_images/7/a.png", "https://blog.example/i/b.png": "/_images/7/b.png"})
    assert '```{figure} /_images/7/a.png\n:alt: "say \\"a\\""\n\nThe **a**\n```' in done.markdown
    assert "![b](/_images/7/b.png)" in done.markdown and "[c](https://blog.example/i/c.png)" in done.markdown
    assert done.receipt.page.images == done.receipt.myst.images == 3
    figure = next(iter(doctree("# T\n\n" + done.markdown).findall(nodes.figure)))
    assert figure.children[0]["alt"] == 'say "a"' and figure.children[1].astext() == "The a"


def test_footnotes_are_footnotes() -> None:
    text = myst("<p>a<sup id='r1'><a href='#n1'>1</a></sup>: b</p><div class=footnotes><hr><ol><li id='n1'>"
                "<p>Note $x$ <a href='#r1'>↩</a></p></li></ol></div>")
    assert text == "a[^1]: b\n\n[^1]: Note $x$"
    assert len(list(doctree("# T\n\n" + text).findall(nodes.footnote))) == 1


PAGE = """<!DOCTYPE html><html><head><title>A title - A blog</title><link rel="canonical" href="/archives/7">
<meta name="author" content="Ann"></head><body><nav><a href="/">Home</a></nav><div class="sidebar"><p>Recent</p></div>
<div id="wrap"><h1 class="post-title">On <span>\\(x\\)</span></h1><time datetime="2024-02-03T10:00:00Z">Feb</time>
<a rel="tag" href="/t">algebra</a>
<div class="post-content"><h2 id="s">S<a class="headerlink" href="#s">#</a></h2><p>Body \\(y\\).</p>
<div class="section" id="related-work"><p>Kept section.</p></div><div class="share">Share me</div>
<p>Reprinted from here. Please cite.</p><pre>@online{x}</pre></div><p>Outside \\(z\\).</p></div>
<div id="comments"><p>Comment \\(c\\)</p></div></body></html>"""


def test_page_gives_the_post_and_what_is_known_about_it() -> None:
    done = convert(PAGE, url=URL)
    assert (done.title, done.heading) == ("On $x$", "On $x$")
    assert (done.date, done.author, done.tags, done.canonical) == ("2024-02-03", "Ann", ("algebra",), URL)
    assert "Kept section." in done.markdown and "## S\n" in done.markdown
    assert "Outside $z$" in done.markdown, "a formula outside of the likely element widens it"
    for chrome in ("Home", "Recent", "Share me", "Comment"):
        assert chrome not in done.markdown
    assert not done.truncated and not done.receipt.lost


def test_profile_names_content_chrome_and_footer() -> None:
    profile = Profile(content=".post-content", drop=("#related-work",), footer=("^Reprinted",))
    done = convert(PAGE, url=URL, profile=profile)
    assert done.markdown == "## S\n\nBody $y$.\n"


@pytest.mark.parametrize("ending", ["[[[...]]]", "[…]", "[&hellip;]", "Read more »", "阅读全文", "Continue reading →"])
def test_truncated_content_says_so(ending: str) -> None:
    assert convert(f"<p>Some text.</p><p>{ending}</p>", fragment=True).truncated
    assert not convert(f"<p>{ending}</p><p>{'Some text. ' * 30}</p>", fragment=True).truncated


@pytest.mark.parametrize(("body", "header"), [
    ("<p>中文</p>".encode("gb18030"), "text/html; charset=gb2312"),
    ("<meta charset=gbk><p>中文</p>".encode("gb18030"), None),
    ("<p>中文</p>".encode("utf-8-sig"), "text/html; charset=gbk"),
    ("<p>中文</p>".encode("utf-16"), None),
    ("<p>中文</p>".encode(), "text/html; charset=utf-7"),
    ("<meta charset=iso-8859-1><p>中文</p>".encode(), "text/html; charset=utf-8"),
    (("<p>" + "中文的网页没有说明自己的编码，只能检测。" * 20 + "</p>").encode("gb18030"), None),
])
def test_encoding_is_found(body: bytes, header: str | None) -> None:
    assert "中文" in decode(body, header)


def test_damaged_page_is_still_read() -> None:
    text = "<p>" + "中文 " * 500 + "</p>"
    assert "中文" in decode(text.encode()[:700] + b"\xff\x00" + text.encode()[700:], "text/html; charset=utf-8")


def test_receipt_adds_up_and_survives_front_matter() -> None:
    one = convert("<p>$x$ and <math><mi>q</mi></math></p><pre>c</pre>", fragment=True).receipt
    assert one.page == Counts(inline=1, code=1)
    both = one + Receipt(Counts(tables=1), Counts(), (Finding("table", "t"),))
    assert both.page == Counts(inline=1, tables=1, code=1) and not both.clean
    assert Receipt.from_dict(both.to_dict()) == both
    assert Receipt.from_dict({}) == Receipt() == Receipt() + Receipt()


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tools", "convert", *words], capture_output=True, text=True,
                          check=False, encoding="utf-8", cwd=Path(__file__).parent.parent.parent)


def test_command_prints_the_post_and_its_receipt(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    done = run(str(page), "--url", URL, "--receipt")
    assert done.returncode == 0 and done.stdout.startswith("# On $x$\n\n") and "Body $y$." in done.stdout
    assert "inline: 2 in the page, 2 in the MyST" in done.stderr
    missing = run(str(tmp_path / "none.html"))
    assert missing.returncode == 1 and "remedy" in missing.stderr


@pytest.mark.parametrize("body", ["\\(a" * 20_000, "\\(a" * 20_000 + "{\\)", "\\begin{a}" * 5_000, "$" * 50_001,
                                  "$$" * 20_001, "<b>a</b><i>b</i>" * 2_000, "[" * 20_000,
                                  "`" * 20_000, "<ul><li>" * 300,
                                  "&" * 50_000])
def test_no_text_takes_long(body: str) -> None:
    start = time.process_time()
    convert(f"<p>{body}</p>", fragment=True)
    assert time.process_time() - start < 20


@pytest.mark.parametrize("page", [
    "<meta charset=utf-8><article><p>a $x$</p></article>",
    "<!doctype html><title>t</title><article><p>a $x$</p></article><p>tail",
    "<meta charset=utf-8><main>a $x$</main><article>y</article>tail",
    "<script>1</script><custom-post>a $x$</custom-post>",
])
def test_page_without_head_and_body_tags_is_read(page: str) -> None:
    done = convert(page)
    assert done.receipt.page.formulas == done.receipt.myst.formulas == 1
    assert "a $x$" in done.markdown


def test_formula_that_is_typeset_on_scrolling_is_reported() -> None:
    done = convert("<p>a <mjx-container><mjx-lazy></mjx-lazy></mjx-container> b</p>", fragment=True)
    assert len(done.receipt.without_tex) == 1
    assert done.markdown == "a 〔公式〕 b\n"


@pytest.mark.parametrize(("page", "shows"), [
    ('<p><a zs-link="">x</a> y $a$</p>', "x y $a$"),
    ('<table zs-skipped=""><tr><td>a $b$</td></tr></table>', "a $b$"),
    ('<p zs-skipped="" zs-link="">x</p><zs-math n="0">y</zs-math><p>$a$</p>', "x\n\ny\n\n$a$"),
    ('<p zs-origin="3">x</p><p><zs-math n="7"></zs-math>$a$</p>', "x\n\n$a$"),
])
def test_a_page_cannot_forge_the_state_of_the_walk(page: str, shows: str) -> None:
    done = convert(page, fragment=True)
    assert done.markdown.strip() == shows
    assert convert(f"<html><body>{page}</body></html>").markdown.strip() == shows
    assert done.receipt.page.formulas == done.receipt.myst.formulas == 1
