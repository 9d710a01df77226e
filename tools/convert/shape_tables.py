"""Shape tables: rows for markdownify where a line per cell will do, a list table for the rest, none for mere layout."""

from __future__ import annotations

from collections.abc import Sequence

from tools.convert.dom import Element, classes, text_of
from tools.convert.protected import Node
from tools.convert.shape import MAX_LEVELS, Cell, Shaper

MAX_COLUMNS = 100
_LAYOUT_CLASSES = frozenset({"tr-caption-container", "ltx_equation", "ltx_eqn_table", "ltx_equationgroup", "layout"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
Grid = list[list[Cell]]


def _span(el: Element, name: str) -> int:
    value = (el.get(name) or "").strip()
    return max(1, min(int(value), 1000)) if value.isdecimal() and len(value) < 6 else 1


def row(s: Shaper, el: Element) -> None:
    """Open a row."""
    if s.top.kind == "table":
        s.top.rows.append([])


def cell(s: Shaper, el: Element) -> None:
    """Open a cell."""
    if s.top.kind == "table":
        s.push("cell", el)


def cell_end(s: Shaper, el: Element) -> None:
    """Close a cell."""
    frame = s.pop(el)
    if frame is None:
        return
    if not s.top.rows:
        s.top.rows.append([])
    s.top.rows[-1].append(Cell(frame.blocks, el.tag == "th", min(_span(el, "colspan"), MAX_COLUMNS),
                               _span(el, "rowspan")))


def table_end(s: Shaper, el: Element) -> None:
    """Close a table: shape it, or only what is in it where it merely arranged things."""
    frame = s.pop(el)
    if frame is None:
        return
    s.add(*frame.blocks, *frame.caption)  # what stood between rows comes first, as in a browser
    rows = [row for row in frame.rows if any(cell.blocks for cell in row)]
    if not rows:
        return
    if (el.get("role") in {"presentation", "none"} or classes(el) & _LAYOUT_CLASSES or frame.level > MAX_LEVELS
            or is_layout(rows)):
        return s.add(*(block for row in rows for cell in row for block in cell.blocks))
    s.tables.append(" ".join(text_of(el).split())[:120])
    grid = spread(rows)
    headers = _leading_headers(grid)
    plain = headers == 1 and len(grid) > 1 and all(_is_line(cell) for row in grid for cell in row)
    names = ("table", "tr", "td") if plain else ("list-table", "list-row", "list-cell")
    node = Node(names[0], [Node(names[1], [
        Node("th" if plain and not r else names[2], [block for block in cell.blocks if block.name != "hr"])
        for cell in row]) for r, row in enumerate(grid)])
    node.headers = headers
    s.add(node)


def is_layout(rows: Sequence[Sequence[Cell]]) -> bool:
    """Tell whether a table only arranges things: one cell, one column, or an equation and its number."""
    if max(len(row) for row in rows) == 1:
        return not (len(rows) > 1 and rows[0][0].header)
    cells = [cell for row in rows for cell in row]
    if any(block.name == "pre" or block.name in _HEADINGS for cell in cells for block in cell.blocks):
        return True
    if any(cell.header for cell in cells):
        return False
    full = [cell for cell in cells if cell.blocks]
    displays = [cell for cell in full if all(block.name == "display" for block in cell.blocks)]
    numbers = [cell for cell in full if len(cell.blocks) == 1 and _is_number(cell.blocks[0])]
    return bool(displays) and len(displays) + len(numbers) == len(full) and len(displays) <= len(rows)


def _is_number(block: Node) -> bool:
    text = block.get_text().strip()
    return block.name == "p" and len(text) < 12 and text.strip("() .0123456789-") == ""


def spread(rows: Sequence[Sequence[Cell]]) -> Grid:
    """Lay out the cells on a grid: a span is its cell and empty cells."""
    grid: Grid = [[] for _ in rows]
    taken: dict[tuple[int, int], Cell] = {}
    for r, row in enumerate(rows):
        column = 0
        for cell in row:
            while (r, column) in taken:
                column += 1
            for down in range(min(cell.rows, len(rows) - r)):
                for across in range(min(cell.columns, MAX_COLUMNS)):
                    if column + across < MAX_COLUMNS:
                        taken[r + down, column + across] = cell if not down and not across else Cell([], cell.header)
            column += min(cell.columns, MAX_COLUMNS)
            if column > MAX_COLUMNS:  # beyond the limit nothing is dropped: it goes into the last column
                taken[r, MAX_COLUMNS - 1] = Cell([*taken[r, MAX_COLUMNS - 1].blocks, *cell.blocks])
                column = MAX_COLUMNS
    width = max((column for _, column in taken), default=0) + 1
    for r, line in enumerate(grid):
        line.extend(taken.get((r, column), Cell([])) for column in range(width))
    return grid


def _leading_headers(grid: Grid) -> int:
    count = 0
    for row in grid:
        if not all(cell.header or not cell.blocks for cell in row):
            break
        count += 1
    return count if count < len(grid) else 0


def _is_line(cell: Cell) -> bool:
    """Tell whether a cell is one line."""
    names = [block.name for block in cell.blocks]
    return (names.count("p") <= 1 + names.count("display") and set(names) <= {"p", "display"}
            and not any(block.find("br") for block in cell.blocks))
