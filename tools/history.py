"""Append the last audit to the history that the audit page draws as a trend; meant for builds of the main branch.

The same revision is not appended twice.
"""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

from ext.edition.audit import history
from ext.edition.audit.outputs import audit_json
from tools.next import newest
from tools.workspace import add_edition_option, open_edition


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("--revision", required=True, help="the commit that was built")
    parser.add_argument("--date", type=datetime.date.fromisoformat, default=None, metavar="YYYY-MM-DD",
                        help="its day (default: today)")
    parser.add_argument("--audit", type=Path, metavar="FILE", help="an audit.json of another place")


def run(args: argparse.Namespace) -> int:
    """Append one point."""
    place = open_edition(args.edition)
    whole = audit_json.load(args.audit or newest(place))
    date = args.date or datetime.date.today()
    changed = history.append(place.root, history.point(whole, date.isoformat(), args.revision))
    print(f"{history.FILE}: {'one point appended' if changed else 'the revision is there already'}")
    return 0
