"""Measure Markdown files from their text alone: formulas, sections and bytes, of the original and of what was added.

Without a file or a folder, all posts of the edition. The audit of a build counts what the build made of a post, and a
test holds both to the same numbers; this counts in seconds and without a build, in any folder: before an import,
before a commit, or on many machines. Where nothing tells the original from what was added, both are unknown.

examples:
  python -m tools measure
  python -m tools measure ~/old-edition/posts --json
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from ext.edition.math.tex import only_reference
from ext.edition.posts import blocks
from ext.edition.posts.blocks import SECTION_CLASS, inline_reader, is_directive
from ext.edition.posts.measures import Counts
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, safe_name
from ext.edition.site.terminal import printable
from tools import posts
from tools.workers import add_options, chosen, run_all, shown
from tools.workspace import add_edition_option, open_edition

_INLINE = frozenset({"math_inline"})
_DISPLAYED = frozenset({"math_block", "math_block_label", "amsmath", "math_inline_double"})
_DIRECTIVE = re.compile(r"\s*\{([\w:-]+)\}\s*(.*)")
_OPTIONS = re.compile(r"\A(?:[ \t]*:[\w-]+:.*(?:\n|\Z))+|\A---\n(?:.*\n)*?---\n")
#: Directives whose content is no Markdown.
_VERBATIM = frozenset({"code", "code-block", "code-cell", "sourcecode", "literalinclude", "parsed-literal", "raw",
                       "doctest", "testcode", "testoutput", "testsetup", "testcleanup", "mermaid", "eval-rst",
                       "toctree", "bibliography", "include"})
#: Directives whose argument is no title.
_NAMED = frozenset({"figure", "image"})


@dataclass(frozen=True, slots=True)
class Text:
    """A file as it is read: its text, and that of the pristine original if the edition has one."""

    name: str
    text: str
    original: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What one file has. ``original`` and ``added`` are None where nothing tells them apart; sizes are in bytes."""

    file: str
    bytes: int
    total: Counts
    original: Counts | None
    added: Counts | None
    original_bytes: int | None
    added_bytes: int | None


def measure(given: Text) -> Measured:
    """Measure one file: plain data in, plain data out."""
    parts = frontmatter.split(given.text, where=given.name)
    tally = _Tally()
    tally.walk(inline_reader().parse(parts.body))
    original, added = Counts(**tally.sides[False]), Counts(**tally.sides[True])
    known = parts.meta.get("origin") == "local" or added != Counts() or given.original is not None
    sizes: tuple[int | None, int | None] = blocks.sizes(parts.body) if known else (None, None)
    if given.original is not None:
        sizes = blocks.text_bytes(frontmatter.split(given.original, where=given.name).body), sizes[1]
    return Measured(given.name, len(given.text.encode()), original + added, original if known else None,
                    added if known else None, *sizes)


class _Tally:
    """What has been seen so far, apart for the original and for what was added (``True``)."""

    def __init__(self) -> None:
        self.sides: dict[bool, dict[str, int]] = {side: dict.fromkeys(("inline", "displayed", "sections"), 0)
                                                  for side in (False, True)}
        self._titled = False

    def walk(self, tokens: Sequence[Token], added: bool = False, top: bool = True) -> None:
        """Count tokens; ``top`` says that headings make sections."""
        rank: int | None = None
        for token in tokens:
            if top and token.type == "heading_open" and token.level == 0:
                own = int(token.tag[1])
                rank = None if rank is not None and own <= rank else rank
                if rank is None and SECTION_CLASS in str(token.attrGet("class") or "").split():
                    rank = own
                self.sides[rank is not None]["sections"] += self._titled
                self._titled = True
            side = added or rank is not None
            directive = _DIRECTIVE.match(token.info) if token.type in ("fence", "colon_fence") else None
            if token.type in _INLINE or (token.type == "myst_role" and token.meta.get("name") == "math"):
                # A reference to an equation is a link, however it is written.
                self.sides[side]["inline"] += only_reference(token.content) is None
            elif token.type in _DISPLAYED:
                self.sides[side]["displayed"] += 1
            elif directive is not None:
                self._directive(directive[1], directive[2], token, side)
            elif token.children and token.type != "image":
                self.walk(token.children, side, top=False)

    def _directive(self, name: str, argument: str, token: Token, side: bool) -> None:
        if name == "math":
            self.sides[side]["displayed"] += 1
        elif name not in _VERBATIM:
            side = side or is_directive(token)
            if argument and name not in _NAMED:
                self.walk(inline_reader().parseInline(argument), side, top=False)
            self.walk(inline_reader().parse(_OPTIONS.sub("", token.content)), side, top=False)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("path", nargs="*", type=Path, metavar="PATH", help="Markdown files, or folders of them")
    add_edition_option(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Print what the files have; 1 when one could not be measured."""
    originals = None
    try:
        place = open_edition(args.edition)
        originals = place.originals
    except EditionError:
        if not args.path:  # other files are measured without an edition too
            raise
    files = list(_files(args.path)) if args.path else list(posts.files(place))
    if not files:
        raise EditionError("there is no Markdown file", where=args.path[0] if args.path else place.posts,
                           remedy="give a folder that holds some")
    results = run_all(measure, files, lambda path: _read(path, originals), chosen(args, len(files)))
    found = list(shown(results, len(files), "post"))
    done = [one for one in found if isinstance(one, Measured)]
    for problem in found:
        if isinstance(problem, EditionError):
            print(printable(f"error: {problem}"), file=sys.stderr)
    if args.json:
        json.dump([plain(one) for one in done], sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        print(printable("\n".join(table(done))))
    return 1 if len(done) < len(found) else 0


def _files(given: Iterable[Path]) -> Iterable[Path]:
    for path in given:
        yield from sorted(path.rglob("*.md")) if path.is_dir() else (path,)


def _read(path: Path, originals: Path | None) -> Text:
    text = read_text(path)
    meta = frontmatter.split(text, where=path).meta
    known = str(meta.get("id") or "")
    pristine = originals / f"{safe_name(known)}.md" if originals and known and meta.get("origin") != "local" else None
    original = read_text(pristine) if pristine is not None and pristine.is_file() else None
    return Text(str(path), text, original)


def table(found: Sequence[Measured]) -> list[str]:
    """Return a line per file, original + added, and the totals; ``?`` marks a sum whose parts nobody knows."""
    lines = [["inline", "displayed", "sections", "bytes", "file"]]
    for one in found:
        counts = [(getattr(one.original, name, None), getattr(one.added, name, None), getattr(one.total, name))
                  for name in ("inline", "displayed", "sections")]
        lines.append([*(_cell(*count) for count in (*counts, (one.original_bytes, one.added_bytes, one.bytes))),
                      one.file])
    widths = [max(len(line[i]) for line in lines) for i in range(4)]
    total = sum((one.total for one in found), Counts())
    unknown = sum(one.original is None for one in found)
    return [*("  ".join([*(cell.rjust(width) for cell, width in zip(line, widths, strict=False)), line[-1]])
              for line in lines), "",
            f"{len(found)} files: {total.formulas} formulas ({total.inline} inline, {total.displayed} displayed), "
            f"{total.sections} sections, {sum(one.bytes for one in found)} bytes; "
            f"layers of {unknown} unknown"]


def _cell(original: int | None, added: int | None, total: int) -> str:
    return f"{total}?" if original is None else f"{original}+{added}" if added else str(original)


def plain(one: Measured) -> dict[str, Any]:
    """Return one file as JSON has it; unknown is null."""
    def side(counts: Counts | None, size: int | None) -> dict[str, int] | None:
        return None if counts is None or size is None else {
            "inline": counts.inline, "displayed": counts.displayed, "sections": counts.sections, "bytes": size}

    return {"file": one.file, "total": side(one.total, one.bytes), "original": side(one.original, one.original_bytes),
            "added": side(one.added, one.added_bytes)}

