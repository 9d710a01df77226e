"""Take code and formulas out of a damaged text: repaired, spelt as MyST reads them, and kept in a vault."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from markdown_it import MarkdownIt

from tools.import_markdown import damage
from tools.import_markdown.checks import language
from tools.import_markdown.doings import Notes
from tools.import_markdown.places import DISPLAYS, Places, plausible
from tools.import_markdown.vault import Vault

_FENCE = re.compile(r"^([ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?)(`{3,}+|~{3,}+)([^`\n]*)$")
_TAG = re.compile(r"(?:(?<![ \t])[ \t]+)?(</?(?:div|details|summary|section)\b[^<>\n]*>"
                  r"|<parameter\s+name=[^<>\n]*>)[ \t]*")
_DELIMITERS = re.compile(r"[ \t>]*+(?:\|[ \t]*+)?:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)+(?:\|[ \t]*+)?$")
_NEXT = re.compile(r"(?P<code>(?<!`)`+(?!`))|(?P<link>\]\()|\\begin\{(?P<env>\w+\*?)\}|(?P<skip>\\.)"
                   r"|(?P<double>\$\$)|(?P<single>\$)", re.S)
_ADDRESS = re.compile(r"\]\(((?:https?:|/|#|mailto:|\.{1,2}/|www\.)(?:[^\s()\\${}]|\([^\s()]*\))*"
                      r"(?:[ \t]+\"[^\"\n]*\")?\))")
_ALONE = re.compile(r"^[ \t>]*\$[ \t]*$", re.M)
_SPACE = re.compile(r"\s*")
_PARENTHESIS = re.compile(r"([^\S\n]{0,80})\(")
_PREFIX = re.compile(r"[ \t>]*")
#: How often a formula that is indented as code is moved to the left; what is deeper stays code.
_DEEPEST = 12
#: Characters of quote marks and space before a display that is a block of its own; every line of it repeats them.
_LONGEST_PREFIX = 80
_MATH = re.compile(r"\s*(?:\$\$|\\begin\{(?:" + "|".join(sorted(DISPLAYS)) + r")\*?\})")


@dataclass(slots=True)
class Found:
    """Collect the formulas of a text as they will be read."""

    formulas: list[str] = field(default_factory=list)


def keep_code(text: str, vault: Vault, notes: Notes) -> str:
    """Put fenced and indented code into the vault, and every HTML tag of a box on a line of its own."""
    text = _keep_fences(text, vault, notes)
    text = _TAG.sub(lambda m: f"\n\n{m[1].strip()}\n\n", text)
    for depth in range(_DEEPEST + 1):
        text, again = _keep_indented(text, vault, notes, move=depth < _DEEPEST)
        if not again:
            break
    return text


def _keep_fences(text: str, vault: Vault, notes: Notes) -> str:
    lines, out, at = text.split("\n"), [], 0
    never = {"`": len(text) + 1, "~": len(text) + 1}  # the shortest fence that nothing below ends
    while at < len(lines):
        opened = _FENCE.match(lines[at])
        end = None
        if opened and len(opened[2]) < never[opened[2][0]]:
            end = next((n for n in range(at + 1, len(lines)) if _closes(lines[n], opened[2])), None)
            if end is None:
                never[opened[2][0]] = len(opened[2])
        if opened is None or end is None:
            if opened:
                notes.leave("a code fence that is never closed", lines[at])
            out.append(lines[at] if opened is None else opened[1] + "".join(f"\\{c}" for c in opened[2]) + opened[3])
            at += 1
            continue
        info = re.sub(r"[{}]", "", opened[3])
        if info != opened[3]:
            notes.repaired["directive-like code fence"] += 1
        info = language(info, "\n".join(lines[at + 1 : end]), notes)
        block = "\n".join([opened[2] + info, *lines[at + 1 : end + 1]])
        out.append(opened[1] + vault.keep(block, block=True))
        at = end + 1
    return "\n".join(out)


def _closes(line: str, fence: str) -> bool:
    mark = line.strip(" \t>")
    return len(mark) >= len(fence) and set(mark) == {fence[0]}


@functools.cache
def _reader() -> MarkdownIt:
    """Return a plain reader at block level: formulas mean nothing to it, code does."""
    reader = MarkdownIt("commonmark").enable("table")
    reader.core.ruler.disable("inline")
    return reader


def _keep_indented(text: str, vault: Vault, notes: Notes, *, move: bool) -> tuple[str, bool]:
    """Keep indented code; when some of it is a formula, only move that to the left, and tell that this was done."""
    lines = text.split("\n")
    code = [t.map for t in _reader().parse(text) if t.type == "code_block" and t.map]
    # Lines of a display that is open are no code, however far they are indented.
    open_ = [i for i, line in enumerate(lines) if (line.count("$$") % 2)]
    code = [m for m in code if bisect_right(open_, m[0] - 1) % 2 == 0 or _MATH.match(lines[m[0]])]
    formulas = [m for m in code if _MATH.match(lines[m[0]])] if move else []
    kept: dict[int, str] = {}
    gone: set[int] = set()
    for first, last in formulas or code:
        while not lines[last - 1].strip():
            last -= 1
        if formulas:
            notes.repaired["formula indented as code"] += 1
            lines[first:last] = [re.sub(r"^(?: {4}|\t)", "", line) for line in lines[first:last]]
        else:
            kept[first] = vault.keep("\n".join(lines[first:last]), block=True)
            gone.update(range(first + 1, last))
    if not formulas:
        text = "\n".join(kept.get(n, line) for n, line in enumerate(lines) if n not in gone)
    return ("\n".join(lines), True) if formulas else (text, False)


def keep_math(text: str, vault: Vault, notes: Notes, found: Found, link: Callable[[str], str], *,
              escaped: bool) -> str:
    """Put code spans, link destinations and formulas into the vault; the formulas are repaired."""
    return _Scanner(text, vault, notes, found, link, escaped).scan()


class _Scanner:
    """Walk over a text once, from left to right."""

    def __init__(self, text: str, vault: Vault, notes: Notes, found: Found, link: Callable[[str], str],
                 escaped: bool) -> None:
        self.text, self.vault, self.notes, self.found = text, vault, notes, found
        self.link, self.escaped = link, escaped
        self.out: list[str] = []
        self.tables = _tables(text)
        self.places = Places(text)

    def scan(self) -> str:
        """Return the text with marks in place of what is kept."""
        at = 0
        while match := _NEXT.search(self.text, at):
            self.out.append(self.text[at : match.start()])
            end = self._take(match)
            if end is None:
                self.out.append(match[0])
                end = match.end()
            at = end
        self.out.append(self.text[at:])
        return "".join(self.out)

    def _take(self, match: re.Match[str]) -> int | None:
        """Take what begins here; return where it ends, None when it is nothing."""
        start = match.start()
        if match["skip"]:
            return None
        if match["code"]:
            end = self.places.code.end(start, len(match[0]), self.places.paragraph_end(start))
            return end and self._keep(self.text[start:end], end)
        if match["link"]:
            address = _ADDRESS.match(self.text, start)
            if address is None:
                return None
            self.out.append("](")
            return self._keep(self.link(address[1]), address.end())
        if match["env"]:
            return self._environment(start, match["env"])
        return self._double(start) if match["double"] else self._single(start)

    def _keep(self, piece: str, end: int) -> int:
        self.out.append(self.vault.keep(piece))
        return end

    def _environment(self, start: int, name: str) -> int | None:
        end = self.places.environment_end(start, name)
        if end is None:
            self.notes.leave("an environment that is never closed", self.text[start : start + 60])
            return None
        tex = self.text[start:end]
        if not re.search(rf"\\end\{{{re.escape(name)}[}}>\])]$", tex):
            self.notes.repaired["environment ended by another's name"] += 1
            tex = tex[: tex.rindex("\\end{")] + f"\\end{{{name}}}"
        bare = name.removesuffix("*") in DISPLAYS
        if not bare:
            self.notes.repaired["environment without dollars"] += 1
        return self._display(start, end, tex, "" if bare else "$$")

    def _double(self, start: int) -> int | None:
        close = self.text.find("$$", start + 2)
        if close >= 0 and plausible(self.text[start + 2 : close]):
            return self._display(start, close + 2, self.text[start + 2 : close], "$$")
        close = self.text.find("$", start + 2, self.places.paragraph_end(start))
        if close >= 0:
            self.notes.repaired["doubled dollar"] += 1
            return self._inline(self.text[start + 2 : close], start, close + 1)
        self.notes.leave("a display that is never closed", self.text[start : start + 60])
        self.out.append("\\$\\$")
        return start + 2

    def _single(self, start: int) -> int:
        if self._alone(start):
            close = _ALONE.search(self.text, start + 1)
            if close and plausible(self.text[start + 1 : close.start()]):
                self.notes.repaired["single dollars around a display"] += 1
                return self._display(start, close.end(), self.text[start + 1 : close.start()], "$$")
        close_at = start
        while True:
            close_at = self.text.find("$", close_at + 1, self.places.paragraph_end(start))
            if close_at < 0:
                self.out.append("\\$")
                return start + 1
            backslash = close_at
            while self.text[backslash - 1] == "\\":
                backslash -= 1
            if (close_at - backslash) % 2 == 0:
                break
        return self._inline(self.text[start + 1 : close_at], start, close_at + 1)

    def _alone(self, start: int) -> bool:
        """Tell whether nothing else stands in the line."""
        first, last = self.places.line(start)
        return last - first <= _LONGEST_PREFIX and self.text[first:last].strip(" \t>") == "$"

    def _line(self, at: int) -> str:
        start, end = self.places.line(at)
        return self.text[start:end]

    def _repair(self, tex: str, start: int) -> str:
        given = tex
        if self._in_table(start):
            tex, done = damage.in_table(tex)
            self.notes.repaired.update(done)
            given = given.replace("\\|", "|")
        tex, more = damage.repair(tex, escaped=self.escaped)
        self.notes.repaired.update(more)
        if tex != given:
            self.notes.change(given, tex)
        return tex

    def _in_table(self, start: int) -> bool:
        return bool(bisect_right(self.tables, start) % 2)

    def _inline(self, tex: str, start: int, end: int, marks: str = "$") -> int:
        if not tex.strip():
            self.out.append(self.text[start:end].replace("$", "\\$"))
            return end
        first = self.places.line(start)[0]
        prefix = _PREFIX.match(self.text, first, first + _LONGEST_PREFIX)
        tex = damage.one_line(self._repair(_unquoted(tex, prefix[0] if prefix else ""), start))
        self.found.formulas.append(tex)
        shown = tex.replace("|", "\\|") if self._in_table(start) else tex
        end = self._keep(marks + shown + marks, end)
        if marks == "$$" and (opened := _PARENTHESIS.match(self.text, end)):  # it would be read as a label
            self.out.append(f"{opened[1]}\\(")
            end = opened.end()
        return end

    def _display(self, start: int, end: int, tex: str, marks: str) -> int:
        """Keep a display; it becomes a block of its own unless it stands in the middle of a sentence."""
        line_start = self.places.line(start)[0]
        before = self.text[max(line_start, start - _LONGEST_PREFIX - 1) : start]
        in_text = len(before) > _LONGEST_PREFIX or not _PREFIX.fullmatch(before)
        if self._in_table(start) or (in_text and marks):
            return self._inline(tex, start, end, marks or "$$")
        if in_text:
            prefix = re.sub(r"[^ \t>]", " ", re.match(r"[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?", before)[0])  # type: ignore[index]
            self.out.append(f"\n{prefix.rstrip()}\n{prefix}")
        else:
            prefix = before
            above = self._line(line_start - 1) if line_start else ""
            if above.strip(" \t>"):
                self._blank_before(prefix)
        tex = self._repair(_unquoted(tex, prefix), start)
        self.found.formulas.append(tex)
        lines = tex.strip().split("\n")
        if marks and "\n" in tex:
            lines = ["$$", *lines, "$$"]
        elif marks:
            lines = [f"$${lines[0]}$$"]
        self.out.append(self.vault.keep(f"\n{prefix}".join(line.rstrip() for line in lines), block=True))
        line_end = self.places.line(end)[1]
        rest = _SPACE.match(self.text, end, line_end).end()  # type: ignore[union-attr]
        if rest < line_end:
            self.out.append(f"\n{prefix.rstrip()}\n{prefix}")
            return rest
        if line_end < len(self.text) and self._line(line_end + 1).strip(" \t>"):
            self.out.append(f"\n{prefix.rstrip()}")
        return line_end

    def _blank_before(self, prefix: str) -> None:
        """Put an empty line between the paragraph above and the display whose prefix is already out."""
        left = len(prefix)
        while left:
            piece = self.out.pop()
            if len(piece) > left:
                self.out.append(piece[:-left])
            left = max(0, left - len(piece))
        self.out.append(f"{prefix.rstrip()}\n{prefix}")


def _unquoted(tex: str, prefix: str) -> str:
    """Take the prefix of a quotation or a list off the lines of a display."""
    quotes = prefix.count(">")
    pattern = re.compile(rf"\A(?:[ \t]*>){{{quotes}}}[ \t]?" if quotes else rf"\A[ \t]{{0,{len(prefix)}}}")
    first, *rest = tex.split("\n")
    return "\n".join([first, *(pattern.sub("", line) for line in rest)])


def _tables(text: str) -> list[int]:
    """Return where tables begin and end, in turn."""
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    edges: list[int] = []
    for number, line in enumerate(lines):
        if number and (not edges or offsets[number - 1] >= edges[-1]) and _DELIMITERS.match(line) \
                and "|" in lines[number - 1]:
            last = number
            while last + 1 < len(lines) and lines[last + 1].strip(" \t>"):
                last += 1
            edges += [offsets[number - 1], offsets[last + 1]]
    return edges

