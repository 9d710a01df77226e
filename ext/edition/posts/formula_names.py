"""The displayed formulas of an original layer, read from its text, with the names by which annotations know them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from ext.edition.math import display
from ext.edition.math.equation import content_names
from ext.edition.math.tex import definitions, normalise
from ext.edition.posts.blocks import Block, inline_reader, is_directive

_DISPLAYED = frozenset({"math_block", "math_block_label", "amsmath", "math_inline_double"})
_MATH = re.compile(r"\s*\{math\}")
_LABEL = re.compile(r"^[ \t]*:label:[ \t]*(\S+)[ \t]*$", re.M)
_OPTIONS = re.compile(r"\A(?:\s*:[\w-]+:.*\n)+")
#: The head of a footnote, which without its reference shows nothing.
_NOTE = re.compile(r"\A\[\^[^\]\s]+\]:\s*")


@dataclass(frozen=True, slots=True)
class Formula:
    """A displayed formula in the block number ``block``: its TeX, its labels, and its id by content."""

    block: int
    tex: str
    labels: tuple[str, ...]
    content: str


def formulas(layer: Sequence[Block]) -> tuple[Formula, ...]:
    """Return the displayed formulas of an original layer in order, named as the build names them."""
    found = [(number, tex, label) for number, block in enumerate(layer)
             for tex, label in _displayed(inline_reader().parse(_NOTE.sub("", block.text)))]
    names = content_names(tex for _, tex, _ in found)
    return tuple(
        Formula(number, tex, tuple(dict.fromkeys(filter(None, (label, *display.parse(tex).labels)))), name)
        for (number, tex, label), name in zip(found, names, strict=True))


def changed_names(before: Sequence[Block], after: Sequence[Block]) -> frozenset[str]:
    """Return the labels and ids that no longer mean the same formula, or none."""
    was, now = _meanings(before), _meanings(after)
    return frozenset(name for name, meaning in was.items() if now.get(name) != meaning)


def single_ids(layer: Sequence[Block]) -> Mapping[int, str]:
    """Return the id by content of the formula of every block that consists of one, by the block's number."""
    found = formulas(layer)
    count = Counter(one.block for one in found)
    return {one.block: one.content for one in found
            if count[one.block] == 1 and layer[one.block].kind.startswith("math_block")}


def label_in(text: str) -> str | None:
    """Return the label that a block of one formula is given behind its dollars or as an option."""
    return next((label for _, label in _displayed(inline_reader().parse(text)) if label), None)


def with_label(text: str, label: str | None) -> str:
    """Return a block of one formula in dollars with a label behind it; any other text as it is."""
    tokens = inline_reader().parse(text)
    if label and len(tokens) == 1 and tokens[0].type == "math_block" and text.rstrip().endswith("$$"):
        return f"{text.rstrip()} ({label})"
    return text


def _meanings(layer: Sequence[Block]) -> dict[str, tuple[str, ...]]:
    meanings: dict[str, tuple[str, ...]] = {}
    for one in formulas(layer):
        for name in (*one.labels, one.content):
            meanings.setdefault(name, tuple(normalise(one.tex)))
    return meanings


def _displayed(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Yield the TeX and the written label of every displayed formula that shows something."""
    for token in tokens:
        if is_directive(token):
            continue
        tex, label = "", ""
        if token.type in _DISPLAYED:
            tex, label = token.content, token.info if token.type == "math_block_label" else ""
        elif token.type in ("fence", "colon_fence") and _MATH.match(token.info):
            options = _OPTIONS.match(token.content)
            tex = token.content[options.end():] if options else token.content
            label = found[1] if options and (found := _LABEL.search(options[0])) else ""
        elif token.children:
            yield from _displayed(token.children)
        if definitions(tex)[1].strip():
            yield tex, label
