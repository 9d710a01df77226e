"""Show what each post kept and lost when it was converted: the receipts in the front matter of the originals.

Without an id, one line per post; with ids, everything that was lost or came without its TeX, by name.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.edition.site.terminal import printable
from tools.convert.receipt import KINDS, Receipt
from tools.workspace import Workspace, add_edition_option, open_edition


@dataclass(frozen=True, slots=True)
class Row:
    """The receipt of one post; ``truncated`` says why the original isn't whole."""

    id: str
    title: str
    receipt: Receipt
    truncated: str = ""

    @property
    def clean(self) -> bool:
        """Tell whether the whole post is there with all it had."""
        return self.receipt.clean and not self.truncated


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("id", nargs="*", metavar="ID", help="show these posts in full")
    parser.add_argument("--losses", action="store_true", help="only posts that lost something or aren't whole")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the receipts; 0 when there are any, whatever they say: ``make audit`` judges."""
    place = open_edition(args.edition)
    rows = list(read(place))
    if not rows:
        raise EditionError("holds no originals yet", where=place.originals, remedy="run `python -m tools fetch`")
    known = {row.id for row in rows}
    for name in args.id:
        if name not in known:
            raise EditionError(f"there is no original with the id {name!r}", where=place.originals,
                               remedy="run `python -m tools receipt` for the list")
    chosen = [row for row in rows if (not args.id or row.id in args.id) and not (args.losses and row.clean)]
    if args.json:
        json.dump([_plain(row) for row in chosen], sys.stdout, ensure_ascii=False, indent=2)
        print()
    elif args.id:
        print(printable("\n\n".join("\n".join(detail(row)) for row in chosen)))
    else:
        print(printable("\n".join(table(chosen))))
        total = sum((row.receipt for row in rows), Receipt())
        print(f"\n{len(rows)} posts, {sum(row.clean for row in rows)} without loss; of {total.page.formulas} formulas "
              f"{_formulas_lost(total)} lost, {len(total.without_tex)} without TeX; "
              f"{sum(bool(row.truncated) for row in rows)} posts truncated, "
              f"{sum(bool(row.receipt.doubts) for row in rows)} doubtful")
    return 0


def read(place: Workspace) -> Iterator[Row]:
    """Yield the receipts of all originals, in the order of their ids; numbers count as numbers."""
    for path in sorted(place.originals.glob("*.md"), key=_order):
        if path.name.endswith(".new.md"):
            continue
        meta = frontmatter.split(read_text(path), where=path).meta
        yield Row(str(meta.get("id") or path.stem), str(meta.get("title") or ""), _receipt(meta.get("receipt"), path),
                  str(meta.get("truncated") or ""))


def _order(path: Path) -> tuple[int, int, str]:
    return (0, int(path.stem), "") if path.stem.isdecimal() else (1, 0, path.stem)


def _receipt(plain: Any, path: Path) -> Receipt:
    try:
        return Receipt.from_dict(plain or {})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EditionError("its receipt cannot be read", where=path,
                           remedy="fetch the post again with --only and --refresh") from error


def table(rows: Iterable[Row]) -> list[str]:
    """Return one aligned line per post: what the page had, and how much of it is missing."""
    lines = [["id", *KINDS, "lost", "no TeX", "title"]]
    for row in rows:
        receipt = row.receipt
        lines.append([row.id, *(_pair(getattr(receipt.page, kind), getattr(receipt.myst, kind)) for kind in KINDS),
                      str(len(receipt.lost) or "-"), str(len(receipt.without_tex) or "-"),
                      row.title + (" [truncated]" if row.truncated else "")
                      + (" [doubtful]" if receipt.doubts else "")])
    return _aligned(lines)


def _pair(page: int, myst: int) -> str:
    return "-" if not page and not myst else str(page) if page == myst else f"{page}>{myst}"


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]) - 1)]
    return ["  ".join([line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in
                       zip(line[1:-1], widths[1:], strict=True)), line[-1]]) for line in lines]


def detail(row: Row) -> list[str]:
    """Return all that is known of one post's conversion."""
    lines = [f"{row.id}  {row.title}"]
    if row.truncated:
        lines.append(f"  truncated: {row.truncated}")
    for kind in KINDS:
        page, myst = getattr(row.receipt.page, kind), getattr(row.receipt.myst, kind)
        if page or myst:
            lines.append(f"  {kind}: {page} in the page, {myst} in the MyST")
    for name in ("lost", "without_tex", "reconstructed", "literal"):
        lines += [f"  {name.replace('_', ' ')}: {found.kind}: {found.snippet}" for found in getattr(row.receipt, name)]
    census = row.receipt.census
    if census.formulas or census.letters:
        lines.append(f"  census: of {census.formulas} formulas of the whole page {census.kept} are in the post, of "
                     f"{census.letters} letters of prose {census.letters_kept}")
    for one in census.left:
        lines += [f"  left out: {one.reason}, {one.place}:", *(f"    {snippet}" for snippet in one.formulas)]
    lines += [f"  doubtful: {one}" for one in row.receipt.doubts]
    return lines if len(lines) > 1 else [*lines, "  nothing to count"]


def _formulas_lost(receipt: Receipt) -> int:
    return sum(found.kind == "formula" for found in receipt.lost)


def _plain(row: Row) -> dict[str, Any]:
    return {"id": row.id, "title": row.title, "truncated": row.truncated, **row.receipt.to_dict()}
