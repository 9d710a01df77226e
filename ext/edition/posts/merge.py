"""Put back the original in a post, or merge what changed upstream into it; no annotation is lost."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from merge3 import Merge3

from ext.edition.posts.blocks import Block, annotation_lines
from ext.edition.posts.compose import Entry, Plan, compose
from ext.edition.posts.formula_names import changed_names, label_in, single_ids, with_label
from ext.edition.posts.notes import Note, marked, notes, unmarked
from ext.edition.posts.original import canonical, layer, layers
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


class _Matcher(difflib.SequenceMatcher[str]):
    """Match blocks without taking frequent ones for noise."""

    def __init__(self, isjunk: Callable[[str], bool] | None = None, a: Sequence[str] = "", b: Sequence[str] = "",
                 autojunk: bool = False) -> None:
        super().__init__(isjunk, a, b, autojunk=False)


def restore(post: str, original: str) -> str:
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
    for change, a, b, c, d in difflib.SequenceMatcher(None, wanted, keys, autojunk=False).get_opcodes():
        if change == "equal":
            places += range(len(entries), len(entries) + b - a)
            entries += [Entry(ours[c + i].text, c + i) for i in range(b - a)]
            continue
        _replace(entries, places, ours, range(c, d), theirs[a:b], {})
    kept = {entry.kept for entry in entries}
    foreign = [n for n, block in enumerate(ours) if n not in kept and not _known(block, keys[n], theirs, wanted, keys)]
    result = compose(post, ours, Plan(tuple(entries), tuple(places), dict(_remarks(post, ours, foreign))))
    return _checked(result, post, entries)


def update(post: str, base: str, new: str, since: str, *, named: frozenset[str] = frozenset(), theirs: bool = False
           ) -> Merged:
    """Merge what changed from *base* to *new* into *post*, block by block, and mark what became stale since *since*.

    Where the post had changed the original too, there is a conflict, unless ``theirs`` lets upstream win. An equation
    that changed keeps its label, and its id as a label if some annotation names it: here, or elsewhere as in *named*.
    """
    ours, old, fresh = layers(post, base, new)
    marks, used = annotation_lines(post), named.union(*(note.of for note in notes(post)))
    ids = {number: one for number, one in single_ids(ours).items() if one in used}
    keys = _keys(ours), _keys(old), _keys(fresh)
    entries: list[Entry] = []
    places: list[int] = []
    changes = clashes = 0
    z = a = b = 0
    merge = Merge3(keys[1], keys[0], keys[2], sequence_matcher=cast(Any, _Matcher))
    for zs, ze, as_, ae, bs, be in merge.find_sync_regions():
        mine, was, now = keys[0][a:as_], keys[1][z:zs], keys[2][b:bs]
        if mine == now or was == now:
            places += range(len(entries), len(entries) + as_ - a)
            entries += [Entry(ours[i].text, i) for i in range(a, as_)]
        elif mine == was or theirs:
            _replace(entries, places, ours, range(a, as_), fresh[b:bs], ids)
            changes += max(as_ - a, bs - b)
        else:
            clashes += 1
            places += [len(entries)] * (as_ - a)
            entries.append(Entry(_clash(ours[a:as_], old[z:zs], fresh[b:bs])))
        places += range(len(entries), len(entries) + ae - as_)
        entries += [_respelt(ours[as_ + i], old[zs + i], fresh[bs + i], as_ + i, marks) for i in range(ae - as_)]
        z, a, b = ze, ae, be
    plan = Plan(tuple(entries), tuple(places))
    result = compose(post, ours, plan)
    if not clashes:
        _checked(result, post, entries)
    names = changed_names(ours, fresh if clashes else layer(result))
    chosen = [note for note in notes(post) if not note.stale and (
        not names.isdisjoint(note.of) or (note.outer and _moved(note, ours, plan)))]
    if chosen:
        after = marked(post, chosen, since)
        result = compose(after, layer(after), plan)
    if clashes:
        starts = tuple(n for n, line in enumerate(result.split("\n"), start=1) if line == OURS)
        return Merged(result, conflicts=starts, equations=names, blocks=changes)
    _checked(result, post, entries)
    return Merged(result, stale=tuple(newly_stale(post, result)), equations=names, blocks=changes)


def resolved(post: str, text: str) -> Merged:
    """Return *text*, a merge of *post* whose conflicts were resolved by hand, if nothing was left or lost."""
    lines = text.split("\n")
    left = [number for number, line in enumerate(lines, start=1) if line in (OURS, BASE, PARTS, THEIRS)]
    if left:
        raise EditionError(f"there is still a conflict marker in line {left[0]}",
                           remedy="keep the text that is right, delete the markers, and run the command again")
    _keeps_annotations(text, post)
    names = changed_names(layer(post), layer(text))
    return Merged(text, stale=tuple(newly_stale(post, text)), equations=names)


def _keys(layer: Sequence[Block]) -> list[str]:
    return [repr(canonical(block.text)) for block in layer]


def _paired(ours: Sequence[Block], theirs: Sequence[Block]) -> dict[int, int]:
    """Pair the blocks of two changed stretches in their order: one by one, or those of the same kind."""
    if len(ours) == len(theirs):
        return {number: number for number in range(len(ours))}
    matcher = difflib.SequenceMatcher(None, [b.kind for b in ours], [b.kind for b in theirs], autojunk=False)
    return {match.a + i: match.b + i for match in matcher.get_matching_blocks() for i in range(match.size)}


def _replace(entries: list[Entry], places: list[int], ours: Sequence[Block], gone: range, theirs: Sequence[Block],
             ids: Mapping[int, str]) -> None:
    """Add *theirs* in the place of the blocks *gone*; what stood after one of these stands after its pair."""
    pairs = _paired([ours[number] for number in gone], theirs)
    place = len(entries) - 1
    for at in range(len(gone)):
        # Without a pair: after the block before it.
        place = len(entries) + pairs[at] if at in pairs else place
        places.append(place)
    pairs_of = {target: gone[at] for at, target in pairs.items()}
    for at, block in enumerate(theirs):
        text = block.text
        if (number := pairs_of.get(at)) is not None:
            text = with_label(text, label_in(ours[number].text) or ids.get(number))
        entries.append(Entry(text))


def _respelt(ours: Block, old: Block, new: Block, number: int, marks: frozenset[int]) -> Entry:
    """Take over a new spelling of the same content, unless the post has something in the block or its own spelling."""
    inside = not marks.isdisjoint(range(ours.first, ours.last))
    return Entry(ours.text, number) if inside or ours.text != old.text or new.text == old.text else Entry(new.text)


def _known(block: Block, key: str, theirs: Sequence[Block], wanted: Sequence[str], keys: Sequence[str]) -> bool:
    """Tell whether a block is a block of the original, or a changed form of one that is lost."""
    if key in wanted:
        return True
    lost = [other.text for other, its in zip(theirs, wanted, strict=True) if its not in keys]
    return any(difflib.SequenceMatcher(None, block.text, text, autojunk=False).ratio() >= _ALIKE for text in lost)


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
        return place < 0 or canonical(plan.entries[place].text) != canonical(ours[around].text)
    before = sum(block.last <= note.first for block in ours) - 1
    place = plan.places[before] if before >= 0 else -1
    was = [block and block.text for block in _neighbours(ours, before)]
    now = [entry and entry.text for entry in _neighbours(plan.entries, place)]
    return [text and canonical(text) for text in was] != [text and canonical(text) for text in now]


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
    lines = body.split("\n")
    for note in notes(body):
        yield textwrap.dedent(unmarked("\n".join(lines[note.first:note.last]))).strip()


def newly_stale(post: str, result: str) -> Iterator[int]:
    """Yield the lines, from 1, of the annotations that are stale in *result* and were not in *post*."""
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
