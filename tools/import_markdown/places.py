"""Where things stand in a text: lines, paragraphs, code and environments, each looked for once."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from functools import cached_property

from ext.edition.checks.codespans import CodeSpans

#: Environments that are displays of their own, without dollars around them.
DISPLAYS = frozenset({"equation", "align", "gather", "multline", "alignat", "flalign", "eqnarray"})

#: What can't stand after a blank line inside a formula.
NOT_TEX = re.compile(r"\n[ \t>]*\n[^\S\n]*(?:#{1,6}\s|</?\w|\*\*|[-*+]\s+\*\*|\d+\.\s+\*\*|[\u4e00-\u9fff])"
                      r"|\n#{1,6}\s|</?div\b")
_BLANK = re.compile(r"\n(?=[ \t>]*\n)")
_EDGE = re.compile(r"\\(begin|end)\{(\w+\*?)[}>\])]")
_OUTER_END = re.compile(r"\\end\{(?:" + "|".join(sorted(DISPLAYS)) + r")\*?\}")


def plausible(tex: str) -> bool:
    """Tell whether what stands between two double dollars can be one formula."""
    return bool(tex.strip()) and not NOT_TEX.search(tex)


class Places:
    """One text that is read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.code = CodeSpans(text)

    @cached_property
    def _line_ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self.text)]

    @cached_property
    def _blanks(self) -> list[int]:
        return [match.start() for match in _BLANK.finditer(self.text)]

    @cached_property
    def _strangers(self) -> list[tuple[int, int]]:
        return [match.span() for match in NOT_TEX.finditer(self.text)]

    @cached_property
    def _outer_ends(self) -> list[int]:
        return [match.end() for match in _OUTER_END.finditer(self.text)]

    @cached_property
    def _environments(self) -> dict[int, int]:
        """Where each environment ends by where it begins."""
        found: dict[int, int] = {}
        opened: dict[str, list[int]] = defaultdict(list)
        for match in _EDGE.finditer(self.text):
            if match[1] == "begin":
                opened[match[2]].append(match.start())
            elif opened[match[2]]:
                found[opened[match[2]].pop()] = match.end()
        return found

    def line(self, at: int) -> tuple[int, int]:
        """Return where the line begins and ends in which *at* stands."""
        number = bisect_left(self._line_ends, at)
        start = self._line_ends[number - 1] + 1 if number else 0
        return start, self._line_ends[number] if number < len(self._line_ends) else len(self.text)

    def paragraph_end(self, at: int) -> int:
        """Return where the next blank line begins."""
        number = bisect_left(self._blanks, at)
        return self._blanks[number] if number < len(self._blanks) else len(self.text)

    def environment_end(self, start: int, name: str) -> int | None:
        """Return where the environment that begins at *start* ends, or None.

        A misspelt last brace is accepted, and for a display the end of another one when its own is missing.
        """
        end = self._environments.get(start)
        if end is not None and self._one_formula(start, end):
            return end
        if name.removesuffix("*") not in DISPLAYS:
            return None
        number = bisect_left(self._outer_ends, start + 1)
        other = self._outer_ends[number] if number < len(self._outer_ends) else None
        return other if other is not None and self._one_formula(start, other) else None

    def _one_formula(self, start: int, end: int) -> bool:
        number = bisect_left(self._strangers, (start, 0))
        return number == len(self._strangers) or self._strangers[number][1] > end
