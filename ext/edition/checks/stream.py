"""The pieces of a formula as reading goes over them: what stands here, what is taken, where a term ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from ext.edition.checks.outcomes import Unreadable
from ext.edition.checks.pieces import DECORATING, Piece, Pieces, written
from ext.edition.checks.tree import RELATIONS, UPRIGHT_D, Names

#: What letters side by side spell to every reader, though each of them may have a value.
_WORDS = (
    "sin", "cos", "tan", "log", "exp", "max", "min", "det", "sup", "inf", "lim", "arg", "sgn", "sign", "erf", "dim",
    "diag", "rank", "Var", "var", "Cov", "cov", "KL",
)
#: As many letters side by side are a word, whatever they spell.
_WORD = 5


def _letter(piece: Piece) -> bool:
    return isinstance(piece, str) and len(piece) == 1 and piece.isascii() and piece.isalpha()


@dataclass(slots=True)
class Stream:
    """The pieces of one expression; every method begins at ``at`` and leaves it after what it took."""

    pieces: Pieces
    names: Names
    at: int = 0
    bars: tuple[str, ...] = ()
    """The bar that is open here (``|`` or ``\\|``), or ``any`` within brackets, where a bar after a factor ends it."""
    differential: Pieces = UPRIGHT_D
    """What ends the integral that is open here; an italic d where it has no value."""

    def here(self, ahead: int = 0) -> Piece:
        """Return the piece at the place, empty at the end."""
        at = self.at + ahead
        return self.pieces[at] if at < len(self.pieces) else ""

    def take(self, wanted: str) -> bool:
        """Step over a piece if it stands here."""
        if self.here() == wanted:
            self.at += 1
            return True
        return False

    def expect(self, wanted: str) -> None:
        """Step over a piece that must stand here."""
        if not self.take(wanted):
            raise self.no(f"{wanted} is missing")

    def no(self, reason: str) -> Unreadable:
        """Return the refusal of what stands here."""
        rest = written(self.pieces[self.at : self.at + 6])
        return Unreadable(rest or "the end", reason)

    def starts(self, *pieces: Piece) -> bool:
        """Tell whether these pieces stand here."""
        return self.pieces[self.at : self.at + len(pieces)] == pieces

    def inner(self, pieces: Piece, names: Names | None = None) -> Self:
        """Return a stream of a group or of one piece."""
        return type(self)(pieces if isinstance(pieces, tuple) else (pieces,), names or self.names)

    def open(self) -> None:
        """Take the braces off a group that stands among factors: no reader of the page sees them."""
        while isinstance(group := self.here(), tuple) and self.here(1) not in {"_", "^", "'", "!"} and (
                self.names.match(self.pieces, self.at) is None):
            self.pieces = (*self.pieces[: self.at], *group, *self.pieces[self.at + 1 :])

    def group(self) -> Piece:
        """Take an argument of a command: one piece, or a command under its accents."""
        piece = self.here()
        if piece == "" or piece in {"_", "^", ")", "]", "+", "="}:
            raise self.no("an argument is missing")
        self.at += 1
        if piece in DECORATING:
            taken: list[Piece] = [piece]
            while taken[-1] in DECORATING:
                if self.here() == "":
                    raise self.no("an argument is missing")
                taken.append(self.here())
                self.at += 1
            return tuple(taken)
        return piece

    def ended(self) -> bool:
        """Tell whether a term ends here."""
        here = self.here()
        if here in {"|", "\\|"}:
            return self.closes_bar(str(here))
        return here == "" or (isinstance(here, str) and (
            here in {"+", "-", ")", "]", "\\}", "\\rangle", ",", ";", "\\mid", "&", "\\\\", "\\pm", "\\mp", ":",
                     "\\rfloor", "\\rceil", "\\end", "\\qquad", "\\quad"} or here in RELATIONS
            or (self.starts(*self.differential) and self.names.match(self.pieces, self.at) is None)))

    def word(self) -> str:
        """Return the word that the letters here spell together, empty for a product of letters."""
        start, end = self.at, self.at
        while start > 0 and _letter(self.pieces[start - 1]):
            start -= 1
        while end < len(self.pieces) and _letter(self.pieces[end]):
            end += 1
        letters = "".join(map(str, self.pieces[start:end]))
        if len(letters) >= _WORD or (len(letters) == _WORD - 1 and self.pieces[end : end + 1] == ("(",)):
            return letters
        return next((word for word in _WORDS if word in letters), "")

    def closes_bar(self, bar: str) -> bool:
        """Tell whether a bar here closes the one that is open."""
        return self.bars == (bar,) or self.bars == ("any",)

    @contextmanager
    def outside(self, *bars: str) -> Iterator[None]:
        """Read within brackets of their own, where no bar from outside closes; one may part what is in them (any)."""
        outer, self.bars = self.bars, bars
        yield
        self.bars = outer
