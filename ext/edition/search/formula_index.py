"""The index that finds formulas: what each post holds, and which posts hold which runs of terms.

A browser looks at the second part to choose a few posts, and at the first part to compare every formula of
those. Both are small files. A run is looked up twice: as it stands, and with its variables numbered in order, so that a
renamed formula is found too; whole formulas likewise. Both keys lie in one file.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate, pairwise
from zlib import crc32

from ext.edition.search.formula_terms import BETWEEN, numbered, runs

#: A formula of the text says too little with fewer words; a displayed one is always kept.
LEAST = 3
#: Limits for hostile pages: formulas of one page, words of one formula.
MOST_FORMULAS, MOST_WORDS = 5000, 1500
#: Buckets of one file, and the most bits that number the buckets.
PER_SHARD_BITS, MOST_BITS = 8, 17
#: How ids begin that are made of what an equation says: written as ``~``.
CONTENT = "eq-e-"
#: Words of one character that are written as themselves; the first character for other words, and for a distance
#: between posts.
_PLAIN, _FIRST_WORD, _FIRST_STEP = "!~", 0xA1, 0x21
_GAP = range(0xD800, 0xE000)
_SPACE, _NO_BREAK = re.compile(r"\s"), "\u00a0"


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula where it stands: the HTML id at or before it, its number as shown, what it says."""

    anchor: str
    number: str
    displayed: bool
    words: tuple[str, ...]
    #: Whether the edition added it to the original.
    added: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What the index keeps of one document: the file with its formulas, and the places of its keys."""

    shard: str
    buckets: bytes


def codes(words: Iterable[str], parts: Iterable[Sequence[str]], whole: Iterable[Sequence[str]]) -> Iterator[int]:
    """Yield the codes of what is looked up: words, runs and whole formulas, also with their variables numbered.

    What is typed lies in the file of what is numbered.
    """
    for word in words:
        yield code("w" + word)
    for own, other, sequences in (("e", "r", parts), ("x", "y", whole)):
        for one in sequences:
            typed, renamed = BETWEEN.join(one), BETWEEN.join(numbered(one))
            yield (group := code(other + renamed))
            if typed != renamed:
                yield code(own + typed, group)


def code(key: str, group: int | None = None) -> int:
    """Return the 32 bits that say where a key is: the upper half, of its group if it has one, chooses the file."""
    lower = crc32(key.encode("utf-8", "replace"))
    return lower if group is None else group & 0xFFFF0000 | lower & 0xFFFF


def distinct(formulas: Iterable[Formula]) -> tuple[Formula, ...]:
    """Leave out short formulas of the text, and repetitions: the original gives way to nobody, a display to no text."""
    first: dict[tuple[str, ...], Formula] = {}
    for one in formulas:
        if not one.words or len(one.words) > MOST_WORDS or (len(one.words) < LEAST and not one.displayed):
            continue
        known = first.get(one.words)
        if known is None and len(first) < MOST_FORMULAS or known is not None and _rank(one) > _rank(known):
            first[one.words] = one
    return tuple(first.values())


def _rank(one: Formula) -> tuple[bool, bool]:
    return not one.added, one.displayed


def page(formulas: Iterable[Formula]) -> Page:
    """Return what the index keeps of a document with these formulas.

    Its file holds a table of words, a character for each, and one string of lines divided by two spaces: the HTML
    id (after ``#``, or after ``~`` instead of :data:`CONTENT`), ``d`` with the number as shown for a displayed
    formula or ``t`` for those of the text (``D`` and ``T`` where the edition added them), then formulas.
    """
    kept = distinct(formulas)
    often = Counter(word for one in kept for word in one.words)
    plain = {word for word in often if len(word) == 1 and _PLAIN[0] <= word <= _PLAIN[1]}
    signs = _signs(plain)
    table = {word: next(signs) for word, _ in sorted(often.items(), key=lambda pair: (-pair[1], pair[0]))
             if word not in plain}
    said = {**{word: word for word in plain}, **table}
    lines: dict[tuple[str, str], list[str]] = {}
    parts: set[str] = set()
    for one in kept:
        kind = f"d{_SPACE.sub(_NO_BREAK, one.number)}" if one.displayed else "t"
        place = _place(one), f"{kind[0].upper()}{kind[1:]}" if one.added else kind
        stream = "".join([said[word] for word in one.words])
        lines.setdefault(place, []).append(stream)
        parts.update(stream[start:stop] for start, stop in runs(one.words))
    content = {"words": list(table), "signs": "".join(table.values()),
               "lines": "  ".join(" ".join((*place, *streams)) for place, streams in lines.items())}
    word_of = {sign: word for word, sign in said.items()}
    found = sorted(set(codes(often, ([word_of[sign] for sign in part] for part in parts), (one.words for one in kept))))
    return Page(json.dumps(content, ensure_ascii=False, separators=(",", ":")), array("I", found).tobytes())


def _signs(plain: Set[str]) -> Iterator[str]:
    """Yield the characters that no word of a page is written with: those of one byte first."""
    yield from (chr(code) for code in range(ord(_PLAIN[0]), ord(_PLAIN[1]) + 1)
                if chr(code) not in plain and chr(code) not in '"\\')
    yield from (chr(code) for code in range(_FIRST_WORD, 0x110000) if code not in _GAP)


def _place(one: Formula) -> str:
    """Write the id of a formula so that it is not empty and no space is in it."""
    own = one.anchor.startswith(CONTENT)
    return "~" + one.anchor.removeprefix(CONTENT) if own else "#" + _SPACE.sub("-", one.anchor)


def bits_of(keys: Iterable[bytes]) -> int:
    """Return how many bits number the buckets of pages with these keys, which :class:`Page` holds."""
    return max(0, min(MOST_BITS, (sum(map(len, keys)) // 16).bit_length()))


def shards(pages: Sequence[Page]) -> tuple[str, ...]:
    """Return the files of buckets that say which pages are in each.

    A page is its position in *pages*. A file is one string: the buckets in order with a space after each, a
    bucket the distances between its pages, each a character.
    """
    bits = bits_of(one.buckets for one in pages)
    size = 1 << min(bits, PER_SHARD_BITS)
    steps = [_step(distance) for distance in range(len(pages) + 1)]
    buckets, last = [""] * (1 << bits), [-1] * (1 << bits)
    for number, one in enumerate(pages):
        for at in _buckets_of(one.buckets, bits):
            buckets[at] += steps[number - last[at]]
            last[at] = number
    return tuple(_file(buckets[start:start + size]) for start in range(0, len(buckets), size))


def renewed(before: Sequence[bytes], pages: Sequence[Page], text: Callable[[int], str]) -> dict[int, str]:
    """Return the files of :func:`shards` that change, by their numbers, where as many pages had other keys *before*.

    *text* gives what a file holds: the work is that of the keys that came or went, whatever the edition holds.
    """
    bits = bits_of(before)
    within = min(bits, PER_SHARD_BITS)
    turned: dict[int, dict[int, set[int]]] = {}
    for number, (old, one) in enumerate(zip(before, pages, strict=True)):
        if old != one.buckets:
            for at in _buckets_of(old, bits) ^ _buckets_of(one.buckets, bits):
                turned.setdefault(at >> within, {}).setdefault(at & (1 << within) - 1, set()).add(number)
    distances = {_step(distance): distance for distance in range(len(pages) + 1)} if turned else {}
    found = {}
    for file, changes in turned.items():
        buckets = json.loads(text(file)).split(" ")
        for at, numbers in changes.items():
            held = set(accumulate((distances[step] for step in buckets[at]), initial=-1)) - {-1}
            buckets[at] = "".join(_step(later - one) for one, later in pairwise([-1, *sorted(held ^ numbers)]))
        found[file] = _file(buckets)
    return found


def _buckets_of(keys: bytes, bits: int) -> set[int]:
    """Return the buckets that a page with these keys is in: the file by the upper half, in it by the lower."""
    within = min(bits, PER_SHARD_BITS)
    down, lower = 32 - bits + within, (1 << within) - 1
    return {value >> down << within | value & lower for value in array("I", keys)}


def _file(buckets: Iterable[str]) -> str:
    return json.dumps(" ".join(buckets), ensure_ascii=False)


def _step(distance: int) -> str:
    """Return the character for a distance; the backslash and the quotation mark take two bytes in JSON."""
    code = _FIRST_STEP + distance
    code += (code >= 0x22) + (code >= 0x5B)
    return chr(code if code < _GAP.start else code + len(_GAP))


def written(pages: Mapping[str, Page], head: Mapping[str, object], posts: Mapping[str, Sequence[str]],
            stamp: str, rows: Mapping[int, str] | None = None) -> dict[str, str]:
    """Return the files of the whole index by name; *posts* says of each page what a result shows of it.

    The first that *posts* says is the address: the file with the formulas of a page is called as it is, which a
    browser knows without being told. *stamp* tells one state of the index from another. Of the files of buckets only
    *rows* are among them where these are given: the others are written.
    """
    bits = bits_of(one.buckets for one in pages.values())
    if rows is None:
        rows = dict(enumerate(shards(tuple(pages.values()))))
    index = {**head, "bits": bits, "shards": 1 << bits - min(bits, PER_SHARD_BITS), "stamp": stamp,
             "posts": [[*posts[name], f"{crc32(one.shard.encode()):08x}"] for name, one in pages.items()]}
    return {"index.json": json.dumps(index, ensure_ascii=False, separators=(",", ":")),
            **{row(number): text for number, text in rows.items()},
            **{f"{name}.json": one.shard for name, one in pages.items()}}


def row(number: int) -> str:
    """Return how a file of buckets is called."""
    return f"rows-{number}.json"
