"""Walk the tree of a post and write it as MyST: one method per kind of tag, named in the table of ``handlers``.

The walk is a single loop over the start and the end of each element, with a stack of containers: no depth of nesting
can exhaust it, and a block within a line (``<strong><p>``) closes and reopens what it interrupts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from ext.edition.checks import markup
from ext.edition.checks.markup import DISPLAYED, INLINE, Construct
from tools.convert import myst_blocks as b
from tools.convert.code import language_of
from tools.convert.dom import BLOCKS, MATH_TAG, Element, text_of
from tools.convert.escape import absolute, destination, fence
from tools.convert.footnotes import Notes
from tools.convert.formulas import Formula
from tools.convert.img import address_of, alt_of, source_of
from tools.convert.inline import EM, STRONG, Break, Code, Mark, Piece, Raw, Text, alone, blank, line
from tools.convert.myst_blocks import Block, Frame
from tools.convert.placeholders import CHINESE, Words
from tools.convert.records import Image
from tools.convert.texforms import displayed, displayed_in_line, inline

Handler: TypeAlias = "Callable[[Walker, Element], bool | None]"
_PLAIN = frozenset({"i", "em", "b", "strong", "span", "var", "small", "font"})
_ONE_LINE = frozenset({"heading", "term", "summary"})
_LEVELS = {"ul": 2, "ol": 2, "dl": 2, "blockquote": 1, "note": 2}


@dataclass(slots=True)
class Walker:
    """The state of one walk; ``write`` is the only way in, ``handlers`` says what opens and closes each tag."""

    handlers: Mapping[str, tuple[Handler, Handler | None]]
    formulas: Mapping[Element, Formula]
    notes: Notes
    base: str | None = None
    image_paths: Mapping[str, str] = field(default_factory=dict)
    words: Words = CHINESE
    boxes: Mapping[Element, str] = field(default_factory=dict)
    stack: list[Frame] = field(default_factory=lambda: [Frame("root")])
    open_marks: list[tuple[Piece, Piece]] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    meant: Counter[Construct] = field(default_factory=Counter)  # all markup that is written
    linked: set[Element] = field(default_factory=set)  # the open links; an attribute could be the page's own

    # The loop.

    def write(self, root: Element) -> list[str]:
        """Return the MyST of a tree, block by block; a blank line goes between them."""
        blocks = b.levelled(self.read(root))
        notes = self.notes.definitions(self._note)
        self.meant.update(map(markup.note, self.notes.bodies.values()))
        return [part for part in (*b.texts(blocks, opening=True), *notes) if part]

    def read(self, root: Element) -> list[Block]:
        """Return the blocks of a tree, read in a frame of their own."""
        saved, self.stack = self.stack, [Frame("root")]
        walker = etree.iterwalk(root, events=("start", "end"))
        skipped: Element | None = None
        for event, el in walker:
            if not isinstance(el.tag, str):
                continue
            entry = self.handlers.get(el.tag)
            if event == "start":
                if el is not root:
                    if el.tag in BLOCKS:
                        self._flush()
                    if self.notes.is_body(el) or (entry is not None and entry[0](self, el) is True):
                        walker.skip_subtree()
                        skipped = el
                        continue
                if el.text:
                    self._text(el.text)
            elif el is not root:
                if el is skipped:
                    skipped = None
                elif entry is not None and entry[1] is not None:
                    entry[1](self, el)
                elif el.tag in BLOCKS:
                    self._flush()
                if el.tail:
                    self._text(el.tail)
        self._flush()
        frame, self.stack = self.stack[0], saved
        return frame.blocks

    def _note(self, el: Element) -> str:
        return b.join(b.nested(self.read(el)))

    @property
    def top(self) -> Frame:
        return self.stack[-1]

    def _text(self, text: str) -> None:
        if text:
            self.top.pieces.append(Text(text))

    def _flush(self) -> None:
        """Finish the paragraph under way; what is open goes on in the next one."""
        frame = self.top
        pieces = [*frame.pieces, *(close for _, close in reversed(self.open_marks))]
        frame.pieces = [opening for opening, _ in self.open_marks]
        if not blank(pieces):
            text = self.line(pieces, single=frame.kind in _ONE_LINE)
            if frame.kind in _ONE_LINE:  # it may become a paragraph after all
                text = alone([text])
            if text:
                self.add(Block(b.PARAGRAPH, text, None if "\n" in text else text))

    def line(self, pieces: list[Piece], *, single: bool = False) -> str:
        """Write pieces as a line of the post."""
        return line(pieces, single=single, meant=self.meant)

    def add(self, block: Block | None) -> None:
        if block is None:
            return
        frame = self.top
        if frame.kind in {"ul", "ol"}:  # stray content of a list belongs to the item before
            if not frame.items:
                frame.items.append([])
            frame.items[-1].append(block)
        else:
            frame.blocks.append(block)

    def push(self, kind: str, **values: object) -> None:
        self._flush()
        frame = Frame(kind, self.top.level + _LEVELS.get(kind, 0))
        for name, value in values.items():
            setattr(frame, name, value)
        self.stack.append(frame)
        frame.pieces = [opening for opening, _ in self.open_marks]

    def pop(self, *kinds: str) -> Frame | None:
        """Close the innermost container if it is of a kind; broken markup can close what is not open."""
        if len(self.stack) < 2 or self.top.kind not in kinds:
            return None
        self._flush()
        frame = self.stack.pop()
        return frame

    # Formulas.

    def math(self, el: Element) -> bool:
        """Write a formula where its placeholder stands."""
        formula = self.formulas[el]
        if formula.tex is None:
            self._text(self.words.formula(formula.snippet))
            return True
        if not formula.display:
            self.top.pieces.append(Raw(inline(formula.tex), made=markup.formula(INLINE)))
        elif self.top.kind in _ONE_LINE:
            self.top.pieces.append(Raw(displayed_in_line(formula.tex), made=markup.formula(DISPLAYED)))
        else:
            self._flush()
            self.meant[markup.formula(DISPLAYED)] += 1
            self.add(Block(b.MATH, displayed(formula.tex, bare=formula.bare), displayed_in_line(formula.tex)))
        return True

    # Within a line.

    def _open(self, opening: Piece, closing: Piece) -> None:
        self.top.pieces.append(opening)
        self.open_marks.append((opening, closing))

    def _close(self, opening: Piece) -> None:
        if self.open_marks and self.open_marks[-1][0] == opening:
            self.top.pieces.append(self.open_marks.pop()[1])

    def strong(self, el: Element) -> None:
        """Open bold text."""
        self._open(Mark(STRONG, True), Mark(STRONG, False))

    def strong_end(self, el: Element) -> None:
        """Close bold text."""
        self._close(Mark(STRONG, True))

    def em(self, el: Element) -> None:
        """Open emphasis."""
        self._open(Mark(EM, True), Mark(EM, False))

    def em_end(self, el: Element) -> None:
        """Close emphasis."""
        self._close(Mark(EM, True))

    def code_in_line(self, el: Element) -> bool | None:
        """Write code within a line; code that holds formulas is text."""
        if next(el.iter(MATH_TAG, "img"), None) is not None:
            return None
        code = text_of(el)
        if code.strip():
            self.top.pieces.append(Code(code))
        return True

    def script(self, el: Element) -> bool | None:
        """Write a superscript or subscript as a role if it is plain and short."""
        number = self.notes.reference(el)
        if number is not None:
            self.top.pieces.append(Raw(f"[^{number}]", made=markup.reference(number)))
            return True
        text = " ".join(text_of(el).split())
        simple = all(child.tag in _PLAIN for child in el.iterdescendants())
        if simple and re.fullmatch(r"[\w+\-−–=.,/()°′∗ ]{1,40}", text):
            self.top.pieces.append(Raw(f"{{{el.tag}}}`{text}`", made=markup.role(el.tag, text)))
            return True
        return None

    def line_break(self, el: Element) -> bool:
        """Break the line; two breaks end the paragraph."""
        pieces = self.top.pieces
        last = next((p for p in reversed(pieces) if not (isinstance(p, Text) and not p.text.strip())), None)
        if isinstance(last, Break) and self.top.kind != "heading":
            self._flush()
        else:
            pieces.append(Break())
        return True

    def link(self, el: Element) -> bool | None:
        """Open a link, or write the footnote reference that it is."""
        number = self.notes.reference(el)
        if number is not None:
            self.top.pieces.append(Raw(f"[^{number}]", made=markup.reference(number)))
            return True
        if self.notes.is_back_link(el):
            return True
        address = absolute(el.get("href"), self.base)
        inside = any(isinstance(o, Raw) for o, _ in self.open_marks)
        if address is None or inside or self._light_box(el, address):
            return None
        self.links.append(address)
        closing = Raw(f"]({destination(address)})", True, markup.link(destination(address)))
        self.linked.add(el)
        self._open(Raw("[", True), closing)
        return None

    def link_end(self, el: Element) -> None:
        """Close a link; one without any text is dropped."""
        if el not in self.linked:
            return
        self.linked.remove(el)
        opening, closing = self.open_marks.pop()
        pieces = self.top.pieces
        start = max((i for i, p in enumerate(pieces) if p is opening), default=None)
        if start is None or blank(pieces[start:]):
            if start is not None:
                pieces[start:] = [p for p in pieces[start:] if not isinstance(p, Raw)]
        else:
            pieces.append(closing)

    def _light_box(self, el: Element, address: str) -> bool:
        """Tell whether a link only enlarges the picture in it."""
        pictures = el.findall(".//img")
        return len(pictures) == 1 and not text_of(el).strip() and (
            bool(re.search(r"\.(?:jpe?g|png|gif|webp|svg|bmp|avif)(?:[?#]|\Z)", address, re.I))
            or address == absolute(source_of(pictures[0]), self.base) or "attachment" in (el.get("rel") or ""))

    def image(self, el: Element) -> bool:
        """Write a picture: from its local path, else as a link to its source."""
        address = address_of(el, self.base)
        alt = alt_of(el)
        if address is None:
            self._text(alt)
            return True
        path = self.image_paths.get(address)
        self.images.append(Image(address, alt, path))
        shown = line([Text(alt)], single=True)
        if path is None and address.startswith("data:"):  # nothing to link to; the receipt names it
            self._text(alt)
        elif path is not None:
            self.top.pieces.append(Raw(f"![{shown}]({destination(path)})", made=markup.image(destination(path))))
            self.top.images.append(path)
        else:  # links don't nest: one that is open ends before the picture's and goes on after it
            self.links.append(address)
            self.top.pieces += [*(closing for _, closing in reversed(self.open_marks)),
                                Raw(f"[{shown or self.words.picture}]({destination(address)})",
                                    made=markup.link(destination(address))),
                                *(opening for opening, _ in self.open_marks)]
        return True

    def embedded(self, el: Element) -> bool:
        """Write a video, a frame or another object as a link to it."""
        source = el.get("src") or el.get("data") or next(iter(el.xpath(".//source/@src")), None)
        address = absolute(source, self.base)
        if address is not None and address.startswith("http"):
            self.links.append(address)
            name = line([Text(el.get("title") or address)], single=True)
            self.top.pieces.append(Raw(f"[{name}]({destination(address)})", made=markup.link(destination(address))))
        return True

    def quotation(self, el: Element) -> None:
        """Open a quotation within a line."""
        self._text("“")

    def quotation_end(self, el: Element) -> None:
        """Close a quotation within a line."""
        self._text("”")

    def gloss(self, el: Element) -> None:
        """Open the reading of a ruby text."""
        if el.getparent() is None or el.getparent().find("rp") is None:
            self._text("（")

    def gloss_end(self, el: Element) -> None:
        """Close the reading of a ruby text."""
        if el.getparent() is None or el.getparent().find("rp") is None:
            self._text("）")

    def checkbox(self, el: Element) -> bool:
        """Show the state of a task as a character; other controls are nothing to read."""
        if (el.get("type") or "").lower() == "checkbox":
            self._text("☑ " if el.get("checked") is not None else "☐ ")
        return True

    def nothing(self, el: Element) -> bool:
        """Leave out what is not to be read."""
        return True

    # Blocks.

    def heading(self, el: Element) -> None:
        """Open a heading."""
        self.push("heading")

    def heading_end(self, el: Element) -> None:
        """Close a heading."""
        if len(self.stack) < 2 or self.top.kind != "heading":
            return
        frame = self.top
        pieces = [*frame.pieces, *(close for _, close in reversed(self.open_marks))]
        self.stack.pop()
        if frame.blocks:  # a block in a heading: broken markup, nothing of it may be lost
            for block in frame.blocks:
                self.add(block)
        if not blank(pieces):
            text = self.line(pieces, single=True)
            # a closing sequence of # is no part of a heading
            bare = text.rstrip("#")
            self.add(Block(b.HEADING, bare + "\\#" * (len(text) - len(bare)), level=int(el.tag[1])))

    def rule(self, el: Element) -> bool:
        """Write a rule."""
        if len(self.stack) == 1:
            self.add(Block(b.RULE, "___"))
        return True

    def list_start(self, el: Element) -> None:
        """Open a list."""
        start = (el.get("start") or "").strip()
        self.push(el.tag if el.tag == "ol" else "ul", start=int(start) if re.fullmatch(r"\d{1,8}", start) else 1)

    def list_end(self, el: Element) -> None:
        """Close a list; where it would stand too deep, its items become paragraphs."""
        frame = self.pop("ul", "ol")
        if frame is None:
            return
        if frame.level > b.MAX_LEVELS:
            for i, item in enumerate(frame.items):
                mark = "• " if frame.kind == "ul" else f"{frame.start + i}\\. "
                for j, block in enumerate(item):
                    first = j == 0 and block.kind == b.PARAGRAPH
                    self.add(Block(block.kind, mark + block.text) if first else block)
        else:
            self.add(b.item_list(frame.items, frame.start if frame.kind == "ol" else None))

    def item(self, el: Element) -> None:
        """Open an item of a list."""
        self.push("item" if self.top.kind in {"ul", "ol"} else "loose")

    def item_end(self, el: Element) -> None:
        """Close an item of a list."""
        frame = self.pop("item", "loose")
        if frame is None:
            return
        if frame.kind == "item" and self.top.kind in {"ul", "ol"}:
            self.top.items.append(frame.blocks)
        else:
            for block in frame.blocks:
                self.add(block)

    def quote(self, el: Element) -> None:
        """Open a quote."""
        self.push("blockquote")

    def quote_end(self, el: Element) -> None:
        """Close a quote."""
        frame = self.pop("blockquote")
        if frame is None:
            return
        if frame.level > b.MAX_LEVELS:
            for block in frame.blocks:
                self.add(block)
        else:
            self.add(b.quote(frame.blocks))

    def preformatted(self, el: Element) -> bool | None:
        """Write code as a fenced block, byte for byte."""
        if next(el.iter(MATH_TAG), None) is not None:
            return None
        code = text_of(el).strip("\n")
        if code.strip():
            language = language_of(el)
            self.meant[markup.code(language, code)] += 1
            self.add(Block(b.CODE, fence(code, language)))
        return True
