"""Cut a piece of the annotations in two at one of its own leads; the text stays.

A section keeps what stands before the cut; the rest of it, up to the next directive, becomes a directive. A directive
is closed at the cut and opened again. Only a person says where: a program sees leads, not what belongs together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ext.edition.annotations.kinds import KINDS, SECTION
from ext.edition.posts.blocks import OPTIONS, Block, blocks
from ext.edition.posts.units import DERIVING, Unit, units
from ext.edition.site.errors import EditionError

#: More displays than these make a piece long: one answer about it says little.
LONG = 5
#: Leads that announce a part of its own: in bold, counted, or put in sequence.
_ANNOUNCED = re.compile(
    r"\*\*|首先|其次|然后|接着|接下来|最后|另一方面|另外|此外|再者|类似地|同理|下面|现在|步骤|第[一二三四五六七八九十\d]|"
    r"[（(]?\d{1,2}[.、）)]|\b(?:first|second|third|next|then|finally|similarly|now|on the other hand|step)\b", re.I)
_FENCE = re.compile(r"^[ \t]*+(:{3,}+)", re.M)
_STAYS = ("hr", "definition", "heading")


@dataclass(frozen=True, slots=True)
class Lead:
    """A place where a piece can be cut: the line of the body from 0, its text, and whether it announces a part."""

    line: int
    text: str
    announced: bool


def leads(body: str, unit: Unit) -> tuple[Lead, ...]:
    """Return where *unit* can be cut, in order: before the text that leads to a display, but for its beginning."""
    content = list(_content(body, unit))
    own_first = next((block.first for block in content if not _directive(block)), 0)
    found: dict[int, Lead] = {}
    for at, block in enumerate(content):
        if not _shows(unit, block):
            continue
        before = content[at - 1] if at else None
        own = block.kind in ("paragraph", "colon_fence") and not block.text.lstrip().startswith(("$$", "\\begin"))
        if not own and before is not None and before.kind == "paragraph" and not _shows(unit, before):
            block, at = before, at - 1
        # What names or dresses a block stays with it.
        first = content[at - 1].first if at and content[at - 1].kind in ("myst_target", "attrs_block") else block.first
        if first > own_first and block.text.strip():
            line = block.text.strip().split("\n")[0]
            found.setdefault(first, Lead(first, line, _ANNOUNCED.match(line) is not None))
    return tuple(found[line] for line in sorted(found))


def before(body: str, unit: Unit, display: int) -> Lead | None:
    """Return where a display of *unit* is cut off: at its lead or, of the first of the piece, at the next one."""
    known = leads(body, unit)
    shown = unit.displays[display].line
    own = [lead for lead in known if lead.line <= shown]
    if own and display:
        return own[-1]
    return next((lead for lead in known if lead.line > shown), own[-1] if own else None)


def cut(body: str, unit: Unit, line: int) -> str:
    """Return *body* with *unit* cut in two before *line*, one of its :func:`leads`."""
    if line not in {lead.line for lead in leads(body, unit)}:
        raise EditionError("cannot be cut there", remedy="choose one of its leads")
    lines = body.split("\n")
    if unit.kind == SECTION:
        last = line
        for block in _content(body, unit):
            if block.first >= line:
                if _directive(block) or block.kind in _STAYS:
                    break
                last = block.last
        inside = lines[line:last]
        fence = ":" * max(3, 1 + max((len(one) for one in _FENCE.findall("\n".join(inside))), default=0))
        kind = "derivation" if DERIVING.search(unit.title) else "remark"
        lines[line:last] = [f"{fence}{{prf:{kind}}}", *_trimmed(inside), fence]
    else:
        opening = lines[unit.opening].strip()
        fence = opening[:len(opening) - len(opening.lstrip(opening[0]))]
        # A statement is claimed once, and a proof proves it once; what follows is neither of them again.
        known = KINDS.get(unit.kind)
        kind = "derivation" if known and known.proves else "remark" if known is None or known.needs else unit.kind
        lines[line:line] = [fence, "", f"{fence}{{prf:{kind}}}"]
        end = line
        while not lines[end - 1].strip():
            end -= 1
        del lines[end:line]
    after = "\n".join(lines)
    if _displayed(body) != _displayed(after):
        raise EditionError("cannot be cut there without losing a formula", remedy="cut it by hand")
    return after


def long(body: str) -> tuple[Unit, ...]:
    """Return the pieces of more than :data:`LONG` displays that can be cut."""
    return tuple(unit for unit in units(body) if len(unit.displays) > LONG and leads(body, unit))


def cut_all(body: str, unit: Unit, lines: Sequence[int]) -> str:
    """Return *body* with *unit* cut before each of *lines*."""
    for line in sorted(set(lines), reverse=True):
        body = cut(body, next(one for one in units(body) if one.first == unit.first and one.kind == unit.kind), line)
    return body


def _content(body: str, unit: Unit) -> Iterator[Block]:
    """Yield the blocks of a piece, where they stand in *body*: of a section what follows its heading."""
    if unit.kind == SECTION:
        yield from (one for one in blocks(body) if unit.first < one.first < unit.last and one.annotation)
        return
    lines = body.split("\n")
    opening = lines[unit.opening]
    if opening[:1] not in (":", "`", "~"):
        return  # a directive in a list or a quotation: its lines are not its own
    inside = "\n".join(lines[unit.opening + 1:unit.last - 1]) + "\n"
    options = OPTIONS.match(inside)
    skipped = options[0].count("\n") if options else 0
    start = unit.opening + 1 + skipped
    for one in blocks(inside[options.end():] if options else inside):
        yield Block(one.first + start, one.last + start, one.kind, one.annotation, one.text)


def _displayed(body: str) -> list[str]:
    return sorted(one.tex for piece in units(body) for one in piece.displays)


def _shows(unit: Unit, block: Block) -> bool:
    return any(block.first <= one.line < block.last for one in unit.displays) and not _directive(block)


def _directive(block: Block) -> bool:
    return block.kind in ("colon_fence", "fence") and "{prf:" in block.text.split("\n")[0]


def _trimmed(lines: Sequence[str]) -> list[str]:
    return "\n".join(lines).strip("\n").split("\n")
