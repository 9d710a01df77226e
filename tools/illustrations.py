"""Fetch the pictures that posts still show from the network, and let the posts show the copies.

An imported edition points at the pictures of the blog. This asks for each once, politely, keeps it below
source/_images/, and changes post and original alike. A picture that cannot be had stays as it is and is named. What
was fetched is not asked for again: a run that was interrupted goes on where it stopped.

examples:
  python -m tools images --dry-run          how many pictures each post has on the network
  python -m tools images --limit 100        at most a hundred in this run
  python -m tools images 11126              those of one post
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ext.edition.posts import digests
from ext.edition.site import frontmatter
from ext.edition.site.files import read_text, write_atomic
from ext.edition.site.terminal import printable
from tools import keeping, posts
from tools.fetch import images
from tools.fetch.answered import user_agent
from tools.workspace import Workspace, add_edition_option, open_edition


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", nargs="*", metavar="POST", help="slug, id or path of a post (default: all)")
    parser.add_argument("--limit", type=int, metavar="N", help="ask for at most N pictures in this run")
    parser.add_argument("--dry-run", action="store_true", help="say what would be asked for, and write nothing")
    parser.add_argument("--allow-private", action="store_true",
                        help="also ask addresses of this machine and of private networks")


def run(args: argparse.Namespace) -> int:
    """Fetch and point; return 1 when a picture could not be had."""
    place = open_edition(args.edition)
    chosen = [posts.find(place, name) for name in args.post] or sorted(posts.files(place))
    waiting = {path: found for path in chosen if (found := keeping.remote(read_text(path)))}
    total = sum(map(len, waiting.values()))
    if args.dry_run:
        for path, found in waiting.items():
            print(printable(f"{posts.shown(place, path)}: {len(found)} pictures on the network"))
        print(f"{total} pictures in {len(waiting)} posts; nothing was written")
        return 0
    from tools.fetch.http import Client  # the network, which a dry run does without

    left, kept, failed = args.limit if args.limit is not None else total, 0, 0
    settings = place.edition.fetch
    with Client(settings, agent=user_agent(place.edition), cache=place.cache,
                allow_private=args.allow_private) as client:
        def read(url: str) -> bytes:
            return client.get(url, max_bytes=settings.max_image_bytes, keep=False).body

        for path, found in waiting.items():
            if left <= 0:
                break
            done, notes = illustrate(place, path, found[:left], read)
            left, kept, failed = left - len(found[:left]), kept + done, failed + len(found[:left]) - done
            print(printable("\n  ".join([f"{posts.shown(place, path)}: {done} of {len(found)} pictures kept",
                                         *notes.values()])))
    print(f"{total} pictures in {len(waiting)} posts: {kept} kept, {failed} could not be had, "
          f"{total - kept - failed} left for another run")
    return 1 if failed else 0


def illustrate(place: Workspace, path: Path, urls: tuple[str, ...], read: Callable[[str], bytes]
               ) -> tuple[int, dict[str, str]]:
    """Keep the pictures at these addresses and let one post and its originals show the copies."""
    known = posts.post_id(path)
    kept, notes = images.store(urls, keeping.images_folder(place.source, known), read)
    files = keeping.links(kept, place.source)
    if files:
        before = frontmatter.split(read_text(path), where=path).body
        for home in (posts.original(place, known), posts.waiting(place, known), path):
            if home.is_file():
                _point(place, home, files, before)
    return len(kept), notes


def _point(place: Workspace, path: Path, files: dict[str, str], before: str) -> None:
    """Rewrite one file; the digest by which an import knows an untouched post goes with the post's text."""
    text = read_text(path)
    parts = frontmatter.split(text, where=path)
    body = keeping.pointed(parts.body, files)
    own: dict[str, Any] = parts.meta.get("receipt", {}).get("import", {}) if isinstance(
        parts.meta.get("receipt"), dict) else {}
    if own.get("digest") == _digest(before):
        own["digest"] = _digest(keeping.pointed(before, files))
        now = frontmatter.join(parts.meta, body)
    else:
        now = text[:len(text) - len(parts.body)] + body
    if path == posts.original(place, str(parts.meta.get("id") or "")):
        digests.revise(place.source, path, now)
    else:
        write_atomic(path, now)


def _digest(body: str) -> str:
    return hashlib.sha256(body.strip().encode()).hexdigest()[:16]


