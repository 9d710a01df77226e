"""Which posts lead to which, and the sentence in which they do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

#: Longest text on either side of a link, in characters.
REACH = 90
_ENDS = re.compile(r"[。！？!?；](?:[”’」』）)]*)|\.(?=\s)|\n\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a paragraph: text, or a formula with its HTML; ``link`` marks the text of the link."""

    text: str
    html: str = ""
    link: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """One link to another post: how its target is named, and the HTML of the sentence around it."""

    #: ``id`` (of the archive), ``doc`` (a document), ``eq`` (``slug#label``) or ``prf`` (a label).
    kind: str
    target: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A post that another one leads to or comes from, and the first sentence that says so."""

    docname: str
    title: str
    sentence: str
    times: int


@dataclass(frozen=True, slots=True)
class Relations:
    """What a post leads to, and what leads to it."""

    out: tuple[Relation, ...] = ()
    into: tuple[Relation, ...] = ()


def sentence(pieces: Sequence[Piece]) -> str:
    """Return the sentence around the link among *pieces* as HTML; it is cut where it is too long."""
    links = [at for at, piece in enumerate(pieces) if piece.link]
    if not links:
        return ""
    first, last = links[0], links[-1]
    before = _reach(list(reversed(pieces[:first])), backwards=True)
    after = _reach(pieces[last + 1:])
    inside = "".join(piece.html or escape(piece.text, quote=False) for piece in pieces[first:last + 1])
    return (before + f"<b>{inside}</b>" + after).strip()


def _reach(pieces: Iterable[Piece], *, backwards: bool = False) -> str:
    """Return the HTML of the pieces up to the end of a sentence, or up to :data:`REACH` with an ellipsis."""
    parts: list[str] = []
    left = REACH
    for piece in pieces:
        if piece.html:
            parts.append(piece.html)
            left -= 6
        else:
            text, ended = _until_end(piece.text, backwards)
            if len(text) > left:
                text = "…" + text[-left:] if backwards else text[:left] + "…"
                ended = True
            parts.append(escape(text, quote=False))
            left -= len(text)
            if ended:
                break
        if left <= 0:
            parts.append("…")
            break
    return "".join(reversed(parts) if backwards else parts)


def _until_end(text: str, backwards: bool) -> tuple[str, bool]:
    """Return the part of a text that belongs to the sentence, and whether the sentence ends in it."""
    ends = list(_ENDS.finditer(text))
    if not ends:
        return text, False
    return (text[ends[-1].end():], True) if backwards else (text[:ends[0].end()], True)


def relate(links: Mapping[str, Sequence[tuple[str, str]]], titles: Mapping[str, str]) -> dict[str, Relations]:
    """Return the relations of every post from its links, each a document and a sentence.

    Only posts in *titles* count, and no post is related to itself. The others come in the order in which they
    are first linked to; those that lead to a post in the order of *titles*.
    """
    out: dict[str, dict[str, tuple[str, int]]] = {}
    into: dict[str, dict[str, tuple[str, int]]] = {}
    for docname in titles:
        for target, text in links.get(docname, ()):
            if target == docname or target not in titles:
                continue
            for table, key, other in ((out, docname, target), (into, target, docname)):
                known = table.setdefault(key, {}).get(other, ("", 0))
                table[key][other] = (known[0] or text, known[1] + 1)
    return {docname: Relations(_relations(out.get(docname, {}), titles), _relations(into.get(docname, {}), titles))
            for docname in titles if docname in out or docname in into}


def _relations(table: Mapping[str, tuple[str, int]], titles: Mapping[str, str]) -> tuple[Relation, ...]:
    return tuple(Relation(other, titles[other], text, times) for other, (text, times) in table.items())
