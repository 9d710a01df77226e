"""Sign a post off: record who reviewed it, when, and a digest of what was read.

A later change of the post's text makes the review stale, and the audit says so; the front matter may change.
"""

from __future__ import annotations

import argparse
import datetime

from ext.edition.audit import reviews
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from tools.posts import docname, find
from tools.workspace import add_edition_option, open_edition


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", help="its slug, its id or its file")
    parser.add_argument("--by", required=True, metavar="NAME", help="who read it")
    parser.add_argument("--date", type=datetime.date.fromisoformat, default=None, metavar="YYYY-MM-DD",
                        help="when (default: today)")
    parser.add_argument("--withdraw", action="store_true", help="remove the review instead")


def run(args: argparse.Namespace) -> int:
    """Record or withdraw the review of one post."""
    place = open_edition(args.edition)
    path = find(place, args.post)
    parts = frontmatter.split(read_text(path), where=path)
    key = str(parts.meta.get("id") or docname(place, path))
    known = reviews.load(place.source)
    if args.withdraw:
        if known.pop(key, None) is None:
            raise EditionError("has no review to withdraw", where=path, remedy="see the audit for the reviewed posts")
    else:
        date = args.date or datetime.date.today()
        known[key] = reviews.Record(args.by, date.isoformat(), reviews.digest(parts.body))
    reviews.save(place.source, known)
    print(f"{path.name}: review {'withdrawn' if args.withdraw else f'by {args.by} recorded'}; "
          f"commit {reviews.FILE}")
    return 0
