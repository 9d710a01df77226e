"""Compare the original in a post with the pristine one, block by block, and put back what is lost.

Two blocks are the same when the MyST reader sees the same in them: spelling (``*`` or ``_``, fences, list markers,
wrapping, white space in TeX) does not count, nor do annotations inside a block, labels and link targets that an
annotator added. The title is the page's own and is left out on both sides.
"""

from __future__ import annotations

import difflib
import functools
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markdown_it.token import Token

from ext.edition.blocks import Block, annotation_lines, blocks, inline_reader, is_directive
from ext.edition.tex import tokens as tex_tokens

Change = Literal["changed", "lost", "new", "moved"]
#: Top-level blocks that a reader does not see; annotators may add them.
_INVISIBLE = frozenset({"myst_target", "myst_line_comment", "myst_block_break"})
_MATH = frozenset({"math_inline", "math_inline_double", "math_block", "math_block_label", "amsmath"})
_MATH_FENCE = re.compile(r"\s*\{math\}")


@dataclass(frozen=True, slots=True)
class Difference:
    """One block in which a post and its original differ.

    Lines count from 1 in the bodies; the one that does not apply is None. ``texts`` are the block in the original
    and in the post, empty where it is missing.
    """

    change: Change
    post_line: int | None
    original_line: int | None
    original_text: str
    post_text: str


@dataclass(frozen=True, slots=True)
class _Pair:
    """The original blocks of a post and of the pristine original, and how they are aligned."""

    post: tuple[Block, ...]
    original: tuple[Block, ...]
    opcodes: tuple[tuple[str, int, int, int, int], ...]


def compare(post: str, original: str) -> tuple[Difference, ...]:
    """Return the differences between the body of a post and its original, in the order of the post."""
    pair = _align(post, original)
    found: list[Difference] = []
    for change, a, b, c, d in pair.opcodes:
        if change == "equal":
            continue
        both = min(b - a, d - c)
        for i in range(both):
            ours, theirs = pair.post[c + i], pair.original[a + i]
            found.append(Difference("changed", ours.first + 1, theirs.first + 1, theirs.text, ours.text))
        found += [Difference("lost", None, block.first + 1, block.text, "") for block in pair.original[a + both:b]]
        found += [Difference("new", block.first + 1, None, "", block.text) for block in pair.post[c + both:d]]
    return tuple(_with_moves(found))


def restore(post: str, original: str) -> str:
    """Return *post* with the text of *original* and every annotation of *post*, each where it stood.

    An annotation stands after the block of the original that it stood after. A block that has annotations inside (in
    a list item, between two items) is kept as it is when its own text is intact; when it is not, they follow the
    restored block.
    """
    pair = _align(post, original)
    places, lines, marked = _places(pair), post.split("\n"), annotation_lines(post)
    kept: dict[int, str] = {}
    after: dict[int, list[str]] = {}
    rest = {block.first: block for block in blocks(post) if block.annotation}
    for block, (place, equal) in zip(pair.post, places, strict=True):
        after.setdefault(place, [])
        inside = [line for line in range(block.first, block.last) if line in marked]
        if inside and equal:
            kept[place] = "\n".join(lines[block.first:block.last])
        elif inside:
            after[place] += _runs(lines, inside)
        for line in inside:
            rest.pop(line, None)
    for first, block in rest.items():
        before = [place for other, (place, _) in zip(pair.post, places, strict=True) if other.last <= first]
        after.setdefault(before[-1] if before else -1, []).append(block.text)
    parts = [block.text for block in blocks(post) if _is_title(block)][:1] + after.get(-1, [])
    for i, block in enumerate(pair.original):
        parts += [kept.get(i, block.text), *after.get(i, ())]
    return "\n\n".join(parts) + "\n"


def strip(post: str) -> str:
    """Return the original layer of a post: its blocks without annotations and title, one blank line between them."""
    return "\n\n".join(block.text for block in _layer(post)) + "\n"


def _align(post: str, original: str) -> _Pair:
    ours, theirs = _layer(post), _layer(original)
    if [block.text for block in ours] == [block.text for block in theirs]:
        # The common case, and a hundred times cheaper than reading every block.
        return _Pair(ours, theirs, (("equal", 0, len(theirs), 0, len(ours)),))
    matcher = difflib.SequenceMatcher(None, [canonical(b.text) for b in theirs], [canonical(b.text) for b in ours],
                                      autojunk=False)
    return _Pair(ours, theirs, tuple(matcher.get_opcodes()))


def _layer(body: str) -> tuple[Block, ...]:
    """Return the blocks of the original in *body*, with the lines that they have there."""
    marked = annotation_lines(body)
    bare: list[tuple[int, str]] = []
    for number, line in enumerate(body.split("\n")):
        if number in marked:
            # An annotation parts what stands around it like one blank line.
            if bare and bare[-1][1].strip():
                bare.append((number, ""))
        elif line.strip() or number - 1 not in marked:
            bare.append((number, line))
    found = blocks("\n".join(line for _, line in bare))
    return tuple(replace(block, first=bare[block.first][0], last=bare[block.last - 1][0] + 1) for block in found
                 if block.kind not in _INVISIBLE and not _is_title(block))


def _is_title(block: Block) -> bool:
    return block.kind == "heading" and bool(re.match(r"#\s|.*\n=+\s*\Z", block.text))


def _places(pair: _Pair) -> list[tuple[int, bool]]:
    """Return, for each original block of the post, the block of the original it stands for, and if they are equal."""
    return [(min(a + i, b - 1) if b > a else a - 1, change == "equal")
            for change, a, b, c, d in pair.opcodes for i in range(d - c)]


def _with_moves(found: Sequence[Difference]) -> list[Difference]:
    """Join a block that is lost in one place and new in another into one that moved."""
    lost = {canonical(one.original_text): one for one in found if one.change == "lost"}
    moved: dict[int | None, Difference] = {}
    for one in found:
        if one.change == "new" and (source := lost.pop(canonical(one.post_text), None)) is not None:
            moved[one.post_line] = source
    gone = {source.original_line for source in moved.values()}
    result = []
    for one in found:
        if one.change == "new" and (source := moved.get(one.post_line)) is not None:
            result.append(replace(one, change="moved", original_line=source.original_line,
                                  original_text=source.original_text))
        elif not (one.change == "lost" and one.original_line in gone):
            result.append(one)
    return result


def _runs(lines: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Return the runs of consecutive lines among *numbers* as blocks of their own, without their indent."""
    runs: list[list[str]] = []
    for place, number in enumerate(numbers):
        if not place or number != numbers[place - 1] + 1:
            runs.append([])
        runs[-1].append(lines[number])
    return [textwrap.dedent("\n".join(run)).strip("\n") for run in runs]


@functools.lru_cache(maxsize=4096)
def canonical(text: str) -> tuple[object, ...]:
    """Return what the MyST reader sees in a block, as a value to compare."""
    return tuple(_seen(inline_reader().parse(text)))


def _seen(tokens: Sequence[Token]) -> Iterable[object]:
    for token in tokens:
        if is_directive(token) or token.type in _INVISIBLE:
            continue
        if token.type in _MATH:
            yield "math", token.type.startswith("math_inline"), _tex(token.content)
        elif token.type in ("fence", "colon_fence") and _MATH_FENCE.match(token.info):
            yield "math", False, _tex(token.content)
        elif token.type == "inline":
            yield from _joined(_seen(token.children or ()))
        elif token.type in ("softbreak", "text"):
            yield "text", token.content if token.type == "text" else " "
        elif token.type in ("fence", "colon_fence", "code_block"):
            yield "code", token.info.strip(), token.content.rstrip()
        else:
            attributes = tuple(sorted((key, str(value)) for key, value in token.attrs.items()))
            yield token.type, token.tag, attributes, token.content


def _joined(seen: Iterable[object]) -> Iterable[object]:
    """Join neighbouring pieces of text and fold their white space."""
    words = ""
    for piece in seen:
        if isinstance(piece, tuple) and piece[0] == "text":
            words += str(piece[1])
            continue
        if words:
            yield "text", re.sub(r"\s+", " ", words)
        words = ""
        yield piece
    if words.strip():
        yield "text", re.sub(r"\s+", " ", words)


def _tex(source: str) -> tuple[str, ...]:
    return tuple(token for token in tex_tokens(source) if not token.isspace())
