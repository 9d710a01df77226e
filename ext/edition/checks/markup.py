"""Every piece of markup that the build's reader finds in a text: what it is, what it names, and where it stands.

Text is all the rest. The table of tokens that are plain text is closed: one that a later parser brings is markup of
its own kind, :data:`OTHER`, until somebody says what it is. Directives are read as the build reads them, options,
argument and content, to any depth.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from urllib.parse import unquote

from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token

from ext.edition.checks.reader import parsed, reader

DIRECTIVE, ROLE, FORMULA, LABEL, TARGET = "directive", "role", "formula", "label", "target"
REFERENCE, NOTE, DEFINITION = "footnote reference", "footnote", "definition of a link"
ATTRIBUTE, COMMENT, BREAK, FRONT, HTML = "attribute", "comment", "block break", "front matter", "HTML"
LINK, IMAGE, CODE, OTHER = "link", "image", "code", "other markup"
#: Structure, for inventories: no text can do harm by being a heading or a table.
HEADING, TABLE = "heading", "table"
STRUCTURE = frozenset({HEADING, TABLE})
INLINE, DISPLAYED = "inline", "displayed"

#: Tokens that are text and its arrangement; their closing halves too.
_PLAIN = frozenset({
    "inline", "text", "softbreak", "hardbreak", "em_open", "strong_open", "code_inline", "paragraph_open", "hr",
    "bullet_list_open", "ordered_list_open", "list_item_open", "blockquote_open", "dl_open", "dt_open", "dd_open",
    "thead_open", "tbody_open", "tr_open", "th_open", "td_open", "span_open", "footnote_anchor",
    "footnote_block_open",
})
#: Attributes that a token has by itself, with what they may say.
_NATURAL: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "link_open": {"href": re.compile(""), "title": re.compile("")},
    "image": {"src": re.compile(""), "alt": re.compile(""), "title": re.compile("")},
    "ordered_list_open": {"start": re.compile(r"\A\d+\Z")},
    "bullet_list_open": {"class": re.compile(r"\Acontains-task-list\Z")},
    "list_item_open": {"class": re.compile(r"\Atask-list-item\Z")},
    **dict.fromkeys(("myst_target", "myst_line_comment", "myst_block_break"),
                    {"class": re.compile(r"\Amyst-[\w-]+\Z")}),
    "th_open": {"style": re.compile(r"\Atext-align:\w+\Z")}, "td_open": {"style": re.compile(r"\Atext-align:\w+\Z")},
}
#: Directives whose content is no Markdown, and those whose argument is a name or an address.
_VERBATIM = frozenset({
    "math", "code", "code-block", "sourcecode", "code-cell", "raw", "eval-rst", "include", "literalinclude", "testcode",
    "testoutput", "testsetup", "testcleanup", "doctest", "highlight", "toctree", "csv-table"})
_NAMED = _VERBATIM | {"figure", "image"}


#: The tags that say what Markdown has no sign for; an attribute could do more.
TAGS = frozenset({"br", "sub", "sup", "kbd", "b", "strong", "i", "em", "u", "s", "del", "mark", "small", "code"})
_HARMLESS_TAG = re.compile(rf"</?(?:{'|'.join(sorted(TAGS))})/?>", re.I)
_SCHEME = re.compile(r"[A-Za-z][\w+.-]*:")


@dataclass(frozen=True, slots=True)
class Construct:
    """One piece of markup: its kind, what it is or names, and what else belongs to it."""

    kind: str
    name: str = ""
    detail: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = " ".join(part for part in (self.name, *self.detail) if part)
        return f"{self.kind} {said[:80]}".strip()


@dataclass(frozen=True, slots=True)
class Found:
    """A construct, the lines from 0 of the block that holds it, and its content as it was read.

    The block is one of the text itself, or one within a directive that stands in no list or quotation.
    """

    construct: Construct
    first: int
    last: int
    content: str = ""


# What is written and what is read are spelled by the same functions.


def formula(shown: str) -> Construct:
    """Return a formula, :data:`INLINE` or :data:`DISPLAYED`; that its TeX is right is the receipt's to say."""
    return Construct(FORMULA, shown)


def role(name: str, content: str) -> Construct:
    """Return a role; one for a formula is a formula."""
    return formula(INLINE) if name == "math" else Construct(ROLE, name, (squeezed(content),))


def directive(name: str, argument: str = "", options: Sequence[str] = ()) -> Construct:
    """Return a directive with the keys of its options; a bare one for a formula is a formula."""
    if name == "math" and not argument.strip() and not options:
        return formula(DISPLAYED)
    return Construct(DIRECTIVE, name, (squeezed(argument), *options))


def link(address: str, title: str = "") -> Construct:
    """Return a link, by its address as it is written."""
    return Construct(LINK, as_read(address), (title,) if title else ())


def image(address: str, title: str = "") -> Construct:
    """Return a picture, by its address as it is written."""
    return Construct(IMAGE, as_read(address), (title,) if title else ())


def code(language: str, text: str) -> Construct:
    """Return a block of code."""
    return Construct(CODE, language.strip(), (squeezed(text),))


def reference(label: object) -> Construct:
    """Return a reference to a footnote."""
    return Construct(REFERENCE, str(label))


def note(label: object) -> Construct:
    """Return a footnote."""
    return Construct(NOTE, str(label))


def squeezed(text: str) -> str:
    """Return a text without its white space, which containers change."""
    return "".join(text.split())


def as_read(address: str) -> str:
    """Return a destination as the reader spells it."""
    return reader().normalizeLink(unescapeAll(address))


def read(text: str) -> tuple[Found, ...]:
    """Return all markup in a text, in the order of its blocks."""
    one = _Reading()
    one.document(text, *parsed(text))
    return tuple(one.found)


@dataclass(slots=True)
class _Reading:
    """One text while it is read; ``block`` is the block under way, ``base`` the line from which its lines count."""

    found: list[Found] = field(default_factory=list)
    block: tuple[int, int] = (0, 0)
    base: int | None = 0  # None within lists and quotations, whose lines begin with marks of theirs
    known: dict[str, Any] = field(default_factory=dict)
    heading: bool = False  # whether the line under way is one

    def document(self, text: str, tokens: Sequence[Token], env: Mapping[str, Any]) -> None:
        """Read a text, or what a directive holds, by what the reader found in it and the definitions it kept."""
        lines = text.split("\n")
        defined = [one for label, one in env["references"].items() if label not in self.known]
        self.known = env["references"]
        for one in chain(defined, env.get("duplicate_refs", ())):
            self._at(*one["map"])
            self._add(Construct(DEFINITION, one["href"]))
        end = 0
        for token in tokens:
            if token.level == 0 and token.nesting >= 0 and token.map:
                start, last = token.map
                if token.type == "amsmath":  # the reader leaves the line with the end out of the map
                    last += 1
                while start > end and lines[start - 1].strip():  # lines of attributes above it
                    start -= 1
                self._at(start, last)
                end = last
            self._token(token)

    def _at(self, first: int, last: int) -> None:
        if self.base is not None:
            self.block = (self.base + first, self.base + last)

    def _within(self, token: Token, text: str, below: int) -> None:
        """Read what a token holds, from so many lines below its first line on."""
        saved = self.base, self.block
        plain = self.base is not None and token.level == 0 and token.map is not None
        self.base = self.base + token.map[0] + below if plain else None  # type: ignore[operator, index]
        text += "\n"
        env: dict[str, Any] = {"references": dict(self.known)}  # it shares the definitions of links above it
        self.document(text, reader().parse(text, env), env)
        self.base, self.block = saved

    def _add(self, construct: Construct, content: str = "") -> None:
        self.found.append(Found(construct, *self.block, content))

    def _token(self, token: Token) -> None:
        if token.nesting < 0:
            return
        natural = _NATURAL.get(token.type, {})
        for key, value in token.attrs.items():
            if key not in natural or not natural[key].match(str(value)):
                self._add(Construct(ATTRIBUTE, f"{key}={value}"))
        if (make := _MARKUP.get(token.type)) is not None:
            make(self, token)
        elif token.type == "heading_open":
            self.found.append(Found(Construct(HEADING, token.tag), *self.block))
            self.heading = True
        elif token.type not in _PLAIN:
            self._add(Construct(OTHER, token.type), token.content)
        if token.type == "inline" and self.heading:  # the text of the heading, and of nothing after it
            self.heading = False
            heading = self.found.pop()
            said = "".join(child.content for child in token.children or ())
            self._add(heading.construct, said)
        for child in token.children or ():
            if token.type != "image":
                self._token(child)

    def fence(self, token: Token) -> None:
        """Read a fenced block: a directive, or code, or with colons a division, which holds Markdown."""
        name, argument = (*token.info.split(maxsplit=1), "", "")[:2]
        content = token.content
        if not (name.startswith("{") and name.endswith("}") and len(name) > 2):
            if token.type == "colon_fence":
                self._add(Construct(OTHER, "division", (token.info.strip(),)))
                self._within(token, content, 1)
            else:
                self._add(code(token.info, content), content.rstrip("\n"))
            return
        name, argument = name[1:-1], argument.strip()
        keys, body = options("\n" + content if token.type == "colon_fence" and content.startswith(":::") else content)
        self._add(directive(name, argument, keys), body.strip() if name == "math" else argument)
        if name == "list-table":
            self.found.append(Found(Construct(TABLE), *self.block))
        if name not in _NAMED and argument:
            for token in reader().parseInline(argument, {"references": dict(self.known)}):
                self._token(token)
        if name not in _VERBATIM:
            above = len(content.splitlines()) - len(body.splitlines())
            self._within(token, body, 1 + above)


def options(content: str) -> tuple[tuple[str, ...], str]:
    """Split the content of a directive as the build does: the keys of its options, and the lines below them."""
    lines = content.splitlines()  # the build's own way: more characters end a line here than in a text
    block: list[str] = []
    if content.startswith("---"):
        end = next((n for n, line in enumerate(lines[1:], 1) if line.startswith("---")), len(lines))
        block = textwrap.dedent("\n".join(lines[1:end])).split("\n")
        rest = lines[end].lstrip("-").removeprefix(" ") if end < len(lines) else ""
        lines = [*([rest] if rest else []), *lines[end + 1:]]
    elif content.lstrip().startswith(":"):
        while lines and lines[0].lstrip().startswith(":") and not lines[0].lstrip().startswith(":::"):
            block.append(lines.pop(0).lstrip()[1:])
    keys = tuple(line.partition(":")[0].strip() for line in block if line[:1].strip())
    return keys, "\n".join(lines[1:] if lines and not lines[0].strip() else lines)


def _link(reading: _Reading, token: Token) -> None:
    attrs = token.attrs
    reading._add(Construct(LINK, str(attrs.get("href", "")), tuple(filter(None, [str(attrs.get("title", ""))]))))


def _image(reading: _Reading, token: Token) -> None:
    attrs = token.attrs
    reading._add(Construct(IMAGE, str(attrs.get("src", "")), tuple(filter(None, [str(attrs.get("title", ""))]))))
    for child in token.children or ():  # its alternative text is read, too
        reading._token(child)


def _role(reading: _Reading, token: Token) -> None:
    name = str(token.meta.get("name", ""))
    reading._add(role(name, token.content), token.content if name == "math" else "")


def _formula(shown: str) -> _Make:
    def make(reading: _Reading, token: Token) -> None:
        reading._add(formula(shown), token.content)
        if token.type == "math_block_label":
            reading._add(Construct(LABEL, token.info))

    return make


def _named(kind: str) -> _Make:
    return lambda reading, token: reading._add(Construct(kind, str(token.meta.get("label", ""))))


def _spelled(kind: str) -> _Make:
    return lambda reading, token: reading._add(Construct(kind, squeezed(token.content)))


def plain(construct: Construct) -> bool:
    """Tell whether markup is mere Markdown, which anybody may write and which can do no harm.

    Everything that MyST adds is not: directives, roles, targets, attributes, comments, labels.
    """
    if construct.kind in {LINK, IMAGE, DEFINITION}:
        return harmless_address(construct.name)
    if construct.kind == HTML:
        return bool(_HARMLESS_TAG.fullmatch(construct.name))
    return construct.kind in {FORMULA, CODE, REFERENCE, NOTE}


def harmless_address(address: str) -> bool:
    """Tell whether an address leads to the web, or to a file that lies beside the text or below it."""
    address = unquote(address).strip()
    if scheme := _SCHEME.match(address):
        return scheme[0].lower() in {"http:", "https:", "mailto:"}
    return not address.startswith(("/", "\\")) and ".." not in re.split(r"[/\\]", address.partition("#")[0])


_Make = Callable[[_Reading, Token], None]
#: What each token of markup is.
_MARKUP: Mapping[str, _Make] = {
    "math_inline": _formula(INLINE),
    **dict.fromkeys(("math_inline_double", "math_block", "math_block_label", "amsmath"), _formula(DISPLAYED)),
    "myst_role": _role, "link_open": _link, "image": _image,
    "fence": _Reading.fence, "colon_fence": _Reading.fence,
    "code_block": lambda reading, token: reading._add(code("indented", token.content), token.content.rstrip("\n")),
    "footnote_ref": _named(REFERENCE), "footnote_reference_open": _named(NOTE), "footnote_open": _named(NOTE),
    "html_block": _spelled(HTML), "html_inline": _spelled(HTML),
    "myst_target": _spelled(TARGET), "myst_line_comment": _spelled(COMMENT), "myst_block_break": _spelled(BREAK),
    "front_matter": _spelled(FRONT),
    "table_open": lambda reading, token: reading.found.append(Found(Construct(TABLE), *reading.block)),
}


def compared(found: Sequence[Found]) -> Iterator[Construct]:
    """Yield the constructs that somebody must have meant: all but mere structure."""
    return (one.construct for one in found if one.construct.kind not in STRUCTURE)
