"""Find where code within a line ends: at the next run of as many backticks."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict

_RUN = re.compile("`+")


class CodeSpans:
    """The runs of backticks of a text by their length, looked for once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._runs: dict[int, list[int]] = defaultdict(list)
        for run in _RUN.finditer(text):
            self._runs[run.end() - run.start()].append(run.start())

    def end(self, start: int, length: int, stop: int) -> int | None:
        """Return where the code ends that *length* backticks open at *start*, or None when not before *stop*."""
        runs = self._runs.get(length, [])
        after = bisect_left(runs, start + length)
        return runs[after] + length if after < len(runs) and runs[after] + length <= stop else None

    def without(self) -> str:
        """Return the text without its code spans."""
        kept, at = [], 0
        for run in _RUN.finditer(self._text):
            if run.start() < at:
                continue
            end = self.end(run.start(), run.end() - run.start(), len(self._text))
            if end is not None:
                kept.append(self._text[at:run.start()])
                at = end
        return "".join((*kept, self._text[at:]))
