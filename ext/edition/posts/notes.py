"""Where the annotations stand in the text of a post, and how one is marked as stale."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from markdown_it.token import Token

from ext.edition.annotations.errata import ERRATUM
from ext.edition.annotations.kinds import KINDS, PARTS, STALE_CLASS, Relation
from ext.edition.annotations.targets import aims, split_targets
from ext.edition.math.tex import tokens, without_comments
from ext.edition.posts.blocks import Block, annotation_lines, block_tokens, blocks, is_directive, reader

_NAME = re.compile(r"\s*\{(?:prf:)?([\w-]+)\}")
_OPTION = re.compile(r"\s*:([\w-]+):[ \t]*(.*)")
_YAML = re.compile(r"\s*([\w-]+):[ \t]*(.*)")
#: How a text names an equation or an annotation: in roles, in TeX, in links.
_MENTION = re.compile(r"\{(?:eq|math:numref|numref|prf:ref|ref|any)\}`(?:[^`<>]*<)?(?P<role>[^`<>]+)>?`"
                      r"|\\(?:eqref|ref)\s*\{(?P<tex>[^{}]+)\}|\]\(<?#(?P<link>[^()<>\s]+)>?\)|<#(?P<auto>[^<>\s]+)>")
_RELATIONS = "|".join(Relation)
#: Where an annotation says what it is about: in an option, and in the attributes of a heading.
_OF = re.compile(rf"^(?P<head>[ \t>]*:?(?:{_RELATIONS}):[ \t]*[\"']?)(?P<names>[^\"'\n]*)", re.M)
_ATTRIBUTE = re.compile(rf"(?P<head>[{{ \t](?:{_RELATIONS})=[\"']?)(?P<names>(?<=[\"'])[^\"'{{}}\n]*|[^\s\"'{{}}]*)")
_ID = re.compile(r"[{ \t]#([^\s{}#]+)")
#: The lines that :func:`marked` adds to a directive.
_FORMERLY = re.compile(r"^[ \t]*:?formerly:", re.M)
_MARKS = re.compile(r"^[ \t]*:?(?:stale|formerly):.*\n?", re.M)


@dataclass(frozen=True, slots=True)
class Note:
    """An annotation in ``lines[first:last]`` of a body, from 0; ``outer`` when none is around it.

    ``opening`` is the line that is marked when it becomes stale: of a directive the one that opens it, of a section
    the one with its class.
    """

    first: int
    last: int
    opening: int
    of: tuple[str, ...]
    stale: bool
    outer: bool
    section: bool = False
    #: Its kind and its label, as written; empty where a section has none.
    kind: str = ""
    label: str = ""
    #: Its own lines, without those of the annotations inside it.
    own: tuple[int, ...] = ()
    #: All that it names, in ``:of:`` and in its text, annotations inside it apart.
    names: frozenset[str] = frozenset()


@functools.lru_cache(maxsize=8)
def notes(body: str) -> tuple[Note, ...]:
    """Return the annotations of *body* in the order of their first lines, nested ones after those around them.

    While one post is merged many ask, all about its few states.
    """
    lines = body.split("\n")
    sections = list(_sections(blocks(body), lines))
    inside = [range(one.first, one.last) for one in sections]
    found = [*sections, *_directives(block_tokens(body), lines, 0, outer=True)]
    placed = sorted((one if one.section else _within(one, inside) for one in found),
                    key=lambda one: (one.first, -one.last))
    return tuple(_with_names(placed, lines))


def _with_names(placed: Sequence[Note], lines: Sequence[str]) -> Iterator[Note]:
    """Yield the annotations with what each names; a line belongs to the innermost around it."""
    owner: dict[int, int] = {}
    for number, one in enumerate(placed):
        owner.update(dict.fromkeys(range(one.first, one.last), number))
    own: list[list[int]] = [[] for _ in placed]
    for line, number in sorted(owner.items()):
        own[number].append(line)
    for number, one in enumerate(placed):
        names = frozenset((*one.of, *mentions("\n".join(lines[line] for line in own[number]))))
        yield replace(one, names=names, own=tuple(own[number]))


def mentions(text: str) -> Iterator[str]:
    """Yield the names in the roles, the formulas and the links of a text."""
    for found in _MENTION.finditer(text):
        yield next(filter(None, found.groups())).strip()


def aimed_names(text: str) -> Iterator[str]:
    """Yield what options and attributes say that an annotation is about or rests on, as written."""
    for pattern in (_OF, _ATTRIBUTE):
        for found in pattern.finditer(text):
            yield found["names"]


def renamed(body: str, names: Mapping[str, str], slug: str = "") -> str:
    """Return *body* with other names in its annotations; with a *slug*, anywhere of the equations of that post."""
    def new(name: str) -> str:
        where, mark, rest = name.strip().rpartition("#")
        here = where.rpartition("/")[2] == slug if mark else not slug
        return f"{where}{mark}{names[rest]}" if here and rest in names else name

    def mention(found: re.Match[str]) -> str:
        kind = str(found.lastgroup)
        start, end = found.span(kind)
        return body_part[found.start():start] + new(found[kind]) + body_part[end:found.end()]

    lines = body.split("\n")
    # Nothing but annotations and texts of our own names a post before the equation.
    for number in range(len(lines)) if slug else annotation_lines(body):
        pattern = _ATTRIBUTE if lines[number].lstrip().startswith("{") else _OF
        body_part = pattern.sub(lambda found: found["head"] + re.sub(r"[^\s,，、;；]+", lambda name: new(name[0]),
                                                                     found["names"]), lines[number])
        lines[number] = _MENTION.sub(mention, body_part)
    return "\n".join(lines)


def _within(note: Note, sections: Sequence[range]) -> Note:
    outer = note.outer and not any(note.first in section for section in sections)
    return replace(note, outer=outer)


def _sections(found: Sequence[Block], lines: Sequence[str]) -> Iterator[Note]:
    """Yield the annotated sections, each up to the next or the end of the annotation."""
    start: Block | None = None
    last = 0
    for block in (*found, None):
        opens = block is not None and block.kind == "heading" and bool(_class_line(block))
        if start is not None and (block is None or not block.annotation or opens):
            opening = start.first + _class_line(start) - 1
            about = tuple(name for found in _ATTRIBUTE.finditer(lines[opening])
                          for name in split_targets(found["names"]))
            label = _ID.search(lines[opening])
            yield Note(start.first, last, opening, about, _has_class(lines[opening]), True, True,
                       label=label[1] if label else "")
            start = None
        if block is not None and opens:
            start = block
        last = block.last if block else last


def _class_line(block: Block) -> int:
    """Return which line of an annotated heading has the class, from 1; 0 when there is none."""
    for number, line in enumerate(block.text.split("\n"), start=1):
        if block.annotation and any(re.search(r"\.annotation\b", given) for given in re.findall(r"\{([^{}]*)\}", line)):
            return number
    return 0


def _has_class(line: str) -> bool:
    return bool(re.search(rf"\.{STALE_CLASS}\b", line))


def _directives(tokens: Sequence[Token], lines: Sequence[str], offset: int, *, outer: bool) -> Iterator[Note]:
    """Yield the annotations among *tokens* and inside them; their line 0 is line *offset* of the body."""
    for token in tokens:
        if token.map is None or token.type not in ("fence", "colon_fence"):
            continue
        first, last = (line + offset for line in token.map)
        annotation = is_directive(token)
        if annotation:
            options = dict(_options(token.content))
            about = tuple(aim.name for aim in aims(options))
            name = _NAME.match(token.info)
            yield Note(first, last, first, about, "stale" in options, outer, kind=name[1] if name else "",
                       label=options.get("label", "").strip())
        # Backticks with another name may be code that only looks like an annotation. Most hold none: read no further.
        if "{prf:" in token.content and (annotation or token.type == "colon_fence" or _is_part(token)):
            yield from _directives(reader().parse(token.content), lines, first + 1, outer=outer and not annotation)


def _is_part(token: Token) -> bool:
    return bool((name := _NAME.match(token.info)) and (name[1] in PARTS or name[1] in KINDS))


def _options(content: str) -> Iterator[tuple[str, str]]:
    """Yield the options at the head of a directive, written with colons or as YAML."""
    lines = content.split("\n")
    if lines[0].startswith("---"):
        read, lines = _YAML.match, lines[1:]
    else:
        read = _OPTION.match
    for line in lines:
        if (match := read(line)) is None:
            return
        yield match[1], match[2].strip().strip("\"'")


def marked(body: str, chosen: Sequence[Note], since: str, was: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return *body* with the chosen annotations marked as stale since *since*; those that are so stay as they are.

    *was* is what equations said by their names: an erratum about one keeps it, for the original will not.
    """
    lines = body.split("\n")
    for note in chosen:
        if note.stale:
            continue
        opening = lines[note.opening]
        if note.section:
            lines[note.opening] = re.sub(r"\.annotation\b", rf".annotation .{STALE_CLASS}", opening, count=1)
            continue
        yaml = lines[note.opening + 1].strip().startswith("---") if note.opening + 1 < len(lines) else False
        indent = re.match(r"\s*", opening)[0]  # type: ignore[index]
        # In a list item the fence stands behind the item's mark, and what follows is indented below it.
        if prefix := re.match(r"\s*(?:(?:[-*+]|\d+[.)])\s+)+(?=[:`~]{3})", opening):
            indent = " " * len(prefix[0])
        if quote := re.match(r"(\s*>)+\s*", opening):
            indent = quote[0]
        at, mark = note.opening + yaml, indent if yaml else f"{indent}:"
        own = "\n".join(lines[note.first:note.last])
        lines[at] += f"\n{mark}stale: {since}"
        said = next((tex for name in note.of if (tex := was.get(name.rpartition("/")[2]))), "")
        if note.kind == ERRATUM and said and not _FORMERLY.search(own):
            line = " ".join("".join(without_comments(tokens(said))).split()).replace("'", "''")
            lines[at] += f"\n{mark}formerly: '{line}'"
    return "\n".join(lines)


def unmarked(text: str) -> str:
    """Return the text of an annotation without the marks that updates make, to compare it with what it was."""
    return re.sub(rf" ?\.{STALE_CLASS}\b", "", _MARKS.sub("", text))
