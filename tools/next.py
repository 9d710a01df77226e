"""Print what to work on next: the queue of the audit page, grouped by what is missing, with the command of each step.

The queue is that of the last build; run `make html` or `make audit` after editing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ext.edition.audit.outputs import audit_json, queue_text
from ext.edition.audit.work import DEFAULT, ORDERS, STEPS, queue
from ext.edition.site.errors import EditionError
from tools.posts import files
from tools.workspace import Workspace, add_edition_option, open_edition

#: Where builds leave the audit, below the folder of the edition.
BUILT = ("build/html/audit.json", "build/audit/audit.json")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("--topic", help="only posts of this topic")
    parser.add_argument("--step", choices=STEPS, help="only posts that wait for this step")
    parser.add_argument("--by", choices=ORDERS, default=DEFAULT,
                        help="what comes first: the important, what takes little work, what is nearly done, or one "
                        "topic after the other (default: %(default)s)")
    parser.add_argument("-n", type=int, default=3, metavar="N", help="so many posts of each group "
                        "(default: %(default)s)")
    parser.add_argument("--audit", type=Path, metavar="FILE", help="an audit.json of another place")


def run(args: argparse.Namespace) -> int:
    """Print the first posts of the queue; 0 also when there is nothing left to do."""
    place = open_edition(args.edition)
    path = args.audit or newest(place)
    whole = audit_json.load(path)
    tasks = [task for task in queue(whole.queue, whole.priorities, args.by)
             if args.topic in (None, task.topic) and args.step in (None, task.step)]
    if args.topic and args.topic not in {group.name for group in whole.topics}:
        raise EditionError(f"there is no topic {args.topic!r}", where=path,
                           remedy=f"choose from {', '.join(group.name for group in whole.topics if group.name)}")
    if outdated(place, path):
        print(f"note: posts were edited after {path} was built; `make audit` brings it up to date", file=sys.stderr)
    if not tasks:
        print("nothing is left to do")
        return 0
    english = place.edition.edition.language == "en"
    print(queue_text.to_text(tasks, place.source.name, english=english, most=max(1, args.n)), end="")
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
