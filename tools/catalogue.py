"""Fill the catalogue from a list of posts, and with the posts that the edition wrote itself.

The list is a table with tabs between its columns and a first line of names: id and title, and where they are
known date, slug, section, topic, priority, batch, target_kb, target_formulas. Rows of one id are one post: the
title that is not cut off wins, the others become aliases. Values that the catalogue has are never overwritten.

`required` reads what posts are to contain instead: a table with the columns slug and item, a line an item, and where
they are known batch and hours (`4`, or `3-4`). Items get keys (`r1`, `r2`, …) that annotations name with `:fulfils:`;
an item that is there already keeps its key.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import itertools
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ext.edition.posts import catalogue, series
from ext.edition.posts.catalogue import Entry, Targets
from ext.edition.posts.classify import translate
from ext.edition.site import frontmatter
from ext.edition.site.config import Edition
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text
from ext.edition.site.near import hint, near
from ext.edition.site.terminal import printable
from tools import posts
from tools.workspace import Workspace, add_edition_option, open_edition

Line = Mapping[str, str]
_COLUMNS = ("id", "date", "title", "slug", "section", "topic", "priority", "batch", "target_kb", "target_formulas")
_CUT = re.compile(r"(\.\.\.|…)\s*$")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("action", choices=("import", "local", "required"),
                        help="import: add the posts of a list; local: only the edition's own posts; required: what "
                             "posts are to contain, and the hours that it takes")
    parser.add_argument("list", nargs="?", type=Path, metavar="TSV", help="the list to import")
    parser.add_argument("--address", default="", metavar="URL",
                        help="address of a post, with {id} for its id, as in https://example.org/archives/{id}")
    parser.add_argument("--batch", default="{}", metavar="KEY",
                        help="key of a batch in edition.toml, with {} for what the list has, as in p0-{}")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and write nothing")


def run(args: argparse.Namespace) -> int:
    """Fill the catalogue and say how many rows are new."""
    place = open_edition(args.edition)
    before = catalogue.load(place.source)
    rows = before
    if args.action == "import":
        if args.list is None:
            raise EditionError("no list was given", remedy="python -m tools catalogue import LIST.tsv")
        lines = read_list(read_text(args.list), where=args.list)
        found = entries(lines, place.edition, address=args.address, batch=args.batch)
        rows = merge(rows, found, place.edition.priorities)
        doubled = len(lines) - len(found)
        print(f"{len(lines)} lines, {len(found)} posts, {doubled} lines were of a post already listed")
    lost: Sequence[str] = ()
    if args.action == "required":
        if args.list is None:
            raise EditionError("no list was given", remedy="python -m tools catalogue required LIST.tsv")
        rows, lost = demand(rows, read_text(args.list), where=args.list)
        print(f"{sum(len(row.required) for row in rows.values())} items are required of "
              f"{sum(bool(row.required) for row in rows.values())} posts")
        for line in lost:
            print(printable(line), file=sys.stderr)
    rows = merge(rows, local(place), place.edition.priorities)
    if args.dry_run:
        print(printable(changes(before, rows)), end="")
    else:
        catalogue.save(place.source, rows.values())
    print(f"{len(rows)} rows, {len(rows) - len(before)} of them new{'; nothing was written' if args.dry_run else ''}")
    return 1 if lost else 0


def read_list(text: str, *, where: Path | str = "list") -> list[Line]:
    """Return the lines of a list; one without id or title is an error with its number."""
    reader = csv.DictReader(text.splitlines(), dialect="excel-tab", restval="")
    if missing := {"id", "title"} - set(reader.fieldnames or ()):
        raise EditionError(f"has no column {sorted(missing)[0]!r}", where=f"{where}:1",
                           remedy=f"name the columns in the first line: {', '.join(_COLUMNS)}")
    lines = list[Line]()
    for number, line in enumerate(reader, 2):
        own = {key: (line.get(key) or "").strip() for key in _COLUMNS}
        if not own["id"] or not own["title"]:
            raise EditionError("a line has no id or no title", where=f"{where}:{number}",
                               remedy="complete it, or delete it")
        lines.append(own)
    return lines


def demand(rows: Mapping[str, Entry], text: str, *, where: Path | str = "list"
           ) -> tuple[dict[str, Entry], Sequence[str]]:
    """Return *rows* with what a list requires of them, and a message for every post that the catalogue does not have.

    Batch and hours are filled in where a row has none.
    """
    by_slug = {name: row.id for row in reversed(list(rows.values()))
               for name in (*row.aliases, row.id, row.slug) if name}
    reader = csv.DictReader(text.splitlines(), dialect="excel-tab", restval="", quoting=csv.QUOTE_NONE)
    if missing := {"slug", "item"} - set(reader.fieldnames or ()):
        raise EditionError(f"has no column {sorted(missing)[0]!r}", where=f"{where}:1",
                           remedy="name the columns in the first line: slug, item, and where known batch and hours")
    found, lost = dict(rows), dict[str, str]()
    for number, line in enumerate(reader, 2):
        slug, item = (line["slug"] or "").strip(), " ".join((line["item"] or "").split())
        if not item:
            raise EditionError("a line has no item", where=f"{where}:{number}", remedy="complete it, or delete it")
        if slug not in by_slug:
            lost.setdefault(slug, f"{where}:{number}: the catalogue has no post {slug!r}{hint(near(slug, by_slug))}")
            continue
        row = found[by_slug[slug]]
        hours = _hours(line.get("hours") or "", f"{where}:{number}")
        required = row.required if item in row.required.values() else {**row.required, _key(row.required): item}
        found[row.id] = msgspec.structs.replace(row, required=required, hours=row.hours or hours,
                                                batch=row.batch or (line.get("batch") or "").strip())
    return found, tuple(lost.values())


def _key(taken: Mapping[str, str]) -> str:
    return next(key for number in itertools.count(len(taken) + 1) if (key := f"r{number}") not in taken)


def _hours(text: str, where: str) -> tuple[float, float] | None:
    """Return an estimate like ``4`` or ``3-4``, None for an empty one."""
    if not text.strip():
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(?:[-–~](\d+(?:\.\d+)?))?", re.sub(r"\s+|h(?:ours?)?|小时", "", text))
    if found is None:
        raise EditionError(f"{text!r} is no number of hours", where=where, remedy="write 4, or 3-4")
    low, high = sorted((float(found[1]), float(found[2] or found[1])))
    return low, high


def entries(lines: Sequence[Line], edition: Edition, *, address: str = "", batch: str = "{}") -> list[Entry]:
    """Return one row for every post of a list, in the order in which the list first names them."""
    # Where nearly all slugs are made of titles, the others are damaged: cut off, or of something else.
    made = sum(line["slug"] == plain_slug(line["title"]) for line in lines) >= 0.9 * len(lines)
    return [_entry(group, edition, address, batch, slugs_of_titles=made) for group in grouped(lines)]


def grouped(lines: Iterable[Line]) -> list[list[Line]]:
    """Return the lines of each post together."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line["id"], []).append(line)
    return list(groups.values())


def best(group: Iterable[Line]) -> Line:
    """Return the line with the whole title: not cut off, and the longest of those."""
    return min(group, key=lambda line: (bool(_CUT.search(line["title"])), -len(line["title"])))


def _entry(group: Sequence[Line], edition: Edition, address: str, batch: str, *, slugs_of_titles: bool) -> Entry:
    first = best(group)
    title = first["title"]
    slug = plain_slug(title) if slugs_of_titles or not first["slug"] else first["slug"]

    def known(column: str) -> str:
        return next((line[column] for line in (first, *group) if line[column]), "")

    place = series.place(title, edition.series)
    listed = next((one for one in edition.series if place and one.name == place.series), None)
    others = [name for line in group for name in (line["title"], line["slug"])
              if name not in ("", title, slug) and (not slugs_of_titles or _alike(name, title))]
    size, formulas = known("target_kb"), known("target_formulas")
    where = f"post {first['id']}"
    return Entry(
        id=first["id"], title=title, slug=slug, source=address.replace("{id}", first["id"]), date=known("date"),
        topic=(listed.topic if listed else "") or _topic(group, edition),
        series=place.series if place else "", number=place.number if place else None,
        priority=known("priority"), batch=batch.replace("{}", known("batch")) if known("batch") else "",
        targets=Targets(_number(size, float, where), _number(formulas, int, where)),
        aliases=tuple(dict.fromkeys(others)))


def _alike(name: str, title: str) -> bool:
    """Return whether a name may be another spelling of a title, or a part of it."""
    return difflib.SequenceMatcher(None, plain_slug(name), plain_slug(title)).ratio() > 0.5


def _topic(group: Iterable[Line], edition: Edition) -> str:
    """Return the topic of the lines that somebody rated, else that of their section; the others are for `classify`."""
    rated = [line for line in group if line["priority"]]
    names = [line[column] for column in ("topic", "section") for line in rated]
    return next((topic for name in names if (topic := translate(name, edition))), "")


def _number(text: str, kind: type[float] | type[int], where: str) -> Any:
    try:
        return kind(text) if text else None
    except ValueError as error:
        raise EditionError(f"the target {text!r} is not a number", where=where, remedy="write digits only") from error


def plain_slug(title: str) -> str:
    """Return a title as a slug: its letters and digits, and hyphens for its spaces."""
    return re.sub(r"[\s_-]+", "-", re.sub(r"[^\w\s-]", "", title.lower())).strip("-")


def local(place: Workspace) -> list[Entry]:
    """Return a row for every post of the edition's own writing that has an id."""
    found = []
    for path in posts.files(place):
        meta = frontmatter.split(read_text(path), where=path).meta
        if meta.get("origin") == "local" and meta.get("id"):
            number = meta.get("number")
            found.append(Entry(
                id=str(meta["id"]), title=str(meta.get("title") or path.stem), state="local",
                slug=path.relative_to(place.posts.resolve()).with_suffix("").as_posix(),
                date=str(meta.get("date") or ""), topic=str(meta.get("topic") or ""),
                series=str(meta.get("series") or ""), number=number if isinstance(number, int) else None))
    return found


def merge(rows: Mapping[str, Entry], found: Iterable[Entry], priorities: Sequence[str]) -> dict[str, Entry]:
    """Return *rows* completed by what was *found*; new rows come last, the most important first.

    The fetcher works from the top. Only what a row lacks is filled in, and aliases are added.
    """
    merged, new = dict(rows), list[Entry]()
    for entry in found:
        if entry.id not in merged:
            new.append(entry)
            continue
        row = merged[entry.id]
        empty = {name: value for name in entry.__struct_fields__
                 if name not in ("id", "state", "title") and not getattr(row, name) and (value := getattr(entry, name))}
        extra = [entry.title] if entry.title != row.title else []
        aliases = tuple(dict.fromkeys([*row.aliases, *extra, *entry.aliases]))
        merged[entry.id] = msgspec.structs.replace(row, **{**empty, "aliases": aliases})
    rank = {priority: place for place, priority in enumerate(priorities)}
    new.sort(key=lambda entry: (entry.state == "local", rank.get(entry.priority, len(rank)), len(entry.id), entry.id))
    if doubled := [known for known, count in Counter(entry.id for entry in new).items() if count > 1]:
        raise EditionError(f"two posts have the id {doubled[0]!r}", remedy="give every post its own id")
    return merged | {entry.id: entry for entry in new}


def changes(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> str:
    """Return the difference between two catalogues as a unified diff."""
    one, other = (catalogue.text(rows.values()).splitlines(keepends=True) for rows in (before, after))
    return "".join(difflib.unified_diff(one, other, catalogue.FILE, catalogue.FILE, n=1))
