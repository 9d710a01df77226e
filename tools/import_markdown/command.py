"""Import the Markdown posts of an older edition: formulas repaired, boxes made annotations, layers told apart.

Sources of Hugo, Jekyll and Hexo are read as what they mean: front matter in YAML, TOML or JSON, the day in a file's
name, formulas whose backslashes Markdown would take away, short codes and Liquid. Drafts are left out.

Posts that are there already and were edited since are never overwritten. What was converted, repaired, dropped
and left is kept in a receipt: in the front matter of the original, or of the post when its layers are unknown.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools.import_markdown import library
from tools.import_markdown.library import Outcome, Result
from tools.workers import add_options, chosen, shown
from tools.workspace import add_edition_option, open_edition

_EPILOG = """\
examples:
  python -m tools import-markdown ~/old-edition/posts --dry-run    what would be done, post by post
  python -m tools import-markdown ~/old-edition/posts              do it; a second run changes nothing
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = _EPILOG
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder with the Markdown files, below it too")
    add_edition_option(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the table, and write nothing")
    parser.add_argument("--no-split", action="store_true",
                        help="leave headings in bold of annotations, such as **定理 2**：, as they are; they become "
                             "theorems, proofs, derivations with steps (`split` does it later)")
    add_options(parser)
    parser.add_argument("--quiet", action="store_true", help="print the summary only")


def run(args: argparse.Namespace) -> int:
    """Import; return 0 when every file was read and no formula was lost, else 1."""
    place = open_edition(args.edition)
    files = library.files(args.folder)
    posts = library.read(files, args.folder, place.edition, chosen(args, len(files)), headings=not args.no_split)
    outcomes, rows = library.plan(place, list(shown(posts, len(files), "post", quiet=args.quiet)))
    changed = 0 if args.dry_run else library.write(place, outcomes, rows)
    console = Console(soft_wrap=True)
    if not args.quiet:
        console.print(table(outcomes))
        _notes(console, outcomes)
    console.print(summary(outcomes, changed, dry_run=args.dry_run), markup=False, highlight=False)
    failed = any(o.result is Result.FAILED or (o.post and o.post.lost) for o in outcomes)
    return 1 if failed else 0


def table(outcomes: Iterable[Outcome]) -> Table:
    """Return a row for every file: what becomes of it, and what was found in it.

    A post that a feed gave only in part is ``cut``; ``boxes`` counts annotations of all kinds, marked sections too.
    """
    shown = Table(box=None, pad_edge=False)
    shown.add_column("file", overflow="fold", min_width=16)
    for name in ("id", "result", "layers"):
        shown.add_column(name, no_wrap=True)
    for name in ("formulas", "lost", "boxes", "repairs", "left"):
        shown.add_column(name, justify="right", no_wrap=True)
    for outcome in outcomes:
        post = outcome.post
        if post is None:
            shown.add_row(outcome.file, "", str(outcome.result))
            continue
        own = post.receipt["import"]
        formulas = sum(post.receipt[kind]["myst"] for kind in ("inline", "displayed"))
        shown.add_row(outcome.file, post.id, str(outcome.result),
                      str(post.layers) + (", cut" if post.truncated else ""), str(formulas),
                      str(len(post.lost)), *(str(sum(own.get(key, {}).values())) for key in ("converted", "repaired")),
                      str(len(own.get("left", ()))))
    return shown


def _notes(console: Console, outcomes: Iterable[Outcome]) -> None:
    """Print what a person has to look at."""
    for outcome in outcomes:
        lines = [outcome.note] if outcome.note else []
        if outcome.post is not None:
            lines += [f"lost: {formula[:100]}" for formula in outcome.post.lost]
            if outcome.result in (Result.NEW, Result.UPDATED, Result.FAILED):
                lines += outcome.post.receipt["import"].get("left", [])
        if lines:
            console.print("\n  ".join([outcome.file, *lines]), markup=False, highlight=False)


def summary(outcomes: Iterable[Outcome], changed: int, *, dry_run: bool) -> str:
    """Return what was done in a few lines."""
    outcomes = list(outcomes)
    posts = [o.post for o in outcomes if o.post]
    counts = Counter(o.result for o in outcomes)
    lost = sum(len(post.lost) for post in posts)
    formulas = sum(post.receipt[kind]["myst"] for post in posts for kind in ("inline", "displayed"))
    layers = Counter(str(o.post.layers) for o in outcomes
                     if o.post and o.result not in (Result.MERGED, Result.REPORTED))
    done = ", ".join(f"{counts[result]} {result}" for result in Result if counts[result]) or "no file"
    wrote = "nothing was written" if dry_run else f"{changed} files changed"
    return (f"{len(outcomes)} files: {done}\n"
            f"layers: {', '.join(f'{n} {name}' for name, n in sorted(layers.items())) or 'none'}; "
            f"{sum(post.truncated for post in posts)} truncated\n"
            f"formulas: {formulas}, {lost} lost; {wrote}")
