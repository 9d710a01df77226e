"""Headings of a legacy post: permalinks and ids off, levels without jumps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ext.edition.checks.markup import ATTRIBUTE, Construct
from tools.import_markdown.divs import Directive
from tools.import_markdown.doings import Notes

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_ID = re.compile(r"\{#([\w-]++)[^{}]*\}$")
_UNDERLINE = re.compile(r"[ \t]*(=+|-{2,})[ \t]*")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; ``permalink`` tells that it carried the blog's own link sign, so that it is the blog's."""

    level: int
    text: str
    permalink: bool = False
    anchor: str = ""
    annotation: bool = False

    @property
    def attributes(self) -> tuple[Construct, ...]:
        """The markup on the line above it."""
        return (*([Construct(ATTRIBUTE, f"id={self.anchor}")] if self.anchor else []),
                *([Construct(ATTRIBUTE, "class=annotation")] if self.annotation else []))

    def lines(self) -> tuple[str, ...]:
        """Return the heading as Markdown, with its attributes on the line above."""
        given = ([f"#{self.anchor}"] if self.anchor else []) + ([".annotation"] if self.annotation else [])
        head = f"{'#' * self.level} {self.text}".rstrip()
        return (f"{{{' '.join(given)}}}", head) if given else (head,)


Chunk = str | Directive | Heading


def read(lines: Sequence[str | Directive], notes: Notes) -> list[Chunk]:
    """Return the lines with headings recognised, and nothing in them that underlines a paragraph by accident."""
    out: list[Chunk] = []
    for line in lines:
        match = _HEADING.match(line) if isinstance(line, str) else None
        if match:
            text = match[2].rstrip(" \t")
            anchor = _ID.search(text)
            text = text[: anchor.start()].rstrip(" \t") if anchor else text
            bare = text.rstrip("#")
            closing = len(text) - len(bare) if not bare or bare[-1] in " \t" else 0
            text = bare if closing else text
            permalink = closing == 1
            notes.repaired["permalink in a heading"] += permalink
            notes.repaired["id in a heading"] += bool(anchor)
            if not text.strip():
                notes.drop("empty heading")
                continue
            out.append(Heading(len(match[1]), text.strip(), permalink, anchor[1] if anchor else ""))
        elif isinstance(line, str) and _UNDERLINE.fullmatch(line) and out and _is_text(out[-1]):
            if "=" in line:
                out.append("\\" + line.strip())
            else:
                out += ["", "---"]
            notes.repaired["line that would underline a paragraph"] += 1
        else:
            out.append(line)
    return out


def _is_text(chunk: Chunk) -> bool:
    return isinstance(chunk, str) and bool(chunk.strip()) and not re.match(r"\s*(\||>|[-*+] |---$)", chunk)


def take_title(chunks: list[Chunk]) -> tuple[str, list[Chunk]]:
    """Take the title off: the first heading of level 1."""
    for n, chunk in enumerate(chunks):
        if isinstance(chunk, Heading) and chunk.level == 1:
            return chunk.text, chunks[:n] + chunks[n + 1 :]
    return "", chunks


def level(chunks: Sequence[Chunk], notes: Notes) -> list[Chunk]:
    """Return the chunks with headings under the title, each at most one level below the one around it."""
    around: list[tuple[int, int]] = []
    out: list[Chunk] = []
    for chunk in chunks:
        if isinstance(chunk, Heading):
            given = max(chunk.level, 2)
            while around and around[-1][0] >= given:
                around.pop()
            now = around[-1][1] + 1 if around else 2
            around.append((given, now))
            notes.repaired["heading level"] += now != chunk.level
            chunk = replace(chunk, level=now)
        out.append(chunk)
    return out
