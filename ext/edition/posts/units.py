"""The pieces of a post's annotations that can be about an equation: headed sections and directives.

A section reaches to the next heading of any rank; directives in it are pieces of their own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ext.edition.annotations.kinds import SECTION, Relation
from ext.edition.annotations.targets import aims
from ext.edition.math.display import parse
from ext.edition.posts.blocks import OPTIONS, Block, blocks
from ext.edition.posts.formula_names import all_formulas, displayed
from ext.edition.site.errors import EditionError

_DIRECTIVE = re.compile(r"[ \t]*+(?::{3,}+|`{3,}+|~{3,}+)[ \t]*+\{prf:(?P<kind>[\w-]++)\}[ \t]*+(?P<title>[^\n]*+)")
_OPTION = re.compile(r"^[ \t]*+:?([\w-]++):[ \t]*+([^\n]*+)", re.M)
_ATTRIBUTE = re.compile(r"(?<![\w-])([\w-]++)=(?:\"([^\"{}\n]*)\"|'([^'{}\n]*)'|([\w:-]+))")
_BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*")
#: Titles that say that something is derived.
DERIVING = re.compile(r"推导|证明|推论|由来|导出|\b(?:derivation|proof|deriv)", re.I)
_HEADING = re.compile(r"#{1,6}+[ \t]++([^\n]*+)")


@dataclass(frozen=True, slots=True)
class Shown:
    """A displayed formula where it stands: its TeX, its line in the body from 0, its labels, the tags of its rows."""

    tex: str
    line: int
    labels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A displayed equation of the original: its permanent name, the text around it as written, its section's title."""

    name: str
    shown: Shown
    before: str
    after: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of the annotations; ``lines[first:last]`` of the body, from 0, pieces of their own among them apart.

    ``opening`` is the line that says what it is about: of a directive the fence, of a section its attributes or,
    without any, its heading. ``names`` are the relations and names that it has.
    """

    kind: str
    title: str
    first: int
    last: int
    opening: int
    text: str
    displays: tuple[Shown, ...]
    names: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """A digest of what it says, by which an answer about it is remembered; what it is about is no part of it."""
        return hashlib.sha256("".join(self.text.split()).encode()).hexdigest()[:12]


def equations(body: str, dead: Sequence[str] = ()) -> tuple[Asked, ...]:
    """Return the displayed equations of the original of *body*, in order."""
    layer = [block for block in blocks(body) if not block.annotation]
    at: dict[int, int] = {}
    found = []
    for formula in all_formulas(body, layer, dead=dead)[0]:
        block = layer[formula.block]
        place = _place(block.text, formula.tex, at.get(formula.block, 0))
        at[formula.block] = place + 1
        before = block.text[:place].rstrip("$\n \t")
        if not before.strip() and formula.block:
            before = layer[formula.block - 1].text
        after = block.text[_end(block.text, formula.tex, place):].lstrip("$\n \t")
        if not after.strip() and formula.block + 1 < len(layer):
            after = layer[formula.block + 1].text
        section = next((one.text for one in reversed(layer[:formula.block + 1]) if one.kind == "heading"), "")
        shown = _shown(formula.tex, block.first + block.text.count("\n", 0, place), formula.labels)
        found.append(Asked((*formula.labels, formula.content)[0], shown, before, after, section))
    return tuple(found)


def units(body: str) -> tuple[Unit, ...]:
    """Return the pieces of the annotations of *body*, in order."""
    found: list[Unit] = []
    section: list[Block] = []
    for block in blocks(body):
        if not block.annotation or block.kind == "heading":
            found += _section(section)
            section = []
        if not block.annotation:
            continue
        if (directive := _DIRECTIVE.match(block.text)) is not None:
            found.append(_directive(block, directive))
        elif section or block.kind == "heading":
            section.append(block)
    found += _section(section)
    return tuple(sorted(found, key=lambda unit: unit.first))


def _section(found: Sequence[Block]) -> Iterator[Unit]:
    """Yield the section that begins with a heading, unless nothing stands under it."""
    if len(found) < 2:
        return
    head = found[0]
    attributes, _, heading = head.text.rpartition("\n")
    given = {name: "".join(values) for name, *values in _ATTRIBUTE.findall(attributes)}
    title = _HEADING.match(heading)
    yield Unit(SECTION, _plain(title[1] if title else heading), head.first, found[-1].last,
               head.first if attributes else head.last - 1,
               "\n".join([heading, *(block.text for block in found[1:])]),
               tuple(one for block in found[1:] for one in displays(block.text, block.first)), _names(given))


def _directive(block: Block, opening: re.Match[str]) -> Unit:
    inside = block.text.partition("\n")[2]
    options = OPTIONS.match(inside)
    text = inside[options.end():] if options else inside
    given = {name: value.strip("\"' \t") for name, value in _OPTION.findall(options[0])} if options else {}
    bold = _BOLD.search(text[:200])
    title = opening["title"] or (bold[1] if bold else "")
    return Unit(opening["kind"], _plain(title), block.first, block.last, block.first, f"{opening['title']}\n{text}",
                tuple(displays(block.text, block.first)), _names(given))


def _names(given: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((aim.relation.value, aim.name) for aim in aims(given))


def displays(text: str, first: int) -> Iterator[Shown]:
    """Yield the displayed formulas of a block whose first line is line *first*."""
    at = 0
    for tex, labels in displayed(text):
        at = _place(text, tex, at)
        yield _shown(tex, first + text.count("\n", 0, at), labels)
        at += 1


def _shown(tex: str, line: int, labels: tuple[str, ...]) -> Shown:
    return Shown(tex, line, labels, tuple(row.tag.text for row in parse(tex).rows if row.tag))


def _place(text: str, tex: str, start: int) -> int:
    """Return where a formula begins in the text of its block; in lists and quotes its lines are indented there."""
    line = next((line.strip() for line in tex.split("\n") if line.strip()), "")
    found = text.find(line, start)
    return start if found < 0 else found


def _end(text: str, tex: str, start: int) -> int:
    """Return where a formula that begins at *start* ends in the text of its block."""
    line = next((line.strip() for line in reversed(tex.split("\n")) if line.strip()), "")
    found = text.find(line, start)
    return len(text) if found < 0 else found + len(line)


def _plain(title: str) -> str:
    return title.strip(" *#")


def aimed(body: str, unit: Unit, relation: Relation, name: str) -> str:
    """Return *body* with *unit* saying that it is about *name*; nothing but the line that says so is touched."""
    if any(char in name for char in " \t\n\"'{},;，、；"):
        raise EditionError(f"{name!r} cannot be written as a target", remedy="give the equation another label")
    if (relation.value, name) in unit.names:
        return body
    lines = body.split("\n")
    opening = lines[unit.opening]
    known = " ".join(one for given, one in unit.names if given == relation)
    if unit.kind != SECTION:
        _aim_directive(lines, unit, relation, name, known)
    elif not opening.lstrip().startswith("{"):
        lines[unit.opening] = f'{{.annotation {relation}="{name}"}}\n{opening}'
    elif known:
        lines[unit.opening] = _widened(opening, relation, f"{known} {name}")
    else:
        marked = opening if re.search(r"\.annotation\b", opening) else opening.replace("{", "{.annotation ", 1)
        lines[unit.opening] = marked.rstrip()[:-1].rstrip() + f' {relation}="{name}"}}'
    return "\n".join(lines)


def _widened(opening: str, relation: Relation, value: str) -> str:
    """Return the line of attributes with another value of one that it has."""
    start = next(at + len(relation) + 2 for sign in "{ \t" if (at := opening.find(f"{sign}{relation}=")) >= 0)
    quote = opening[start:start + 1]
    if quote in ("'", '"') and (end := opening.find(quote, start + 1)) >= 0:
        return f'{opening[:start]}"{value}"{opening[end + 1:]}'
    rest = re.search(r"[\s}]", opening[start:])
    return f'{opening[:start]}"{value}"{opening[start + rest.start():] if rest else ""}'


def _aim_directive(lines: list[str], unit: Unit, relation: Relation, name: str, known: str) -> None:
    at = unit.opening + 1
    yaml = at < len(lines) and lines[at].strip() == "---"
    if known:
        for number in range(at, unit.last):
            option, mark, value = lines[number].partition(f"{relation}:")
            if mark and option.strip() in ("", ":"):
                value = value.strip()
                quote = value[0] if value[:1] in ("'", '"') and value[-1] == value[0] else ""
                lines[number] = f"{option}{mark} {quote}{value.strip(quote or None)}, {name}{quote}"
                return
    if yaml:
        lines[at] += f"\n{relation}: {name}"
        return
    indent = re.match(r"[ \t]*", lines[unit.opening])[0]  # type: ignore[index]
    # Text right below the fence would be taken for the value of the option.
    blank = "" if at < len(lines) and (not lines[at].strip() or OPTIONS.match(lines[at] + "\n")) else "\n"
    lines[unit.opening] += f"\n{indent}:{relation}: {name}{blank}"
