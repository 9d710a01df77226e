"""Put back the original in a post, or merge what changed upstream into it; no annotation is lost."""

from __future__ import annotations

import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from merge3 import Merge3

from ext.edition.posts.blocks import Block, annotation_lines
from ext.edition.posts.compose import Entry, Plan, compose
from ext.edition.posts.formula_names import formulas
from ext.edition.posts.matching import Matcher, alike
from ext.edition.posts.naming import Fates, decide, write
from ext.edition.posts.notes import Note, marked, notes, renamed, unmarked
from ext.edition.posts.original import canonical, layer, layers, said
from ext.edition.site.errors import EditionError

#: Conflict markers, as in a merge of git.
OURS, BASE, PARTS, THEIRS = "<<<<<<< post", "||||||| annotated original", "======= new original", ">>>>>>> upstream"
#: From this likeness on, a block that is not original counts as a changed form of one that is.
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Merged:
    """The result of a merge; with conflicts, ``text`` has markers and must not become the post."""

    text: str
    #: Lines, from 1, at which the conflicts begin in ``text``.
    conflicts: tuple[int, ...] = ()
    #: Lines, from 1, of the annotations in ``text`` that were marked as stale.
    stale: tuple[int, ...] = ()
    #: Labels and ids of equations that are changed or gone.
    equations: frozenset[str] = frozenset()
    #: Blocks that were taken over from upstream, or that are gone.
    blocks: int = 0
    #: What became of the names of equations that somebody uses.
    fates: Fates = Fates()
    #: Why an annotation was marked, by its line.
    why: Mapping[int, str] = field(default_factory=dict)
    #: How many blocks of the original were added, removed, moved or changed.
    counts: Mapping[str, int] = field(default_factory=dict)


def restore(post: str, original: str, *, reserved: Collection[str] = ()) -> str:
    """Return *post* with the text of *original* and every annotation of *post*, each where it stood.

    A block that the MyST reader sees as the original's stays as it is. Text that is no form of any block of the
    original becomes a remark, because somebody wrote it. A post that is intact is returned as it is.
    """
    ours, theirs = layers(post, original)
    keys, wanted = _keys(ours), _keys(theirs)
    if keys == wanted:
        return post
    entries: list[Entry] = []
    places: list[int] = []
    for change, a, b, c, d in Matcher(None, wanted, keys).get_opcodes():
        if change == "equal":
            places += range(len(entries), len(entries) + b - a)
            entries += [Entry(ours[c + i].text, c + i) for i in range(b - a)]
            continue
        _replace(entries, places, ours, range(c, d), theirs[a:b])
    _follow_moves(entries, places, ours, keys)
    kept = {entry.kept for entry in entries}
    here, there = set(keys), set(wanted)
    lost = [other.text for other, its in zip(theirs, wanted, strict=True) if its not in here]
    foreign = [n for n, block in enumerate(ours)
               if n not in kept and keys[n] not in there and not any(alike(block.text, text, _ALIKE) for text in lost)]
    result = compose(post, ours, Plan(tuple(entries), tuple(places), dict(_remarks(post, ours, foreign))))
    _checked(result, post, entries)
    fates = decide(post, result, _used(post), reserved)
    return renamed(write(result, fates.give), fates.renamed)


def update(post: str, base: str, new: str, since: str, *, named: Collection[str] = (), theirs: bool = False,
           reserved: Collection[str] = ()) -> Merged:
    """Merge what changed from *base* to *new* into *post*, block by block, and mark what became stale since *since*.

    Where the post had changed the original too, there is a conflict, unless ``theirs`` lets upstream win. The names of
    equations that annotations use, here or elsewhere as in *named*, follow their equations or are dead, as those in
    *reserved* were before.
    """
    ours, old, fresh = layers(post, base, new)
    marks = annotation_lines(post)
    keys = _keys(ours), _keys(old), _keys(fresh)
    entries: list[Entry] = []
    places: list[int] = []
    changes = clashes = 0
    z = a = b = 0
    merge = Merge3(keys[1], keys[0], keys[2], sequence_matcher=cast(Any, Matcher))
    for zs, ze, as_, ae, bs, be in merge.find_sync_regions():
        mine, was, now = keys[0][a:as_], keys[1][z:zs], keys[2][b:bs]
        if mine == now or was == now:
            places += range(len(entries), len(entries) + as_ - a)
            entries += [Entry(ours[i].text, i) for i in range(a, as_)]
        elif mine == was or theirs:
            _replace(entries, places, ours, range(a, as_), fresh[b:bs])
            changes += max(as_ - a, bs - b)
        else:
            clashes += 1
            places += [len(entries)] * (as_ - a)
            entries.append(Entry(_clash(ours[a:as_], old[z:zs], fresh[b:bs])))
        places += range(len(entries), len(entries) + ae - as_)
        entries += [_respelt(ours[as_ + i], old[zs + i], fresh[bs + i], as_ + i, marks) for i in range(ae - as_)]
        z, a, b = ze, ae, be
    moved = _follow_moves(entries, places, ours, keys[0])
    plan = Plan(tuple(entries), tuple(places))
    result = compose(post, ours, plan)
    if not clashes:
        _checked(result, post, entries)
    fates = decide(post, result if not clashes else new, _used(post).union(named), reserved)
    reasons = {note: why for note in notes(post) if not note.stale and (why := _why(note, fates, ours, plan))}
    if reasons:
        after = marked(post, list(reasons), since, equations_of(post))
        result = compose(after, layer(after), plan)
    if clashes:
        starts = tuple(n for n, line in enumerate(result.split("\n"), start=1) if line == OURS)
        return Merged(result, conflicts=starts, equations=fates.changed, blocks=changes)
    _checked(result, post, entries)
    result = renamed(write(result, fates.give), fates.renamed)
    stale = tuple(newly_stale(post, result, fates.renamed))
    counts = _counts(keys[0], _keys(layer(result)), moved)
    return Merged(result, stale=stale, equations=fates.changed, blocks=changes, fates=fates,
                  why=_by_line(stale, result, post, reasons, fates), counts=counts)


def resolved(post: str, text: str, since: str, *, named: Collection[str] = (), reserved: Collection[str] = ()
             ) -> Merged:
    """Return *text*, a merge of *post* whose conflicts were resolved by hand, if nothing was left or lost."""
    lines = text.split("\n")
    left = [number for number, line in enumerate(lines, start=1) if line in (OURS, BASE, PARTS, THEIRS)]
    if left:
        raise EditionError(f"there is still a conflict marker in line {left[0]}",
                           remedy="keep the text that is right, delete the markers, and run the command again")
    _keeps_annotations(text, post)
    fates = decide(post, text, _used(post).union(named), reserved)
    text = marked(text, [note for note in notes(text) if not fates.changed.isdisjoint(note.names)], since,
                  equations_of(post))
    text = renamed(write(text, fates.give), fates.renamed)
    return Merged(text, stale=tuple(newly_stale(post, text, fates.renamed)), equations=fates.changed, fates=fates)


def equations_of(post: str, slug: str = "") -> dict[str, str]:
    """Return what the displayed equations of a post say by their names, in another post those behind *slug*.

    A post in which no erratum stands may be asked in vain: only errata keep what an equation said.
    """
    mark = f"{slug}#" if slug else ""
    return {f"{mark}{name}": one.tex for one in formulas(layer(post)) for name in one.names}


def _keys(layer: Sequence[Block]) -> list[str]:
    return [repr(canonical(block.text)) for block in layer]


def _paired(ours: Sequence[Block], theirs: Sequence[Block]) -> dict[int, int]:
    """Pair the blocks of two changed stretches in their order: one by one, or those of the same kind."""
    if len(ours) == len(theirs):
        return {number: number for number in range(len(ours))}
    matcher = Matcher(None, [b.kind for b in ours], [b.kind for b in theirs])
    return {match.a + i: match.b + i for match in matcher.get_matching_blocks() for i in range(match.size)}


def _replace(entries: list[Entry], places: list[int], ours: Sequence[Block], gone: range, theirs: Sequence[Block]
             ) -> None:
    """Add *theirs* in the place of the blocks *gone*; what stood after one of these stands after its pair."""
    pairs = _paired([ours[number] for number in gone], theirs)
    place = len(entries) - 1
    for at in range(len(gone)):
        # Without a pair: after the block before it.
        place = len(entries) + pairs[at] if at in pairs else place
        places.append(place)
    entries += [Entry(block.text) for block in theirs]


def _follow_moves(entries: list[Entry], places: list[int], ours: Sequence[Block], keys: Sequence[str]) -> int:
    """Let a block that only moved stay as it is in the post, with what stands in and after it; return how many did."""
    kept = {entry.kept for entry in entries}
    gone, come = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for number, key in enumerate(keys):
        if number not in kept:
            gone[key].append(number)
    for number, entry in enumerate(entries):
        if entry.kept is None and gone:
            come[repr(canonical(entry.text))].append(number)
    moves = {here[0]: there[0] for key, here in gone.items()
             if len(here) == 1 and len(there := come.get(key, [])) == 1}
    for number, at in moves.items():
        entries[at], places[number] = Entry(ours[number].text, number), at
    return len(moves)


def _used(post: str) -> set[str]:
    """Return the names that the annotations of a post use."""
    return set().union(*(note.names for note in notes(post)))


def _why(note: Note, fates: Fates, ours: Sequence[Block], plan: Plan) -> str:
    """Return why an annotation is to be read again, or nothing."""
    dead = {one.name for one in fates.dead}
    if lost := sorted(name for name in note.names if fates.renamed.get(name, name) in dead):
        return f"{', '.join(lost)} is dead"
    if changed := sorted(fates.changed & note.names):
        return f"{', '.join(changed)} changed"
    return "the text around it changed" if note.outer and _moved(note, ours, plan) else ""


def _by_line(stale: Sequence[int], result: str, post: str, reasons: Mapping[Note, str], fates: Fates
             ) -> dict[int, str]:
    """Return the reasons by the lines of the annotations in the result, which have kept their texts."""
    texts = defaultdict[str, list[str]](list)
    for note, why in reasons.items():
        texts[_bare(renamed(_text(post, note), fates.renamed))].append(why)
    found = {note.opening + 1: texts[_bare(_text(result, note))] for note in notes(result)}
    return {line: found[line].pop(0) for line in stale if found.get(line)}


def _counts(before: Sequence[str], after: Sequence[str], moved: int) -> dict[str, int]:
    """Return how many blocks were added, removed, moved and changed."""
    counts = Counter({"moved": moved})
    for change, a, b, c, d in Matcher(None, before, after).get_opcodes():
        if change != "equal":
            both = min(b - a, d - c)
            counts += Counter(changed=both, removed=b - a - both, added=d - c - both)
    # What moved is no loss in one place and no gain in another.
    for kind in ("removed", "added", "changed"):
        counts[kind] = max(0, counts[kind] - moved)
    return {kind: counts[kind] for kind in ("added", "removed", "moved", "changed")}


def _respelt(ours: Block, old: Block, new: Block, number: int, marks: frozenset[int]) -> Entry:
    """Take over a new spelling of the same content, unless the post has something in the block or its own spelling."""
    inside = not marks.isdisjoint(range(ours.first, ours.last))
    return Entry(ours.text, number) if inside or ours.text != old.text or new.text == old.text else Entry(new.text)


def _remarks(post: str, ours: Sequence[Block], foreign: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield remarks with the text of blocks that belong to nobody, neighbours together, by their last block."""
    lines = post.split("\n")
    run: list[str] = []
    for place, number in enumerate(foreign):
        text = ours[number].text
        # A heading cannot stand inside a directive.
        run.append(f"**{text.strip(' #').split(chr(10))[0]}**" if ours[number].kind == "heading" else text)
        after = foreign[place + 1] if place + 1 < len(foreign) else None
        if after == number + 1 and not any(line.strip() for line in lines[ours[number].last:ours[after].first]):
            continue
        body = "\n\n".join(run)
        fence = ":" * max([3, *(len(found) + 1 for found in re.findall(r"^[ \t]*(:{3,})", body, re.M))])
        yield number, f"{fence}{{prf:remark}}\n:nonumber:\n\n{body}\n{fence}"
        run = []


def _clash(ours: Sequence[Block], old: Sequence[Block], new: Sequence[Block]) -> str:
    parts = ("\n\n".join(block.text for block in blocks) for blocks in (ours, old, new))
    return "\n".join(text for pair in zip((OURS, BASE, PARTS), parts, strict=True) for text in pair) + "\n" + THEIRS


def _moved(note: Note, ours: Sequence[Block], plan: Plan) -> bool:
    """Tell whether the block around an annotation, or one of the blocks before and after it, is another one now."""
    around = next((n for n, block in enumerate(ours) if block.first <= note.first < block.last), None)
    if around is not None:
        place = plan.places[around]
        return place < 0 or said(plan.entries[place].text) != said(ours[around].text)
    before = sum(block.last <= note.first for block in ours) - 1
    place = plan.places[before] if before >= 0 else -1
    was = [block and block.text for block in _neighbours(ours, before)]
    now = [entry and entry.text for entry in _neighbours(plan.entries, place)]
    return [text and said(text) for text in was] != [text and said(text) for text in now]


def _neighbours(items: Sequence[Any], at: int) -> tuple[Any, Any]:
    return items[at] if at >= 0 else None, items[at + 1] if at + 1 < len(items) else None


def _checked(result: str, post: str, entries: Sequence[Entry]) -> str:
    """Return *result* if its original layer is *entries* and it has every annotation of *post*, or raise."""
    if _keys(layer(result)) != [repr(canonical(entry.text)) for entry in entries]:
        raise EditionError("its annotations and the original cannot be told apart",
                           remedy="close every fence and formula in it, and run the command again")
    _keeps_annotations(result, post)
    return result


def _keeps_annotations(result: str, post: str) -> None:
    lost = Counter(_texts(post)) - Counter(_texts(result))
    if lost:
        raise EditionError(f"an annotation would be lost: {next(iter(lost)).strip()[:70]!r}",
                           remedy="move it out of the block it stands in, and run the command again")


def _texts(body: str) -> Iterator[str]:
    """Yield the text of every annotation, without indent and without the mark of a stale one."""
    for note in notes(body):
        yield _bare(_text(body, note))


def _bare(text: str) -> str:
    return textwrap.dedent(unmarked(text)).strip()


def newly_stale(post: str, result: str, names: Mapping[str, str] | None = None) -> Iterator[int]:
    """Yield the lines, from 1, of the annotations that are stale in *result* and were not in *post*.

    *names* are those that have replaced others.
    """
    post = renamed(post, names) if names else post
    before = [note for note in notes(post) if note.stale]
    known = Counter(textwrap.dedent(_text(post, note)) for note in before)
    for note in notes(result):
        if note.stale:
            text = textwrap.dedent(_text(result, note))
            if known[text]:
                known[text] -= 1
            else:
                yield note.opening + 1


def _text(body: str, note: Note) -> str:
    return "\n".join(body.split("\n")[note.first:note.last])
