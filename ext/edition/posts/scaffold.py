"""Skeletons to write into: empty derivations behind equations, and the five parts of a topic's summary."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from ext.edition.posts.blocks import blocks
from ext.edition.posts.formula_names import formulas
from ext.edition.posts.original import layer, strip
from ext.edition.posts.units import units
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
#: A derivation as it is written, commented out: to be copied, and no work that anybody could count.
_SAMPLE = ("""\
% 一条推导的样子，抄一份、去掉行首的百分号再改：外层比内层多一个冒号，选项紧跟首行，名字全版唯一。
%
% $$
% a = b
% $$ (eq-{name})
%
% ::::{{prf:derivation}} 标题
% :of: eq-{name}
% :label: der-{name}
%
% :::{{step}} 这一步做什么
% 从哪一式出发、用到什么、得到什么。
% :::
% ::::""", """\
% What a derivation looks like. Copy it and delete the percent signs: the outer box has one colon more than the
% inner, options stand right under the first line, and labels are unique in the edition.
%
% $$
% a = b
% $$ (eq-{name})
%
% ::::{{prf:derivation}} Title
% :of: eq-{name}
% :label: der-{name}
%
% :::{{step}} What this step does
% Where it starts, what it uses, what it gives.
% :::
% ::::""")


def derivation(equation: str, label: str, *, english: bool) -> str:
    """Return an empty derivation of an equation; until something is written in it, it covers nothing."""
    return (f"::::{{prf:derivation}}\n:of: {equation}\n:label: {label}\n\n:::{{step}}\n{_STEP[english]}\n:::\n"
            "::::")


def has_derivation(body: str, equation: str) -> bool:
    """Tell whether an empty derivation of an equation waits in a post already."""
    head, *rest = body.split(f"::::{{prf:derivation}}\n:of: {equation}\n")
    return any(re.match(r"(?::label: [^\n]*\n)?\n:::\{step\}\n%", one) for one in rest)


def label_for(equation: str, taken: Set[str]) -> str:
    """Return the label of a new derivation: made of the name of its equation, and not *taken* in the edition."""
    plain = re.sub(r"[\s,，、;；]+", "-", equation)
    name = f"der-{re.sub(r'^(?:eq|e)[-:]', '', plain)}"
    return next(one for count in itertools.count(1)
                if (one := name if count == 1 else f"{name}-{count}") not in taken)


def insert_derivations(body: str, equations: Iterable[str], *, english: bool = False,
                       taken: Set[str] = frozenset()) -> str:
    """Return *body* with an empty derivation right behind the block of each equation, in the order of the post.

    Each has a label that is not *taken*. Raises :class:`EditionError` for an id that the original doesn't have.
    """
    ends, labels = _ends(body), dict[str, str]()
    for name in sorted(dict.fromkeys(equations), key=lambda one: ends.get(one, 0)):
        labels[name] = label_for(name, taken | set(labels.values()))
    return insert_behind(body, ((name, derivation(name, label, english=english)) for name, label in labels.items()))


def insert_behind(body: str, texts: Iterable[tuple[str, str]]) -> str:
    """Return *body* with each of *texts* right behind the block of the equation that it is paired with.

    Raises :class:`EditionError` for a name that the original doesn't have, and where the original would change.
    """
    ends, lines = _ends(body), body.split("\n")
    wanted: dict[int, list[str]] = {}
    for name, text in texts:
        if name not in ends:
            raise EditionError(f"the original has no equation {name!r}",
                               remedy="run `python -m tools equations POST` for the list")
        wanted.setdefault(ends[name], []).append(text)
    for end in sorted(wanted, reverse=True):
        after = [""] if end < len(lines) and lines[end].strip() else []
        lines[end:end] = ["", *"\n\n".join(wanted[end]).split("\n"), *after]
    result = "\n".join(lines)
    if strip(result) != strip(body):
        raise EditionError("an annotation would change the original here", remedy="write it in by hand")
    return result


def _ends(body: str) -> dict[str, int]:
    """Return the line after the block of each equation of the original, by its names."""
    found = layer(body)
    ends: dict[str, int] = {}
    for one in formulas(found):
        for name in (*one.labels, one.content):
            ends.setdefault(name, found[one.block].last)
    return ends


def written_behind(text: str) -> Iterator[tuple[str, str]]:
    """Yield the annotations of a text of nothing else, each with the equation that it is to stand behind.

    That is the first that `:of:` or another option names; an annotation without one goes with the annotation before.
    """
    name = ""
    for block in blocks(text):
        if not block.annotation:
            raise EditionError(f"line {block.first + 1} is no annotation: {block.text.splitlines()[0]!r}",
                               remedy="the file may hold boxes like `:::{prf:derivation}` and nothing else")
        name = next((one for unit in units(block.text) for _, one in unit.names), name)
        if not name:
            raise EditionError(f"nothing says which equation the annotation of line {block.first + 1} is about",
                               remedy="give it `:of: equation`")
        yield name, block.text


def topic_summary(meta: Mapping[str, object], title: str, *, english: bool) -> str:
    """Return the summary of a topic: its front matter and five parts to write."""
    parts = (f"## {part[english]}\n\n% {part[2 + english]}" for part in SUMMARY_PARTS)
    return _page(meta, title, "\n\n".join(parts))


def local_post(meta: Mapping[str, object], title: str, *, english: bool) -> str:
    """Return a post of our own with nothing in it yet but a sample, commented out."""
    name = str(meta["id"]).removeprefix("local-")
    return _page(meta, title, f"{_BEGIN[english]}\n\n{_SAMPLE[english].format(name=name)}")


def _page(meta: Mapping[str, object], title: str, body: str) -> str:
    # What has no value yet is shown empty, so that it can be filled in.
    text = frontmatter.join({key: value for key, value in meta.items() if value not in ([], None)},
                            f"# {title}\n\n{body}")
    empty = "".join(f"{key}:{' []' if value == [] else ''}\n" for key, value in meta.items() if value in ([], None))
    return text.replace("\n---\n", f"\n{empty}---\n", 1)
