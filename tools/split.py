"""Turn headings in bold of annotated sections into annotations: theorems, definitions, proofs, derivations with steps.

``**定理 2.1（…）**：`` at the beginning of a paragraph becomes ``{prf:theorem}`` up to the next such heading; the
steps of a proof or a derivation become ``{step}``. Nothing is written before the difference of the post was shown and
agreed to, unless --yes is given; the original is never touched.
"""

from __future__ import annotations

import argparse
import sys

from ext.edition.posts.blocks import blocks
from ext.edition.posts.splitting import split
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic
from ext.edition.site.terminal import printable
from tools import posts
from tools.edits import diff, open_post
from tools.workspace import add_edition_option, open_edition


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("posts", nargs="*", metavar="POST", help="slug, id or path (default: all)")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--dry-run", action="store_true", help="only show the differences")
    shown.add_argument("--yes", action="store_true", help="write without asking")


def run(args: argparse.Namespace) -> int:
    """Offer the posts one by one; an answer that is not y leaves a post as it is."""
    place = open_edition(args.edition)
    written = offered = 0
    for path in [posts.find(place, name) for name in args.posts] or posts.files(place):
        post = open_post(path)
        body = split(post.body)
        if body == post.body:
            continue
        if [one.text for one in blocks(body) if not one.annotation] != [
                one.text for one in blocks(post.body) if not one.annotation]:
            raise EditionError("cannot be split without touching the original", where=path,
                               remedy="mark its annotations by hand")
        offered += 1
        shown = posts.shown(place, path)
        print(printable(diff(post.text, post.head + body, shown)))
        if args.dry_run:
            continue
        if not args.yes:
            print(f"write {printable(shown)}? [y/n/q] ", end="", flush=True)
            answer = sys.stdin.readline().strip().lower()
            if answer in ("q", ""):
                break
            if answer != "y":
                continue
        written += write_atomic(path, post.head + body)
    print(f"{offered} posts have headings in bold; {written} written")
    return 0
