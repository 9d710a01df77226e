"""Math markup of many generators: what is read as a formula, what stays text, and where a page's settings decide."""

from __future__ import annotations

import pytest

from tools.convert import convert
from tools.convert.inventory import inventory
from tools.convert.receipt import tokens


def seen(html: str, *, fragment: bool = True) -> tuple[list[str], list[str]]:
    """Return the formulas in line and on their own that a MyST reader finds, without the space in them."""
    had, _ = inventory(convert(html, fragment=fragment).markdown)
    return (["".join(tokens(tex)) for tex in had.inline], ["".join(tokens(tex)) for tex in had.displayed])


INLINE = {
    "gitlab code": '<p>a <code data-math-style="inline" class="code math js-render-math">u_i</code></p>',
    "gitlab span": '<p>a <span data-math-style="inline">u_i</span></p>',
    "discourse": '<p>a <span class="math">u_i</span></p>',
    "remark-math": '<p>a <span class="math math-inline">u_i</span></p>',
    "math stack exchange": '<p>a <span class="math-container">$u_i$</span></p>',
    "kdmath": '<p>a <span class="kdmath">$u_i$</span></p>',
    "wp-katex": '<p>a <span class="wp-katex-eq" data-display="false">u_i</span></p>',
    "katex plugin": '<p>a <span class="katex-eq" data-katex-display="false">u_i</span></p>',
    "jetpack": "<p>a $latex u_i&amp;bg=ffffff&amp;fg=000000$ b</p>",
    "latex shortcode": "<p>a [latex]u_i[/latex] b</p>",
    "katex shortcode": "<p>a [katex]u_i[/katex] b</p>",
    "codeforces": "<p>a $$$u_i$$$ b, $5</p>",
    "gladtex": '<p>a <eq env="math">u_i</eq></p>',
    "gladtex picture": '<p>a <img class="gladtex" src="eqn001.png" alt="u_i"></p>',
    "sphinx imgmath": '<p>a <img class="math" src="_images/math/0a1b.png" alt="u_i"></p>',
    "org picture": '<p>a <img src="ltximg/note_0a1b.png" alt="$u_i$"></p>',
    "latex2html": '<P>a <IMG WIDTH="40" HEIGHT="30" SRC="img1.png" ALT="$u_i$"> b</P>',
    "mjpage svg": '<p>a <span class="mjpage"><svg role="img"><title id="t">u_i</title><g/></svg></span></p>',
    "lesswrong": '<p>a <span class="mjx-chtml"><span class="mjx-math" aria-label="u_i"><b>u</b></span></span></p>',
    "mathjax 4 svg": '<p>a <mjx-container jax="SVG"><svg><g data-mml-node="math" data-latex="u_i">'
                     '<g data-mml-node="mi" data-latex="u"/></g></svg></mjx-container></p>',
    "stripped katex": '<p>a <span class="katex"><span class="katex-mathml">\n \n u\n \n i\n \n u_i\n </span>'
                      '<span class="katex-html">ui</span></span></p>',
    "prefixed mathml": '<p>a <mml:math><mml:semantics><mml:mi>u</mml:mi><mml:annotation encoding="application/x-tex">'
                       "u_i</mml:annotation></mml:semantics></mml:math></p>",
    "yuque card": '<p>a <card type="inline" name="math" value="data:%7B%22code%22%3A%22u_i%22%7D"></card></p>',
    "yuque picture": '<p>a <img src="https://cdn.example/yuque/__latex/0a.svg#card=math&amp;code=u_i&amp;id=1"></p>',
    "mathpix": '<p>a <span class="math-inline"><mathml style="display:none"><math><mi>u</mi></math></mathml>'
               '<latex style="display:none">u_i</latex><svg></svg></span></p>',
    "latex2html comment": "<P>a <!-- MATH\n $u_i$\n -->\n<IMG SRC='img1.png' ALT='u'> b</P>",
}
DISPLAYED = {
    "gitlab pre": '<pre class="code math js-render-math" data-math-style="display"><code>v^2</code></pre>',
    "gitlab lines": '<pre lang="math" data-math-style="display"><span class="line">v^2</span></pre>',
    "discourse": '<div class="math">v^2</div>',
    "remark-math": '<div class="math math-display">v^2</div>',
    "substack": '<div class="latex-rendered" data-attrs="{&quot;persistentExpression&quot;:&quot;v^2&quot;,'
                '&quot;id&quot;:&quot;A&quot;}" data-component-name="LatexBlockToDOM"></div>',
    "codeforces": "<p>a $$$$$$v^2$$$$$$ b</p>",
    "gladtex": '<p><eq env="displaymath">v^2</eq></p>',
    "latex2html": '<DIV ALIGN="CENTER"><IMG SRC="img2.png" ALT="\\begin{displaymath}v^2\\end{displaymath}"></DIV>',
    "katex shortcode": "<p>[katex display=true]v^2[/katex]</p>",
    "lesswrong": '<p>a <span class="mjpage mjpage__block"><span class="mjx-chtml MJXc-display"><span class="mjx-math"'
                 ' aria-label="v^2"><span>v</span></span></span></span></p>',
    "latexml row": '<table class="ltx_equationgroup ltx_eqn_table"><tr class="ltx_eqn_row"><td class="ltx_eqn_cell">'
                   '<math alttext="v^2" display="inline"><mi>v</mi></math></td></tr></table>',
}


@pytest.mark.parametrize("name", INLINE)
def test_formula_in_line(name: str) -> None:
    assert seen(INLINE[name]) == (["u_i"], []), name


@pytest.mark.parametrize("name", DISPLAYED)
def test_formula_on_its_own(name: str) -> None:
    assert seen(DISPLAYED[name]) == ([], ["v^2"]), name


@pytest.mark.parametrize(("html", "formulas"), [
    ("<p>步长Step$\\frac{1}{n}$不变，占$62.5\\% $，A$\\le$B。</p>", [r"\frac{1}{n}", r"62.5\%", r"\le"]),
    ("<p>It costs $5 or $6, and US$7 in 1990.</p>", []),
    ("<p>run $HOME and $PATH now</p>", []),
    ("<p>a [math] b</p>", []),
    ('<p><span class="math">Mathematics</span></p>', []),
    ('<p><a class="math" href="/tag">x_1</a></p>', []),
    ("<p><code>$x_1$</code></p>", []),
])
def test_text_that_may_be_math(html: str, formulas: list[str]) -> None:
    assert seen(html)[0] == formulas


def test_group_of_latexml_is_one_display_with_its_numbers() -> None:
    row = ('<tr class="ltx_equation ltx_eqn_row"><td><math alttext="\\displaystyle a"><mi>a</mi></math></td><td>'
           '<math alttext="\\displaystyle =b_{0}"><mi>b</mi></math></td><td><b class="ltx_tag">(1)</b></td></tr>')
    html = f'<table class="ltx_equationgroup ltx_eqn_table">{row}{row.replace("(1)", "(2a)")}</table>'
    assert seen(html) == ([], [r"\begin{align}a&=b_{0}\tag{1}\\a&=b_{0}\tag{2a}\end{align}"])


def test_formula_taken_apart_by_markdown_is_mended_and_named() -> None:
    done = convert(r"<p>so $$\mathbb{Z}<em>{+} \to \mathbb{Z}</em>{+}$$ and <em>no</em> $a<em>1 + b</em>2$, "
                   "<em>x</em> costs $5 <em>or</em> $6</p>", fragment=True)
    had, _ = inventory(done.markdown)
    assert [" ".join(tex.split()) for tex in had.displayed + had.inline] == [
        r"\mathbb{Z}_{+} \to \mathbb{Z}_{+}", "a_1 + b_2"]
    assert [found.snippet for found in done.receipt.reconstructed] == [
        r"\mathbb{Z}_{+} \to \mathbb{Z}_{+}", "a_1 + b_2"]


@pytest.mark.parametrize("kind", ["math/asciimath", "math/asciimath; mode=display"])
def test_another_language_is_named_in_the_receipt(kind: str) -> None:
    done = convert(f'<p>a <script type="{kind}">sum_(i=1)^n i</script></p>', fragment=True)
    assert [found.snippet for found in done.receipt.without_tex] == ["sum_(i=1)^n i"]


PAGE = "<html><head><script>{}</script></head><body{}><article><h1>Sums</h1>{}</article></body></html>"
PROCESS = 'MathJax = {"options": {"processHtmlClass": "tex2jax_process|math"}}'
IGNORE = "window.MathJax={options:{ignoreHtmlClass:'tex2jax_ignore|dull',processHtmlClass:'lively'}}"


@pytest.mark.parametrize(("config", "html", "formulas"), [
    (PROCESS, r'<section class="mathjax_ignore"><p><span class="math">\(x\)</span>, $5 and \(z\)</p></section>', ["x"]),
    (IGNORE, r'<div class="dull"><p><span class="lively">\(x\)</span> and \(z\)</p></div><p>\(y\)</p>', ["x", "y"]),
    ("MathJax={options:{ignoreHtmlClass:'.*|',processHtmlClass:'arithmatex'}}",
     r'<p>\(z\) <span class="arithmatex">\(x\)</span></p>', ["x"]),
    ("renderMathInElement(document.body, {ignoredClasses: ['dull']})", r'<p class="dull">\(z\)</p><p>\(y\)</p>', ["y"]),
])
def test_settings_of_the_page_say_where_text_is_math(config: str, html: str, formulas: list[str]) -> None:
    assert seen(PAGE.format(config, "", html), fragment=False)[0] == formulas


def test_second_body_ignores_as_the_first_would() -> None:
    body = r'<body class="dull"><p><span class="lively">\(x\)</span> and \(z\)</p>'
    assert seen(PAGE.format(IGNORE, "", body), fragment=False)[0] == ["x"]


def test_code_is_math_where_a_script_makes_it_so() -> None:
    page = PAGE.replace("<script>", '<script src="/js/math-code.js"></script><script>')
    assert seen(page.format("", "", "<p><code>$x_1$</code> <code>$y</code></p>"), fragment=False)[0] == ["x_1"]
