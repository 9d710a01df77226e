"""Write tables: pipe tables where a line per cell will do, list tables for the rest, no table for mere layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ext.edition.checks import markup
from ext.edition.checks.markup import Construct
from tools.convert.inline import beside
from tools.convert.myst_blocks import CODE, HEADING, MATH, PARAGRAPH, TABLE, Block, Cell, directive, join, nested

MAX_COLUMNS = 100
Grid = list[list[Cell]]


def write_table(rows: Sequence[Sequence[Cell]], caption: Sequence[Block], meant: Counter[Construct], *, layout: bool
                ) -> list[Block]:
    """Return the blocks of a table; a directive that is written is counted in ``meant``."""
    rows = [list(row) for row in rows if any(cell.blocks for cell in row)]
    if not rows:
        return list(caption)
    if layout or is_layout(rows):
        return [*caption, *(block for row in rows for cell in row for block in cell.blocks)]
    grid = spread(rows)
    headers = _leading_headers(grid)
    if headers == 1 and len(grid) > 1 and all(_cell_line(cell) is not None for row in grid for cell in row):
        return [*caption, _pipe(grid)]
    meant[markup.directive("list-table", "", ["header-rows"] if headers else [])] += 1
    return [*caption, _list(grid, headers)]


def is_layout(rows: Sequence[Sequence[Cell]]) -> bool:
    """Tell whether a table only arranges things: one cell, one column, or an equation and its number."""
    if max(len(row) for row in rows) == 1:
        return not (len(rows) > 1 and rows[0][0].header)
    cells = [cell for row in rows for cell in row]
    if any(block.kind in {HEADING, CODE} for cell in cells for block in cell.blocks):
        return True
    if any(cell.header for cell in cells):
        return False
    full = [cell for cell in cells if cell.blocks]
    displays = [cell for cell in full if all(block.kind == MATH for block in cell.blocks)]
    numbers = [cell for cell in full if len(cell.blocks) == 1 and _is_number(cell.blocks[0])]
    return bool(displays) and len(displays) + len(numbers) == len(full) and len(displays) <= len(rows)


def _is_number(block: Block) -> bool:
    return block.kind == PARAGRAPH and len(block.text) < 12 and block.text.strip("() .0123456789\\-") == ""


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


def _cell_line(cell: Cell) -> str | None:
    """Return a cell as one line, or None if it takes more."""
    if sum(block.kind == PARAGRAPH for block in cell.blocks) > 1 + sum(b.kind == MATH for b in cell.blocks):
        return None
    if any(block.kind not in {PARAGRAPH, MATH} or block.line is None for block in cell.blocks):
        return None
    return beside(block.line or "" for block in cell.blocks)


def _pipe(grid: Grid) -> Block:
    lines = ["| " + " | ".join((_cell_line(cell) or "").replace("|", "\\|") for cell in row) + " |" for row in grid]
    lines.insert(1, "|" + " --- |" * len(grid[0]))
    return Block(TABLE, "\n".join(lines))


def _list(grid: Grid, headers: int) -> Block:
    lines: list[str] = []
    for row in grid:
        for i, cell in enumerate(row):
            body = join(nested(cell.blocks)).split("\n")
            lines.append(("* - " if i == 0 else "  - ") + body[0] if body[0] else ("* -" if i == 0 else "  -"))
            lines.extend("    " + line if line else "" for line in body[1:])
    options = [("header-rows", str(headers))] if headers else []
    made = directive("list-table", "", options, [Block(TABLE, "\n".join(lines))])
    return Block(TABLE, made.text)


