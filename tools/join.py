"""Make one post of two that turned out to be one: its second address, or a second id.

The first post stays with everything in it. The second must hold no annotation, so that nothing is lost: its row of the
catalogue becomes an alias of the first, and its files are deleted.
"""

from __future__ import annotations

import argparse

import msgspec

from ext.edition.posts import catalogue, digests
from ext.edition.posts.identity import digest_id
from ext.edition.posts.notes import notes
from ext.edition.site.errors import EditionError
from ext.edition.site.terminal import printable
from tools import posts
from tools.edits import open_post
from tools.workspace import Workspace, add_edition_option, open_edition


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", metavar="POST", help="slug, id or path of the post that stays")
    parser.add_argument("other", metavar="OTHER", help="slug, id or path of the one that goes")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")


def run(args: argparse.Namespace) -> int:
    """Join two posts."""
    place = open_edition(args.edition)
    print(printable(join(place, args.post, args.other, dry_run=args.dry_run)))
    return 0


def join(place: Workspace, stays: str, goes: str, *, dry_run: bool) -> str:
    """Join two posts and return what was done. A run that is killed on the way is completed by the next."""
    keep, drop = open_post(posts.find(place, stays)), open_post(posts.find(place, goes))
    if keep.path == drop.path:
        raise EditionError("is one post already", where=keep.path, remedy="name another")
    if notes(drop.body):
        raise EditionError("holds annotations", where=drop.path,
                           remedy="move them into the other post, or join the two the other way round")
    known, other = str(keep.meta.get("id") or ""), str(drop.meta.get("id") or "")
    rows = catalogue.load(place.source)
    if known not in rows or not other or known == other:
        raise EditionError("has no row of its own in the catalogue", where=keep.path,
                           remedy="give both posts the ids of two rows of catalogue.yaml")
    row, gone = rows[known], rows.get(other)
    more = (other, *(gone.aliases if gone else ()), *((digest_id(gone.source),) if gone and gone.source else ()))
    aliases = dict.fromkeys((*row.aliases, *more))
    rows[known] = msgspec.structs.replace(row, aliases=tuple(name for name in aliases if name != known))
    rows.pop(other, None)
    said = f"{posts.shown(place, drop.path)} {'would become' if dry_run else 'is'} an alias of " \
           f"{posts.shown(place, keep.path)}: {other}"
    if not dry_run:
        catalogue.save(place.source, rows.values())
        digests.forget(place.source, posts.original(place, other).name)
        for path in (posts.original(place, other), posts.waiting(place, other), drop.path):
            path.unlink(missing_ok=True)  # the post last: while it stands, a run that was killed can be repeated
    return said
