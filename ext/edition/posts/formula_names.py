"""The displayed formulas of a post, read from its text, with the names by which annotations know them."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from ext.edition.math import display
from ext.edition.math.equation import content_names
from ext.edition.math.tex import content_id, definitions, normalise
from ext.edition.posts.blocks import Block, blocks, inline_reader, inline_tokens, inner, is_directive

_DISPLAYED = frozenset({"math_block", "math_block_label", "amsmath", "math_inline_double"})
#: Without one of these no block displays a formula: most are read only for that, and need not be.
_MAY_DISPLAY = re.compile(r"\$\$|\\begin|\{math\}")
_MATH = re.compile(r"\s*\{math\}")
_LABEL = re.compile(r"^[ \t]*:label:[ \t]*(\S+)[ \t]*$", re.M)
_OPTIONS = re.compile(r"\A(?:\s*:[\w-]+:.*\n)+")
#: The head of a footnote, which without its reference shows nothing.
_NOTE = re.compile(r"\A {0,3}\[\^[^\]\s]+\]:[ \t]*")
_INDENT = re.compile(r"^    ", re.M)
#: Characters of text before and after a formula by which it is told from one that says the same.
_NEAR, _FAR = 160, 800


@dataclass(frozen=True, slots=True)
class Formula:
    """A displayed formula in the block number ``block``: its TeX, its labels, and its permanent id.

    ``before`` and ``after`` are the text around it, formulas among it, the nearer character first.
    """

    block: int
    tex: str
    labels: tuple[str, ...]
    content: str
    before: str = ""
    after: str = ""

    @property
    def said(self) -> tuple[str, ...]:
        """What it says, by which it is the same formula wherever it stands."""
        return normalise(self.tex)

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it is called, the best first."""
        return tuple(dict.fromkeys((*self.labels, self.content)))


@dataclass(frozen=True, slots=True)
class Display:
    tex: str
    label: str

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, (self.label, *display.parse(self.tex).labels))))


def formulas(layer: Sequence[Block], *, dead: Collection[str] = ()) -> tuple[Formula, ...]:
    """Return the displayed formulas of an original layer in order, named as the build names them.

    What stands in lists, quotes, tables, footnotes, boxes and captions is among them. ``dead`` are names that nothing
    may be given again.
    """
    return _named(_stream(layer), (), dead)[0]


def all_formulas(body: str, layer: Sequence[Block], *, dead: Collection[str] = ()
                 ) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    """Return the displayed formulas of the original of *body*, whose layer is *layer*, and those of its annotations."""
    added = [piece for block in blocks(body) if _MAY_DISPLAY.search(block.text)
             for piece in _displays(block.text, block.annotation)]
    return _named(_stream(layer), added, dead)


def label_in(text: str) -> str | None:
    """Return the label that a block of one formula is given behind its dollars or as an option."""
    return next((piece.label for piece in _seen(inline_reader().parse(text))
                 if isinstance(piece, Display) and piece.label), None)


def displayed(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the TeX and the labels of every displayed formula of a block, those inside its directives among them."""
    for one in _added(inline_reader().parse(text), True):
        yield one.tex, one.labels


def _stream(layer: Sequence[Block]) -> list[tuple[int, str | Display]]:
    """Return what a reader sees of a layer, by the number of its block; footnotes stand at the end of a page."""
    order = sorted(range(len(layer)), key=lambda number: bool(_NOTE.match(layer[number].text)))
    return [(number, piece) for number in order for piece in _pieces(layer[number].text)]


@functools.lru_cache(maxsize=4096)
def _pieces(text: str) -> tuple[str | Display, ...]:
    """Return what a reader sees of a block; most blocks of a post are asked for again after each change of another."""
    return tuple(_seen(_parsed(text)))


@functools.lru_cache(maxsize=4096)
def _displays(text: str, inside: bool) -> tuple[Display, ...]:
    """Return the displayed formulas of a block that belong to annotations, to be asked for again as above."""
    return tuple(_added(_parsed(text), inside))


def _named(stream: Sequence[tuple[int, str | Display]], added: Sequence[Display], dead: Collection[str]
           ) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    displays = [piece for _, piece in stream if isinstance(piece, Display)] + list(added)
    names = content_names([(one.tex, one.labels) for one in displays], dead)
    texts = [_shown(piece) for _, piece in stream]
    whole = "".join(texts)
    backwards = whole[::-1]
    found: list[Formula] = []
    at = 0
    for (number, piece), text in zip(stream, texts, strict=True):
        if isinstance(piece, Display):
            end = len(whole) - at
            found.append(Formula(number, piece.tex, piece.labels, names[len(found)], backwards[end:end + _FAR],
                                 whole[at + len(text):at + len(text) + _FAR]))
        at += len(text)
    rest = tuple(Formula(-1, one.tex, one.labels, name)
                 for one, name in zip(added, names[len(found):], strict=True))
    return tuple(found), rest


def _shown(piece: str | Display) -> str:
    """Return a piece of a post as its neighbours see it: no white space, and of a formula only which it is."""
    return "".join(piece.split()) if isinstance(piece, str) else f"[{content_id(piece.tex)}]"


def _parsed(text: str) -> tuple[Token, ...]:
    """Return the tokens of a block; a footnote is read as the text that it shows where it is referred to."""
    if found := _NOTE.match(text):
        text = _INDENT.sub("", text[found.end():])
    return inline_tokens(text)


def _seen(tokens: Sequence[Token]) -> Iterator[str | Display]:
    """Yield the text and the displayed formulas that a reader sees outside annotations, in their order."""
    for token in tokens:
        if is_directive(token):
            continue
        if (one := display_in(token)) is not None:
            if definitions(one.tex)[1].strip():
                yield one
        elif token.children:
            yield from _seen(token.children)
        elif (held := inner(token)) is not None:
            for text in held:
                yield from _seen(inline_reader().parse(text))
        elif token.content and token.type not in ("inline", "html_block", "html_inline"):
            yield token.content


def _added(tokens: Sequence[Token], inside: bool) -> Iterator[Display]:
    """Yield the displayed formulas of annotations."""
    for token in tokens:
        if (one := display_in(token)) is not None:
            if inside and definitions(one.tex)[1].strip():
                yield one
        elif token.children:
            yield from _added(token.children, inside)
        elif (held := inner(token)) is not None:
            for text in held:
                yield from _added(inline_reader().parse(text), inside or is_directive(token))


def display_in(token: Token) -> Display | None:
    """Return the displayed formula that a token is, None for other tokens."""
    if token.type in _DISPLAYED:
        return Display(token.content, token.info if token.type == "math_block_label" else "")
    if token.type in ("fence", "colon_fence") and _MATH.match(token.info):
        options = _OPTIONS.match(token.content)
        tex = token.content[options.end():] if options else token.content
        found = _LABEL.search(options[0]) if options else None
        return Display(tex, found[1] if found else "")
    return None
