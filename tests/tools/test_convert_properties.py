"""For any post: HTML to MyST to doctree keeps every formula and all of the text, and always gives the same."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass

from docutils import nodes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.test_convert_attacks import doctree, squeezed
from tools.convert import convert
from tools.convert.receipt import tokens

ATOMS = (
    "x", "y_1", "\\alpha", "^{2}", "_{ij}", "\\frac{a}{b}", "\\left\\{", "\\right\\}", "|", "\\|", "*", "<", ">", "[",
    "]", "(", ")", "'", "~", "\\,", "\\_", "\\text{若 }", "=", "+", "-", "1.", "#", "!", ":", "{=}", "\\\\", "&", "`",
    "\\%", "\\$", "\\#", "@", ";", "中", "\n", "\n\n", "\t", "\\mathbb{R}^n", "\\begin{matrix}1&2\\\\3&4\\end{matrix}")
WORDS = st.text(alphabet=st.sampled_from(
    "ab cZ 09 中文，。：“”（）、！ *_`~|^#+-=<>[](){}\\/&%@!?:;.,'\" \n　\xa0éα—…"), min_size=1, max_size=14)
BLOCK_NAMES = ("p", "p", "p", "ul", "ol", "blockquote", "div", "table", "dl", "h2", "h4", "figure", "details")


@dataclass(frozen=True)
class Piece:
    """HTML, the formulas in it, and the text around them."""

    html: str
    formulas: tuple[str, ...] = ()
    text: str = ""

    def wrap(self, before: str, after: str) -> Piece:
        """Return the piece within tags."""
        return Piece(before + self.html + after, self.formulas, self.text)

    def __add__(self, other: Piece) -> Piece:
        return Piece(self.html + other.html, self.formulas + other.formulas, self.text + other.text)


@st.composite
def formula(draw: st.DrawFn) -> Piece:
    """Return a formula in one of the markups."""
    tex = "".join(draw(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=6))) + "z"
    escaped = html.escape(tex)
    markup = draw(st.sampled_from([
        f"<span>\\({escaped}\\)</span>", f"<span>\\[{escaped}\\]</span>", f"<i>$${escaped}$$</i>",
        f'<script type="math/tex">{tex}</script>',
        f'<script type="math/tex; mode=display">{tex}</script>', f'<span data-tex="{escaped}">junk</span>',
        '<span class="katex"><span class="katex-mathml"><math><mi>j</mi><annotation encoding="application/x-tex">'
        f"{escaped}</annotation></math></span></span>", f"<d-math>{escaped}</d-math>",
        f'<math alttext="{escaped}"><mi>j</mi></math>',
        f'<img class="latex" alt="{escaped}" src="https://s0.wp.com/x">']))
    return Piece(markup, (tex,))


@st.composite
def words(draw: st.DrawFn) -> Piece:
    """Return text, plain or in a mark, a link or code; a dollar of its own is money."""
    text = draw(WORDS).replace("\\(", "(").replace("\\[", "[").rstrip("\\") or "x"  # those would be math
    tag = draw(st.sampled_from([None, None, None, "strong", "em", "b", "span", "a", "code", "sub", "u"]))
    if tag == "code":
        text = text.replace("\n", " ")
    piece = Piece(html.escape(text), (), text)
    if tag == "a":
        return piece.wrap('<a href="https://e.example/a_b?c=1&amp;d">', "</a>")
    return piece if tag is None else piece.wrap(f"<{tag}>", f"</{tag}>")


LINE = st.lists(st.one_of(words(), words(), formula(), st.just(Piece("<br>"))), min_size=1, max_size=5).map(
    lambda pieces: sum(pieces, Piece("")))


@st.composite
def block(draw: st.DrawFn, depth: int = 0) -> Piece:
    """Return a block, with blocks or lines in it."""
    name = draw(st.sampled_from(BLOCK_NAMES if depth < 3 else ("p",)))
    if name == "p":
        return draw(LINE).wrap("<p>", "</p>")
    if name in {"h2", "h4"}:
        return Piece("x", (), "x").wrap(f"<{name}>", "") + draw(LINE).wrap("", f"</{name}>")
    inner = draw(st.lists(st.one_of(LINE, block(depth + 1)), min_size=1, max_size=3))
    if name in {"ul", "ol"}:
        return sum((piece.wrap("<li>", "</li>") for piece in inner), Piece("")).wrap(f"<{name}>", f"</{name}>")
    if name == "table":
        cells = [piece.wrap("<td>", "</td>") for piece in inner]
        row = sum(cells, Piece("")).wrap("<tr>", "</tr>")
        head = Piece("<tr>" + "".join("<th>h</th>" for _ in inner) + "</tr>", (), "h" * len(inner))
        return (head + row + row).wrap("<table>", "</table>")
    if name == "dl":
        return sum((Piece("<dt>t</dt>", (), "t") + piece.wrap("<dd>", "</dd>") for piece in inner), Piece("")).wrap(
            "<dl>", "</dl>")
    if name == "details":
        return sum(inner, Piece("<summary>s</summary>", (), "s")).wrap("<details>", "</details>")
    return sum(inner, Piece("")).wrap(f"<{name}>", f"</{name}>")


POST = st.lists(block(), min_size=1, max_size=4).map(lambda pieces: sum(pieces, Piece("")))


def shown(tree: nodes.document) -> str:
    """Return the text of a doctree without formulas and without what the writer adds."""
    for note in list(tree.findall(nodes.system_message)):  # two headings with the same text are worth an info
        note.parent.remove(note)
    return "".join(str(text) for text in tree.findall(nodes.Text) if not isinstance(
        text.parent, (nodes.math, nodes.math_block, nodes.raw)))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(POST)
def test_post_keeps_its_formulas_and_its_text(post: Piece) -> None:
    done = convert(post.html, fragment=True)
    tree = doctree("# T\n\n" + done.markdown)
    found = Counter(tokens(node.astext()) for kind in (nodes.math, nodes.math_block) for node in tree.findall(kind))
    assert found == Counter(tokens(tex) for tex in post.formulas), done.markdown
    assert not [finding for finding in done.receipt.lost if finding.kind == "formula"]
    assert squeezed(shown(tree)) == squeezed("T" + post.text), done.markdown


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(POST)
def test_converting_is_deterministic(post: Piece) -> None:
    page = f"<html><body><article>{post.html}</article></body></html>"
    assert convert(page) == convert(page.encode("utf-8"))


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/=\"' abdhiprtu123&;!-$\\{}()[]`*_#\n", max_size=120))
def test_any_markup_is_read(text: str) -> None:
    tree = doctree("# T\n\n" + convert(text, fragment=True).markdown)
    assert not list(tree.findall(nodes.system_message))
    assert all(raw.astext().strip() in {"<br />", "\\\\"} for raw in tree.findall(nodes.raw))
