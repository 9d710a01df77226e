"""Fetch posts: save each as an original, a post to annotate, and a row of the catalogue.

Without a source on the command line, those of edition.toml are read: site.feeds, site.archive, site.sitemap,
and the posts that the catalogue knows but the edition lacks. Posts that are there already are never written
again; what changed upstream is saved beside the original and reported.
"""

from __future__ import annotations

import argparse
import datetime
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from tqdm import tqdm

from ext.edition.posts import catalogue
from ext.edition.site.errors import EditionError
from ext.edition.site.terminal import printable
from tools.fetch import save, sources
from tools.fetch.answered import Page, user_agent
from tools.fetch.plan import Action, Plan, Step, Wishes, plan
from tools.fetch.save import Result
from tools.fetch.sources import Sources
from tools.posts import by_id
from tools.workspace import Workspace, add_edition_option, open_edition

if TYPE_CHECKING:
    from tools.fetch.run import Outcome, Run

#: What even a quiet run tells.
_PROBLEMS = frozenset({Result.FAILED, Result.REFUSED, Result.TRUNCATED, Result.CHANGED, Result.GONE})
_EPILOG = """\
examples:
  python -m tools fetch --dry-run                       what would be done
  python -m tools fetch --limit 10                      the first ten that are missing
  python -m tools fetch --feed https://example.org/feed
  python -m tools fetch --archive https://example.org/archive --post '/post/(?P<id>\\d+)'
  python -m tools fetch --pages ~/saved                 pages saved in a browser
  python -m tools fetch --only 11126 --refresh          look at one post again
  python -m tools fetch --keep 9938                     bring back a post that was left out
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = _EPILOG
    add_edition_option(parser)
    source = parser.add_argument_group("sources (instead of those of edition.toml; each may be given repeatedly)")
    source.add_argument("--feed", action="append", default=[], metavar="URL",
                        help="an RSS, Atom or JSON feed, or an OPML list of feeds")
    source.add_argument("--archive", action="append", default=[], metavar="URL", help="a page that links to posts")
    source.add_argument("--sitemap", action="append", default=[], metavar="URL", help="a sitemap")
    source.add_argument("--pages", action="append", default=[], metavar="DIR", type=Path,
                        help="a folder of saved HTML pages")
    source.add_argument("--warc", action="append", default=[], metavar="FILE", type=Path, help="a WARC file")
    source.add_argument("--export", action="append", default=[], metavar="FILE", type=Path,
                        help="a file the blog was exported to: WordPress (WXR), Blogger, Ghost, or a saved feed")
    source.add_argument("--url", action="append", default=[], metavar="URL", help="one post")
    source.add_argument("--post", metavar="REGEX", type=_pattern,
                        help="how the address of a post looks; its group (?P<id>…) is the archive id")
    which = parser.add_argument_group("which posts")
    which.add_argument("--only", action="append", default=[], metavar="ID",
                       help="this post, even if it was refused before (repeatable)")
    which.add_argument("--keep", action="append", default=[], metavar="ID",
                       help="this post belongs to the edition, whatever the relevance filter says (repeatable)")
    which.add_argument("--since", type=_date, metavar="DATE", help="posts of YYYY-MM-DD or later")
    which.add_argument("--limit", type=_count, metavar="N", help="at most N posts in this run")
    which.add_argument("--refresh", action="store_true", help="look again at posts that are there already")
    how = parser.add_argument_group("how")
    how.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
    how.add_argument("--quiet", action="store_true", help="print only problems")
    how.add_argument("--allow-private", action="store_true",
                     help="also ask addresses of this machine and of private networks")


def run(args: argparse.Namespace) -> int:
    """Fetch; return 0 when all that could be had is there, 1 when a source or a post failed."""
    from tools.fetch.http import Client  # the network, which the help does without

    place = open_edition(args.edition)
    if args.post:
        site = msgspec.structs.replace(place.edition.site, post=args.post)
        edition = msgspec.structs.replace(place.edition, site=site)
        place = Workspace(edition, place.root, place.source)
    named = Sources(tuple(args.feed), tuple(args.archive), tuple(args.sitemap), tuple(args.pages),
                    tuple(args.warc), tuple(args.url), tuple(args.export))
    chosen = named or sources.configured(place.edition)
    rows = catalogue.keep(catalogue.load(place.source), args.keep)
    if not chosen and not args.only and not sources.unfetched(rows) and not (args.refresh and sources.fetched(rows)):
        raise EditionError("names no source of posts", where=place.root / "edition.toml",
                           remedy="set feeds, archive or sitemap in its [site] table, or give --feed URL")
    wishes = Wishes(frozenset(args.only), args.since or "", args.limit, args.refresh)
    posts = by_id(place)
    with Client(place.edition.fetch, agent=user_agent(place.edition), cache=place.cache,
                allow_private=args.allow_private) as client:
        if not place.edition.fetch.contact and not args.quiet:
            print("note: fetch.contact in edition.toml is empty: tell the sites how to reach you", file=sys.stderr)

        def get(url: str) -> Page:
            if not args.quiet:
                print(printable(f"reading {url}"), file=sys.stderr)
            return client.get(url)

        listing = sources.list_all(chosen, place.edition, rows, get)
        for problem in listing.problems:
            print(printable(f"error: {problem}"), file=sys.stderr)
        if not args.quiet:
            for note in listing.notes:
                print(printable(note))
        listed = [*listing.found, *(() if named else sources.unfetched(rows)),
                  *(sources.fetched(rows) if args.refresh and not named else ()),
                  *sources.named(rows, args.only)]
        todo = plan(listed, rows, save.find_held(place, posts), place.edition.site, wishes)
        missing = sorted(set(args.only) - {name for a in todo.actions for name in (a.row.id, *a.row.aliases)})
        for known in missing:
            print(f"error: {known}: no source lists a post of this id\n  remedy: compare it with catalogue.yaml",
                  file=sys.stderr)
        if args.dry_run:
            _preview(todo, place, quiet=args.quiet)
            return 1 if listing.problems or missing else 0
        from tools.fetch.run import Run  # the converter, which a dry run does without

        work = Run(place, client, rows, posts, convert_again=args.refresh)
        counts, doubtful = _work(work, todo, place, quiet=args.quiet)
    if not args.quiet:
        print(printable(_summary(counts, todo, doubtful=doubtful, waiting=len(list(place.originals.glob("*.new.md"))))))
    return 1 if listing.problems or missing or counts[Result.FAILED] else 0


def _work(work: Run, todo: Plan, place: Workspace, *, quiet: bool) -> tuple[Counter[Result], int]:
    """Carry out the plan with a bar on a terminal, and a line per post everywhere; the second number is of doubts."""
    doubtful = 0
    counts: Counter[Result] = Counter()
    hidden = quiet or not sys.stderr.isatty() or bool(os.environ.get("CI"))
    with tqdm(total=len(todo.work), unit="post", disable=hidden, dynamic_ncols=True, smoothing=0.1) as bar:
        for outcome in work.carry_out(todo):
            counts[outcome.result] += 1
            doubtful += outcome.doubtful
            bar.update()
            if outcome.result is Result.UNCHANGED and not outcome.notes:
                continue
            if quiet and outcome.result not in _PROBLEMS and not outcome.doubtful:
                continue
            stream = sys.stderr if outcome.result is Result.FAILED else sys.stdout
            tqdm.write(printable(_line(outcome, place)), file=stream)
    return counts, doubtful


def _line(outcome: Outcome, place: Workspace) -> str:
    row = outcome.action.row
    where = f" -> {outcome.path.relative_to(place.root)}" if outcome.path is not None else f" {row.source}"
    lines = [f"{outcome.result}: {row.id} {row.title}{where}"]
    if outcome.result is Result.CHANGED:
        lines.append(f"  the new text is {save.waiting_path(place, row.id).relative_to(place.root)}; "
                     f"merge it with: python -m tools update {row.id}")
    shown = [note.replace("\n", "\n  ") for note in outcome.notes]
    lines += [f"  {note}" for note in shown[:8]]
    if len(shown) > 8:
        lines.append(f"  … and {len(shown) - 8} more: python -m tools receipt {row.id}")
    return "\n".join(lines)


def _summary(counts: Counter[Result], todo: Plan, *, doubtful: int, waiting: int) -> str:
    done = ", ".join(f"{counts[result]} {result}" for result in Result if counts[result]) or "nothing to do"
    passed = Counter(_kind(action) for action in todo.actions if action.step is Step.PASS)
    passed.update(f"not a post: {why}" for _, why in todo.passed_over)
    left = "; ".join(f"{number} {why}" for why, number in passed.most_common(6))
    lines = [f"{len(todo.actions)} posts listed: {done}{f' (passed over: {left})' if left else ''}"]
    if counts[Result.TRUNCATED]:
        lines.append("truncated posts hold only what the source gave, and are counted apart; the next run tries "
                     "their pages again, or save the pages in a browser and use --pages DIR")
    if doubtful:
        lines.append(f"{doubtful} {'is' if doubtful == 1 else 'are'} doubtful: the page holds much that the post does "
                     "not; look at python -m tools receipt --losses, and set site.profile.content where it is wrong")
    if counts[Result.REFUSED]:
        lines.append("refused posts are not asked for again, except with --only ID")
    if waiting:
        lines.append(f"{waiting} changed upstream and {'waits' if waiting == 1 else 'wait'} to be merged: "
                     "python -m tools update")
    return "\n".join(lines)


def _kind(action: Action) -> str:
    return action.why.partition(":")[0]


def _preview(todo: Plan, place: Workspace, *, quiet: bool) -> None:
    """Print what a run would do."""
    for action in todo.work:
        verb = "ask for" if action.step is Step.PAGE else "read from its source"
        row = action.row
        print(printable(f"would {verb}: {row.id} {row.date} {row.title} {row.source}"))
    if not quiet:
        new = len(todo.rows) - len(catalogue.load(place.source))
        print(f"would work on {len(todo.work)} of {len(todo.actions)} posts and add {new} rows to the catalogue; "
              "nothing was written")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"not a regular expression: {error}") from error
    return text


def _date(text: str) -> str:
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError("not a date like 2024-05-31") from error


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("not a number of posts")
    return int(text)
