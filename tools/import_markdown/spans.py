"""Take code and formulas out of a damaged text: repaired, spelt as MyST reads them, and kept in a vault."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field

from markdown_it import MarkdownIt

from tools.import_markdown import damage
from tools.import_markdown.account import Notes
from tools.import_markdown.checks import language
from tools.import_markdown.dollars import DISPLAYS, environment_end, plausible
from tools.import_markdown.vault import Vault

_FENCE = re.compile(r"^([ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?)(`{3,}|~{3,})([^`\n]*)$")
_TAG = re.compile(r"[ \t]*(</?(?:div|details|summary|section)\b[^<>\n]*>|<parameter\s+name=[^<>\n]*>)[ \t]*")
_DELIMITERS = re.compile(r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*$")
_NEXT = re.compile(r"(?P<code>(?<!`)`+(?!`))|(?P<link>\]\()|\\begin\{(?P<env>\w+\*?)\}|(?P<skip>\\.)"
                   r"|(?P<double>\$\$)|(?P<single>\$)", re.S)
_ADDRESS = re.compile(r"(?:https?:|/|#|mailto:|\.{1,2}/|www\.)(?:[^\s()\\${}]|\([^\s()]*\))*(?:[ \t]+\"[^\"\n]*\")?\)")
_BLANK = re.compile(r"\n[ \t>]*\n")
_PREFIX = re.compile(r"[ \t>]*")
_MATH = re.compile(r"\s*(?:\$\$|\\begin\{(?:" + "|".join(sorted(DISPLAYS)) + r")\*?\})")


@dataclass(slots=True)
class Found:
    """Collect the formulas of a text as they will be read."""

    formulas: list[str] = field(default_factory=list)


def keep_code(text: str, vault: Vault, notes: Notes) -> str:
    """Put fenced and indented code into the vault, and every HTML tag of a box on a line of its own."""
    text = _keep_fences(text, vault, notes)
    text = _TAG.sub(lambda m: f"\n\n{m[1].strip()}\n\n", text)
    again = True
    while again:
        text, again = _keep_indented(text, vault, notes)
    return text


def _keep_fences(text: str, vault: Vault, notes: Notes) -> str:
    lines, out, at = text.split("\n"), [], 0
    while at < len(lines):
        opened = _FENCE.match(lines[at])
        end = opened and next((n for n in range(at + 1, len(lines)) if _closes(lines[n], opened[2])), None)
        if opened is None or end is None:
            if opened:
                notes.leave("a code fence that is never closed", lines[at])
            out.append(lines[at])
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


def _keep_indented(text: str, vault: Vault, notes: Notes) -> tuple[str, bool]:
    """Keep indented code; when some of it is a formula, only move that to the left, and tell that this was done."""
    lines = text.split("\n")
    code = [t.map for t in _reader().parse(text) if t.type == "code_block" and t.map]
    # Lines of a display that is open are no code, however far they are indented.
    open_ = [i for i, line in enumerate(lines) if (line.count("$$") % 2)]
    code = [m for m in code if bisect_right(open_, m[0] - 1) % 2 == 0 or _MATH.match(lines[m[0]])]
    formulas = [m for m in code if _MATH.match(lines[m[0]])]
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
            close = re.compile(rf"(?<!`){match[0]}(?!`)").search(self.text, match.end(), self._paragraph_end(start))
            return close and self._keep(self.text[start : close.end()], close.end())
        if match["link"]:
            address = _ADDRESS.match(self.text, match.end())
            if address is None:
                return None
            self.out.append("](")
            return self._keep(self.link(address[0]), address.end())
        if match["env"]:
            return self._environment(start, match["env"])
        return self._double(start) if match["double"] else self._single(start)

    def _keep(self, piece: str, end: int) -> int:
        self.out.append(self.vault.keep(piece))
        return end

    def _paragraph_end(self, start: int) -> int:
        match = _BLANK.search(self.text, start)
        return match.start() if match else len(self.text)

    def _environment(self, start: int, name: str) -> int | None:
        end = environment_end(self.text, start, name)
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
        close = self.text.find("$", start + 2, self._paragraph_end(start))
        if close >= 0:
            self.notes.repaired["doubled dollar"] += 1
            return self._inline(self.text[start + 2 : close], start, close + 1)
        self.notes.leave("a display that is never closed", self.text[start : start + 60])
        self.out.append("\\$\\$")
        return start + 2

    def _single(self, start: int) -> int:
        if self._line(start).strip(" \t>") == "$":
            close = re.compile(r"^[ \t>]*\$[ \t]*$", re.M).search(self.text, start + 1)
            if close and plausible(self.text[start + 1 : close.start()]):
                self.notes.repaired["single dollars around a display"] += 1
                return self._display(start, close.end(), self.text[start + 1 : close.start()], "$$")
        close_at = start
        while True:
            close_at = self.text.find("$", close_at + 1, self._paragraph_end(start))
            if close_at < 0:
                self.out.append("\\$")
                return start + 1
            backslashes = len(self.text[:close_at]) - len(self.text[:close_at].rstrip("\\"))
            if backslashes % 2 == 0:
                break
        return self._inline(self.text[start + 1 : close_at], start, close_at + 1)

    def _line(self, at: int) -> str:
        end = self.text.find("\n", at)
        return self.text[self.text.rfind("\n", 0, at) + 1 : end if end >= 0 else len(self.text)]

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
        line = self._line(start)
        tex = damage.one_line(self._repair(_unquoted(tex, _PREFIX.match(line)[0]), start))  # type: ignore[index]
        self.found.formulas.append(tex)
        shown = tex.replace("|", "\\|") if self._in_table(start) else tex
        return self._keep(marks + shown + marks, end)

    def _display(self, start: int, end: int, tex: str, marks: str) -> int:
        """Keep a display; it becomes a block of its own unless it stands in the middle of a sentence."""
        line_start = self.text.rfind("\n", 0, start) + 1
        before = self.text[line_start:start]
        rest = self._line(end)[end - self.text.rfind("\n", 0, end) - 1 :]
        in_text = not _PREFIX.fullmatch(before)
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
        if rest.strip():
            self.out.append(f"\n{prefix.rstrip()}\n{prefix}")
            return end + len(rest) - len(rest.lstrip())
        below = self.text[end + len(rest) + 1 :].partition("\n")[0]
        if below.strip(" \t>"):
            self.out.append(f"\n{prefix.rstrip()}")
        return end + len(rest)

    def _blank_before(self, prefix: str) -> None:
        """Put an empty line between the paragraph above and the display whose prefix is already out."""
        done = "".join(self.out)
        self.out = [done[: len(done) - len(prefix)], f"{prefix.rstrip()}\n{prefix}"]


def _unquoted(tex: str, prefix: str) -> str:
    """Take the prefix of a quotation or a list off the lines of a display."""
    quotes = prefix.count(">")
    pattern = re.compile(rf"(?:[ \t]*>){{{quotes}}}[ \t]?" if quotes else rf"[ \t]{{0,{len(prefix)}}}")
    first, *rest = tex.split("\n")
    return "\n".join([first, *(pattern.sub("", line, count=1) if pattern.match(line) else line for line in rest)])


def _tables(text: str) -> list[int]:
    """Return where tables begin and end, in turn."""
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    edges: list[int] = []
    for number, line in enumerate(lines):
        if number and _DELIMITERS.match(line) and "|" in lines[number - 1]:
            last = number
            while last + 1 < len(lines) and lines[last + 1].strip(" \t>"):
                last += 1
            if not edges or offsets[number - 1] >= edges[-1]:
                edges += [offsets[number - 1], offsets[last + 1]]
    return edges

