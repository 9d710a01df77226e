"""Set the topic, the series and the number of posts that have none, by their words and titles.

Works on the rows of the catalogue and, for posts that are here, on their front matter. What somebody has set is
never changed, and a topic is set only where it is sure; the others are listed with what speaks for each. Every
choice is kept in the row with its reason; --again reconsiders those choices after the words have changed.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from ext.edition.audit.shares import percent
from ext.edition.posts import catalogue, classify, keywords, series
from ext.edition.posts.catalogue import Entry, Guess
from ext.edition.posts.classify import Decision
from ext.edition.site import frontmatter
from ext.edition.site.config import Edition
from ext.edition.site.files import read_text, write_atomic
from ext.edition.site.fill import fill
from ext.edition.site.terminal import printable
from tools import catalogue as lists
from tools import posts
from tools.workspace import Workspace, add_edition_option, open_edition


@dataclass(frozen=True, slots=True)
class Choice:
    """What was found for one post; ``by`` tells who chose its topic."""

    id: str
    title: str
    topic: str
    series: str
    number: int | None
    #: ``hand``: it was there; ``words``: chosen now or before; ``nobody``: nothing is sure.
    by: str
    #: The reason, or why nothing is sure.
    why: str
    #: The topic that the words would give, where it is sure and not the one that was set by hand.
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often the words agree with a classification made by hand, in all and where they are sure."""

    name: str
    same: int
    of: int
    sure_same: int
    sure_of: int


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and write nothing")
    parser.add_argument("--again", action="store_true", help="reconsider the topics that this command set before")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--against", type=Path, metavar="TSV",
                        help="only compare: how often do the words agree with this list's topics and sections?")


def run(args: argparse.Namespace) -> int:
    """Classify the posts, or compare with a list."""
    place = open_edition(args.edition)
    if args.against is not None:
        lines = lists.read_list(read_text(args.against), where=args.against)
        return _compare(lines, place.edition, plain=not args.json)
    before = catalogue.load(place.source)
    files = {known: (path, read_text(path)) for known, path in posts.by_id(place).items()}
    rows, choices = assign(before, {known: text for known, (_, text) in files.items()}, place.edition, again=args.again)
    changed = {path: new for known, (path, text) in files.items()
               if known in rows and (new := _filled(text, rows[known], before[known])) != text}
    if args.dry_run:
        shown = lists.changes(before, rows) + "".join(_diff(place, path, text) for path, text in changed.items())
        print(printable(shown), end="", file=sys.stderr if args.json else sys.stdout)
    else:
        for path, text in changed.items():
            write_atomic(path, text)
        if rows != before:  # a file that somebody laid out by hand stays as it is
            catalogue.save(place.source, rows.values())
    if args.json:
        json.dump([asdict(choice) for choice in choices], sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        unlisted = series.unlisted((row.title for row in rows.values()), place.edition.series)
        changes = sum(before[known] != row for known, row in rows.items())
        print(printable("\n".join(report(choices, unlisted))))
        print(f"{changes} rows and {len(changed)} posts {'would change' if args.dry_run else 'changed'}")
    return 0


def assign(rows: Mapping[str, Entry], texts: Mapping[str, str], edition: Edition, *, again: bool = False
           ) -> tuple[dict[str, Entry], list[Choice]]:
    """Return the rows with topic, series and number, and what was chosen for each; *texts* has the posts by id."""
    result: dict[str, Entry] = {}
    choices = []
    for known, row in rows.items():
        meta = frontmatter.split(texts[known], where=known).meta if known in texts else {}
        text = (keywords.read(texts[known], title=row.title, where=known) if known in texts
                else keywords.text_of(row.title))
        decision = classify.decide(text, edition)
        result[known], choice = _one(row, meta, decision, again=again)
        choices.append(choice)
    return result, choices


def _one(row: Entry, meta: Mapping[str, Any], decision: Decision, *, again: bool) -> tuple[Entry, Choice]:
    own = row.guess is not None and row.guess.topic == row.topic and str(meta.get("topic") or row.topic) == row.topic
    topic, guess = row.topic, row.guess if own else None
    if not topic:
        topic = str(meta.get("topic") or "")
    if (not topic or (own and again)) and decision.sure:
        topic, guess = decision.topic, Guess(decision.topic, decision.why)
    place = decision.place
    named = row.series or str(meta.get("series") or "") or (place.series if place else "")
    number = row.number if row.number is not None else meta.get("number")
    if not isinstance(number, int):
        number = place.number if place and place.series == named else None
    row = msgspec.structs.replace(row, topic=topic, guess=guess, series=named, number=number)
    by = "words" if guess else "hand" if topic else "nobody"
    why = guess.why if guess else decision.doubt if not topic else ""
    otherwise = decision.topic if by == "hand" and decision.sure and decision.topic != topic else ""
    return row, Choice(row.id, row.title, topic, named, number, by,
                       why or (decision.why if otherwise else ""), otherwise)


def _filled(text: str, row: Entry, before: Entry) -> str:
    """Return a post with what its row has and it lacks; a topic that was the words' choice follows the row."""
    values: dict[str, str | int] = {key: value for key in ("topic", "series") if (value := getattr(row, key))}
    if row.number is not None:
        values["number"] = row.number
    if before.guess and row.guess and row.guess != before.guess:
        old = f"topic: {before.guess.topic}\n"
        head = text[: text.find("\n---", 3) + 1]
        text = head.replace(f"\n{old}", f"\ntopic: {row.topic}\n", 1) + text[len(head):]
    return fill(text, values)


def _diff(place: Workspace, path: Path, text: str) -> str:
    name = posts.shown(place, path)
    return "".join(difflib.unified_diff(read_text(path).splitlines(keepends=True), text.splitlines(keepends=True),
                                        name, name, n=1))


def report(choices: Sequence[Choice], unlisted: Mapping[str, int]) -> list[str]:
    """Return what a maintainer should look at, and the count."""
    lines = [f"not sure: {one.id} {one.title}\n  {one.why}" for one in choices if one.by == "nobody"]
    lines += [f"by hand {one.topic}, by its words {one.otherwise}: {one.id} {one.title}\n  {one.why}"
              for one in choices if one.otherwise]
    lines += [f"a series that edition.toml does not list: {name} ({count} posts)" for name, count in unlisted.items()]
    counts = {by: sum(one.by == by for one in choices) for by in ("hand", "words", "nobody")}
    return [*lines, f"{len(choices)} posts: topic by hand {counts['hand']}, by words {counts['words']}, "
                    f"not sure {counts['nobody']}; in a series {sum(bool(one.series) for one in choices)}"]


def agreements(lines: Iterable[Mapping[str, str]], edition: Edition) -> list[Agreement]:
    """Compare the words of the titles with the sections and topics of a list, rated posts and others apart.

    A name of the list counts when a topic of the edition has it as name or alias; every post counts once.
    """
    listed = [(lists.best(group), [line for line in group if line["priority"]]) for group in lists.grouped(lines)]
    pairs = [(classify.decide(keywords.text_of(line["title"]), edition), (rated or [line])[0], bool(rated))
             for line, rated in listed]
    found = []
    for name, column, rated in (("sections, rated posts", "section", True), ("topics, rated posts", "topic", True),
                                ("topics, other posts", "topic", False)):
        named = [(decision, topic) for decision, line, by_hand in pairs
                 if by_hand is rated and (topic := classify.translate(line[column], edition))]
        certain = [(decision, topic) for decision, topic in named if decision.sure]
        found.append(Agreement(name, sum(d.topic == topic for d, topic in named), len(named),
                               sum(d.topic == topic for d, topic in certain), len(certain)))
    return found


def _compare(lines: Sequence[Mapping[str, str]], edition: Edition, *, plain: bool) -> int:
    found = agreements(lines, edition)
    if not plain:
        json.dump([asdict(one) for one in found], sys.stdout, ensure_ascii=False, indent=2)
        print()
        return 0
    for one in found:
        print(f"{one.name}: {one.same} of {one.of} agree ({percent(one.same, one.of)}); "
              f"where sure {one.sure_same} of {one.sure_of} ({percent(one.sure_same, one.sure_of)})")
    return 0
