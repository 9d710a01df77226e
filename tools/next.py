"""Print what to work on next: the queue of the audit page, the most important and worst posts first.

The queue is that of the last build; run `make html` or `make audit` after editing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ext.edition.audit import phrases
from ext.edition.audit.outputs import audit_json
from ext.edition.audit.work import Task
from ext.edition.site.errors import EditionError
from ext.edition.site.terminal import printable
from tools.posts import files
from tools.workspace import Workspace, add_edition_option, open_edition

#: Where builds leave the audit, below the folder of the edition.
BUILT = ("build/html/audit.json", "build/audit/audit.json")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("--topic", help="only posts of this topic")
    parser.add_argument("-n", type=int, default=5, metavar="N", help="so many posts (default: %(default)s)")
    parser.add_argument("--audit", type=Path, metavar="FILE", help="an audit.json of another place")


def run(args: argparse.Namespace) -> int:
    """Print the first posts of the queue; 0 also when there is nothing left to do."""
    place = open_edition(args.edition)
    path = args.audit or newest(place)
    whole = audit_json.load(path)
    tasks = [task for task in whole.queue if args.topic in (None, task.topic)]
    if args.topic and args.topic not in {group.name for group in whole.topics}:
        raise EditionError(f"there is no topic {args.topic!r}", where=path,
                           remedy=f"choose from {', '.join(group.name for group in whole.topics if group.name)}")
    if outdated(place, path):
        print(f"note: posts were edited after {path} was built; `make audit` brings it up to date", file=sys.stderr)
    if not tasks:
        print("nothing is left to do")
        return 0
    english = place.edition.edition.language == "en"
    Console(soft_wrap=not sys.stdout.isatty()).print(table(tasks[:args.n], english=english))
    if len(tasks) > args.n:
        print(f"and {len(tasks) - args.n} more")
    return 0


def newest(place: Workspace) -> Path:
    """Return the audit that was built last."""
    built = [path for name in BUILT if (path := place.root / name).is_file()]
    if not built:
        raise EditionError("there is no audit yet", where=place.root / BUILT[0],
                           remedy="run `make html` or `make audit`, or give --audit FILE")
    return max(built, key=lambda path: path.stat().st_mtime)


def outdated(place: Workspace, audit: Path) -> bool:
    """Whether some post is younger than the audit."""
    built = audit.stat().st_mtime
    return any(path.stat().st_mtime > built for path in files(place))


def table(tasks: list[Task], *, english: bool) -> Table:
    """Return the tasks as a table; each says what is missing, in the words of the audit page, and where to begin."""
    shown = Table(box=None, pad_edge=False)
    for heading in ("post", "importance", "equations", "missing"):
        shown.add_column(heading)
    for task in tasks:
        missing = ", ".join(phrases.missing(result, english=english)
                            + (f" (line {result.line})" if result.line else "") for result in task.failing)
        # As text, not as the markup that a fetched title may hold.
        shown.add_row(Text(printable(task.title)), task.priority or "–",
                      "?" if task.equations is None else str(task.equations), missing)
    return shown
