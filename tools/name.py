"""Say which equation a name means: one that died in an update, or one more name for an equation.

An annotation names an equation by its id or label. When upstream changes a post and it cannot be told which equation
the name means, the name is dead: it means nothing, `update` and the build say so, and this command settles it. The
equation gets the name as a label; no annotation is touched.
"""

from __future__ import annotations

import argparse

from ext.edition.math.equation import DEAD, dead_names
from ext.edition.posts.naming import let, names_of
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic
from ext.edition.site.terminal import printable
from tools import posts
from tools.edits import diff, open_post
from tools.workspace import Workspace, add_edition_option, open_edition


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", metavar="POST", help="slug, id or path of a post")
    parser.add_argument("name", metavar="NAME", help="the dead name, as `:of:` has it")
    parser.add_argument("target", metavar="ID", help="the equation it means: its id in `python -m tools equations`")
    parser.add_argument("--dry-run", action="store_true", help="print the diff, and write nothing")


def run(args: argparse.Namespace) -> int:
    """Name one equation."""
    place = open_edition(args.edition)
    print(printable(name(place, args.post, args.name, args.target, dry_run=args.dry_run)))
    return 0


def name(place: Workspace, which: str, new: str, target: str, *, dry_run: bool) -> str:
    """Give the equation *target* of a post the name *new*, and return what was done, with the diff."""
    post = open_post(posts.find(place, which))
    shown, dead = posts.shown(place, post.path), dead_names(post.meta)
    others = [one for one in dead if one != new]
    known = names_of(post.body, others)
    if new in known:
        raise EditionError(f"there is an equation {new!r} already", where=post.path,
                           remedy="delete that label first, or correct the annotation")
    if target not in names_of(post.body, dead):
        raise EditionError(f"the original has no equation {target!r}", where=post.path,
                           remedy=f"`python -m tools equations {which}` lists them")
    body = let(post.body, new, target, dead)
    if body is None:
        raise EditionError("a label cannot be written at this equation", where=post.path,
                           remedy=f"write {target} in the annotations that say {new}")
    head = frontmatter.replace(post.head, {DEAD: " ".join(others)}) if new in dead else post.head
    if not dry_run:
        write_atomic(post.path, head + body)
    return f"{diff(post.text, head + body, shown)}\n\n{shown}: {new} " \
           f"{'would mean' if dry_run else 'means'} {target}"
