"""List the works that posts link to by arXiv number or DOI and that no .bib file of the edition has.

With --write their entries are asked for, politely and one at a time (arXiv numbers at DataCite, other DOIs at
Crossref), and appended to references.bib. Only the fields that a bibliography shows are taken over.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pybtex.database import BibliographyData, Entry, Person, parse_string
from pybtex.exceptions import PybtexError

from ext.edition.links.external import external
from ext.edition.links.works import keys_of, shown, work_of
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, write_atomic
from ext.edition.site.terminal import printable
from tools import posts
from tools.edits import located, open_post
from tools.fetch.answered import Page, user_agent
from tools.workspace import Workspace, add_edition_option, open_edition

FILE = "references.bib"
ARXIV = "https://data.datacite.org/application/x-bibtex/10.48550/arXiv.{id}"
DOI = "https://api.crossref.org/works/{id}/transform/application/x-bibtex"
#: The fields of an entry that a bibliography shows.
_FIELDS = ("title", "journal", "booktitle", "volume", "number", "pages", "publisher", "year")
_TYPES = frozenset({"article", "book", "inproceedings", "incollection", "phdthesis", "techreport", "misc"})
_SMALL = frozenset({"a", "an", "the", "on", "of", "in", "for", "to", "and", "with", "towards", "is", "are"})


@dataclass(frozen=True, slots=True)
class Missing:
    """A work that no .bib file has, and the posts that link to it."""

    work: str
    posts: tuple[str, ...]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("--write", action="store_true", help=f"fetch the entries and append them to {FILE}")
    parser.add_argument("--limit", type=int, metavar="N", help="ask for at most N entries in this run")
    parser.add_argument("--arxiv", default=ARXIV, metavar="URL", help="who is asked for arXiv numbers, with {id}")
    parser.add_argument("--doi", default=DOI, metavar="URL", help="who is asked for DOIs, with {id}")
    parser.add_argument("--allow-private", action="store_true",
                        help="also ask addresses of this machine and of private networks")


def run(args: argparse.Namespace) -> int:
    """List, and fetch when asked to; return 1 when an entry could not be had."""
    place = open_edition(args.edition)
    known = entries(place)
    todo = missing(place, keys_of((key, _fields(entry)) for key, entry in known.items()))
    for one in todo:
        print(printable(f"{shown(one.work)}  {', '.join(one.posts)}"))
    if not args.write:
        print(f"{len(todo)} works are linked to and in no .bib file" + ("; --write fetches them" if todo else ""))
        return 0
    failed = 0
    fetched: dict[str, Entry] = {}
    if todo:
        from tools.fetch.http import Client  # the network, which a list does without

        with Client(place.edition.fetch, agent=user_agent(place.edition), cache=place.cache,
                    allow_private=args.allow_private) as client:
            for one in todo[:args.limit]:
                try:
                    entry = fetch(client.get, one.work, args.arxiv, args.doi)
                except EditionError as error:
                    print(printable(f"error: {shown(one.work)}: {error}"), file=sys.stderr)
                    failed += 1
                    continue
                fetched[key_for(entry, {*known, *fetched})] = entry
                # At once: a run of an hour may be interrupted.
                append(place.source / FILE, *list(fetched.items())[-1])
    print(f"{len(fetched)} entries appended to {FILE}, {failed} could not be had")
    return 1 if failed else 0


def entries(place: Workspace) -> Mapping[str, Entry]:
    """Return the entries of all .bib files of the edition by their keys."""
    found: dict[str, Entry] = {}
    for path in sorted(place.source.glob("*.bib")):
        found |= dict(parse(read_text(path), where=path).entries)
    return found


def parse(text: str, *, where: object) -> BibliographyData:
    """Return the entries of a BibTeX text; raise with the reason when it is none."""
    try:
        return parse_string(text, "bibtex")
    except PybtexError as error:
        raise EditionError(f"cannot be read as BibTeX: {error}", where=str(where),
                           remedy="correct the entry it names") from error


def missing(place: Workspace, keys: Mapping[str, str]) -> list[Missing]:
    """Return the works that posts link to and that *keys* does not have, in the order of the posts."""
    found: dict[str, list[str]] = {}
    for path in posts.files(place):
        with located(path):
            post = open_post(path)
        for link in external(post.body):
            if (work := work_of(link.url)) and work not in keys and path.stem not in found.setdefault(work, []):
                found[work].append(path.stem)
    return [Missing(work, tuple(names)) for work, names in found.items()]


def fetch(get: Callable[[str], Page], work: str, arxiv: str, doi: str) -> Entry:
    """Return the entry of a work; raise with the reason when it cannot be had."""
    scheme, _, name = work.partition(":")
    url = (arxiv if scheme == "arxiv" else doi).replace("{id}", quote(name, safe="/()"))
    text = get(url).body.decode("utf-8", "replace")
    # Some services give keys that are addresses; ours are made from the entry.
    text = re.sub(r"\A([^@]*@\w+)\s*\{[^,]*,", r"\1{entry,", text)
    entry: Entry | None = next(iter(parse(text, where=url).entries.values()), None)
    tidied = tidy(entry, work) if entry is not None else None
    if tidied is None or not tidied.fields.get("title"):
        raise EditionError("answers without an entry", where=url, remedy=f"write the entry into {FILE} by hand")
    return tidied


def tidy(entry: Entry, work: str) -> Entry:
    """Return an entry with the fields that a bibliography shows, as plain text, and the number of the work."""
    scheme, _, name = work.partition(":")
    fields = {key: plain for key in _FIELDS if (plain := _plain(entry.fields.get(key, "")))}
    fields |= {"eprint": name, "archiveprefix": "arXiv"} if scheme == "arxiv" else {"doi": name}
    if scheme == "arxiv":
        fields.pop("publisher", None)
    kind = entry.type.lower() if entry.type.lower() in _TYPES else "misc"
    people = {role: [Person(plain) for person in persons if (plain := _plain(str(person)))]
              for role, persons in entry.persons.items() if role in ("author", "editor")}
    return Entry(kind, fields, persons=people)


def _plain(text: str) -> str:
    """Return a field without tags of HTML, commands that link, and whatever could end the field early."""
    text = re.sub(r"</?[A-Za-z][^<>]*>", "", text)
    text = re.sub(r"\\(?:url|href)\b", "", text)
    text = "".join(" " if unicodedata.category(one) == "Cc" else one for one in text)
    depth = 0
    for one in text:
        depth += (one == "{") - (one == "}")
        if depth < 0:
            break
    return " ".join((text if depth == 0 else re.sub(r"[{}]", "", text)).split())


def key_for(entry: Entry, taken: Iterable[str]) -> str:
    """Return a new key: the first author's name, the year, and the first telling word of the title."""
    people: Sequence[Person] = entry.persons.get("author") or entry.persons.get("editor") or []
    name = "".join(people[0].last_names) if people else "anonymous"
    words = [word for word in re.findall(r"[a-z0-9]+", _ascii(entry.fields.get("title", ""))) if word not in _SMALL]
    wanted = "".join((re.sub(r"[^a-z]", "", _ascii(name)) or "anonymous", entry.fields.get("year", ""),
                      words[0] if words else ""))
    # BibTeX makes no difference between capital and small letters.
    known = {key.lower() for key in taken}
    return next(key for at in range(len(known) + 1) if (key := wanted if not at else f"{wanted}-{at + 1}") not in known)


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return folded.lower()


def append(path: Path, key: str, entry: Entry) -> None:
    """Append an entry to a .bib file, which stays as it is up to there."""
    before = read_text(path) if path.is_file() else ""
    try:
        written = BibliographyData({key: entry}).to_string("bibtex").strip()
    except PybtexError as error:
        raise EditionError(f"the entry {key} cannot be written: {error}", where=path,
                           remedy="write it by hand") from error
    write_atomic(path, f"{before.rstrip()}\n\n{written}\n" if before.strip() else f"{written}\n")


def _fields(entry: Entry) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in entry.fields.items()}
