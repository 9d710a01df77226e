"""List every displayed equation of a post's original: its id, number and line, and which annotations cover it.

The id is what `:of:` and {eq} name; it stays the same wherever the equation moves. Only the post itself is read, and
what other posts say of it.
"""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from ext.edition.audit.coverage import Cover
from ext.edition.links import answers
from ext.edition.links.answers import Answer
from ext.edition.site.terminal import printable
from tools import posts
from tools.attaching import key
from tools.covering import Covering, Listed, read
from tools.edits import open_post
from tools.workspace import Workspace, add_edition_option, open_edition


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", metavar="POST", help="slug, id or path of a post")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the equations of one post."""
    place = open_edition(args.edition)
    path = posts.find(place, args.post)
    equations = read(place, path)
    unknown, said = unverified(place, path), given(place, path)
    if args.json:
        json.dump([plain(one, unknown=unknown) | {
            "answers": [msgspec.to_builtins(answer) for answer in said.get(one.cover.id, ())]} for one in equations],
                  sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        print(printable("\n".join(table(equations, posts.docname(place, path), said, unknown=unknown))))
        if unknown:
            print(printable("unverified original: nobody knows which of them are the original's; "
                            f"settle it with `python -m tools layers {posts.shown(place, path)}`"))
    return 0


def unverified(place: Workspace, path: Path) -> bool:
    """Whether nobody has settled which text of a post is the original's, so that nothing is known to cover it."""
    meta = open_post(path).meta
    return meta.get("layers") == "unknown" and not posts.original(place, str(meta.get("id") or "")).is_file()


def plain(one: Listed, *, unknown: bool = False) -> dict[str, Any]:
    """Return one equation as JSON has it; the state of one of an unverified original is null."""
    cover = one.cover
    return {"id": cover.id, "number": cover.number, "line": cover.line, "anchor": cover.anchor,
            "state": None if unknown else str(cover.state), "restated": cover.restated, "again": cover.again,
            "snippet": cover.snippet,
            "by": [asdict(by) for by in one.by]}


def given(place: Workspace, path: Path) -> Mapping[str, tuple[Answer, ...]]:
    """Return what people answered `attach` about the equations of a post, by their names."""
    known = key(place, open_post(path))
    found: dict[str, tuple[Answer, ...]] = {}
    for one in answers.load(place.source):
        if one.post == known:
            found[one.equation] = (*found.get(one.equation, ()), one)
    return found


def table(equations: Sequence[Listed], docname: str, said: Mapping[str, Sequence[Answer]], *, unknown: bool = False
          ) -> list[str]:
    """Return one aligned line per equation, and the total; of an unverified original no state is known."""
    lines = [["id", "number", "line", "state", "equation", "covered by"]]
    for one in equations:
        cover = one.cover
        number = f"({cover.number})" if cover.number else "-"
        state = "?" if unknown else str(cover.state) + (" (restated)" if cover.restated and not cover.by else "")
        by = ", ".join(dict.fromkeys(_name(by, docname) for by in one.by)) or "-"
        by += "".join(f" ({answer.says}: {answer.by}, {answer.on})" for answer in said.get(cover.id, ()))
        lines.append([cover.id, number, str(cover.line or "-"), state, cover.snippet, by])
    counted = {state: sum(one.cover.state == state for one in equations)
               for state in Cover}
    total = "" if unknown else ", ".join(f"{count} {state}" for state, count in counted.items() if count)
    return [*aligned(lines), "", f"{docname}: {len(equations)} displayed equations" + (f": {total}" if total else "")]


def _name(by: Covering, docname: str) -> str:
    name = f"{by.kind} {by.label}" if by.label else by.kind + (f" (line {by.line})" if by.line else "")
    return name if by.docname == docname else f"{name} in {by.docname}"


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines with all columns but the last padded; a Chinese character takes two places."""
    widths = [max(_width(line[i]) for line in lines) for i in range(len(lines[0]) - 1)]
    return ["  ".join([cell + " " * (width - _width(cell)) for cell, width in zip(line[:-1], widths, strict=True)]
                      + [line[-1]]) for line in lines]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
