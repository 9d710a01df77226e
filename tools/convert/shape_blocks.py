"""Shape the blocks: headings, lists, quotes, code, definitions, figures and boxes; and the table of all tags."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from bs4.element import NavigableString

from ext.edition.checks.markup import FORMULA
from tools.convert.code import language_of
from tools.convert.dom import MATH_TAG, Element, text_of
from tools.convert.inline import Code, Raw
from tools.convert.protected import Node, moved
from tools.convert.shape import MAX_LEVELS, Handler, Shaper, line_of
from tools.convert.shape_tables import cell, cell_end, row, table_end

_ENDS = 999_000_000  # the reader takes nine digits for the number of an item
_OF_LINE = frozenset({"p", "display", "h1", "h2", "h3", "h4", "h5", "h6"})


def _open(s: Shaper, el: Element) -> None:
    s.push(_KINDS.get(el.tag, el.tag), el)


_KINDS = {"menu": "ul", "dir": "ul", "figcaption": "caption", **{f"h{n}": "heading" for n in range(1, 7)}}


def _spill(s: Shaper, el: Element) -> None:
    """Close a container of which only the contents are wanted."""
    frame = s.pop(el)
    if frame is not None:
        s.add(*frame.blocks)


def heading_end(s: Shaper, el: Element) -> None:
    """Close a heading; a block in it, which only broken markup has, comes before it."""
    name, frame = str(el.tag), s.top
    if frame.el is not el:
        return s.flush()
    s.stack.pop()
    s.add(*frame.blocks, line_of(name, [*frame.parts, *s.closing()]))


def rule(s: Shaper, el: Element) -> bool:
    """Shape a rule; a container takes none."""
    if len(s.stack) == 1:
        s.add(Node("hr"))
    return True


def list_end(s: Shaper, el: Element) -> None:
    """Close a list; where it would stand too deep, its items become paragraphs."""
    frame = s.pop(el)
    if frame is None:
        return
    given = (el.get("start") or "").strip()
    start = min(int(given), _ENDS) if re.fullmatch(r"\d{1,9}", given) else 1
    numbered = frame.kind == "ol"
    if frame.level > MAX_LEVELS:
        for i, item in enumerate(frame.items):
            if item and item[0].name == "p":
                mark = NavigableString(s.held.piece(Raw(f"{start + i}\\. " if numbered else "• ")))
                item[0].contents.insert(0, mark)
                item[0].extend_by(item[0].take())
            s.add(*item)
        return
    items = [Node("li", blocks) for blocks in map(_inner, frame.items) if blocks]
    if not items:
        return
    node = Node(frame.kind, items)
    for place, one in enumerate(items):
        one.place = place
    node["start"] = str(start)
    node.tight = all(_is_tight(one.nodes()) for one in items)
    s.add(node)


def _is_tight(blocks: Sequence[Node]) -> bool:
    """Tell whether an item is a line with at most a list below it."""
    return blocks[0].name == "p" and (len(blocks) == 1 or (len(blocks) == 2 and blocks[1].name == "ul"))


def _inner(blocks: Sequence[Node]) -> list[Node]:
    """Return the blocks of a container: rules stand in none."""
    return [block for block in blocks if block.name != "hr"]


def item(s: Shaper, el: Element) -> None:
    """Open an item of a list, or what somebody wrote as one."""
    s.push("li" if s.top.kind in {"ul", "ol"} else "loose", el)


def item_end(s: Shaper, el: Element) -> None:
    """Close an item of a list."""
    frame = s.pop(el)
    if frame is None:
        return
    if frame.kind == "li":
        s.top.items.append(frame.blocks)
    else:
        s.add(*frame.blocks)


def quote_end(s: Shaper, el: Element) -> None:
    """Close a quote."""
    frame = s.pop(el)
    if frame is None:
        return
    inner = _inner(frame.blocks)
    if frame.level > MAX_LEVELS:
        s.add(*frame.blocks)
    elif inner:
        s.add(Node("blockquote", inner))


def preformatted(s: Shaper, el: Element) -> bool | None:
    """Hold code as a fenced block, byte for byte."""
    if next(el.iter(MATH_TAG), None) is not None:
        return None
    code = text_of(el).strip("\n")
    if code.strip():
        node = Node("pre")
        node.kind, node.held = language_of(el), code
        s.add(node)
    return True


def caption_end(s: Shaper, el: Element) -> None:
    """Close a caption."""
    frame = s.pop(el)
    if frame is None:
        return
    if s.top.kind in {"table", "figure"}:
        s.top.caption.extend(frame.blocks)
    else:
        s.add(*frame.blocks)


def _lined(name: str, blocks: Sequence[Node]) -> tuple[Node | None, list[Node]]:
    """Split blocks into the line that they begin with and the rest, which no line can hold."""
    count = next((i for i, block in enumerate(blocks) if block.name not in _OF_LINE), len(blocks))
    for block in blocks[:count]:
        if block.name == "display":
            block.extend_by([NavigableString(block.inline)])
    return (moved(blocks[:count], name, " ") if count else None), list(blocks[count:])


def definitions_end(s: Shaper, el: Element) -> None:
    """Close a definition list; terms without a definition and definitions without a term stay paragraphs."""
    frame = s.pop(el)
    if frame is None:
        return
    s.add(*frame.blocks)
    written: list[Node] = []

    def close() -> None:
        if written:
            s.add(Node("dl", written))
            written.clear()

    for terms, groups in frame.terms:
        bodies = [inner for inner in map(_inner, groups) if inner]
        if terms and bodies and frame.level <= MAX_LEVELS:
            written += [moved(terms, "dt", " / "), *(Node("dd", body) for body in bodies)]
            continue
        close()
        if terms:
            s.add(moved(terms, "p", " / "))
        for body in bodies:
            s.add(*body)
    close()


def term_end(s: Shaper, el: Element) -> None:
    """Close a term."""
    frame = s.pop(el)
    if frame is None:
        return
    term, rest = _lined("p", frame.blocks)
    if s.top.kind != "dl":
        return s.add(term, *rest)
    if not s.top.terms or s.top.terms[-1][1]:
        s.top.terms.append(([], []))
    if term is not None:
        s.top.terms[-1][0].append(term)
    if rest:  # code and the like cannot stand in the line of a term: it begins the definition
        s.top.terms[-1][1].append(rest)


def definition_end(s: Shaper, el: Element) -> None:
    """Close a definition."""
    frame = s.pop(el)
    if frame is None:
        return
    if s.top.kind != "dl":
        return s.add(*frame.blocks)
    if not s.top.terms:
        s.top.terms.append(([], []))
    s.top.terms[-1][1].append(frame.blocks)


def figure_end(s: Shaper, el: Element) -> None:
    """Close a figure: a directive if it is one local picture with a caption, else its parts."""
    frame = s.pop(el)
    if frame is None:
        return
    only = frame.blocks[0] if len(frame.blocks) == 1 and frame.blocks[0].name == "p" else None
    shown = s.pictures.get(str(only.string or "").strip()) if only is not None else None
    caption = _inner(frame.caption)
    if shown is None or shown.path is None or not caption or frame.level >= MAX_LEVELS:
        return s.add(*frame.blocks, *frame.caption)
    node = Node("figure", caption)
    node.path, node.alt = shown.path, shown.alt
    s.add(node)


def summary_end(s: Shaper, el: Element) -> None:
    """Close the title of something that folds."""
    frame = s.pop(el)
    if frame is None:
        return
    title, rest = _lined("summary", frame.blocks)
    if title is not None and s.top.kind == "details" and s.top.title is None:
        s.top.title = title
    elif title is not None:
        title.name = "p"
        s.add(title)
    s.add(*rest)


def details_end(s: Shaper, el: Element) -> None:
    """Close something that folds: a box that the reader opens."""
    frame = s.pop(el)
    if frame is None:
        return
    title, inner = frame.title, _inner(frame.blocks)
    # a formula in the title of a directive is read by few tools: such a title is a line of the text
    if not frame.blocks or frame.level >= MAX_LEVELS or (title is not None and _outside_titles(s, title)):
        if title is not None:
            title.name = "p"
        return s.add(title, *frame.blocks)
    node = Node("details", inner)
    node.kind, node.title = s.boxes.get(el, "dropdown"), title
    s.add(node)


def _outside_titles(s: Shaper, title: Node) -> bool:
    text = title.get_text()
    return "$" in text or "{" in text or any(
        (piece.made is not None and piece.made.kind == FORMULA) or "{" in piece.myst or "$" in piece.myst
        if isinstance(piece, Raw) else isinstance(piece, Code) and bool({"{", "$"} & set(piece.code))
        for piece in s.held.within(text))


@cache
def handler_table() -> dict[str, tuple[Handler, Handler | None]]:
    """Return which function opens and closes each tag."""
    s = Shaper
    ends = {
        "table": table_end, "figure": figure_end, "details": details_end, "summary": summary_end, "dl": definitions_end,
        "dt": term_end, "dd": definition_end, "blockquote": quote_end,
        **dict.fromkeys(("ul", "ol", "menu", "dir"), list_end), **dict.fromkeys(("caption", "figcaption"), caption_end),
        **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), heading_end)}
    table: dict[str, tuple[Handler, Handler | None]] = {tag: (_open, end) for tag, end in ends.items()}
    table |= dict.fromkeys(("strong", "b", "em", "i", "dfn", "cite"), (s.emphasis, s.inline_end))
    table |= dict.fromkeys(("code", "tt", "kbd", "samp"), (s.code_in_line, None))
    table |= dict.fromkeys(("sup", "sub"), (s.script, None))
    table |= dict.fromkeys(("video", "audio", "iframe", "embed", "object"), (s.embedded, None))
    table |= dict.fromkeys(("pre", "listing", "xmp"), (preformatted, None))
    table |= dict.fromkeys(("script", "style", "template", "head", "title", "link", "meta", "svg", "canvas", "map",
                            "select", "datalist", "button", "colgroup", "param", "source", "track", "wbr"),
                           (s.nothing, None))
    return table | {
        MATH_TAG: (s.math, None), "br": (s.line_break, None), "a": (s.link, s.inline_end), "img": (s.image, None),
        "hr": (rule, None), "q": (s.quotation, s.quotation_end), "rt": (s.gloss, s.gloss_end),
        "input": (s.checkbox, None), "li": (item, item_end), "tr": (row, None), "td": (cell, cell_end),
        "th": (cell, cell_end)}
