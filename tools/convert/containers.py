"""Tables, definition lists, figures and foldable details: the containers with parts of their own."""

from __future__ import annotations

from ext.edition.checks import markup
from tools.convert import myst_blocks as b
from tools.convert.dom import Element, classes, text_of
from tools.convert.escape import destination
from tools.convert.inline import alone
from tools.convert.markdown import Handler, Walker
from tools.convert.myst_blocks import Block, Cell
from tools.convert.tables import MAX_COLUMNS, write_table

_LAYOUT_CLASSES = frozenset({"tr-caption-container", "ltx_equation", "ltx_eqn_table", "ltx_equationgroup", "layout"})


def _span(el: Element, name: str) -> int:
    value = (el.get(name) or "").strip()
    return max(1, min(int(value), 1000)) if value.isdecimal() and len(value) < 6 else 1


def table(w: Walker, el: Element) -> None:
    """Open a table."""
    w.push("table")


def table_end(w: Walker, el: Element) -> None:
    """Close a table: write it, or only what is in it where it merely arranged things."""
    frame = w.pop("table")
    if frame is None:
        return
    layout = (el.get("role") in {"presentation", "none"} or bool(classes(el) & _LAYOUT_CLASSES)
              or frame.level > b.MAX_LEVELS)
    blocks = write_table(frame.rows, frame.caption, w.meant, layout=layout)
    if any(block.kind == b.TABLE for block in blocks[len(frame.caption):]):
        w.tables.append(" ".join(text_of(el).split())[:120])
    for block in (*frame.blocks, *blocks):  # what stood between rows comes first, as in a browser
        w.add(block)


def row(w: Walker, el: Element) -> None:
    """Open a row."""
    if w.top.kind == "table":
        w.top.rows.append([])


def cell(w: Walker, el: Element) -> None:
    """Open a cell."""
    if w.top.kind == "table":
        w.push("cell", cell=Cell([], el.tag == "th", min(_span(el, "colspan"), MAX_COLUMNS), _span(el, "rowspan")))


def cell_end(w: Walker, el: Element) -> None:
    """Close a cell."""
    frame = w.pop("cell")
    if frame is None or frame.cell is None:
        return
    frame.cell.blocks = frame.blocks
    if not w.top.rows:
        w.top.rows.append([])
    w.top.rows[-1].append(frame.cell)


def part(w: Walker, el: Element) -> None:
    """Open a caption, a term, a definition or a summary."""
    w.push({"caption": "caption", "figcaption": "caption", "dt": "term", "dd": "definition",
            "summary": "summary"}[el.tag])


def caption_end(w: Walker, el: Element) -> None:
    """Close a caption."""
    frame = w.pop("caption")
    if frame is None:
        return
    if w.top.kind in {"table", "figure"}:
        w.top.caption.extend(frame.blocks)
    else:
        for block in frame.blocks:
            w.add(block)


def definitions(w: Walker, el: Element) -> None:
    """Open a definition list."""
    w.push("dl")


def definitions_end(w: Walker, el: Element) -> None:
    """Close a definition list."""
    frame = w.pop("dl")
    if frame is None:
        return
    if frame.level > b.MAX_LEVELS:
        written = [block for terms, bodies in frame.terms
                   for block in (*(Block(b.PARAGRAPH, t, t) for t in terms), *(x for body in bodies for x in body))]
    else:
        written = b.definitions(frame.terms)
    for block in (*frame.blocks, *written):
        w.add(block)


def term_end(w: Walker, el: Element) -> None:
    """Close a term."""
    frame = w.pop("term")
    if frame is None:
        return
    lines, rest = b.lined(frame.blocks)
    text = alone(lines)
    if w.top.kind != "dl":
        for block in ([Block(b.PARAGRAPH, text, text)] if text else []) + rest:
            w.add(block)
        return
    if not w.top.terms or w.top.terms[-1][1]:
        w.top.terms.append(([], []))
    w.top.terms[-1][0].append(text)
    if rest:  # code and the like cannot stand in the line of a term: it begins the definition
        w.top.terms[-1][1].append(rest)


def definition_end(w: Walker, el: Element) -> None:
    """Close a definition."""
    frame = w.pop("definition")
    if frame is None:
        return
    if w.top.kind != "dl":
        for block in frame.blocks:
            w.add(block)
        return
    if not w.top.terms:
        w.top.terms.append(([], []))
    w.top.terms[-1][1].append(frame.blocks)


def figure(w: Walker, el: Element) -> None:
    """Open a figure."""
    w.push("figure")


def figure_end(w: Walker, el: Element) -> None:
    """Close a figure: a directive if it is one local picture with a caption, else its parts."""
    frame = w.pop("figure")
    if frame is None:
        return
    if frame.caption and len(frame.images) == 1 and len(frame.blocks) == 1 and frame.level < b.MAX_LEVELS and (
            frame.blocks[0].text.startswith("![")) and frame.blocks[0].text.count("](") == 1 and (
            frame.blocks[0].text.endswith(f"]({destination(frame.images[0])})")):
        path = frame.images[0]
        alt = next((image.alt for image in reversed(w.images) if image.path == path), "")
        options = [("alt", b.quoted(alt))] if alt.strip() else []
        w.meant[markup.image(destination(path))] -= 1  # written as an argument now, which is no link destination
        w.meant[markup.directive("figure", path, [key for key, _ in options])] += 1
        w.add(b.directive("figure", path, options, frame.caption))
        return
    for block in (*frame.blocks, *frame.caption):
        w.add(block)


def details(w: Walker, el: Element) -> None:
    """Open something that folds."""
    w.push("details")


def details_end(w: Walker, el: Element) -> None:
    """Close something that folds: a box that the reader opens."""
    frame = w.pop("details")
    if frame is None:
        return
    # a formula in the title of a directive is read by few tools: such a title is a line of the text
    if not frame.blocks or "$" in frame.title or "{" in frame.title or frame.level >= b.MAX_LEVELS:
        if frame.title:
            w.add(Block(b.PARAGRAPH, frame.title, frame.title))
        for block in frame.blocks:
            w.add(block)
        return
    kind = w.boxes.get(el, "dropdown")
    title = frame.title or w.words.box(kind)
    w.meant[markup.directive("admonition", title, ["class"])] += 1
    w.add(b.directive("admonition", title, [("class", kind)], frame.blocks))


def summary_end(w: Walker, el: Element) -> None:
    """Close the title of something that folds."""
    frame = w.pop("summary")
    if frame is None:
        return
    lines, rest = b.lined(frame.blocks)
    text = alone(lines)
    if w.top.kind == "details" and not w.top.title:
        w.top.title = text
    elif text:
        w.add(Block(b.PARAGRAPH, text, text))
    for block in rest:
        w.add(block)


HANDLERS: dict[str, tuple[Handler, Handler | None]] = {
    "table": (table, table_end), "tr": (row, None), "td": (cell, cell_end), "th": (cell, cell_end),
    "caption": (part, caption_end), "figcaption": (part, caption_end),
    "dl": (definitions, definitions_end), "dt": (part, term_end), "dd": (part, definition_end),
    "figure": (figure, figure_end), "details": (details, details_end), "summary": (part, summary_end),
}
