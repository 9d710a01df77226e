"""Divide an edition by topic into two that refer to each other, in two new folders; the edition itself is left alone.

A post goes with its topic, and with it its original, its row of the catalogue, its reviews and its checks; what is not
a post's (home page, bibliography, pictures, guide) goes into both. Each gets the other's inventory, taken from the last
build of the whole, so that both build at once and without the network; links by the address of the blog, by file and
by label lead from one into the other. What is about an equation (:of:, :derives:, :explains:, :uses:) counts within one
edition, so posts tied by it must not be divided: they are named, and nothing is written.

examples:
  make html
  python -m tools divide --topic 扩散模型 --first diffusion=https://d.example/ --second rest=https://r.example/ parts
  make html SOURCEDIR=parts/diffusion/source BUILDDIR=parts/diffusion/build
Later, when one has grown, copy its build/html/objects.inv over elsewhere/NAME.inv of the other.
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ext.edition.audit import reviews
from ext.edition.checks import results
from ext.edition.links import objects
from ext.edition.posts import catalogue, digests
from ext.edition.site import config, frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, safe_name, write_atomic
from ext.edition.site.terminal import printable
from tools import posts
from tools.init import filled
from tools.workspace import Workspace, add_edition_option, open_edition

#: Files of the sources that are divided entry by entry, and folders that are divided file by file.
_ENTRIES = (catalogue.FILE, digests.FILE, reviews.FILE, results.FILE)
_FOLDERS = ("posts", "originals", "topics", "conflicts")
_ROLE = re.compile(r"\{(prf:ref|eq|math:eq)\}`([^`\n]+)`")
_TOLD = re.compile(r"[^<>]*<([^<>]+)>")
_ABOUT = re.compile(r" {0,3}:(of|derives|explains|uses): (.+)")
#: The domain in which a role names something.
_DOMAIN = {"eq": "math", "math:eq": "math", "prf:ref": "prf"}


@dataclass(frozen=True, slots=True)
class Part:
    """One of the two: its name, its address, and what it takes: topics (or all others), posts, ids."""

    name: str
    url: str
    posts: frozenset[str]
    ids: frozenset[str]
    topics: frozenset[str]

    def has(self, page: str) -> bool:
        """Tell whether a page of the sources, without its ending, is this part's alone."""
        return page in self.posts


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_edition_option(parser)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the two are written, each below its name")
    parser.add_argument("--topic", action="append", required=True, dest="topics", metavar="NAME",
                        help="a topic whose posts go into the first; may be repeated")
    for which in ("first", "second"):
        parser.add_argument(f"--{which}", required=True, type=_named, metavar="NAME=URL",
                            help=f"name and address of the {which}")
    parser.add_argument("--inventory", type=Path, metavar="FILE",
                        help="the inventory of the whole (default: build/html/objects.inv of the edition)")
    parser.add_argument("--dry-run", action="store_true", help="only say what would go where")


def _named(text: str) -> tuple[str, str]:
    name, _, url = text.partition("=")
    if not name or not name.isascii() or safe_name(name) != name or urlsplit(url).scheme not in ("http", "https"):
        raise argparse.ArgumentTypeError(f"{text!r} is not like algebra=https://algebra.example/")
    return name, url.rstrip("/") + "/"


def run(args: argparse.Namespace) -> int:
    """Write the two editions and say what went where."""
    place = open_edition(args.edition)
    if unknown := set(args.topics) - set(place.edition.topic_names):
        raise EditionError(f"there is no topic {', '.join(sorted(unknown))}", where=place.root / config.FILE,
                           remedy=f"the topics are {', '.join(place.edition.topic_names)}")
    if args.first[0] == args.second[0]:
        raise EditionError(f"both are named {args.first[0]}", where="--second", remedy="give each a name of its own")
    path = args.inventory or place.root / "build" / "html" / "objects.inv"
    if not path.is_file():
        raise EditionError("there is no inventory of the whole", where=path,
                           remedy="build it first with `make html`, or name it with --inventory")
    head, items = objects.read(path.read_bytes(), where=path)
    pair = parts(place, frozenset(args.topics), args.first, args.second)
    tied(place, pair, items)
    for part in pair:
        target = args.folder / part.name
        if target.exists() and any(target.iterdir()):
            raise EditionError("is there already", where=target, remedy="name another folder, or remove it")
    for part, other in (pair, pair[::-1]):
        rewritten = Counter[str]()
        if not args.dry_run:
            listed = objects.write(head, [item for item in items if other.has(_source(item.page))])
            rewritten = write(place, part, other, args.folder / part.name, listed, items)
        said = f", {sum(rewritten.values())} references by label to {other.name}" if rewritten else ""
        print(printable(f"{args.folder / part.name}: {len(part.posts)} pages of its own{said}"))
    for name, sides in sorted(_series(place, pair).items()):
        print(printable(f"note: the series {name} is in both ({sides[0]} and {sides[1]} posts)"))
    return 0


def parts(place: Workspace, topics: frozenset[str], first: tuple[str, str], second: tuple[str, str]
          ) -> tuple[Part, Part]:
    """Return which posts and topics each takes."""
    pages: dict[bool, set[str]] = {True: set(), False: set()}
    known: dict[bool, set[str]] = {True: set(), False: set()}
    slugs = {topic.slug: topic.name in topics for topic in place.edition.topics}
    for path in (place.source / "topics").glob("*.md"):
        pages[slugs.get(path.stem, False)].add(f"topics/{path.stem}")
    for path in posts.files(place):
        meta = frontmatter.split(read_text(path), where=path).meta
        side = meta.get("topic") in topics
        pages[side].add(path.relative_to(place.source.resolve()).with_suffix("").as_posix())
        if meta.get("id"):
            known[side].add(str(meta["id"]))
    for row in catalogue.load(place.source).values():
        if row.id not in known[True] | known[False]:
            known[row.topic in topics].add(row.id)
    named = frozenset(place.edition.topic_names)
    return (Part(*first, frozenset(pages[True]), frozenset(known[True]), topics),
            Part(*second, frozenset(pages[False]), frozenset(known[False]), named - topics))


def _source(page: str) -> str:
    return page.removesuffix("/").removesuffix(".html")


def _owners(items: Iterable[objects.Item]) -> Mapping[tuple[str, str], str]:
    """Return the page of every object by its name; with it the domain, for ``{prf:ref}`` refers to every kind."""
    return {(item.role.partition(":")[0], item.name): _source(item.page) for item in items}


def tied(place: Workspace, pair: tuple[Part, Part], items: Iterable[objects.Item]) -> None:
    """Refuse to divide posts of which one says what it is about by a name of the other."""
    owners, found = _owners(items), []
    for path in posts.files(place):
        page = path.relative_to(place.source.resolve()).with_suffix("").as_posix()
        own = next(part for part in pair if part.has(page))
        for number, line in enumerate(read_text(path).splitlines(), 1):
            about = _ABOUT.fullmatch(line.rstrip())
            for name in re.split(r"[,\s]+", about[2]) if about else ():
                owner = next((owners[key] for domain in ("math", "prf")
                              if (key := (domain, name)) in owners), page)
                if not own.has(owner) and any(part.has(owner) for part in pair):
                    found.append(f"{posts.shown(place, path)}:{number}: :{about[1] if about else ''}: {name}, "
                                 f"which is in {owner}")
    if found:
        raise EditionError("posts that would be divided are tied:\n  " + "\n  ".join(found[:20]), where=place.posts,
                           remedy="give both posts one topic, or divide by other topics")


def write(place: Workspace, part: Part, other: Part, root: Path, listed: bytes, items: tuple[objects.Item, ...]
          ) -> Counter[str]:
    """Write one edition; return how many references by label were pointed at the other, by role."""
    source, owners, rewritten = root / "source", _owners(items), Counter[str]()

    def away(found: re.Match[str]) -> str:
        told = _TOLD.fullmatch(found[2])
        name = (told[1] if told else found[2]).strip()
        owner = owners.get((_DOMAIN[found[1]], name))
        if owner is None or not other.has(owner):
            return found[0]
        rewritten[found[1]] += 1
        return f"{{external+{other.name}:{'math:eq' if found[1] == 'eq' else found[1]}}}`{found[2]}`"

    for path in sorted(place.source.rglob("*")):
        below = path.relative_to(place.source)
        if not path.is_file() or below.as_posix() in _ENTRIES or any(name.startswith(".") for name in below.parts):
            continue
        page = below.with_suffix("").as_posix()
        if other.has(page) or below.parts[0] == "originals" and path.stem in other.ids \
                or below.parts[0] == "conflicts" and other.has(f"posts/{path.stem}"):
            continue
        (source / below).parent.mkdir(parents=True, exist_ok=True)
        text = read_text(path) if part.has(page) else ""
        if text and (changed := _ROLE.sub(away, text)) != text:
            write_atomic(source / below, changed)
        else:
            shutil.copyfile(path, source / below)
    for name in ("posts", "originals"):
        (source / name).mkdir(parents=True, exist_ok=True)
    rows = [row for row in catalogue.load(place.source).values() if row.id in part.ids]
    if (place.source / catalogue.FILE).is_file():
        catalogue.save(source, rows)
    if (known := digests.load(place.source)) is not None:
        write_atomic(source / digests.FILE, "".join(f"{digest}  originals/{name}\n" for name, digest in
                                                    sorted(known.items()) if Path(name).stem not in other.ids))
    reviews.divide(place.source, source, part.ids)
    if checked := {page: found for page, found in results.load(place.source).items() if not other.has(page)}:
        results.save(source, checked)
    (root / "elsewhere").mkdir()
    (root / "elsewhere" / f"{other.name}.inv").write_bytes(listed)
    write_atomic(root / config.FILE, settings(read_text(place.root / config.FILE), part, other))
    return rewritten


def settings(text: str, part: Part, other: Part) -> str:
    """Return the ``edition.toml`` of a part: its address, its topics, and where the other one is."""
    pieces = re.split(r"^(?=\[)", filled(text, {("edition", "url"): part.url}), flags=re.M)
    kept, left_out = [], False
    for piece in pieces:
        if not piece.startswith("[topics."):  # a table of the topic above it
            named = re.search(r"""^name = (["'])(.*?)\1""", piece, re.M)
            left_out = piece.startswith("[[topics]]") and named is not None and named[2] in other.topics
        if not left_out:
            kept.append(piece)
    return (f"{''.join(kept).rstrip()}\n\n[[elsewhere]]\nname = \"{other.name}\"\nurl = \"{other.url}\"\n"
            f"inventory = \"elsewhere/{other.name}.inv\"\n")


def _series(place: Workspace, pair: tuple[Part, Part]) -> Mapping[str, tuple[int, int]]:
    """Return the series that have posts in both, and how many in each."""
    counts: dict[str, Counter[str]] = {}
    for row in catalogue.load(place.source).values():
        if row.series:
            own = pair[0] if row.id in pair[0].ids else pair[1]
            counts.setdefault(row.series, Counter())[own.name] += 1
    return {name: (found[pair[0].name], found[pair[1].name]) for name, found in counts.items() if len(found) == 2}
