"""Put the original back in a post: blocks that are changed, lost or moved, as `originals/` has them.

No annotation is touched; one that stood inside a changed block follows it. Text that is neither original nor
annotation becomes a remark, because somebody wrote it. A post that is intact stays as it is.

No post is restored from an original that is not the text that was stored. `--record` writes down the digests of
originals of which none is kept, in an older edition; with posts, it accepts their originals as they are now.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence

from ext.edition.checks.entry import check_original, check_rewritten
from ext.edition.math.equation import dead_names
from ext.edition.posts import digests
from ext.edition.posts.merge import restore
from ext.edition.posts.original import compare
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic
from ext.edition.site.terminal import printable
from tools import posts
from tools.edits import diff, located, open_post
from tools.workspace import Workspace, add_edition_option, open_edition


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", nargs="*", metavar="POST", help="slug, id or path of a post")
    parser.add_argument("--record", action="store_true",
                        help=f"restore nothing; write the digests of the originals as they are now into {digests.FILE} "
                             "(without POST: of those that have none)")
    parser.add_argument("--dry-run", action="store_true", help="print the diff, and write nothing")


def run(args: argparse.Namespace) -> int:
    """Restore the posts one by one; each is written whole or not at all."""
    place = open_edition(args.edition)
    if args.record:
        for line in record(place, args.post, dry_run=args.dry_run):
            print(printable(line))
        return 0
    if not args.post:
        raise EditionError("no post was given", remedy="python -m tools restore POST, or restore --record")
    for name in args.post:
        print(printable(restore_post(place, name, dry_run=args.dry_run)))
    return 0


def record(place: Workspace, names: Sequence[str], *, dry_run: bool) -> Iterator[str]:
    """Write down the digests of originals, and yield what is claimed of each thereby."""
    known = digests.load(place.source) or {}
    chosen = [posts.original(place, posts.post_id(posts.find(place, name))) for name in names]
    texts = {path.name: read_text(path) for path in chosen or sorted(place.originals.glob("*.md"))
             if chosen or not (path.name.endswith(".new.md") or path.name in known)}
    for name, text in texts.items():
        was, now = known.get(name), digests.digest(text)
        what = "as it is, whatever happened to it before" if was is None else \
            "unchanged" if was == now else f"accepted as it is now: it was {was[:12]} and is {now[:12]}"
        yield f"originals/{name}: {what}"
    if not dry_run:
        digests.record(place.source, texts)
    yield f"{len(texts)} digests {'would be ' if dry_run else ''}recorded in {digests.FILE}; read these originals, " \
          "nobody else vouches for them"


def restore_post(place: Workspace, name: str, *, dry_run: bool) -> str:
    """Restore one post and return what was done, with the diff."""
    post = open_post(posts.find(place, name))
    shown = posts.shown(place, post.path)
    if post.meta.get("origin") == "local":
        raise EditionError("was written for this edition and has no original", where=post.path,
                           remedy="restore a post that was fetched or imported")
    known = str(post.meta.get("id") or "")
    path = posts.original(place, known)
    if not known or not path.is_file():
        raise EditionError("has no pristine original to restore it from", where=post.path,
                           remedy=f"run `python -m tools fetch --only {known or 'ID'}`")
    if digests.state(digests.load(place.source), path.name, read_text(path)) == "changed":
        raise EditionError("is not the text that was stored: somebody changed it here", where=path,
                           remedy="put it back from the history, or accept it with `python -m tools restore --record "
                                  f"{name}`")
    original = open_post(path).body
    with located(post.path):
        check_original(original, where=path)
        body = restore(post.body, original, reserved=dead_names(post.meta))
        check_rewritten(body, post.body, original, where=post.path)
    if body == post.body:
        return f"{shown}: intact, nothing to do"
    write = "" if dry_run else "restored"
    if not dry_run:
        write_atomic(post.path, post.head + body)
    counted = Counter(one.change for one in compare(post.body, original))
    what = ", ".join(f"{count} {'neither original nor annotation' if change == 'new' else change}"
                     for change, count in sorted(counted.items()))
    return f"{diff(post.text, post.head + body, shown)}\n\n{shown}: {write or 'would be restored'}: blocks {what}"
