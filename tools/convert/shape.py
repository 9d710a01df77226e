"""Shape the tree of a post for markdownify: only what Markdown can say, each block in its container, all else held.

The pass is a single loop over the start and the end of each element, with a stack of containers: no depth of nesting
can exhaust it, and what it builds is shallow enough for a converter that recurses. A block within a line
(``<strong><p>``) closes and reopens what it interrupts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from bs4.element import NavigableString
from lxml import etree

from ext.edition.checks import markup
from ext.edition.checks.markup import DISPLAYED, INLINE
from tools.convert.dom import BLOCKS, MATH_TAG, Element, text_of
from tools.convert.escape import absolute, destination
from tools.convert.footnotes import Notes
from tools.convert.formulas import Formula
from tools.convert.img import address_of, alt_of, source_of
from tools.convert.inline import Code, Raw, Text, line
from tools.convert.placeholders import CHINESE, Words
from tools.convert.protected import PRIVATE, Held, Node
from tools.convert.records import Image
from tools.convert.texforms import displayed, displayed_in_line, inline

Handler: TypeAlias = "Callable[[Shaper, Element], bool | None]"
_PLAIN = frozenset({"i", "em", "b", "strong", "span", "var", "small", "font"})
#: Containers that are a line, and how many levels of markdown-it's each other one takes.
ONE_LINE = frozenset({"heading", "dt", "summary"})
_LEVELS = {"ul": 2, "ol": 2, "dl": 2, "blockquote": 1}
# markdown-it reads 20 levels and drops what is deeper; a list takes two, and what stands in it some more.
MAX_LEVELS = 14
_DEEPEST = 60  # containers of any kind that stand in each other; deeper ones are only what is in them


@dataclass(frozen=True, slots=True, eq=False)
class Inline:
    """An element within a line while it is open: its name in the tree, and where a link leads."""

    name: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """The start or the end of an element within a line."""

    of: Inline
    opens: bool


Part: TypeAlias = "str | Edge"
BR = Edge(Inline("br"), True)


@dataclass(slots=True)
class Cell:
    """One cell of a table."""

    blocks: list[Node]
    header: bool = False
    columns: int = 1
    rows: int = 1


@dataclass(slots=True)
class Frame:
    """A container that is being read: its finished blocks, and the paragraph under way."""

    kind: str
    el: Element | None = None
    level: int = 0
    blocks: list[Node] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    items: list[list[Node]] = field(default_factory=list)  # of a list
    terms: list[tuple[list[Node], list[list[Node]]]] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    caption: list[Node] = field(default_factory=list)
    title: Node | None = None
    cell: Cell | None = None


@dataclass(slots=True)
class Shaper:
    """The state of one pass; ``read`` is the only way in, ``handlers`` says what opens and closes each tag."""

    handlers: Mapping[str, tuple[Handler, Handler | None]]
    formulas: Mapping[Element, Formula]
    notes: Notes
    base: str | None = None
    image_paths: Mapping[str, str] = field(default_factory=dict)
    words: Words = CHINESE
    boxes: Mapping[Element, str] = field(default_factory=dict)
    held: Held = field(default_factory=Held)
    stack: list[Frame] = field(default_factory=list)
    marks: list[tuple[Element, Inline | None]] = field(default_factory=list)  # the open ones; None repeats another
    images: list[Image] = field(default_factory=list)
    pictures: dict[str, Image] = field(default_factory=dict)  # those shown, by their marks
    links: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)

    # The loop.

    def read(self, root: Element) -> list[Node]:
        """Return the blocks of a tree."""
        self.stack = [Frame("root", root)]
        walker = etree.iterwalk(root, events=("start", "end"))
        skipped: Element | None = None
        for event, el in walker:
            if not isinstance(el.tag, str):
                continue
            entry = self.handlers.get(el.tag)
            if event == "start":
                if el is not root:
                    if el.tag in BLOCKS:
                        self.flush()
                    if self.notes.is_body(el) or (entry is not None and entry[0](self, el) is True):
                        walker.skip_subtree()
                        skipped = el
                        continue
                self.text(el.text)
            elif el is not root:
                if el is skipped:
                    skipped = None
                else:
                    if entry is not None and entry[1] is not None:
                        entry[1](self, el)
                    if el.tag in BLOCKS:
                        self.flush()
                self.text(el.tail)
        self.flush()
        return self.stack.pop().blocks

    @property
    def top(self) -> Frame:
        return self.stack[-1]

    def text(self, text: str | None) -> None:
        """Add text of the page."""
        if text:
            self.top.parts.append(PRIVATE.sub("", text))

    def _hold(self, piece: Raw | Code) -> None:
        self.top.parts.append(self.held.piece(piece))

    def flush(self) -> None:
        """Finish the paragraph under way; what is open goes on in the next one."""
        frame = self.top
        if not frame.parts:
            return
        parts, frame.parts = [*frame.parts, *self.closing()], self._reopened()
        self.add(line_of("p", parts))

    def closing(self) -> list[Part]:
        """Return the ends of what is open within the line."""
        return [Edge(one, False) for _, one in reversed(self.marks) if one is not None]

    def _reopened(self) -> list[Part]:
        return [Edge(one, True) for _, one in self.marks if one is not None]

    def add(self, *nodes: Node | None) -> None:
        """Add finished blocks to the container; stray content of a list belongs to the item before."""
        frame = self.top
        for node in nodes:
            if node is None:
                continue
            if frame.kind in {"ul", "ol"}:
                if not frame.items:
                    frame.items.append([])
                frame.items[-1].append(node)
            else:
                frame.blocks.append(node)

    def push(self, kind: str, el: Element) -> None:
        """Open a container, unless it stands too deep."""
        self.flush()
        if len(self.stack) <= _DEEPEST:
            self.stack.append(Frame(kind, el, self.top.level + _LEVELS.get(kind, 0), parts=self._reopened()))

    def pop(self, el: Element) -> Frame | None:
        """Close the container that an element opened."""
        self.flush()
        return self.stack.pop() if self.top.el is el and len(self.stack) > 1 else None

    # Within a line.

    def math(self, el: Element) -> bool:
        """Hold a formula where its placeholder stands."""
        formula = self.formulas[el]
        if formula.tex is None:
            self.text(self.words.formula(formula.snippet))
        elif not formula.display:
            self._hold(Raw(inline(formula.tex), made=markup.formula(INLINE)))
        elif self.top.kind in ONE_LINE:
            self._hold(Raw(displayed_in_line(formula.tex), made=markup.formula(DISPLAYED)))
        else:
            self.flush()
            node = Node("display")
            node.held = displayed(formula.tex, bare=formula.bare)
            node.inline = self.held.piece(Raw(displayed_in_line(formula.tex), made=markup.formula(DISPLAYED)))
            self.add(node)
        return True

    def _open(self, el: Element, name: str, href: str = "") -> None:
        one = None if any(o is not None and o.name == name for _, o in self.marks) else Inline(name, href)
        self.marks.append((el, one))
        if one is not None:
            self.top.parts.append(Edge(one, True))

    def emphasis(self, el: Element) -> None:
        """Open bold text or emphasis."""
        self._open(el, "strong" if el.tag in {"strong", "b"} else "em")

    def inline_end(self, el: Element) -> None:
        """Close what an element opened within the line."""
        if self.marks and self.marks[-1][0] is el:
            one = self.marks.pop()[1]
            if one is not None:
                self.top.parts.append(Edge(one, False))

    def code_in_line(self, el: Element) -> bool | None:
        """Hold code within a line; code that holds formulas is text."""
        if next(el.iter(MATH_TAG, "img"), None) is not None:
            return None
        code = text_of(el)
        if code.strip():
            self._hold(Code(code))
        return True

    def script(self, el: Element) -> bool | None:
        """Hold a superscript or subscript as a role if it is plain and short."""
        if self._reference(el):
            return True
        text = " ".join(text_of(el).split())
        simple = all(child.tag in _PLAIN for child in el.iterdescendants())
        if simple and re.fullmatch(r"[\w+\-−–=.,/()°′∗ ]{1,40}", text):
            self._hold(Raw(f"{{{el.tag}}}`{text}`", made=markup.role(el.tag, text)))
            return True
        return None

    def _reference(self, el: Element) -> bool:
        """Hold the reference to a footnote that an element is."""
        number = self.notes.reference(el)
        if number is not None:
            self._hold(Raw(f"[^{number}]", made=markup.reference(number)))
        return number is not None

    def line_break(self, el: Element) -> bool:
        """Break the line; two breaks end the paragraph."""
        parts = self.top.parts
        last = next((p for p in reversed(parts) if not (isinstance(p, str) and not p.strip())), None)
        if last is BR and self.top.kind != "heading":
            self.flush()
        else:
            parts.append(BR)
        return True

    def link(self, el: Element) -> bool | None:
        """Open a link, or hold the footnote reference that it is."""
        if self._reference(el) or self.notes.is_back_link(el):
            return True
        address = absolute(el.get("href"), self.base)
        inside = any(one is not None and one.name == "a" for _, one in self.marks)
        if address is None or inside or self._light_box(el, address):
            return None
        self.links.append(address)
        self._open(el, "a", self.held.address(destination(address)))
        return None

    def _light_box(self, el: Element, address: str) -> bool:
        """Tell whether a link only enlarges the picture in it."""
        pictures = el.findall(".//img")
        return len(pictures) == 1 and not text_of(el).strip() and (
            bool(re.search(r"\.(?:jpe?g|png|gif|webp|svg|bmp|avif)(?:[?#]|\Z)", address, re.I))
            or address == absolute(source_of(pictures[0]), self.base) or "attachment" in (el.get("rel") or ""))

    def image(self, el: Element) -> bool:
        """Hold a picture: from its local path, else as a link to its source."""
        address = address_of(el, self.base)
        alt = alt_of(el)
        if address is None:
            self.text(alt)
            return True
        path = self.image_paths.get(address)
        self.images.append(Image(address, alt, path))
        shown = line([Text(alt)], single=True)
        if path is None and address.startswith("data:"):  # nothing to link to; the receipt names it
            self.text(alt)
        elif path is not None:
            self._hold(Raw(f"![{shown}]({destination(path)})", made=markup.image(destination(path))))
            self.pictures[str(self.top.parts[-1])] = self.images[-1]
        else:  # links don't nest: one that is open ends before the picture's and goes on after it
            self.links.append(address)
            self.top.parts += self.closing()
            self._hold(Raw(f"[{shown or self.words.picture}]({destination(address)})",
                           made=markup.link(destination(address))))
            self.top.parts += self._reopened()
        return True

    def embedded(self, el: Element) -> bool:
        """Hold a video, a frame or another object as a link to it."""
        source = el.get("src") or el.get("data") or next(iter(el.xpath(".//source/@src")), None)
        address = absolute(source, self.base)
        if address is not None and address.startswith("http"):
            self.links.append(address)
            name = line([Text(el.get("title") or address)], single=True)
            self._hold(Raw(f"[{name}]({destination(address)})", made=markup.link(destination(address))))
        return True

    def quotation(self, el: Element) -> None:
        """Open a quotation within a line."""
        self.text("“")

    def quotation_end(self, el: Element) -> None:
        """Close a quotation within a line."""
        self.text("”")

    def gloss(self, el: Element) -> None:
        """Open the reading of a ruby text."""
        if el.getparent() is None or el.getparent().find("rp") is None:
            self.text("（")

    def gloss_end(self, el: Element) -> None:
        """Close the reading of a ruby text."""
        if el.getparent() is None or el.getparent().find("rp") is None:
            self.text("）")

    def checkbox(self, el: Element) -> bool:
        """Show the state of a task as a character; other controls are nothing to read."""
        if (el.get("type") or "").lower() == "checkbox":
            self.text("☑ " if el.get("checked") is not None else "☐ ")
        return True

    def nothing(self, el: Element) -> bool:
        """Leave out what is not to be read."""
        return True


def line_of(name: str, parts: list[Part]) -> Node | None:
    """Return an element with the parts of a line, or None if nothing of them would show."""
    if not any(isinstance(part, str) and part.strip() for part in parts):
        return None
    open_nodes: list[tuple[Node, list[Node | NavigableString]]] = [(Node(name), [])]
    texts: list[str] = []

    def settle() -> None:
        if texts:
            open_nodes[-1][1].append(NavigableString("".join(texts)))
            texts.clear()

    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        settle()
        if part is BR:
            open_nodes[-1][1].append(Node("br"))
        elif part.opens:
            node = Node(part.of.name)
            if part.of.href:
                node["href"] = part.of.href
            open_nodes.append((node, []))
        else:
            node, inner = open_nodes.pop()
            if any(child.name != "br" if isinstance(child, Node) else child.strip() for child in inner):
                node.extend_by(inner)
                inner = [node]
            open_nodes[-1][1].extend(inner)
    settle()
    node, inner = open_nodes.pop()
    node.extend_by(inner)
    return node
