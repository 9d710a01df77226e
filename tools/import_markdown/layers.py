"""Tell the original of a legacy post from what was added to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ext.edition.posts.layer_cuts import CONCLUSION, MARKERS
from tools.import_markdown.divs import Directive
from tools.import_markdown.doings import Notes
from tools.import_markdown.levels import Chunk, Heading


class Layers(StrEnum):
    """How the original was found."""

    MARKED = "marked"
    """By the reprint notice or the headings of what was added."""

    WHOLE = "whole"
    """Nothing was added."""

    UNKNOWN = "unknown"
    """Nothing tells; the post gets no original."""


#: Headings of single insertions, which end with their section or at a rule.
INSERTED = re.compile(r"【\s*(深度解析)\s*+(?:[:：]\s*+)?([^\n【】]*)】")
_RULE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,})\s*")
_PLACEHOLDER = re.compile(r"[\s*_>-]*(?:TODO|FIXME|待补充|待添加|待完善|暂无)[^\n]*", re.I)
#: Below this share of the text, what is left before the first marker is a preface and not the post.
_WHOLE_ENOUGH = 0.2


@dataclass(frozen=True, slots=True)
class Split:
    """A post with its annotations marked, and how they were found."""

    layers: Layers
    chunks: tuple[Chunk, ...]


def split(before: Sequence[Chunk], after: Sequence[Chunk] | None, notes: Notes, *, truncated: bool) -> Split:
    """Mark the annotations of a post whose reprint notice stood between *before* and *after* (None without one)."""
    after = _without_placeholder(list(after or ()), notes)
    headings = [c for c in before if isinstance(c, Heading)]
    own = any(h.permalink for h in headings)
    regions = list(_regions(before, own=own))
    if any(_letters(c) for c in after):
        regions.append((True, list(after)))
    marked = any(added for added, _ in regions)
    original = [c for added, part in regions if not added for c in part if not isinstance(c, Directive)]
    share = _letters_of(original) / max(1, _letters_of([c for _, part in regions for c in part]))
    inserted = any(INSERTED.search(h.text) for h in headings)
    rewritten = not (own or inserted) and any(added for added, _ in regions[: len(regions) - bool(_letters_of(after))])
    notice = bool(after) or own
    no_sign = not marked and bool(headings) and not own
    if (no_sign or (rewritten and share < _WHOLE_ENOUGH)) and not truncated:
        layers = Layers.UNKNOWN
    elif not marked:
        layers = Layers.WHOLE if notice or truncated or _all_plain(before) else Layers.UNKNOWN
    else:
        layers = Layers.MARKED
    if layers is Layers.UNKNOWN:
        notes.leave("nothing tells the original from what was added")
        whole = _tidy([*before, *after])
        return Split(layers, tuple(whole))
    if own:
        for heading in [c for added, part in regions if not added for c in part if isinstance(c, Heading)]:
            if not heading.permalink:
                notes.leave("a heading without the blog's permalink, taken for the original's", heading.text)
    if share < _WHOLE_ENOUGH and any(added for added, _ in regions[:-1]) and not truncated:
        notes.leave("little is left as the original beside what was added: compare it with the site")
    chunks = _joined(regions, notes)
    return Split(layers, tuple(_tidy(chunks)))


def _all_plain(chunks: Iterable[Chunk]) -> bool:
    return not any(isinstance(c, Directive) for c in chunks)


def _regions(chunks: Sequence[Chunk], *, own: bool) -> Iterator[tuple[bool, list[Chunk]]]:
    """Yield the runs of chunks, and whether each was added."""
    part: list[Chunk] = []
    added: Heading | None = None
    single = False
    for n, chunk in enumerate(chunks):
        start = end = False
        if isinstance(chunk, Heading):
            start = bool(MARKERS.search(chunk.text) or INSERTED.search(chunk.text))
            ours = chunk.permalink or (CONCLUSION.search(chunk.text) and chunk.level <= (added.level if added else 0))
            end = added is not None and not start and bool(ours if own else single and chunk.level <= added.level)
        elif added is not None and single and isinstance(chunk, str) and _RULE.fullmatch(chunk):
            following = next((c for c in (chunks[m] for m in range(n + 1, len(chunks)))
                              if not isinstance(c, str) or c.strip()), None)
            end = not isinstance(following, Heading)
        if start or end:
            inner = start and added is not None and not single and isinstance(chunk, Heading) \
                and not INSERTED.search(chunk.text)
            if not inner:
                if part:
                    yield added is not None, part
                part = []
                added = chunk if start and isinstance(chunk, Heading) else None
                single = added is not None and bool(INSERTED.search(added.text))
        part.append(chunk)
    if part:
        yield added is not None, part


def _following(regions: Sequence[tuple[bool, list[Chunk]]]) -> list[Chunk | None]:
    """Return for every region what comes first in those after it that were not added, rules apart."""
    found: list[Chunk | None] = [None]
    for added, part in reversed(regions[1:]):
        first = None if added else next((c for c in part if not isinstance(c, str) or (
            c.strip() and not _RULE.fullmatch(c))), None)
        found.append(found[-1] if first is None else first)
    return found[::-1]


def _joined(regions: Sequence[tuple[bool, list[Chunk]]], notes: Notes) -> list[Chunk]:
    out: list[Chunk] = []
    following = _following(regions)
    for n, (added, part) in enumerate(regions):
        if not added:
            out += part
            continue
        rest = following[n]
        first = next((c for c in part if isinstance(c, Heading)), None)
        inserted = INSERTED.search(first.text) if first else None
        if first is None or inserted or not _closed_by(rest, part):
            kind = "deep-dive" if inserted else "remark"
            title = inserted[2].strip() if inserted else first.text if first else ""
            out += ["", _wrapped(part, kind, title, first, notes), ""]
            notes.converted[kind] += 1
        else:
            lead = part[: part.index(first)]
            if any(_letters(c) for c in lead):
                out += ["", _wrapped(lead, "remark", "", None, notes), ""]
                notes.converted["remark"] += 1
            out += _marked(part[part.index(first) :], notes)
    return out


def _closed_by(following: Chunk | None, part: Sequence[Chunk]) -> bool:
    """Tell whether the sections of an addition end by themselves where the original goes on."""
    highest = min(c.level for c in part if isinstance(c, Heading))
    return following is None or (isinstance(following, Heading) and following.level <= highest)


def _marked(part: Sequence[Chunk], notes: Notes) -> list[Chunk]:
    out: list[Chunk] = []
    covered = 7
    for chunk in part:
        if isinstance(chunk, Heading) and chunk.level <= covered:
            covered = chunk.level
            chunk = replace(chunk, annotation=True)
            notes.converted["section"] += 1
        out.append(chunk)
    return out


def _wrapped(part: Sequence[Chunk], kind: str, title: str, heading: Heading | None, notes: Notes) -> Directive:
    body: list[str] = []
    for chunk in part:
        if chunk is heading:
            continue
        if isinstance(chunk, str):
            body.append("" if _RULE.fullmatch(chunk) else chunk)
        else:
            if isinstance(chunk, Heading):
                notes.meant.update(chunk.attributes)
            body += ["", *(chunk.lines() if isinstance(chunk, Heading) else chunk.lines), ""]
    while body and not body[0].strip():
        body.pop(0)
    while body and not body[-1].strip():
        body.pop()
    depth = max([3, *(len(line) - len(line.lstrip(":")) + 1 for line in body if re.match(r":{3,}", line))])
    fence = ":" * depth
    options = [] if heading else [":class: imported-unheaded"]
    notes.mean(f"prf:{kind}", title, ["class"] if options else [])
    return Directive((f"{fence}{{prf:{kind}}} {title}".rstrip(), *options, "", *body, fence))


def _without_placeholder(chunks: list[Chunk], notes: Notes) -> list[Chunk]:
    """Drop an added part that holds a heading and a promise only."""
    text = [c for c in chunks if isinstance(c, str) and c.strip() and not _RULE.fullmatch(c)]
    if any(isinstance(c, Directive) for c in chunks) or not all(_PLACEHOLDER.fullmatch(c) for c in text):
        return chunks
    if text or any(isinstance(c, Heading) for c in chunks):
        notes.drop("a section that was planned only (TODO)")
    return []


def _tidy(chunks: Iterable[Chunk]) -> list[Chunk]:
    """Drop the rules that stand at the edge of a section or beside a heading, where they separate nothing."""
    found = [c for c in chunks]
    out: list[Chunk] = []
    for n, chunk in enumerate(found):
        if isinstance(chunk, str) and _RULE.fullmatch(chunk):
            above = next((c for c in reversed(out) if not isinstance(c, str) or c.strip()), None)
            below = next((c for c in found[n + 1 :] if not isinstance(c, str) or c.strip()), None)
            if not (isinstance(above, str) and isinstance(below, str)) or _RULE.fullmatch(below) \
                    or _RULE.fullmatch(above):
                continue
            out += ["", "---", ""]
        else:
            out.append(chunk)
    return out


def original(chunks: Iterable[Chunk]) -> list[Chunk]:
    """Return the chunks outside annotations."""
    out: list[Chunk] = []
    covered = 7
    for chunk in chunks:
        if isinstance(chunk, Heading):
            if chunk.level <= covered:
                covered = 7
            if chunk.annotation:
                covered = min(covered, chunk.level)
        if covered == 7 and not isinstance(chunk, Directive):
            out.append(chunk)
    return out


def _letters(chunk: Chunk) -> int:
    if isinstance(chunk, str):
        return 0 if _RULE.fullmatch(chunk) else len(chunk.strip())
    return len(chunk.text) if isinstance(chunk, Heading) else sum(map(len, chunk.lines))


def _letters_of(chunks: Iterable[Chunk]) -> int:
    return sum(_letters(c) for c in chunks)
