"""How the time of every way in grows with its input: inputs of every kind, once, twice and four times as long.

``python -m tests.checks.growth [WORD …]`` measures processor seconds and names every pair of an entry and a kind whose
time more than doubles (by 2.3) twice in a row when its input doubles. WORD chooses entries or kinds that contain it.
"""

from __future__ import annotations

import gc
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import FrameType
from typing import Any

from ext.edition.checks.fences import read as read_fences
from ext.edition.checks.sourcelint import unclosed_displays
from ext.edition.math import display, tex
from ext.edition.posts import blocks, compared, formula_names, keywords, merge, notes, original
from ext.edition.site.config import Edition, parse
from ext.edition.site.errors import EditionError
from tools.convert.api import convert
from tools.convert.decode import decode
from tools.fetch.answered import Page
from tools.fetch.feeds import parse_feed
from tools.fetch.listings import list_archive
from tools.import_markdown import post as legacy
from tools.measure import Text, measure

Make = Callable[[int], str]
#: The most that a doubling of the input may do to the work.
MOST = 2.3
_EDITION: Edition = parse("[edition]\ntitle = 'x'\n[site]\nurl = 'https://blog.example'\npost = '/archives/(?P<id>\\d+)'\n")


def _tags() -> tuple[str, ...]:
    return tuple(["a", "abbr", "address", "article", "aside", "audio", "b", "blockquote", "body", "br", "button", "canvas", "caption", "center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "font", "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label", "legend", "li", "link", "listing", "main", "map", "mark", "math", "menu", "meta", "meter", "nav", "nobr", "noframes", "noscript", "object", "ol", "optgroup", "option", "output", "p", "param", "picture", "plaintext", "pre", "progress", "q", "rp", "rt", "ruby", "s", "samp", "script", "search", "section", "select", "slot", "small", "source", "span", "strike", "strong", "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "template", "textarea", "tfoot", "th", "thead", "time", "title", "tr", "track", "tt", "u", "ul", "var", "video", "wbr", "xmp", "x-y", "d-math", "mjx-container", "mrow", "mi", "annotation", "semantics"])


def _paragraph(make: Make, count: int) -> str:
    return f"<p>{make(count)}</p>"


def _repeated(piece: str, count: int, before: str = "", after: str = "") -> str:
    return before + piece * count + after


#: Runs of every character and pair that means something to a reader of HTML, Markdown, TeX or YAML.
RUNS = (*"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\x0b\u3000\xa0a1汉", "$$", "$ ", " $", "\\$", "\\(", "\\[", "\\\\", "\\{",
        "[[", "](", "[](", "![", "[x](", "](x", "](/x", "[^1]", "[^", "{{", "}}", "{%", "{x}", "{x}`", "`x", "` ``", "**", "*a",
        "**a ", "a**", "_a ", "*a_ ", "~~", "<", "<a", "<a ", "</", "</a", "<!--", "-->", "<!", "<?", "<![CDATA[", "]]>", "&",
        "&#", "&amp;", "&lt;", "&x", "\n\n", "\n ", "\n>", "\n> ", ">", "> > ", "\n- ", "\n1. ", "\n* ", "\n#", "\n# ",
        "\n=", "\n===\n", "\na\n", "\na", "\n    a", "\n\ta", "\n\n    $$\n", "\n```\n", "\n```a\n", "\n~~~", "\n:::\n",
        "\n::: {note}", "\n:::{note}\n", "\n|a", "\n|-", "|-|-\n", "|a|b|\n", "\na|b\n-|-\n", "\n---\n", "\n***\n", "\n[a]: b", "\n[^a]: b",
        "\n(a)=\n", "\n+++\n", "\n% a\n", "\n: a\n", "\na\n: b\n", "\n{.a}\n", "\n{.annotation}\n# a\n", "\n\\[", "\\begin{a}", "\\end{a}",
        "\\begin{align}", "\\end{align}", "\\begin{align}\\end{align}", "\n\\begin{align}\n", "\\frac", "\\left(", "{\\text", "\\text{", "\\ref{a}",
        "\\eqref{", "\\label{a}", "\\tag{1}", "\\newcommand{\\a}{b}", "\\def\\a{", "\\over ", "^", "_", "a^", "a_", "{", "}",
        "{a", "a}", "&a", "% a", "%", "http://", "https://a.example/", "www.", "a@b.c ", "read more ", "… ", "...", "The post ",
        "【深度解析", "】", "2024年1月1日 ", "[latex]", "[/latex]", "$latex ", "$$$", "$$$$$$", "(1)", "$$x$$ (a)\n\n", "$x$ ", "$x$\n", "$$x$$\n",
        "$$\nx\n$$\n", "$$\n# a\n", "x = 1, ", "\\", "\\\n", "<br>", "<br>\n", "<div>\n", "</div>\n", '<div class="theorem-box">\n',
        "<details>\n", "<summary>", ":::{prf:remark}\n", "### 推导\n", "---\n### a\n", "- [ ] a\n", "fn[^1] ", "[^1]: a\n", "<http://a>", "''' ")


def _runs() -> Iterator[tuple[str, Make]]:
    for piece in RUNS:
        yield f"run {piece!r}", partial(_repeated, piece)
        yield f"run in text {piece!r}", partial(_repeated, piece, before="a ", after="x b\n")


def markdown() -> dict[str, Make]:
    """Return inputs of every kind to Markdown."""
    return dict(_runs()) | {
        "fences, each longer": lambda n: "".join("`" * (3 + i) + "a\n" for i in range(int((2 * n) ** 0.5))),
        "runs of backticks, each longer": lambda n: " ".join("`" * i for i in range(1, int((2 * n) ** 0.5))),
        "headings of falling rank": lambda n: "".join(f"{'#' * (1 + i % 6)} a{i}\n\n" for i in range(n)),
        "paragraphs": lambda n: "".join(f"p {i} $x_{i}$\n\n" for i in range(n)),
        "displays": lambda n: "".join(f"$$\nx_{i}\n$$\n\n" for i in range(n)),
        "same paragraphs": lambda n: "same $x$\n\n" * n,
        "footnotes": lambda n: "".join(f"a[^{i}]\n\n" for i in range(n)) + "".join(f"[^{i}]: b\n" for i in range(n)),
        "definitions of links": lambda n: "".join(f"[{i}]: /a{i}\n" for i in range(n)) + "".join(f"[{i}] " for i in range(n)),
        "table rows": lambda n: "|a|b|\n|-|-|\n" + "|$x$|`y`|\n" * n,
        "table columns": lambda n: "|a" * n + "|\n" + "|-" * n + "|\n" + "|b" * n + "|\n",
        "a list of lists": lambda n: "".join(f"{'  ' * (i % 20)}- a\n" for i in range(n)),
        "a deep list": lambda n: "".join(f"{'  ' * i}- a\n" for i in range(int((n) ** 0.5))),
        "a deep quote": lambda n: "> " * n + "a\n",
        "annotations": lambda n: "".join(f":::{{prf:remark}} a{i}\nb\n:::\n\nc{i}\n\n" for i in range(n)),
        "nested annotations": lambda n: "".join(f"{':' * (3 + k - i)}{{prf:remark}}\n" for k in [int(n ** .5)] for i in range(k)),
        "boxes": lambda n: '<div class="theorem-box">\n\na $x$\n\n</div>\n\n' * n,
        "nested boxes": lambda n: '<div class="theorem-box">\n' * n + "a\n" + "</div>\n" * n,
        "a long front matter": lambda n: "---\n" + "".join(f"k{i}: v\n" for i in range(n)) + "---\n\na\n",
        "a long list in the front matter": lambda n: "---\ntags: [" + "a, " * n + "]\n---\n\na\n",
        "aliases in the front matter": lambda n: "---\na: &a [x]\nb: [" + "*a, " * n + "]\n---\n\na\n",
        "a deep front matter": lambda n: "---\na: " + "[" * min(n, 900) + "]" * min(n, 900) + "\n---\n\na\n" + "b\n" * n,
        "emphasis that never ends": lambda n: "*a **b " * n,
        "brackets that never end": lambda n: "[a](b" * n,
        "dollars with prose": lambda n: "价 $5 与 " * n,
        "quoted displays": lambda n: "> $$\n> x\n> $$\n\n" * n,
        "a display of many lines": lambda n: "$$\n" + "x &= 1 \\\\\n" * n + "$$\n",
    }


def html() -> dict[str, Make]:
    """Return inputs of every kind to a page."""
    found: dict[str, Make] = {f"text of {name}": partial(_paragraph, make) for name, make in _runs()}
    for tag in _tags():
        found[f"flat {tag}"] = partial(_repeated, f"<{tag}>x $a$</{tag}>")
        found[f"open {tag}"] = partial(_repeated, f"<{tag}>x ")
        found[f"closed {tag}"] = partial(_repeated, f"x</{tag}>")
        found[f"empty {tag}"] = partial(_repeated, f"<{tag}></{tag}>")
        found[f"{tag} of many"] = partial(_repeated, "<b>x</b> <i>y</i> $a$ ", before=f"<{tag}>", after=f"</{tag}>")
        found[f"{tag} of blocks"] = partial(_repeated, "<p>x</p><h3>y</h3>", before=f"<{tag}>", after=f"</{tag}>")
    for block in ("div", "p", "li", "span", "blockquote", "section", "td", "dd", "summary", "h2", "figure", "pre", "a"):
        for inner in ("img src=/a.png", "br", "hr", "p", "b", "span class=katex", 'script type="math/tex"', "pre", "table", "ul", "sup"):
            found[f"{block} with {inner}"] = (
                lambda b, i: lambda n: f"<{b}>a<{i}>b</{i.split()[0]}>c</{b}>" * n)(block, inner)
    return found | {
        "rows": lambda n: "<table>" + "<tr><td>a<td>$x$" * n + "</table>",
        "cells": lambda n: "<table><tr>" + "<td>a" * n + "</table>",
        "spans of cells": lambda n: "<table>" + "<tr><td rowspan=2 colspan=3>a" * n + "</table>",
        "items": lambda n: "<ol>" + "<li>a" * n + "</ol>",
        "lists": lambda n: "<ul><li>a</ul>" * n,
        "attributes": lambda n: "<p " + "".join(f"a{i}=b " for i in range(n)) + ">x</p>",
        "classes": lambda n: f'<p class="{"a " * n}">x</p>',
        "a long attribute": lambda n: f'<img src="/{"a" * n}.png" alt="{"b " * n}">',
        "latex images": lambda n: '<img class="latex" src="/latex.php?latex=x" alt="x">' * n,
        "addresses of images": lambda n: f'<img src="https://a.example/cgi-bin/{"tex" * n}?{"x" * n}">',
        "katex": lambda n: '<span class="katex"><span class="katex-mathml"><math><semantics><mi>x</mi><annotation '
                           'encoding="application/x-tex">x</annotation></semantics></math></span>'
                           '<span class="katex-html">x</span></span> ' * n,
        "mathjax": lambda n: '<span class="MathJax_Preview">x</span><script type="math/tex">x</script> ' * n,
        "displays": lambda n: "<p>$$x$$</p>" * n,
        "notes": lambda n: "".join(f'<sup id=r{i}><a href="#n{i}">{i}</a></sup>' for i in range(n)) + "<ol>" + "".join(
            f'<li id=n{i}>x <a href="#r{i}">^</a>' for i in range(n)) + "</ol>",
        "anchors": lambda n: "".join(f'<a href="#h{i}">x</a><h2 id=h{i}>a</h2>' for i in range(n)),
        "inline in inline": lambda n: "<b><i><u>x</u></i></b> " * n,
        "text then element": lambda n: "a<b>c</b>" * n,
        "one long text": lambda n: "word " * n,
        "a page": lambda n: "<html><head>" + "<meta name=a content=b>" * n + "<title>t</title></head><body><article>"
                            + "<p>x $a$</p>" * n + "</article></body></html>",
        "elements in the head": lambda n: "<html><head>" + "<x-y>a</x-y>" * n + "</head><body>b</body></html>",
        "scripts": lambda n: "<script>inlineMath: [['$','$']]</script>" * n + "<p>$x$</p>",
        "skip tags": lambda n: "<script>" + "skipTags: [" * n + "</script><p>$x$</p>",
        "json in the head": lambda n: '<script type="application/ld+json">{"a": "' + "x" * n + '"}</script><p>a</p>',
        "bodies": lambda n: "<body class=a>" * n,
        "comments": lambda n: "<!-- MATH $x$ --><img src=a>" * n,
        "headings": lambda n: "".join(f"<h{1 + i % 6}>a{i}</h{1 + i % 6}>" for i in range(n)),
        "code": lambda n: "<pre><code class=language-python>x = 1\n</code></pre>" * n,
        "long code": lambda n: "<pre>" + "x = `1`\n" * n + "</pre>",
        "definitions": lambda n: "<dl>" + "<dt>a<dd>b" * n + "</dl>",
        "drop": lambda n: "<div>" + "<nav>x</nav>a " * n + "</div>",
        "sidebars": lambda n: "<div class=sidebar>x</div>a " * n,
        "hidden": lambda n: "<p hidden>x</p>" * n,
    }


def _deep() -> dict[str, Make]:
    return {f"deep {tag}": (lambda t: lambda n: f"<{t}>x " * n)(tag)
            for tag in ("div", "span", "ul><li", "blockquote", "b", "section", "table><tr><td", "details", "dl><dd", "font", "sup")}


def _feed(text: str) -> None:
    item = (f"<item><title>t</title><link>https://blog.example/archives/1</link><guid>g</guid>"
            f"<description><![CDATA[{text.replace(']]>', '')}]]></description></item>")
    parse_feed(Page("https://blog.example/feed", f"<rss version='2.0'><channel><title>b</title>{item}</channel></rss>".encode()),
               _EDITION.site)


def _archive(text: str) -> None:
    page = Page("https://blog.example/all", f'<a href="/archives/1">x</a>{text}'.encode(), "text/html")
    list_archive(page.url, lambda url: page, _EDITION.site, known=lambda one: False)


def _update(text: str) -> None:
    _forget()
    half = text[:len(text) // 2]
    merge.update(text, half, f"{text}\n\nnew\n", "2024-01-01")


def _forget() -> None:
    """Drop the answers that are kept, half of which the shorter input before has given already."""
    for kept in (blocks.inline_tokens, original.canonical, original.layer, notes.notes, formula_names._pieces,
                 formula_names._displays, display.parse, tex.normalise):
        kept.cache_clear()


def _names(text: str) -> None:
    _forget()
    formula_names.formulas(original.layer(text))


def _compare(text: str) -> None:
    _forget()
    original.compare(text, f"{text[:len(text) // 2]}\n\nother\n")


def _restore(text: str) -> None:
    _forget()
    merge.restore(text[:len(text) // 2], text)


def _since(text: str) -> None:
    then = f"{text[:len(text) // 2]}\n\nother\n"
    compared.side_by_side(then, text)
    list(compared.source_lines(then, text))
    compared.counterparts([("", one) for one in then.split("\n")], [("", one) for one in text.split("\n")])


#: Every way in, by its name, with the kinds of its inputs.
ENTRIES: Mapping[str, tuple[Callable[[str], Any], Callable[[], dict[str, Make]]]] = {
    "fragment": (lambda text: convert(text, url="https://blog.example/archives/1", fragment=True), html),
    "page": (lambda text: convert(text, url="https://blog.example/archives/1"), html),
    # What a page of bytes is decoded to is converted as any other.
    "bytes": (lambda text: decode(text.encode()), html),
    "import": (lambda text: legacy.convert(text, "a.md", _EDITION), markdown),
    "feed": (_feed, html),
    "archive": (_archive, html),
    "blocks": (lambda text: (blocks._read.cache_clear(), blocks.blocks(text)), markdown),
    "compare": (_compare, markdown),
    "strip": (original.strip, markdown),
    "update": (_update, markdown),
    "restore": (_restore, markdown),
    "since": (_since, markdown),
    "measure": (lambda text: measure(Text("a.md", text)), markdown),
    "notes": (notes.notes, markdown),
    "names": (_names, markdown),
    "fences": (lambda text: list(read_fences(text).slips), markdown),
    "sourcelint": (lambda text: list(unclosed_displays(text)), markdown),
    "keywords": (lambda text: keywords.text_of("t", (), text), markdown),
}


class _TooLong(Exception):
    """The time of one measurement is over."""


def _stop(signal_number: int, frame: FrameType | None) -> None:
    raise _TooLong


def seconds(work: Callable[[str], Any], text: str, *, times: int = 2, limit: float = 20) -> float:
    """Return the least processor time of several runs; infinite where one takes longer than *limit*."""
    best = float("inf")
    for _ in range(times):
        gc.collect()
        gc.disable()
        signal.setitimer(signal.ITIMER_PROF, limit)
        start = time.process_time()
        try:
            work(text)
        except (EditionError, RecursionError):
            pass  # a limit that says so is an answer
        except _TooLong:
            return float("inf")
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            gc.enable()
        best = min(best, time.process_time() - start)
        if best > 1:
            break
    return best


def grows(work: Callable[[str], Any], make: Make, *, floor: float = 0.04, longest: int = 300_000) -> tuple[float, ...]:
    """Return the times for a length that takes *floor* seconds, and for twice and four times it; empty if none does."""
    count = 200
    while seconds(work, make(count), times=1) < floor:
        if len(make(count)) > longest:
            return ()
        count *= 2
    return seconds(work, make(count)), seconds(work, make(2 * count)), seconds(work, make(4 * count))


def main(words: list[str]) -> int:
    """Measure what is chosen; return 1 when something grows too fast."""
    signal.signal(signal.SIGPROF, _stop)
    bad = 0
    for name, (work, kinds) in ENTRIES.items():
        every = kinds() | (_deep() if kinds is html else {})
        chosen = {kind: make for kind, make in every.items()
                  if not words or all(word in f"{name}: {kind}" for word in words)}
        for kind, make in chosen.items():
            try:
                times = grows(work, make)
            except Exception as error:
                print(f"{name}: {kind}: {type(error).__name__}: {error}"[:300], flush=True)
                bad += 1
                continue
            if times and times[1] > MOST * times[0] and times[2] > MOST * times[1]:
                bad += 1
                print(f"{name}: {kind}: " + ", ".join(f"{t:.3f}" for t in times) + " s", flush=True)
    print(f"{bad} grow too fast")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
