"""Pages that nest every element that can hold text in every other, with text that wants to be markup."""

from __future__ import annotations

import html
import random

_ELEMENTS = """
a abbr address article aside b big blockquote button caption center cite code dd del details dfn dialog dir div dl dt
em fieldset figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hgroup i iframe ins kbd label legend li listing
main map mark menu nav noscript object ol optgroup option p plaintext pre q rp rt ruby s samp section select small span
strike strong sub summary sup svg table tbody td textarea tfoot th thead title tr tt u ul var video xmp x-own
"""
#: Everything a page can put text into: what the converter knows, what browsers know, and what nobody does.
ELEMENTS = tuple(_ELEMENTS.split())
WITH_ATTRIBUTES = {
    "a": ('<a href="https://e.example/a_(b)">', '<a href="#n1" id="r1">', '<a name="x)=">'),
    "ol": ('<ol start="7">',), "pre": ('<pre class="language-{raw}">', '<pre lang="python">'),
    "td": ('<td colspan="2">', '<td rowspan="3">'), "th": ('<th id="n1">',), "li": ('<li id="n1">',),
    "table": ('<table role="presentation">', '<table zs-skipped="">'), "details": ("<details open>",),
    "img": ('<img src="https://e.example/p.png" alt="]{raw}`html`">',), "span": ('<span class="math inline">',),
}
TICKS = tuple(sign * length for sign in "`~:" for length in (2, 3, 4, 5, 7, 12))
NAMES = ("include", "raw", "testcode", "code-cell", "eval-rst", "figure", "math", "prf:proof", "admonition",
         "list-table", "literalinclude", "download", "button-link")
LINES = (
    "(stolen)=", "% comment", "+++", "---", "___", "===", "{#stolen .annotation}", "{.danger}", "# head {#h}", "> q",
    "- i", "1. n", ": d", "~ d", "| a | b |", "| --- | --- |", "[x]: javascript:alert(1)", "[^1]: note", "[^1]", "[x]",
    "![x][x]", "(a)(b)=", "\u3000(c)=", "\xa0% d", "a&#13;+++",
    "<script>alert(1)</script>", "<b onclick=x>", "<!-- c -->", "<div class='dropdown'>", "<https://e.example/>",
    "<javascript:alert(1)>", "[x](javascript:alert(1))", "![x](/etc/passwd)", "{raw}`html`", "{download}`/etc/passwd`",
    "{math}`x`", "{sup}`2`", "`code`{.k}", "[span]{.k}", "*em*{.k}", "{{ config }}", "$x", "$$", "$$ (stolen)", "(pwn)",
    "\\(a_1\\)", "\\[b\\]", "$c_{1}$", "$$d$$", "$$e$$ (3)", "\\begin{equation}f\\end{equation}", "\\begin{align}",
    "\\end{align}", ":orphan:", ":name: stolen", ":class: danger", "---\nmyst: {a: 1}\n---", "a\\",
    "\\", "&#96;&#96;&#96;", "\u2028:::{include} x", "\x85```{raw} html", "\x0b(a)=", "&#8232;% c", "a\tb",
    "    indented", "中文**粗**", "m", "tail",
)
BREAKS = ("\n", "\n", "\n\n", "<br>", " ", "")


def payload(rand: random.Random) -> str:
    """Return text of a page, as HTML, in which somebody hid what MyST would act on."""
    lines: list[str] = []
    for _ in range(rand.randint(1, 4)):
        if rand.random() < 0.5:
            lines.append(html.escape(rand.choice(LINES)) if rand.random() < 0.9 else rand.choice(LINES))
            continue
        ticks, name = rand.choice(TICKS), rand.choice(NAMES)
        lines += [f"{ticks}{{{name}}} {html.escape(rand.choice(('', 'x', '/etc/passwd', 'html')))}".rstrip(),
                  html.escape(rand.choice(LINES)), *([ticks] if rand.random() < 0.7 else [])]
    return "".join(line + rand.choice(BREAKS) for line in lines)


def nesting(rand: random.Random, depth: int = 3) -> str:
    """Return one page: elements so many deep, with text before, in and after each."""
    inner = payload(rand)
    for _ in range(depth):
        tag = rand.choice(ELEMENTS)
        opened = rand.choice((f"<{tag}>", *WITH_ATTRIBUTES.get(tag, ())))
        closed = f"</{tag}>" if rand.random() < 0.95 else ""
        before = rand.choice(("", "", "m", payload(rand))) if rand.random() < 0.5 else ""
        after = rand.choice(("", "", "t", "(3)", payload(rand))) if rand.random() < 0.5 else ""
        sibling = rand.choice(("", "", f"<{rand.choice(ELEMENTS)}>", "<img src='https://e.example/i.png'>", "<hr>"))
        inner = f"{before}{opened}{inner}{closed}{after}{sibling}"
    return f"<p>above</p>{inner}<p>below $z$</p>" if rand.random() < 0.5 else inner


def markdown(rand: random.Random) -> str:
    """Return a Markdown file of an older edition, with boxes and with what MyST would act on."""
    lines = ["---", f"title: {rand.choice(('t', repr(rand.choice(LINES))))}", "---", "", "# t", ""]
    for _ in range(rand.randint(2, 12)):
        kind = rand.random()
        if kind < 0.5:
            lines.append(rand.choice(("", "", "> ", "- ", "| ", "## ", "    ")) + rand.choice(LINES))
        elif kind < 0.65:
            name = rand.choice(("theorem-box", "intuition-box", "formula-step", "x-y", "derivation-box"))
            lines += [f'<div class="{name}">', rand.choice(LINES), *(["</div>"] if rand.random() < 0.8 else [])]
        else:
            ticks = rand.choice(TICKS)
            lines += [f"{ticks}{{{rand.choice(NAMES)}}} {rand.choice(('', 'x', '/etc/passwd'))}".rstrip(),
                      rand.choice(LINES), *([ticks] if rand.random() < 0.7 else [])]
        if rand.random() < 0.5:
            lines.append("")
    return "\n".join(lines) + "\n"
