"""Write the tree of a post as MyST: markdownify's converter over the protected tree, and what MyST needs besides.

White space, paragraphs, headings, lists, quotes, tables, emphasis and links are markdownify's. What is here settles the
line of a block (``inline``), chooses between the forms that Markdown has, and writes what only MyST has.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdownify import ATX, MarkdownConverter, abstract_inline_conversion

from ext.edition.checks import markup
from ext.edition.checks.markup import Construct
from tools.convert.dom import Element
from tools.convert.escape import fence
from tools.convert.footnotes import Notes
from tools.convert.formulas import Formula
from tools.convert.inline import EM as EM_SIGN
from tools.convert.inline import STRONG as STRONG_SIGN
from tools.convert.inline import Break, Mark, Piece, Raw, Text, alone, line
from tools.convert.placeholders import CHINESE, Words
from tools.convert.protected import BREAK, CLOSE, EM, OPEN, PLAIN, STRONG, Held, Node
from tools.convert.records import Image
from tools.convert.shape import Shaper
from tools.convert.shape_blocks import handler_table

Tags = set[str]
_HERE = f"{OPEN}{CLOSE}"  # where markdownify is to leave room for a finished line
_SIGN = re.compile(rf"\[|\]\({OPEN}(?P<address>\d+){CLOSE}\)|{OPEN}(?P<piece>\d+){CLOSE}|{PLAIN}(?P<plain>.)"
                   rf"|[{STRONG}{EM}{BREAK}]")
_BULLET = re.compile(r"^[-*](?= |$)", re.M)
_NUMBER = re.compile(r"^(\d{1,9})[.)](?= |$)", re.M)
_OPTION = re.compile(r'["\\]')


@dataclass(frozen=True, slots=True)
class Written:
    """What a post became: its blocks, the markup meant in them, and what was found on the way."""

    passages: tuple[str, ...]
    meant: Counter[Construct]
    images: tuple[Image, ...]
    links: tuple[str, ...]
    tables: tuple[str, ...]


def write(post: Element, formulas: Mapping[Element, Formula], notes: Notes, base: str | None = None,
          image_paths: Mapping[str, str] | None = None, words: Words = CHINESE,
          boxes: Mapping[Element, str] | None = None) -> Written:
    """Write the tree of a post as MyST."""
    shaper = Shaper(handler_table(), formulas, notes, base, image_paths or {}, words, boxes or {})
    root = Node("root", levelled(shaper.read(post)))
    bodies = {number: Node("note", shaper.read(body)) for body, number in notes.bodies.items()}
    converter = Converter(shaper.held, words)
    passages = [converter.block(node) for node in root.nodes()]
    for number, body in bodies.items():
        converter.meant[markup.note(number)] += 1
        passages.append(indented(converter.block(body) or "…", f"[^{number}]: ", "    "))
    return Written(tuple(filter(None, passages)), converter.meant, tuple(shaper.images), tuple(shaper.links),
                   tuple(shaper.tables))


def levelled(blocks: Sequence[Node]) -> list[Node]:
    """Set the headings of a document below one title, each at most one level below the one it stands under."""
    open_levels: list[tuple[int, int]] = []
    result: list[Node] = []
    rule: Node | None = None  # one that is written if what comes next takes it
    for block in blocks:
        if block.name == "hr":
            rule = block if result and not _is_heading(result[-1]) else None
            continue
        if rule is not None and not _is_heading(block):
            result.append(rule)
        rule = None
        if _is_heading(block):
            given = int(block.name[1])
            while open_levels and open_levels[-1][0] >= given:
                open_levels.pop()
            level = min(6, open_levels[-1][1] + 1 if open_levels else 2)
            open_levels.append((given, level))
            block.name = f"h{level}"
        result.append(block)
    return result


def _is_heading(node: Node) -> bool:
    return node.name in {"h1", "h2", "h3", "h4", "h5", "h6"}


def indented(text: str, first: str, rest: str) -> str:
    """Return a text with something before its first line and before each other one."""
    lines = text.split("\n")
    return "\n".join([(first + lines[0]).rstrip(" "), *(rest + line if line else "" for line in lines[1:])])


class Converter(MarkdownConverter):
    """Writes the protected tree; ``meant`` counts the markup that it writes."""

    def __init__(self, held: Held, words: Words) -> None:
        super().__init__(heading_style=ATX, bullets="-", autolinks=False)
        self.held = held
        self.words = words
        self.meant: Counter[Construct] = Counter()

    def block(self, node: Node) -> str:
        """Return the MyST of one block."""
        return str(self.process_tag(node)).strip("\n")

    # Within a line: markdownify writes marks, and one pass settles what they take.

    def escape(self, text: str, parent_tags: Tags) -> str:
        """Tell the page's own brackets from those of links; all else is escaped when the line is settled."""
        return text.replace("[", PLAIN + "[").replace("]", PLAIN + "]") if "[" in text or "]" in text else text

    def convert_br(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a line break."""
        return BREAK

    def _chomped(self, make: Any, el: Node, text: str, parent_tags: Tags) -> str:
        """Leave white space outside of what markdownify writes: it keeps only the plain spaces of a text."""
        inner = text.strip()
        if not inner:
            return text
        start = text.index(inner)
        return f"{text[:start]}{make(el, inner, parent_tags)}{text[start + len(inner):]}"

    def convert_strong(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write bold text."""
        return self._chomped(self._strong, el, text, parent_tags)

    def convert_em(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write emphasis."""
        return self._chomped(self._em, el, text, parent_tags)

    def convert_a(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a link."""
        return self._chomped(super().convert_a, el, text, parent_tags)

    _strong = abstract_inline_conversion(lambda self: STRONG)
    _em = abstract_inline_conversion(lambda self: EM)

    def pieces(self, text: str) -> list[Piece]:
        """Return what a line that markdownify wrote consists of."""
        pieces: list[Piece] = []
        is_open = {STRONG: False, EM: False}
        end = 0
        for match in _SIGN.finditer(text):
            if match.start() > end:
                pieces.append(Text(text[end:match.start()]))
            end = match.end()
            sign = match[0]
            if match["piece"] is not None:
                pieces.append(self.held.pieces[int(match["piece"])])
            elif match["plain"] is not None:
                pieces.append(Text(match["plain"]))
            elif match["address"] is not None:
                address = self.held.addresses[int(match["address"])]
                pieces.append(Raw(f"]({address})", True, markup.link(address)))
            elif sign == "[":
                pieces.append(Raw("[", True))
            elif sign == BREAK:
                pieces.append(Break())
            else:
                is_open[sign] = not is_open[sign]
                pieces.append(Mark(STRONG_SIGN if sign == STRONG else EM_SIGN, is_open[sign]))
        if end < len(text):
            pieces.append(Text(text[end:]))
        return pieces

    def settled(self, text: str, *, single: bool = False) -> str:
        """Return a line as it is written."""
        text = line(self.pieces(text), single=single, meant=self.meant)
        return text if "\n" in text else alone([text])

    # Blocks that Markdown has.

    def convert_p(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a paragraph; in a list whose items are lines, no blank line follows it."""
        if "_inline" in parent_tags:
            return str(super().convert_p(el, text, parent_tags))
        text = self.settled(text)
        parent = el.parent
        if isinstance(parent, Node) and parent.name == "li" and parent.parent.tight:  # type: ignore[union-attr]
            return text
        return str(super().convert_p(el, text, parent_tags))

    def convert_hN(self, n: int, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a heading; in a container it is below those of the post."""
        text = self.settled(text, single=True)
        bare = text.rstrip("#")  # a closing sequence of # is no part of a heading
        made = super().convert_hN(max(2, n), el, _HERE, parent_tags)
        return str(made).replace(_HERE, bare + "\\#" * (len(text) - len(bare)))

    def convert_hr(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a rule that is not taken for front matter."""
        return str(super().convert_hr(el, text, parent_tags)).replace("-", "_")

    def convert_list(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a list, with other markers than the one before it, so that they stay two."""
        text = str(super().convert_list(el, text, parent_tags)).strip("\n")
        before = el.previous_sibling
        if el.name == "ol":
            el.marker = ")" if isinstance(before, Node) and before.name == "ol" and before.marker == "." else "."
            if el.marker == ")":
                text = _NUMBER.sub(r"\1)", text)
        else:
            other = isinstance(before, Node) and before.name == "ul" and before.marker == "-"
            # the reader takes hyphens on a first line for front matter, even those within the first item of a list
            first = before is None and el.parent is not None and el.parent.name in {"root", "figure", "details"}
            el.marker = "*" if other or (first and "---" in text.partition("\n")[0]) else "-"
            if el.marker == "*":
                text = _BULLET.sub("*", text)
        parent = el.parent
        if isinstance(parent, Node) and parent.name == "li" and parent.parent.tight:  # type: ignore[union-attr]
            return f"\n{text}"
        return f"\n\n{text}\n\n"

    convert_ul = convert_list
    convert_ol = convert_list

    def convert_li(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write an item of a list."""
        made = str(super().convert_li(el, text, parent_tags))
        return made if el.parent.tight else f"{made}\n"  # type: ignore[union-attr]

    def convert_dt(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a term."""
        made = str(super().convert_dt(el, _HERE, parent_tags))
        return made.replace(_HERE, self.settled(text, single=True))

    def convert_dd(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a definition: two spaces, since what is in it would be code after four."""
        made = str(super().convert_dd(el, text, parent_tags))
        made = re.sub(r"^ {2}(?=  )", "", made, flags=re.M).replace(":   ", ": ", 1)
        return f"{made}\n" if el.next_sibling is not None else made

    def convert_td(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a cell of a table."""
        shown = self.settled(text, single=True).replace("|", "\\|")
        return str(super().convert_td(el, _HERE if shown else "", parent_tags)).replace(_HERE, shown)

    convert_th = convert_td

    # Blocks that only MyST has, or has in its own way.

    def convert_display(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a displayed formula."""
        if "_inline" in parent_tags:
            return f" {el.inline} "
        self.meant[markup.formula(markup.DISPLAYED)] += 1
        return f"\n\n{el.held}\n\n"

    def convert_pre(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write code in a fence that it cannot close."""
        self.meant[markup.code(el.kind, el.held)] += 1
        return f"\n\n{fence(el.held, el.kind)}\n\n"

    def convert_list_cell(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a cell of a list table."""
        return indented(text.strip("\n"), "- ", "  ") + "\n"

    def convert_list_row(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a row of a list table."""
        return indented(text.strip("\n"), "* ", "  ") + "\n"

    def convert_list_table(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a table of which a cell takes more than a line."""
        return self._directive("list-table", "", {"header-rows": str(el.headers)} if el.headers else {}, text)

    def convert_figure(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a picture with its caption."""
        alt = " ".join(el.alt.split())
        said = '"' + _OPTION.sub(r"\\\g<0>", alt) + '"'
        return self._directive("figure", el.path, {"alt": said} if alt else {}, text)

    def convert_details(self, el: Node, text: str, parent_tags: Tags) -> str:
        """Write a box."""
        title = self.settled(str(self.process_tag(el.title)), single=True) if el.title is not None else ""
        return self._directive("admonition", title or self.words.box(el.kind), {"class": el.kind}, text)

    def _directive(self, name: str, argument: str, options: Mapping[str, str], text: str) -> str:
        self.meant[markup.directive(name, argument, list(options))] += 1
        body = text.strip("\n")
        head = [f":{key}: {value}" for key, value in options.items()]
        inner = "\n".join([*head, *([""] if head else []), body]) if body else "\n".join(head)
        return f"\n\n{fence(inner if head else chr(10) + inner, f'{{{name}}} {argument}'.rstrip())}\n\n"
