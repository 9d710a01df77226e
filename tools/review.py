"""Say of a post, or of one annotation in it, that it was read and is accepted, or what is to be changed.

A review is kept with a digest of what was read: the annotation, the equations that it is about, and what it rests on,
in other posts too. What changes later is to be read again, with all that rests on it, and nothing else. Every reviewer
has a file in source/reviews/ to which lines are only added; commit it. A reviewer's last word counts: a later review
takes an objection back, --withdraw takes an acceptance back. Without --by, what reviews say so far is shown.

examples:
  python -m tools review adam                           what is to be read, and how much of it
  python -m tools review adam --by 张三                   the whole post is accepted
  python -m tools review adam --annotation der-update --by 李四 --verdict changes --note "第二步少了负号"
"""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ext.edition.audit import reviews, signing
from ext.edition.audit.reviews import AROUND, PostReview, Review
from ext.edition.posts import readings
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.terminal import printable
from ext.edition.site.versions import answer
from tools.edits import open_post
from tools.equations import aligned
from tools.posts import docname, find, shown
from tools.workspace import Workspace, add_edition_option, open_edition

if TYPE_CHECKING:
    from ext.edition.audit.grounds import Grounds, Own

_VERDICTS = ("accept", "changes", "comment")


@dataclass(frozen=True, slots=True)
class Read:
    """A post as it was read for a review: its key, what rests on what, the text around its annotations, its body."""

    key: str
    docname: str
    known: Grounds
    around: Own
    body: str
    #: What of the text around its annotations is to be read by one who accepted it last.
    fresh: int


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", help="its slug, its id or its file")
    parser.add_argument("--annotation", default="", metavar="LABEL",
                        help="only this one, and what is inside it (default: the whole post)")
    parser.add_argument("--by", default="", metavar="NAME", help="who read it")
    parser.add_argument("--verdict", choices=_VERDICTS, default="accept", help="default: accept")
    parser.add_argument("--note", default="", metavar="TEXT", help="what is to be said about it")
    parser.add_argument("--date", type=datetime.date.fromisoformat, default=None, metavar="YYYY-MM-DD",
                        help="when (default: today)")
    parser.add_argument("--withdraw", action="store_true", help="take back what this reviewer said of it")


def run(args: argparse.Namespace) -> int:
    """Record a review, or show what reviews say."""
    place = open_edition(args.edition)
    path, by = find(place, args.post), args.by.strip()
    if not by and (args.withdraw or args.note or args.verdict != "accept"):
        raise EditionError("a review needs the name of who read it", where=path, remedy="add --by NAME")
    post = read(place, path)
    if not by:
        print(printable("\n".join(listed(post, standing(place, post), args.annotation))))
        return 0
    review = written(place, path, post, by, args)
    file = reviews.append(place.source, review)
    what = f"{args.annotation!r}" if args.annotation else "the post"
    said = {"accept": f"{what} accepted by {by}", "changes": f"{by} wants changes of {what}",
            "comment": f"comment by {by} on {what}", "withdraw": f"what {by} said of {what} is withdrawn"}
    print(printable(f"{path.name}: {said[review.verdict]}; commit {shown(place, file)}"))
    print(printable("\n".join(listed(post, standing(place, post), args.annotation)[-1:])))
    return 0


def read(place: Workspace, path: Path) -> Read:
    """Read a post, and what it rests on, as the build does."""
    from ext.audit.resting import grounds_of, store  # Sphinx, which asking for help need not load
    from tools.as_built import environment, named_by

    opened, name = open_post(path), docname(place, path)
    with environment(place, path, named_by(place, path)) as env:
        known, around = grounds_of(env), store(env)[name].around
    key = str(opened.meta.get("id") or name)
    return Read(key, name, known, around, reviews.digest(opened.body), _fresh(place, key, name, opened.body))


def _fresh(place: Workspace, key: str, docname: str, body: str) -> int:
    """Count the characters around annotations that nobody had read in the text that was accepted last.

    That text is git's to keep; where it is not there any more, all of them are.
    """
    now = readings.around(body).text
    names = (line.review.files.get(docname, "") for line in reversed(reviews.load(place.source).get(key, ()))
             if line.review.verdict == "accept" and AROUND in line.review.read)
    held = answer(place.source, "cat-file", "blob", name) if (name := next(names, "")).isalnum() else ""
    then = readings.around(frontmatter.split(held, where=f"{docname} as git has it in {name}").body).text
    return len("".join(readings.fresh(then, now).split()))


def standing(place: Workspace, post: Read) -> PostReview:
    """Return what the reviews say of a post as it stands."""
    return reviews.standing(reviews.load(place.source).get(post.key, ()),
                            signing.parts(post.known, post.docname, post.around.digest), post.body)


def written(place: Workspace, path: Path, post: Read, by: str, args: argparse.Namespace) -> Review:
    """Return the review that is to be written."""
    verdict: reviews.Said = "withdraw" if args.withdraw else args.verdict
    given = signing.read(post.known, post.docname, post.around.digest, args.annotation)
    name = signing.find(post.known, post.docname, args.annotation).name if args.annotation else ""
    said = [line.review for line in reviews.load(place.source).get(post.key, ()) if line.review.by == by]
    if verdict == "withdraw" and (not said or said[-1].verdict == "withdraw" and said[-1].annotation in ("", name)):
        raise EditionError(f"has no review by {by} to withdraw", where=path, remedy="see the names with "
                           f"`python -m tools review {path.stem}`")
    stale = [item for item in post.known.annotations(post.docname)
             if item.name in given and item.annotation is not None and item.annotation.stale]
    if verdict == "accept" and stale:
        raise EditionError(f"{stale[0].name!r} is marked as stale", where=f"{path}:{stale[0].line or 1}",
                           remedy="read it against the new original, delete the mark, and accept it then")
    date = (args.date or datetime.date.today()).isoformat()
    docs = signing.documents(post.known, post.docname, args.annotation)
    commit, files = _git(place, docs)
    return Review(date, by, post.key, verdict, name, args.note.strip(), commit,
                  dict(given) if name or verdict == "accept" else {}, files)


def listed(post: Read, found: PostReview, only: str = "") -> list[str]:
    """Return the parts of a post with what reviews say of each; the last line says how much there is to read."""
    chosen = signing.within(post.known, signing.find(post.known, post.docname, only)) if only else None
    names = None if chosen is None else {item.name for item in chosen}
    sizes = {AROUND: post.around.size} | {item.name: item.size for item in post.known.annotations(post.docname)}
    unread = sizes | ({AROUND: post.fresh} if found.of(AROUND).was else {})
    rows = [["part", "line", "characters", "state", "by"], *_rows(post, found, sizes, unread, names)]
    left = [part.name for part in found.parts if not part.by and (names is None or part.name in names)]
    of = len(found.parts) if names is None else len(names)
    whole = sum(sizes.values()) if names is None else sum(sizes[name] for name in names)
    return [*(f"  {line}" for line in aligned(rows)),
            f"to be read: {len(left)} of {of} parts, {sum(unread[name] for name in left)} of {whole} characters"]


def _rows(post: Read, found: PostReview, sizes: dict[str, int], unread: dict[str, int],
          names: set[str] | None) -> Iterator[list[str]]:
    lines = {item.name: item.line for item in post.known.annotations(post.docname)}
    for part in found.parts:
        if names is None or part.name in names:
            said = [*part.by, *(f"{by}: {note or 'wants changes'}" for by, note in part.objections),
                    *(f"{one.by} on {one.date}, changed since" for one in part.was)]
            size, new = sizes[part.name], unread[part.name]
            yield [part.name or "(the text around them)", str(lines.get(part.name) or ""),
                   str(size) if part.by or new == size else f"{new} of {size}", part.state, "; ".join(said)]


def _git(place: Workspace, docnames: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the commit that is checked out, and by what git knows the sources of documents; nothing without git."""
    commit = answer(place.source, "rev-parse", "--short=12", "HEAD").strip()
    names = answer(place.source, "hash-object", "--", *(f"{name}.md" for name in docnames)).split() if commit else []
    return commit, dict(zip(docnames, (name[:16] for name in names), strict=False))
