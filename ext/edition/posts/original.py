"""Compare the original in a post with the pristine one, block by block.

Two blocks are the same when the MyST reader sees the same in them: spelling (``*`` or ``_``, fences, list markers,
wrapping, white space in TeX) does not count, nor do annotations inside a block, labels and link targets that an
annotator added. The title is the page's own and is left out on both sides. What is lost is put back by
:mod:`ext.edition.posts.merge`.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markdown_it.token import Token

from ext.edition.math.tex import normalise
from ext.edition.math.tex import tokens as tex_tokens
from ext.edition.posts.blocks import (
    OPTIONS,
    Block,
    annotation_lines,
    blocks,
    inline_reader,
    inline_tokens,
    inner,
    is_directive,
)
from ext.edition.posts.matching import Matcher

Change = Literal["changed", "lost", "new", "moved"]
#: Top-level blocks that a reader does not see; annotators may add them.
#: How lines begin that may show nothing: a target, a comment, a break. One too many only costs the short cut.
_UNSEEN = ("(", "%", "+++")
_INVISIBLE = frozenset({"myst_target", "myst_line_comment", "myst_block_break"})
_MATH = frozenset({"math_inline", "math_inline_double", "math_block", "math_block_label", "amsmath"})
_RANK_1 = re.compile(r" {0,3}#\s")
_UNDERLINE = re.compile(r" {0,3}=+[ \t]*")
_MATH_FENCE = re.compile(r"\s*\{math\}")
#: A permanent id that :mod:`ext.edition.posts.naming` wrote at a formula that has changed.
_OWN_LABEL = re.compile(r"\\label\{e-[0-9a-f]{6}(?:-\d+)?\}")


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
    if _untitled(post) == _untitled(original) != "":
        return ()  # nearly always, and then nothing has to be parsed
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


def strip(post: str) -> str:
    """Return the original layer of a post: its blocks without annotations and title, one blank line between them."""
    return "\n\n".join(block.text for block in layer(post)) + "\n"


def layers(post: str, *originals: str) -> tuple[tuple[Block, ...], ...]:
    """Return the original layers of a post and of pristine originals, which may or may not repeat its title."""
    ours = layer(post)
    first = canonical(ours[0].text) if ours and _is_title(ours[0]) else None
    found = []
    for original in originals:
        whole = layer(original, titled=False)
        titled = whole and _is_title(whole[0]) and canonical(whole[0].text) != first
        found.append(whole[1:] if titled else whole)
    return ours, *found


def _align(post: str, original: str) -> _Pair:
    ours, theirs = layers(post, original)
    if [block.text for block in ours] == [block.text for block in theirs]:
        # The common case, and a hundred times cheaper than reading every block.
        return _Pair(ours, theirs, (("equal", 0, len(theirs), 0, len(ours)),))
    matcher = Matcher(None, [canonical(b.text) for b in theirs], [canonical(b.text) for b in ours])
    return _Pair(ours, theirs, tuple(matcher.get_opcodes()))


@functools.lru_cache(maxsize=8)
def layer(body: str, *, titled: bool = True) -> tuple[Block, ...]:
    """Return the blocks of the original in *body*, with the lines that they have there, to all who ask in turn.

    A first block that is a heading of rank 1 is the page's title and is left out of a ``titled`` body.
    """
    bare = _bare(body)
    found = blocks("\n".join(line for _, line in bare))
    seen = tuple(replace(block, first=bare[block.first][0], last=bare[block.last - 1][0] + 1) for block in found
                 if block.kind not in _INVISIBLE)
    return seen[1:] if titled and seen and _is_title(seen[0]) else seen


def _bare(body: str) -> list[tuple[int, str]]:
    """Return the lines of *body* outside annotations, with their numbers from 0."""
    marked = annotation_lines(body)
    bare: list[tuple[int, str]] = []
    for number, line in enumerate(body.split("\n")):
        if number in marked:
            # An annotation parts what stands around it like one blank line.
            if bare and bare[-1][1].strip():
                bare.append((number, ""))
        elif line.strip() or number - 1 not in marked:
            bare.append((number, line))
    return bare


def _untitled(body: str) -> str:
    """Return the text outside annotations and below a title on the first line; empty where a second title follows."""
    text = "\n".join(line for _, line in _bare(body)).strip("\n")
    head, _, rest = text.partition("\n")
    text = rest.strip("\n") if head.startswith("# ") and not rest.partition("\n")[0].strip() else text
    return "" if _begins_with_title(text) else text


def _begins_with_title(text: str) -> bool:
    """Tell whether a text begins with a heading of rank 1, or with lines that are one by what is below them."""
    shows_nothing = lambda line: not line.strip() or line.startswith(_UNSEEN)  # noqa: E731
    lines = list(itertools.dropwhile(shows_nothing, text.split("\n")))
    if _RANK_1.match("\n".join(lines[:1])):
        return True
    paragraph = itertools.takewhile(str.strip, lines)
    return any(number and _UNDERLINE.fullmatch(line) for number, line in enumerate(paragraph))


def _is_title(block: Block) -> bool:
    return block.kind == "heading" and bool(re.match(r"#\s|.*\n=+\s*\Z", block.text))


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


@functools.lru_cache(maxsize=4096)
def canonical(text: str) -> tuple[object, ...]:
    """Return what the MyST reader sees in a block, as a value to compare."""
    # A definition of a link or a footnote is kept for later and shows nothing where it stands.
    return tuple(_seen(inline_tokens(text))) or ("unseen", *text.split())


@functools.lru_cache(maxsize=4096)
def said(text: str) -> tuple[object, ...]:
    """Return what a block says: as :func:`canonical`, but numbers and the spelling of a layout don't count."""
    return tuple(_seen(inline_tokens(text), normalise)) or ("unseen", *text.split())


def _seen(tokens: Sequence[Token], read: Callable[[str], tuple[str, ...]] | None = None) -> Iterable[object]:
    read = read or _tex
    for token in tokens:
        if is_directive(token) or token.type in _INVISIBLE:
            continue
        if token.type in _MATH:
            yield "math", token.type.startswith("math_inline"), read(token.content)
        elif token.type in ("fence", "colon_fence") and _MATH_FENCE.match(token.info):
            yield "math", False, read(token.content)
        elif (held := inner(token)) is not None:
            yield "directive", token.info.strip(), _options(token.content)
            for text in held:
                yield from _joined(_seen(inline_reader().parse(text), read))
            yield ("end",)
        elif token.type == "inline":
            yield from _joined(_seen(token.children or (), read))
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


def _options(content: str) -> str:
    return found[0].rstrip() if (found := OPTIONS.match(content)) else ""


def _tex(source: str) -> tuple[str, ...]:
    return tuple(token for token in tex_tokens(_OWN_LABEL.sub("", source)) if not token.isspace())
