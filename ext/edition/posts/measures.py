"""What is measured of a document: plain counts that add up, kept apart by origin."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

#: Han characters with their extensions, kana and Hangul: one character is one unit of reading.
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af]")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts over some part of a document; they add up with ``+`` and so with :func:`sum`."""

    #: Formulas in running text.
    inline: int = 0
    #: Displayed formulas.
    displayed: int = 0
    #: Displayed formulas that show a number; they are among ``displayed``.
    numbered: int = 0
    #: Characters of the text without white space, formulas and code.
    characters: int = 0
    #: Those of them that are Chinese, Japanese or Korean.
    cjk: int = 0
    sections: int = 0
    code: int = 0
    images: int = 0
    tables: int = 0
    links: int = 0

    @property
    def formulas(self) -> int:
        """Inline and displayed formulas together."""
        return self.inline + self.displayed

    def __add__(self, other: Counts) -> Counts:
        """Add field by field."""
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class PostRecord:
    """One document as the build saw it. ``None`` in a measure means unknown, never zero."""

    docname: str
    title: str
    id: str
    date: str
    source: str
    author: str
    licence: str
    tags: tuple[str, ...]
    topic: str
    series: str
    number: int | None
    status: str
    #: ``local`` for a post written for the edition, else where it was taken from (``feed``, ``legacy``, …).
    origin: str
    fetched: str
    #: Size of the source file in bytes of UTF-8, front matter included.
    bytes: int
    #: Bytes of the original's lines of text: those of the pristine original where there is one, so that neither
    #: annotations nor labels change them.
    original_bytes: int | None
    #: Bytes of the lines of text inside annotations.
    added_bytes: int | None
    original: Counts | None
    added: Counts | None
    total: Counts
    #: Structured blocks by kind, in alphabetical order.
    blocks: tuple[tuple[str, int], ...]
    #: Archive ids of the posts it links to, each once, in order.
    links_to: tuple[str, ...]

    @property
    def is_post(self) -> bool:
        """Whether the document is one of the edition's posts, not a page about them."""
        return self.docname.startswith("posts/")

    @property
    def kb(self) -> float:
        """Size of the source file in KB (1 KB = 1000 bytes)."""
        return self.bytes / 1000

    @property
    def structured(self) -> int:
        """Number of structured blocks of all kinds."""
        return sum(n for _, n in self.blocks)


def count_text(text: str) -> Counts:
    """Count the characters of a piece of text."""
    return Counts(characters=len(_SPACE.sub("", text)), cjk=len(CJK.findall(text)))
