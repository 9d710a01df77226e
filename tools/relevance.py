"""Tell which fetched posts are not mathematics, and why; they become skipped rows of the catalogue.

The fetcher asks the same of every new post when relevance.enabled in edition.toml is true, and then writes no
file of it. Here the posts that are already there are judged; their files stay until somebody deletes them. A
post that somebody works on is left alone: one with an annotation, with a status, or with `keep: true`.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from ext.edition.posts import catalogue, keywords, relevance
from ext.edition.site import frontmatter
from ext.edition.site.config import Edition
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.edition.site.terminal import printable
from tools import catalogue as lists
from tools import posts
from tools.convert.inventory import inventory
from tools.workspace import add_edition_option, open_edition


@dataclass(frozen=True, slots=True)
class Judged:
    """One post and what was found."""

    post: str
    title: str
    relevant: bool
    points: float
    why: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("--keep", action="append", default=[], metavar="ID",
                        help="this post belongs to the edition, whatever its words say (repeatable)")
    parser.add_argument("--texts", type=Path, metavar="DIR", help="only judge the Markdown files in this folder")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and write nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Judge the posts, and mark in the catalogue those that are not for this edition."""
    place = open_edition(args.edition)
    if args.texts is not None:
        return _show([judge(read_text(path), path.name, place.edition) for path in sorted(args.texts.glob("**/*.md"))],
                     as_json=args.json)
    before = catalogue.load(place.source)
    present = posts.by_id(place)
    kept = catalogue.keep(before, args.keep, present=present)
    judged = []
    rows = dict(kept)
    for known, path in present.items():
        row = kept.get(known)
        text = read_text(path)
        if row is None or row.keep or row.state not in ("fetched", "skipped") or worked_on(text):
            continue
        one = judge(text, known, place.edition)
        judged.append(one)
        if not one.relevant:
            rows[known] = msgspec.structs.replace(row, state="skipped", reason=f"not mathematics: {one.why}")
    if args.dry_run:
        print(printable(lists.changes(before, rows)), end="", file=sys.stderr if args.json else sys.stdout)
    elif rows != before:
        catalogue.save(place.source, rows.values())
    return _show(judged, as_json=args.json)


def judge(text: str, name: str, edition: Edition) -> Judged:
    """Judge one post by its Markdown; one whose front matter is broken by its text alone."""
    try:
        own, body = keywords.read(text, where=name), frontmatter.split(text, where=name).body
    except EditionError:
        own, body = keywords.text_of(name, (), text), text
    seen, _ = inventory(body)
    verdict = relevance.judge(own, len(seen.inline) + len(seen.displayed), edition)
    return Judged(name, own.title, verdict.relevant, verdict.points, verdict.why)


def worked_on(text: str) -> bool:
    """Return whether somebody annotates a post or gave it a status; one that cannot be read is left to the build."""
    try:
        parts = frontmatter.split(text)
    except EditionError:
        return True
    return parts.meta.get("status") not in (None, "", "draft") or "{prf:" in parts.body or ".annotation" in parts.body


def _show(judged: list[Judged], *, as_json: bool) -> int:
    if as_json:
        json.dump([asdict(one) for one in judged], sys.stdout, ensure_ascii=False, indent=2)
        print()
        return 0
    out = [one for one in judged if not one.relevant]
    for one in out:
        print(printable(f"not for this edition: {one.post} {one.title}\n  {one.why}"))
    print(f"{len(judged)} posts judged, {len(out)} not for this edition")
    return 0
