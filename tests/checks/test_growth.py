"""The work of every way in grows as its input does: counted in calls, which are the same on every machine."""

from __future__ import annotations

import gc
import itertools
import sys
import zlib
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from ext.edition.site.errors import EditionError
from tests.checks.growth import ENTRIES, MOST, Make

#: Of the runs of characters and of the elements a part is looked at in each run of the suite, always the same.
SHARE = 40
#: Entries whose part of them is looked at here as well: one whole conversion does for text and for bytes.
ALSO = {"page": ("bytes",)}
#: Characters of the shortest input.
SHORT = 400


def calls(work: Callable[[str], Any], text: str) -> int:
    """Return how often a function is called, ours or Python's, while *work* is done."""
    count = 0

    def seen(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += 1

    gc.disable()  # what is cleared up in between belongs to no input
    sys.setprofile(seen)
    try:
        work(text)
    except EditionError:
        pass  # a limit that says so is an answer
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


def _looked_at(entry: str, kind: str) -> bool:
    common = kind.startswith(("run", "text of", "flat", "open", "closed", "empty")) or any(
        word in kind for word in (" of ", " with "))
    return not common or any(zlib.crc32(f"{one} {kind}".encode()) % SHARE == 0 for one in (entry, *ALSO.get(entry, ())))


def growth(work: Callable[[str], Any], make: Make) -> tuple[int, ...]:
    """Return the calls for an input, for twice and for four times it."""
    # Halves and quarters of an input are whole again: half a fence is other work than two.
    counts = itertools.chain((2, 4), itertools.count(8, 8))
    count = next(count for count in counts if len(make(count)) >= SHORT)
    # What is loaded and compiled once; another text, and as short as can be, for some answers are kept.
    calls(work, f"{make(2)}.")
    return tuple(calls(work, make(times * count)) for times in (1, 2, 4))


#: Ways in that match two texts: difflib looks at its candidates more than once, but never at all pairs.
PAIRED = ("compare", "update", "restore")


@pytest.mark.parametrize("entry", list(ENTRIES))
def test_twice_the_input_is_twice_the_work(entry: str) -> None:
    work, kinds = ENTRIES[entry]
    most = 3.0 if entry in PAIRED else MOST  # the square would be 4
    found = {kind: growth(work, make) for kind, make in kinds().items() if _looked_at(entry, kind)}
    assert len(found) >= 25
    assert {kind: times for kind, times in found.items()
            if times[1] > most * times[0] or times[2] > most * times[1]} == {}


def test_what_grows_with_the_square_is_told() -> None:
    def square(text: str) -> None:
        for _ in text.split():
            for word in text.split():
                word.isascii()

    one, two, four = growth(square, lambda count: "ten letters " * count)
    assert two > MOST * one and four > MOST * two
