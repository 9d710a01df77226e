"""Merge what changed upstream into posts: the new original, with every annotation of the post.

A refetched original that differs waits as `originals/<id>.new.md`. Annotations whose equations or neighbouring blocks
changed are marked with `:stale:`, and no others. Where somebody had changed the original in the post too, the post is
left untouched, both versions are written to `conflicts/<slug>.md`, and the status is 1: run the command again with
--theirs, or mend that file by hand and run it with --resolved.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ext.edition.checks.entry import check_original, check_rewritten
from ext.edition.math.equation import DEAD, dead_names
from ext.edition.posts import catalogue, digests
from ext.edition.posts.merge import Merged, equations_of, newly_stale, resolved, update
from ext.edition.posts.naming import Dead
from ext.edition.posts.notes import marked, mentions, notes, renamed
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic
from ext.edition.site.terminal import printable
from tools import posts
from tools.edits import Post, diff, located, open_post
from tools.equations import aligned
from tools.workspace import Workspace, add_edition_option, open_edition

CONFLICTS = "conflicts"
#: Keys of the front matter that come from upstream: taken over where the post still has the old value.
_UPSTREAM = ("title", "date", "source", "author", "licence", "tags", "fetched")


@dataclass(frozen=True, slots=True)
class Change:
    """What is done for one post: files to write in this order, and then the new original takes its place."""

    known: str
    post: Path
    merged: Merged
    writes: tuple[tuple[Path, str], ...]
    #: Where an annotation was marked, or a conflict begins: file and line.
    stale: tuple[tuple[Path, int], ...] = ()
    conflicts: tuple[tuple[Path, int], ...] = ()
    #: The post had only a part of the original before.
    completed: bool = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", nargs="*", metavar="POST", help="slug, id or path (default: all that wait)")
    parser.add_argument("--dry-run", action="store_true", help="print the diffs, and write nothing")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--theirs", action="store_true", help="in a conflict, take the original as it is upstream")
    choice.add_argument("--resolved", action="store_true", help=f"take the posts from {CONFLICTS}/, mended by hand")


def run(args: argparse.Namespace) -> int:
    """Merge what waits; 1 when a conflict is left."""
    place = open_edition(args.edition)
    chosen = [posts.find(place, name) for name in args.post]
    done = failed = 0
    for waiting in sorted(place.originals.glob("*.new.md")):
        try:
            change = plan_waiting(place, waiting, chosen, theirs=args.theirs, by_hand=args.resolved)
        except EditionError as error:  # one post that cannot be merged does not keep the others waiting
            print(printable(f"error: {error}"), file=sys.stderr)
            failed += 1
            continue
        if change is None:
            continue
        if args.dry_run:
            for file, text in change.writes:
                before = open_post(file).text if file.is_file() else ""
                print(printable(diff(before, text, posts.shown(place, file))))
        else:
            apply(place, change)
        print(printable("\n".join(report(place, change, dry_run=args.dry_run))))
        failed += bool(change.conflicts)
        done += 1
    if args.resolved and not done and not failed:
        raise EditionError("there is no conflict to take from", where=place.source / CONFLICTS,
                           remedy="run it without --resolved")
    if not done and not failed:
        print("nothing waits to be merged" + (" for these posts" if chosen else ""))
    return 1 if failed else 0


def plan_waiting(place: Workspace, waiting: Path, chosen: Sequence[Path], *, theirs: bool, by_hand: bool
                 ) -> Change | None:
    """Return what is to be done with an original that waits; None when its post is not among the chosen ones."""
    known = str(open_post(waiting).meta.get("id") or waiting.name.removesuffix(".new.md"))
    post = posts.by_id(place).get(known)
    if post is None and not chosen:
        raise EditionError(f"no post has the id {known!r}", where=waiting,
                           remedy="run `python -m tools fetch` to write the post, or delete this file")
    if post is None or (chosen and post not in chosen):
        return None
    if by_hand and not chosen and not _aside(place, post).is_file():
        return None
    return plan(place, known, post, theirs=theirs, by_hand=by_hand)


def plan(place: Workspace, known: str, path: Path, *, theirs: bool = False, by_hand: bool = False) -> Change:
    """Return what is to be done for one post; nothing is written."""
    post, new = open_post(path), open_post(posts.waiting(place, known))
    base_path = posts.original(place, known)
    if not base_path.is_file():
        raise EditionError("there is no original that the post was annotated against", where=base_path,
                           remedy=f"rename {new.path.name} to {base_path.name}, then run `python -m tools restore`")
    base = open_post(base_path)
    since = str(new.meta.get("fetched") or datetime.date.today().isoformat())[:10]
    aside = _aside(place, path)
    others = dict(_mentioning(place, path))
    named = frozenset(name for one in (post, *others.values()) for name in _named(_names(one.body), path.stem))
    reserved = dead_names(post.meta)
    check_original(new.body, where=new.path)
    sources = [post.body, new.body]
    if by_hand:
        if not aside.is_file():
            raise EditionError("there is no conflict to take from", where=aside, remedy="run it without --resolved")
        sources.append(open_post(aside).body)
        with located(aside):
            merged = resolved(post.body, sources[-1], since, named=named, reserved=reserved)
    else:
        with located(path):
            merged = update(post.body, base.body, new.body, since, named=named, theirs=theirs, reserved=reserved)
    if merged.conflicts:
        return Change(known, path, merged, ((aside, post.head + merged.text),), conflicts=tuple(
            (aside, post.offset + line) for line in merged.conflicts))
    head, body = _head(post, base, new, merged), _heading(merged.text, post, base, new)
    body = renamed(body, merged.fates.renamed, path.stem)
    check_rewritten(body, *sources, where=path)
    stale = [(path, head.count("\n") + line) for line in merged.stale]
    writes = []
    for other, its in others.items():
        text = marked(its.body, [note for note in notes(its.body) if not note.stale and not merged.equations.isdisjoint(
            _named(note.names, path.stem))], since, equations_of(post.body, path.stem))
        text = renamed(text, merged.fates.renamed, path.stem)
        if text != its.body:
            writes.append((other, its.head + text))
            before = renamed(its.body, merged.fates.renamed, path.stem)
            stale += [(other, its.offset + line) for line in newly_stale(before, text)]
    return Change(known, path, merged, (*writes, (path, head + body)), tuple(stale),
                  completed=bool(base.meta.get("truncated")) and not new.meta.get("truncated"))


def _aside(place: Workspace, path: Path) -> Path:
    """Return where the conflicts of a post are written, outside of what is built."""
    return place.source / CONFLICTS / path.resolve().relative_to(place.posts.resolve())


def _mentioning(place: Workspace, path: Path) -> Iterator[tuple[Path, Post]]:
    """Yield the other documents that name something in the post."""
    for folder in (place.posts, place.source / "topics"):
        for other in sorted(folder.resolve().glob("**/*.md")):
            if other != path and f"{path.stem}#" in other.read_text("utf-8", "replace"):
                yield other, open_post(other)


def _names(body: str) -> Iterator[str]:
    """Yield all that the annotations and the text of a document name."""
    yield from mentions(body)
    for note in notes(body):
        yield from note.of


def _named(of: Iterable[str], slug: str) -> frozenset[str]:
    """Return the names in a post that are meant from elsewhere."""
    return frozenset(name.rpartition("#")[2] for name in of
                     if name.rpartition("#")[0].rpartition("/")[2] == slug)


def _head(post: Post, base: Post, new: Post, merged: Merged) -> str:
    """Return the front matter with what changed upstream, where the post still has the old value."""
    changes = {key: new.meta[key] for key in _UPSTREAM
               if new.meta.get(key) and post.meta.get(key) == base.meta.get(key) != new.meta[key]}
    if merged.fates.reserved != dead_names(post.meta):
        changes[DEAD] = " ".join(merged.fates.reserved)
    return frontmatter.replace(post.head, changes) if changes else post.head


def _heading(body: str, post: Post, base: Post, new: Post) -> str:
    """Return the body with the new title, if it still has the old one."""
    old, now = str(base.meta.get("title") or ""), str(new.meta.get("title") or "")
    if old == now or not now or post.meta.get("title") != old:
        return body
    from tools.fetch.reading import heading_of  # it loads the converter, and titles seldom change
    return re.sub(rf"\A(\s*# ){re.escape(heading_of(old))}[ \t]*$", lambda match: match[1] + heading_of(now), body,
                  count=1, flags=re.M)


def apply(place: Workspace, change: Change) -> None:
    """Write one change. A run that is killed on the way is completed by the next."""
    for path, text in change.writes:
        write_atomic(path, text)
    if change.conflicts:
        return
    rows: Mapping[str, catalogue.Entry] = catalogue.load(place.source)
    if change.completed and (row := rows.get(change.known)) and row.state == "truncated":
        whole = msgspec.structs.replace(row, state="fetched", reason="")
        catalogue.save(place.source, {**rows, change.known: whole}.values())
    waiting, original = posts.waiting(place, change.known), posts.original(place, change.known)
    digests.record(place.source, {original.name: read_text(waiting)})
    os.replace(waiting, original)
    _aside(place, change.post).unlink(missing_ok=True)


def report(place: Workspace, change: Change, *, dry_run: bool) -> Iterator[str]:
    """Yield what was done, and every place that somebody must look at."""
    shown = posts.shown(place, change.post)
    for path, line in change.conflicts:
        yield f"{posts.shown(place, path)}:{line}: conflict: the post and upstream both changed the original here"
    if change.conflicts:
        yield f"{shown}: left untouched; mend {posts.shown(place, change.conflicts[0][0])} and run with --resolved, " \
              "or run with --theirs"
        return
    merged, fates = change.merged, change.merged.fates
    rows = [["what", "where", "became"]]
    rows += [["blocks", str(count), kind] for kind, count in merged.counts.items() if count]
    rows += [["name", name, "its equation says something else now" if name in merged.equations else "kept"]
             for name in fates.kept]
    rows += [["name", old, f"its label is another equation's now; annotations say {name}"]
             for old, name in fates.renamed.items()]
    rows += [["name", one.name, f"dead: {_near(one, change.post)}"] for one in fates.dead]
    own = {(change.post, line): merged.why.get(merged_line, "") for (_, line), merged_line
           in zip(change.stale, merged.stale, strict=False)}
    for path, line in change.stale:
        why = own.get((path, line)) or "an equation of this post changed"
        rows.append(["annotation", f"{posts.shown(place, path)}:{line}: stale", why])
    if len(rows) > 1:
        yield from (f"  {line}" for line in aligned(rows))
    done = "would be merged" if dry_run else "merged"
    yield f"{shown}: {done}: {merged.blocks} blocks of the original changed, " \
          f"{len(change.stale)} annotations marked stale" + (f", {len(fates.dead)} names dead" if fates.dead else "")


def _near(one: Dead, post: Path) -> str:
    """Return what a dead name meant, what comes nearest, and the command that gives the name to one of these."""
    nearest = f"nearest: {', '.join(one.nearest)}; " if one.nearest else ""
    return f"it was {one.said!r}; {nearest}say what it means with: python -m tools name {post.stem} {one.name} " \
           f"{one.nearest[0] if len(one.nearest) == 1 else 'ID'}"
