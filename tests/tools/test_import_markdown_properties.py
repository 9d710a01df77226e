"""Whatever is damaged and however it is arranged: no formula is lost, and a second import changes nothing."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from ext.edition.posts.original import compare
from ext.edition.site import config
from tools.import_markdown import damage, proof
from tools.import_markdown.layers import Layers
from tools.import_markdown.post import Imported, convert

EDITION = config.parse("""
[edition]
title = "试验"
[site]
url = "https://blog.example"
post = '/archives/(?P<id>[0-9]+)'
""")

PIECES = ["a", "x_1", "\\alpha", "\\{b\\}", "\\left\\{c\\right\\}", "\\text{若}", "\\mathbb{R}^{n}", "\\,", "+", "=",
          "\\|y\\|_2", "\\frac{1}{2}", "\\sum_{i}^{n}", "<", "\\boldsymbol{w}", "\\hat{z}", "-", "(t)", "[0,1]",
          "\\!", "\\#", "\\langle u,v\\rangle"]  # fmt: skip
ROW_BREAKS = ["\\\\\n", "\\\\[5pt]\n", "\\\\ \n", " \\\\\n\\hline "]

tex = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map(" ".join)
rows = st.lists(tex, min_size=2, max_size=4).flatmap(
    lambda lines: st.lists(st.sampled_from(ROW_BREAKS[:3]), min_size=len(lines), max_size=len(lines)).map(
        lambda breaks: "".join(f"&{a}{b}" for a, b in zip(lines, breaks, strict=True)).rsplit("\\\\", 1)[0]))
aligned = rows.map(lambda body: f"\\begin{{aligned}}{body}\n\\end{{aligned}}")
equation = (tex | aligned).map(lambda body: f"\\begin{{equation}}{body}\\end{{equation}}")


def html2text(source: str) -> str:
    """Damage a formula as the converter did: a backslash before each that stood before a special character."""
    return re.sub(r"\\(?=[\\`*_{}\[\]()#+\-.!])", r"\\\\", source)


def trailing(source: str) -> str:
    """Add what the converter made of a line break."""
    return source.replace("\n", "  \n")


@given(tex | aligned | equation)
@example("\\begin{aligned}&a\\\\[5pt] &b\\\\\n&c\\end{aligned}")
def test_the_converters_damage_is_undone_exactly(source: str) -> None:
    repaired, _ = damage.repair(html2text(source), escaped=True)
    assert proof.normal(repaired) == proof.normal(source)


@given(tex | aligned | equation)
def test_a_formula_that_was_not_damaged_is_not_changed(source: str) -> None:
    assert damage.repair(source)[0] == source


words = st.sampled_from(["于是", "其中，", "（注）", "若 ", "*重*"])
paragraph = st.lists(st.tuples(words, tex), min_size=1, max_size=4)


@st.composite
def blocks(draw: st.DrawFn, *, damaged: bool) -> tuple[str, list[str]]:
    """Draw one block of a post, and the formulas that it says."""
    spoil = html2text if damaged else str
    kind = draw(st.sampled_from(["text", "display", "bare", "glued", "quote", "list", "code", "heading", "rule"]))
    if kind == "text":
        parts = draw(paragraph)
        return "".join(f"{word}${spoil(f)}$" for word, f in parts) + "。", [f for _, f in parts]
    if kind in ("display", "glued", "quote"):
        body = draw(tex | aligned)
        shown = f"$${spoil(body)}$$" if draw(st.booleans()) else f"$$\n{spoil(body)}\n$$"
        text = {"display": shown, "glued": f"得到\n{shown}\n所以", "quote": f"得到\n{shown}"}[kind]
        return text if kind != "quote" else "\n".join(f"> {line}" for line in text.split("\n")), [body]
    if kind == "bare":
        body = draw(equation)
        return f"即  \n{trailing(html2text(body)) if damaged else body}  \n证毕", [body]
    if kind == "list":
        body = draw(tex)
        return f"- 一 ${spoil(body)}$\n- 二\n\n  $${spoil(body)}$$", [body, body]
    return {"code": ("```python\nprint('$x$', \"\\\\\\\\{\")\n```", []), "heading": ("### 小节 $h$ #", ["h"]),
            "rule": ("---", [])}[kind]


@st.composite
def boxed(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Draw a box of a known or unknown class, perhaps nested, perhaps never closed."""
    text, said = draw(blocks(damaged=False))
    name = draw(st.sampled_from(["theorem-box", "derivation-box", "intuition-  box", "formula-step", "poem"]))
    if draw(st.booleans()):
        inner, more = draw(boxed())
        text, said = f"{text}\n{inner}", said + more
    gap = draw(st.sampled_from(["\n", "\n\n"]))
    end = draw(st.sampled_from(["</div>", "</div></div>", "</div>"]))
    return f'<div class="{name}">{gap}{text}{gap}{end}', said


@st.composite
def legacy(draw: st.DrawFn) -> tuple[str, list[str], bool]:
    """Draw a whole legacy post: its text, its formulas, and whether something was added."""
    original = draw(st.lists(blocks(damaged=True), min_size=1, max_size=5))
    added = draw(st.lists(blocks(damaged=False) | boxed(), max_size=4))
    text = ["---\ntitle: 题\ndate: 2020-01-02\ntags: 甲, 乙\n---\n\n# 题\n\n**原文链接**: [x](https://blog.example/archives/3)\n\n---",
            "## 开始 #", *(block for block, _ in original), "**转载到请包括本文地址：**<https://blog.example/archives/3>"]
    if added:
        text += ["---", "## 公式推导与注释", "添的。", *(block for block, _ in added)]
    return "\n\n".join(text) + "\n", [f for _, said in [*original, *added] for f in said], bool(added)


def imported(text: str) -> Imported:
    return convert(text, "题.md", EDITION)


@given(legacy())
def test_every_formula_is_kept_and_the_layers_hold(drawn: tuple[str, list[str], bool]) -> None:
    text, said, added = drawn
    post = imported(text)
    now = Counter(proof.normal(formula) for formula in proof.see(post.body).all)
    assert now == Counter(proof.normal(formula) for formula in said)
    assert post.lost == ()
    assert post.layers is (Layers.MARKED if added else Layers.WHOLE)
    assert post.original is not None and "添的" not in post.original
    assert compare(post.body, post.original) == ()
    assert not re.search(r"</?div|\\\\\\\s*$", re.sub(r"```.*?```", "", post.body, flags=re.S), re.M)
    assert not [note for note in post.receipt["import"].get("left", ()) if "not its original" in note]


@given(legacy())
def test_the_same_file_gives_the_same_post(drawn: tuple[str, list[str], bool]) -> None:
    assert imported(drawn[0]) == imported(drawn[0])


@given(legacy())
def test_an_imported_original_goes_through_unchanged(drawn: tuple[str, list[str], bool]) -> None:
    once = imported(drawn[0]).original or ""
    head = "---\ntitle: 题\n---\n\n# 题\n\n"
    again = convert(f"{head}{once}\n\n**转载到请包括本文地址：**x\n", "题.md", EDITION)
    assert (again.original or again.body.partition("\n\n")[2]) == once


# The reader takes the first dollar of a paragraph for an escaped one when the paragraph ends in a backslash, so what
# it sees in such a one before the import means nothing.
anything = st.text(alphabet="$\\{}[]()_^*`<>/:|#-=+ \n\t%!文a1&~", max_size=120)


@example("$1$$")
@given(anything.map(lambda drawn: re.sub(r"\\+(?=\s*(?:\n|\Z))", "", drawn)))
def test_no_text_breaks_the_import(text: str) -> None:
    post = imported(f"# 题\n\n{text}\n")
    assert post.body.startswith("# ")
    assert post.lost == ()
