"""Ask whether the external links of posts still lead somewhere, politely and one at a time.

What answered within the last --days is not asked again; the answers are kept in .cache/links.json. A link is broken
when its site says that the page does not exist (404, 410). A site that refuses programs or cannot be reached leaves
the link unknown, which is no fault of the post.
"""

from __future__ import annotations

import argparse
import datetime
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from ext.edition.links.external import external
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic
from ext.edition.site.terminal import printable
from tools.edits import located, open_post
from tools.fetch.answered import Gone, Page, user_agent
from tools.posts import find, shown
from tools.workspace import Workspace, add_edition_option, open_edition

CACHE = "links.json"


class State(StrEnum):
    """What is known of an address."""

    FINE = "fine"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class Answer(msgspec.Struct, frozen=True):
    """What an address answered last, and on which day."""

    state: State
    day: str
    reason: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("post", nargs="*", metavar="POST", help="slug, id or path (default: every page)")
    parser.add_argument("--changed", nargs="?", const="HEAD", metavar="REVISION",
                        help="only pages that differ from a git revision (HEAD when none is given), and new ones")
    parser.add_argument("--days", type=int, default=30, metavar="N", help="trust an answer for N days (default: 30)")
    parser.add_argument("--limit", type=int, metavar="N", help="ask for at most N addresses in this run")
    parser.add_argument("--allow-private", action="store_true",
                        help="also ask addresses of this machine and of private networks")


def run(args: argparse.Namespace) -> int:
    """Check; return 1 when a link is broken."""
    place = open_edition(args.edition)
    pages = [find(place, name) for name in args.post] if args.post else list(_pages(place))
    if args.changed:
        changed = changed_files(place.root, args.changed)
        pages = [page for page in pages if page in changed]
    where = places(pages)
    path = place.cache / CACHE
    known = load(path)
    today = datetime.date.today()
    due = [url for url in where if not _fresh(known.get(url), today, args.days)][:args.limit]
    from tools.fetch.http import Client  # the network, which the help does without

    with Client(place.edition.fetch, agent=user_agent(place.edition), allow_private=args.allow_private) as client:
        for number, url in enumerate(due, 1):
            print(printable(f"[{number}/{len(due)}] {url}"), file=sys.stderr)
            known = {**known, url: ask(client.get, url, today)}
            # At once: a run of an hour may be interrupted.
            write_atomic(path, msgspec.json.format(msgspec.json.encode(known, order="sorted")).decode() + "\n")
    for url, found in where.items():
        answer = known.get(url)
        if answer and answer.state is not State.FINE:
            page, line = found[0]
            more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
            print(printable(f"{shown(place, page)}:{line}: {answer.state}: {url}{more}: {answer.reason}"))
    counts = Counter(known[url].state if url in known else "not asked" for url in where)
    print(f"{len(where)} addresses in {len(pages)} pages, {len(due)} asked for: "
          + (", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "no external links"))
    return 1 if counts[State.BROKEN] else 0


def ask(get: Callable[[str], Page], url: str, today: datetime.date) -> Answer:
    """Return what *url* answers."""
    try:
        get(url)
    except Gone as error:
        return Answer(State.BROKEN, today.isoformat(), error.what)
    except EditionError as error:
        # Refused, unreachable, larger than we read, or at an address that we do not ask: something may be there.
        return Answer(State.UNKNOWN, today.isoformat(), error.what)
    return Answer(State.FINE, today.isoformat())


def places(pages: Iterable[Path]) -> Mapping[str, list[tuple[Path, int]]]:
    """Return where every external address stands, in the order of the pages."""
    found: dict[str, list[tuple[Path, int]]] = {}
    for page in pages:
        with located(page):
            post = open_post(page)
        source = str(post.meta.get("source") or "")
        if source.startswith(("https://", "http://")):
            found.setdefault(source, []).append((page, 1))
        for link in external(post.body, first=post.offset + 1):
            found.setdefault(link.url, []).append((page, link.line))
    return found


def changed_files(root: Path, revision: str) -> frozenset[Path]:
    """Return the files below *root* that differ from a git revision, with those that git does not know yet."""
    if revision.startswith("-"):
        raise EditionError(f"{revision!r} is no revision of git", remedy="give a commit, a branch or a tag")
    names: list[str] = []
    for words in (["diff", "--name-only", "--relative", "-z", revision, "--", "."],
                  ["ls-files", "--others", "--exclude-standard", "-z"]):
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=False)  # noqa: S603, S607
        if done.returncode:
            raise EditionError(f"git cannot compare with {revision!r}: {done.stderr.decode(errors='replace').strip()}",
                               where=root, remedy="give a revision of this repository, as in --changed main")
        names += done.stdout.decode().split("\0")
    return frozenset((root / name).resolve() for name in names if name)


def load(path: Path) -> Mapping[str, Answer]:
    """Return the answers of earlier runs; a cache that cannot be read is an empty one."""
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Answer])
    except msgspec.DecodeError as error:
        print(f"note: {path} is not used: {error}", file=sys.stderr)
        return {}


def _fresh(answer: Answer | None, today: datetime.date, days: int) -> bool:
    """Tell whether an answer is good enough; what was not fine is asked again every day."""
    if answer is None:
        return False
    age = (today - datetime.date.fromisoformat(answer.day)).days
    return age < (days if answer.state is State.FINE else min(days, 1))


def _pages(place: Workspace) -> Iterator[Path]:
    """Yield every page that is built."""
    source = place.source.resolve()
    for path in sorted(source.rglob("*.md")):
        below = path.relative_to(source).parts
        if below[0] not in ("originals", "conflicts") and not any(part.startswith(".") for part in below):
            yield path
