"""Skeletons to write into: empty derivations behind equations, and the five parts of a topic's summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ext.edition.posts.formula_names import formulas
from ext.edition.posts.original import layer, strip
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError

#: The parts of a topic's summary: Chinese, English, and what belongs there.
SUMMARY_PARTS: Sequence[tuple[str, str, str, str]] = (
    ("理论基础", "Foundations", "这个主题从哪些定义与定理出发。", "The definitions and theorems it starts from."),
    ("数学推导", "Derivations", "几条主要的推导，各在哪一篇。", "The main derivations, and in which posts they are."),
    ("直觉解释", "Intuition", "不用公式怎么说。", "What it says without formulas."),
    ("方法对比", "Comparison", "几种做法各有什么得失。", "What each method gains and gives up."),
    ("学习路线", "A way through", "先读哪篇，再读哪篇。", "Which post to read first, and which next."),
)
#: What the empty places say to whoever fills them in, in Chinese and in English; comments are not shown.
_STEP = ("% 这一步从哪一式出发、用到什么、得到什么。", "% Where this step starts, what it uses, what it gives.")
_BEGIN = ("% 从这里写起：本文问什么，要说明什么。", "% Begin here: what the post asks, and what it will show.")


def derivation(equation: str, *, english: bool) -> str:
    """Return an empty derivation of an equation; until something is written in it, it covers nothing."""
    return f"::::{{prf:derivation}}\n:of: {equation}\n\n:::{{step}}\n{_STEP[english]}\n:::\n::::"


def insert_derivations(body: str, equations: Iterable[str], *, english: bool = False) -> str:
    """Return *body* with an empty derivation right behind the block of each equation, in the order of the post.

    Raises :class:`EditionError` for an id that the original doesn't have.
    """
    blocks = layer(body)
    ends: dict[str, int] = {}
    for one in formulas(blocks):
        for name in (*one.labels, one.content):
            ends.setdefault(name, blocks[one.block].last)
    wanted: dict[int, list[str]] = {}
    for name in dict.fromkeys(equations):
        if name not in ends:
            raise EditionError(f"the original has no equation {name!r}",
                               remedy="run `python -m tools equations POST` for the list")
        wanted.setdefault(ends[name], []).append(name)
    lines = body.split("\n")
    for end in sorted(wanted, reverse=True):
        text = "\n\n".join(derivation(name, english=english) for name in wanted[end])
        after = [""] if end < len(lines) and lines[end].strip() else []
        lines[end:end] = ["", *text.split("\n"), *after]
    result = "\n".join(lines)
    if strip(result) != strip(body):
        raise EditionError("a derivation would change the original here", remedy="write it in by hand")
    return result


def topic_summary(meta: Mapping[str, object], title: str, *, english: bool) -> str:
    """Return the summary of a topic: its front matter and five parts to write."""
    parts = (f"## {part[english]}\n\n% {part[2 + english]}" for part in SUMMARY_PARTS)
    return _page(meta, title, "\n\n".join(parts))


def local_post(meta: Mapping[str, object], title: str, *, english: bool) -> str:
    """Return a post of our own with nothing in it yet."""
    return _page(meta, title, _BEGIN[english])


def _page(meta: Mapping[str, object], title: str, body: str) -> str:
    # A list of posts is shown empty, so that it can be filled in.
    text = frontmatter.join({key: value for key, value in meta.items() if value != []}, f"# {title}\n\n{body}")
    empty = "".join(f"{key}: []\n" for key, value in meta.items() if value == [])
    return text.replace("\n---\n", f"\n{empty}---\n", 1)
