"""Find in Markdown source the boxes of colons that end elsewhere than they were meant to, or never began.

The reader of Markdown accepts all of them without a word: a box that is never closed swallows what follows it, and a
box that holds another of as many colons ends where the inner one does. What was meant is read off a stack, what the
reader does off the rule of fences (the first line of as many colons or more); where the two differ is a mistake.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from ext.edition.annotations.kinds import KINDS, PARTS
from ext.edition.checks.lint import Lint

_PREFIX = re.compile(r"^(?:[ \t]|>|[-*+][ \t]|\d{1,9}[.)][ \t])*")
_FENCE = re.compile(r"(`{3,}|~{3,}|[:：]{2,})[ \t]*(.*)")
_NAMED = re.compile(r"[{｛]([^\s{}｛｝]+)[}｝](.*)")
_WIDE_OPTION = re.compile(r"[:：][a-z][a-z-]*[:：]")
_HEADING = re.compile(r"#{1,6}[ \t]")
_CLASS = re.compile(r"[A-Za-z][\w:.-]*(?:[ \t]|$)")
#: Directives whose content is not Markdown.
_VERBATIM = frozenset({"code", "code-block", "code-cell", "sourcecode", "literalinclude", "math", "raw", "mermaid",
                       "eval-rst", "check", "testcode", "doctest", "parsed-literal", "csv-table", "graphviz"})
#: What stands in front of a kind of annotation.
DOMAIN = "prf:"
#: Boxes within each other that are followed; no reader follows as many.
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Slip:
    """A mistake in the source: its line, counted from 1, what kind of mistake, and what exactly."""

    line: int
    lint: Lint
    message: str


@dataclass(frozen=True, slots=True)
class Named:
    """A directive as it is called in the source: its line, counted from 1, and its name."""

    line: int
    name: str


@dataclass(slots=True)
class _Open:
    """A fence that was opened, and where it was meant to be closed."""

    line: int
    sign: str
    count: int
    name: str
    indent: int
    written: str
    wide: bool = False
    #: Whether what is wrong with it has been said.
    known: bool = False


@dataclass(frozen=True, slots=True)
class Fences:
    """What a text shows of its boxes: the mistakes, and the directives that it calls."""

    slips: tuple[Slip, ...]
    directives: tuple[Named, ...]


def read(text: str) -> Fences:
    """Return the mistakes in the boxes of a text, and the names of its directives, in the order of lines."""
    if not any(sign in text for sign in (":::", "：：", "{")):
        return Fences((), ())
    walk = _Walk(text.split("\n"))
    walk.run()
    return Fences(tuple(sorted(walk.slips, key=lambda one: one.line)), tuple(walk.directives))


class _Walk:
    """One walk over the lines of a text, with the fences that are open."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.slips: list[Slip] = []
        self.directives: list[Named] = []
        self.stack: list[_Open] = []
        self.bodies = [_PREFIX.sub("", line).rstrip() for line in lines]
        self.ends = _longest_ends(self.bodies)
        self._ending: dict[tuple[str, int], list[int]] = {}
        #: Before each line: how many headings, and how many signs of a display.
        self._headings = [0, *accumulate(bool(_HEADING.match(body)) for body in self.bodies)]
        self._dollars = [0, *accumulate(body.count("$$") for body in self.bodies)]

    def run(self) -> None:
        """Read every line that is neither front matter nor code."""
        code: tuple[str, int] | None = None
        start = _front_matter(self.lines)
        options = False
        for at in range(start, len(self.lines)):
            if len(self.stack) > _DEEPEST:
                break
            line, body = self.lines[at], self.bodies[at]
            if options and _WIDE_OPTION.match(body) and "：" in body.split(" ", 1)[0]:
                self._slip(at + 1, Lint.FENCE_WIDE, f"the option {body.split()[0]!r} has full-width colons")
                continue
            options = options and body.startswith((":", "：")) and not body.startswith((":::", "：：："))
            found = _FENCE.match(body) if body[:1] in "`~:：" and body else None
            if found is None:
                continue
            mark, info = found[1], found[2].strip()
            sign, count, indent = mark[0], len(mark), _columns(line, body)
            if code is not None:
                if not info and sign == code[0] and count >= code[1]:
                    code = None
                continue
            if not _in_reach(line, body, indent, self.stack):
                continue
            if sign in "`~":
                code = self._backticks(at, sign, count, info, indent)
            else:
                options = self._colons(at, mark, info, indent)
            options = options or (sign in "`~" and code is None and info.startswith("{"))
        for one in reversed(self.stack):
            self._unclosed(one)

    def _backticks(self, at: int, sign: str, count: int, info: str, indent: int) -> tuple[str, int] | None:
        """Open or close a fence of code or of a directive; return what closes the code that began."""
        if not info:
            place = next((place for place in range(len(self.stack) - 1, -1, -1)
                          if self.stack[place].sign == sign and self.stack[place].count <= count), None)
            if place is not None:
                self._pop_to(place)
                return None
        named = _NAMED.fullmatch(info)
        calls = named is not None and (not named[2] or named[2][0] in " \t")
        closed = self.ends[sign][at + 1] >= count
        if calls and named is not None and named[1] not in _VERBATIM:
            self.directives.append(Named(at + 1, named[1]))
            self.stack.append(_Open(at + 1, sign, count, named[1], indent, f"{sign * count}{{{named[1]}}}"))
            return None
        return (sign, count) if closed else None

    def _colons(self, at: int, mark: str, info: str, indent: int) -> bool:
        """Open or close a box; return whether options may follow."""
        number, count, wide = at + 1, len(mark), "：" in mark
        named = _NAMED.match(info)
        if wide:
            if not (named or (not info and count > 2 and any(one.sign == ":" for one in self.stack))):
                return False
        elif count < 3:
            return False
        if named:
            return self._open(number, mark, named, indent, wide=wide)
        place = self._meant(count)
        if info and not (place is not None and not _CLASS.match(info)):
            self._div(number, mark, info, indent)
            return False
        if info:
            self._slip(number, Lint.FENCE_UNCLOSED,
                       f"the {mark} has text behind it, so that it opens a box and closes none")
            assert place is not None
            self.stack[place].known = True
        if place is None:
            self.stack.append(_Open(number, ":", count, "", indent, mark))
            return False
        if wide:
            opened = self.stack[place]
            if not opened.wide:
                self._slip(number, Lint.FENCE_WIDE, f"the full-width {mark} does not close the {opened.written} of "
                                                    f"line {opened.line}")
            opened.known = True
        self._close(place, number)
        return False

    def _open(self, number: int, mark: str, named: re.Match[str], indent: int, *, wide: bool) -> bool:
        """Open the box of a directive; return whether options may follow."""
        name, behind = named[1], named[2]
        if wide or not {"｛", "｝"}.isdisjoint(named[0]):
            wide = True
            self._slip(number, Lint.FENCE_WIDE, f"{mark}{named[0].split()[0]} has full-width signs, so that it opens "
                                                "no box")
        elif behind[:1].strip():
            self._slip(number, Lint.KIND_UNKNOWN, f"{{{name}}} and its title have no space between them, so that this "
                                                  "is no annotation")
        else:
            self.directives.append(Named(number, name))
        self.stack.append(_Open(number, ":", len(mark), name, indent, f"{mark}{{{name}}}", wide))
        return True

    def _div(self, number: int, mark: str, info: str, indent: int) -> None:
        """Open a box without a directive; the name of a kind without its braces was meant to be one."""
        name = info.split()[0]
        bare = name.removeprefix(DOMAIN)
        if bare in PARTS or (bare in KINDS and (name != bare or mark == ":::")):
            self._slip(number, Lint.KIND_UNKNOWN, f"{mark}{name} is no annotation: its name has no braces "
                                                  f"(near: {{{called(bare)}}})")
        self.stack.append(_Open(number, ":", len(mark), name, indent, f"{mark}{name}"))

    def _meant(self, count: int) -> int | None:
        """Return the place of the box that a line of colons was meant to close: the innermost of as many colons,
        else the innermost of fewer."""
        places = []
        for place in range(len(self.stack) - 1, -1, -1):
            if self.stack[place].sign != ":":
                break  # a fence of backticks ends for itself
            places.append(place)
        equal = next((place for place in places if self.stack[place].count == count), None)
        return equal if equal is not None else next(
            (place for place in places if self.stack[place].count < count), None)

    def _close(self, place: int, number: int) -> None:
        """Close the box at a place; what is open inside it was never closed, and where it really ends is looked up."""
        self._pop_to(place, keep=True)
        opened = self.stack.pop()
        if opened.known or opened.wide or not opened.name:
            if not opened.name and not opened.known:
                self._empty(opened, number)
            return
        end = self._end(opened)
        if end is not None and end < number:
            self._nested(opened, end, number)

    def _empty(self, opened: _Open, number: int) -> None:
        """Report two lines of colons that hold a heading between them and name no box."""
        if self._headings[number - 1] > self._headings[opened.line]:
            self._stray(opened)

    def _nested(self, opened: _Open, end: int, meant: int) -> None:
        for one in self.stack:
            # What the outer one is told of, the inner ones need not be.
            if one.sign == ":" and not one.known and (place := self._end(one)) is not None and place <= end:
                return
        self._slip(opened.line, Lint.FENCE_NESTED,
                   f"the {opened.written} ends already at line {end}, not at line {meant}: what it holds has as many "
                   "colons")

    def _pop_to(self, place: int, *, keep: bool = False) -> None:
        """Leave what is open above a place, which was never closed; and the one at the place unless it is kept."""
        for one in reversed(self.stack[place + 1:]):
            self._unclosed(one)
        del self.stack[place + (1 if keep else 0):]

    def _unclosed(self, opened: _Open) -> None:
        if opened.known or opened.wide:
            return
        if not opened.name:
            self._stray(opened)
            return
        end = self._end(opened) or len(self.lines)
        headings = self._headings[end] - self._headings[opened.line]
        displays = (self._dollars[end] - self._dollars[opened.line]) // 2
        holds = [f"{count} {word}{'s' if count > 1 else ''}"
                 for count, word in ((headings, "heading"), (displays, "display")) if count]
        what = f"; it has swallowed {' and '.join(holds)}" if holds else ""
        self._slip(opened.line, Lint.FENCE_UNCLOSED, f"the {opened.written} that opens here is never closed{what}")

    def _stray(self, opened: _Open) -> None:
        self._slip(opened.line, Lint.FENCE_STRAY, f"this {opened.written} closes nothing, so it opens a box without a "
                                                  "name")

    def _end(self, opened: _Open) -> int | None:
        """Return the line where the reader ends a box: the first with as many signs or more and nothing else."""
        key = opened.sign, opened.count
        if key not in self._ending:
            self._ending[key] = [at + 1 for at, body in enumerate(self.bodies)
                                 if len(body) >= opened.count and not body.strip(opened.sign)]
        ending = self._ending[key]
        place = bisect_left(ending, opened.line + 1)
        return ending[place] if place < len(ending) else None

    def _slip(self, line: int, lint: Lint, message: str) -> None:
        self.slips.append(Slip(line, lint, message))


def called(bare: str) -> str:
    """Return the name by which a directive of ours is called: kinds have the domain in front, parts have not."""
    return bare if bare in PARTS else DOMAIN + bare


def _front_matter(lines: Sequence[str]) -> int:
    """Return the place of the first line behind the front matter."""
    if lines[0].rstrip() != "---":
        return 0
    return next((at + 1 for at in range(1, len(lines)) if lines[at].rstrip() == "---"), 0)


def _columns(line: str, body: str) -> int:
    return len(line[:len(line) - len(body)].expandtabs(4))


def _in_reach(line: str, body: str, indent: int, stack: Sequence[_Open]) -> bool:
    """Tell whether a line can be a fence: one that is indented by four is code, unless it is in a list or a quote."""
    prefix = line[:len(line) - len(body)]
    if indent < 4 or prefix.strip():
        return True
    return bool(stack) and stack[-1].indent >= indent - 3


def _longest_ends(bodies: Sequence[str]) -> dict[str, list[int]]:
    """Return, for either sign of code, the longest closing line at or behind each line."""
    found = {}
    for sign in "`~":
        longest = [0] * (len(bodies) + 1)
        for at in range(len(bodies) - 1, -1, -1):
            body = bodies[at]
            own = len(body) if body and not body.strip(sign) else 0
            longest[at] = max(longest[at + 1], own)
        found[sign] = longest
    return found

