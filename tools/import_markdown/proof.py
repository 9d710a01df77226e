"""Prove that no formula was lost: what the MyST reader sees before an import and after it."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from ext.edition.checks.reader import parsed, reader
from ext.edition.math import tex
from tools.import_markdown import damage
from tools.import_markdown.doings import Notes
from tools.import_markdown.spans import Found, keep_code, keep_math
from tools.import_markdown.vault import Vault

_INLINE = frozenset({"math_inline"})
_DISPLAYED = frozenset({"math_block", "math_block_label", "amsmath", "math_inline_double"})

Normal = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The formulas that the reader sees in a text."""

    inline: tuple[str, ...]
    displayed: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """Return all of them."""
        return self.inline + self.displayed


def see(markdown: str) -> Seen:
    """Return every formula that the MyST reader sees, inside directives as well."""
    inline: list[str] = []
    displayed: list[str] = []
    for token in _tokens(parsed(markdown)[0]):
        if token.type in _INLINE:
            inline.append(token.content)
        elif token.type in _DISPLAYED:
            displayed.append(token.content)
    return Seen(tuple(inline), tuple(displayed))


def _tokens(found: Sequence[Token]) -> Iterator[Token]:
    for token in found:
        if token.type == "colon_fence" and token.info.lstrip().startswith("{"):
            yield from _tokens(reader().parse(f"{token.info.partition('}')[2].strip()}\n\n{token.content}"))
        yield token
        yield from token.children or ()


@functools.lru_cache(20_000)
def normal(formula: str) -> Normal:
    """Return what a formula says."""
    return tex.normalise(formula)


def lost(before: Sequence[str], after: Sequence[str], dropped: Sequence[str] = ()) -> list[str]:
    """Return the formulas that were there before and are not there after, in no spelling.

    A formula may have been repaired, or have been prose that broken delimiters took in, which then has to be there
    with all of its own formulas. ``dropped`` are those of parts that are not taken over.
    """
    there = Counter((*after, *dropped))
    same = Counter(before) & there  # most formulas are untouched, and need not be taken apart
    left = Counter({normal(formula): 0 for formula in there})
    for formula, count in (there - same).items():
        left[normal(formula)] += count
    kept: set[Normal] = set(left)
    missing: list[str] = []
    for formula in sorted((Counter(before) - same).elements(), key=len):
        spelling = next((s for s in _spellings(formula) if left[s] > 0), None)
        if spelling is not None:
            left[spelling] -= 1
        else:
            missing.append(formula)
    return [formula for formula in missing if normal(formula) and not _taken_in(formula, kept)]


def _spellings(formula: str) -> Iterator[Normal]:
    """Yield the forms in which a formula may be there after the import."""
    for given in dict.fromkeys((formula, damage.in_table(formula.replace("|", "\\|"))[0])):
        yield normal(given)
        for escaped in (False, True):
            yield normal(damage.one_line(damage.repair(given, escaped=escaped)[0]))


def _taken_in(formula: str, kept: set[Normal]) -> bool:
    """Tell whether this is prose between broken delimiters, all formulas of which are kept."""
    if not re.search(r"\n[ \t>]*\n|\$|[\u3002\uff0c\uff1b\uff1a]|\n[^\S\n]*(?:[-*#>]|\d+\.)\s|</?div", formula):
        return False
    for opening in ("", "$", "$$"):
        found, notes, vault = Found(), Notes(), Vault(formula)
        text = keep_code(opening + formula, vault, notes)
        keep_math(text, vault, notes, found, str, escaped=False)
        if all(any(s in kept for s in _spellings(inner)) for inner in found.formulas):
            return True
    return False
