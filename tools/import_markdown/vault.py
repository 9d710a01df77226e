"""Keep what must not be touched out of the text while the rest is worked on: code and formulas."""

from __future__ import annotations

import re
from collections.abc import Callable


class Vault:
    """Hold pieces of a text under marks that occur nowhere else in it."""

    def __init__(self, text: str) -> None:
        """Choose two characters of the private use area that the text does not have."""
        free = (chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in text)
        self._open, self._close = next(free), next(free)
        self._pieces: list[str] = []
        self._blocks: set[int] = set()
        self.mark = re.compile(f"{self._open}(\\d+){self._close}")

    def keep(self, piece: str, *, block: bool = False) -> str:
        """Return the mark that stands for *piece*; a ``block`` fills its lines."""
        self._pieces.append(piece)
        if block:
            self._blocks.add(len(self._pieces) - 1)
        return f"{self._open}{len(self._pieces) - 1}{self._close}"

    def is_block(self, line: str) -> bool:
        """Tell whether a line is nothing but the mark of a block."""
        match = self.mark.fullmatch(line.strip(" \t>"))
        return bool(match and int(match[1]) in self._blocks)

    def restore(self, text: str, change: Callable[[str], str] | None = None) -> str:
        """Return the text with its pieces; a piece may hold marks of its own."""
        while self.mark.search(text):
            text = self.mark.sub(lambda m: self._piece(int(m[1]), change), text)
        return text

    def _piece(self, number: int, change: Callable[[str], str] | None) -> str:
        return change(self._pieces[number]) if change else self._pieces[number]
