"""Turn headings in bold, such as ``**定理 2.1（切空间的维数）**：``, into the annotations that they say they are.

Only what is beyond doubt is turned: a paragraph of an annotated section that begins with such a heading, up to the next
one, the next heading, or the next directive. The text stays; the heading becomes the kind and the title.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ext.edition.posts.blocks import Block, blocks

#: What a heading in bold may call itself, and the kind that it becomes.
WORDS: Mapping[str, str] = MappingProxyType({
    "定理": "theorem", "引理": "lemma", "命题": "proposition", "推论": "corollary", "猜想": "conjecture",
    "定义": "definition", "公理": "axiom", "假设": "assumption", "证明": "proof", "推导": "derivation", "例": "example",
    "例子": "example", "示例": "example", "注": "remark", "注记": "remark", "备注": "remark", "theorem": "theorem",
    "lemma": "lemma", "proposition": "proposition", "corollary": "corollary", "definition": "definition",
    "assumption": "assumption", "proof": "proof", "derivation": "derivation", "example": "example", "remark": "remark"})
_NAMES = "|".join(sorted(WORDS, key=len, reverse=True))
#: The colon may stand within the bold or behind it; one of them must, or nothing else may stand on the line.
_HEAD = re.compile(rf"\*\*(?P<word>{_NAMES}) ?(?P<number>\d+(?:\.\d+)*)? ?"
                   r"(?:[（(](?P<title>[^（）()*\n]{1,60})[）)])?(?P<inner>[:：])?\*\* ?(?P<outer>[:：])?"
                   r"(?P<rest>[^\n]*)", re.I)
_STEP = re.compile(r"\*\*(?:步骤|第|step) ?(?P<number>[\d一二三四五六七八九十]+(?:\.\d+)*) ?步?"
                   r"(?:[:：] ?(?P<title>[^*\n]{1,80}?))?[:：]?\*\* ?[:：]?(?P<rest>[^\n]*)", re.I)
_BOLD = re.compile(r"\*\*[^*\n]{1,80}\*\*")
_WITH_STEPS = ("proof", "derivation")


@dataclass(slots=True)
class _Box:
    """An annotation to be: its kind and title, the lines of its text, and its steps."""

    kind: str
    title: str
    first: int
    last: int
    text: list[str]
    steps: list[tuple[str, list[str]]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return it as a directive."""
        outer = "::::" if self.steps else ":::"
        inside = list(self.text)
        for title, text in self.steps:
            inside += ["", f":::{{step}} {title}".rstrip(), *_trimmed(text), ":::"]
        return [f"{outer}{{prf:{self.kind}}} {self.title}".rstrip(), *_trimmed(inside), outer]


def split(body: str) -> str:
    """Return *body* with the headings in bold of its annotated sections as annotations; twice is as once."""
    lines = body.split("\n")
    for box in reversed(list(_boxes(blocks(body), lines))):
        lines[box.first:box.last] = box.lines()
    return "\n".join(lines)


def kinds(body: str) -> Mapping[str, int]:
    """Return what :func:`split` makes of *body*: how many annotations of each kind, and steps."""
    found: Counter[str] = Counter()
    for box in _boxes(blocks(body), body.split("\n")):
        found.update([box.kind, *("step" for _ in box.steps)])
    return found


def _boxes(found: Sequence[Block], lines: Sequence[str]) -> Iterator[_Box]:
    box: _Box | None = None
    reached = 0
    for block in (*found, None):
        text = block.text if block is not None and block.annotation and block.kind != "definition" else ""
        plain = block is not None and block.kind == "paragraph"
        head = _head(text) if plain else None
        step = _STEP.match(text) if box is not None and box.kind in _WITH_STEPS and plain else None
        lead = plain and step is None and _BOLD.match(text) is not None
        other = lead and (box is None or box.kind not in _WITH_STEPS)
        ends = not text or head is not None or other or block is None or block.kind in ("heading", "hr") or (
            block.kind in ("colon_fence", "fence") and "{prf:" in text)
        if box is not None and not ends and block is not None:
            between = list(lines[reached:block.first])
            if step is not None:
                box.steps.append((step["title"] or "", [step["rest"].strip(), *text.split("\n")[1:]]))
            else:
                (box.steps[-1][1] if box.steps else box.text).extend([*between, *text.split("\n")])
            box.last = reached = block.last
        elif box is not None:
            if box.steps or any(map(str.strip, box.text)):  # a heading over nothing says nothing
                yield box
            box = None
        if head is not None and block is not None:
            title = " ".join(filter(None, [head["number"], head["title"]]))
            box = _Box(WORDS[head["word"].lower()], title, block.first, block.last,
                       [head["rest"].strip(), *text.split("\n")[1:]])
            reached = block.last


def _head(text: str) -> re.Match[str] | None:
    """Return the heading that a paragraph begins with, None where it may be an emphasis like any other."""
    found = _HEAD.match(text)
    if found is None or not (found["inner"] or found["outer"] or not found["rest"].strip()):
        return None
    # A fence of another length or a table in it would have to be looked into: not beyond doubt.
    return None if ":::" in text else found


def _trimmed(lines: Sequence[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return list(lines[start:end])
