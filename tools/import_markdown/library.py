"""Import a folder of legacy posts: which of them are one post, and what is written where."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import msgspec

from ext.edition.posts import catalogue, digests
from ext.edition.posts.catalogue import Entry
from ext.edition.site import frontmatter
from ext.edition.site.config import Edition
from ext.edition.site.errors import EditionError
from ext.edition.site.files import inside, read_text, safe_name, write_atomic
from tools import keeping
from tools.fetch.save import original_path
from tools.import_markdown.layers import Layers
from tools.import_markdown.post import Imported, convert
from tools.posts import by_id
from tools.signatures import OTHER, kind_of, misplaced
from tools.workers import Workers, run_all
from tools.workspace import Workspace

_SUFFIXES = frozenset({".md", ".markdown", ".mdown", ".mkd"})


class Result(StrEnum):
    """What became of one file."""

    NEW = "new"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    """Nobody had edited the post since it was imported, and the import gives another text now."""
    KEPT = "kept"
    """The post was edited since, or was not made by an import: it is left as it is."""
    MERGED = "merged"
    """The same post under another name; its name is an alias now."""
    REPORTED = "not imported"
    """Another version of a post that was imported from a fuller file: a person has to look at it."""
    DRAFT = "a draft, left out"
    """Its author has not published it."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file and what became of it."""

    file: str
    result: Result
    post: Imported | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Job:
    text: str
    name: str
    edition: Edition
    headings: bool


def files(folder: Path) -> list[Path]:
    """Return the Markdown files in *folder* in the order of their names."""
    if folder.is_file():
        with folder.open("rb") as stream:
            head = stream.read(20_000)
        if kind_of(head).name in ("Markdown", OTHER.name):
            raise EditionError("is a file", where=folder, remedy=f"give the folder that holds it: {folder.parent}")
        raise misplaced(head, "a folder of Markdown files", folder)
    if not folder.is_dir():
        raise EditionError("is not a folder", where=folder, remedy="give the folder that holds the Markdown files")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES
                   and not path.name.startswith(("_", ".")) and not _passed_over(path.relative_to(folder).parts[:-1]))
    if not found:
        raise EditionError("holds no Markdown file", where=folder, remedy="give the folder that holds the posts")
    return found


def _passed_over(folders: Sequence[str]) -> bool:
    """Tell whether a generator keeps no posts in such a folder."""
    return any(name in ("node_modules", "themes", "layouts", "archetypes", "vendor") or name.startswith(".")
               or (name.startswith("_") and name not in ("_posts", "_drafts")) for name in folders)


def read(paths: Iterable[Path], folder: Path, edition: Edition, workers: Workers, *, headings: bool = True
         ) -> Iterator[Imported | EditionError]:
    """Yield what every file below *folder* gives, in the order of *paths*; *headings* as in :func:`convert`."""
    return run_all(_import, paths, lambda path: _Job(_text(path, folder), path.relative_to(folder).as_posix(), edition,
                                                     headings), workers)


def _text(path: Path, folder: Path) -> str:
    """Return the text of a file, which must be in the folder itself: what a link leads to is another's."""
    if not Path(os.path.realpath(path)).is_relative_to(folder.resolve()):  # a loop of links is an error of its own
        raise EditionError("leads out of its folder", where=path,
                           remedy="put the file itself there, or remove the link")
    return read_text(path)


def _import(job: _Job) -> Imported:
    return convert(job.text, job.name, job.edition, headings=job.headings)


def choose(posts: Iterable[Imported]) -> tuple[list[Imported], list[tuple[Imported, Imported]]]:
    """Return one post for each id, and the others each with the one chosen instead.

    The fuller one is chosen; of equal ones that whose file is named after the title.
    """
    by_id: dict[str, list[Imported]] = {}
    for post in posts:
        by_id.setdefault(post.id, []).append(post)
    chosen: list[Imported] = []
    others: list[tuple[Imported, Imported]] = []
    for versions in by_id.values():
        best, *rest = sorted(versions, key=lambda p: (-len(p.body.partition("\n")[2]), -_alike(p), p.file))
        chosen.append(best)
        others += [(post, best) for post in rest]
    return sorted(chosen, key=lambda p: p.file), others


def _alike(post: Imported) -> int:
    """Return how many characters the name of a post's file shares with its title, from the first."""
    return len(os.path.commonprefix([post.slug, safe_name(str(post.meta["title"]).replace(" ", "-"))]))


def _adds_nothing(post: Imported, best: Imported) -> bool:
    """Tell whether everything in *post* stands in *best* too: its original is the same and it has nothing more."""
    words = [line.strip() for line in post.body.split("\n")[1:] if line.strip()]
    return set(words) <= {line.strip() for line in best.body.split("\n")}


def plan(place: Workspace, read_posts: Sequence[Imported | EditionError]) -> tuple[list[Outcome], dict[str, Entry]]:
    """Decide what becomes of every file, and what the catalogue says then; nothing is written."""
    rows = catalogue.load(place.source)
    drafts = [post for post in read_posts if isinstance(post, Imported) and post.draft]
    chosen, others = choose(post for post in read_posts if isinstance(post, Imported) and not post.draft)
    chosen = [_illustrated(post, place) for post in chosen]
    there = by_id(place)
    outcomes = [Outcome(Path(str(error.where)).name.partition(":")[0], Result.FAILED, None, str(error))
                for error in read_posts if isinstance(error, EditionError)]
    outcomes += [Outcome(post.file, Result.DRAFT, None) for post in drafts]
    used = {path.stem for path in there.values()} | {path.stem for path in place.posts.glob("*.md")}
    names: dict[str, str] = {}
    for post in chosen:
        home = there.get(post.id)
        try:
            if home is None:
                _readable(place.posts / f"{post.slug}.md")
            result, note = _what(place, post, home)
        except EditionError as error:
            outcomes.append(Outcome(post.file, Result.FAILED, None, str(error)))
            continue
        slug = home.stem if home is not None else _free(post, used)
        used.add(slug)
        names[post.id] = slug
        outcomes.append(Outcome(post.file, result, post, note))
        rows[post.id] = _row(rows.get(post.id), post, slug)
    for post, best in others:
        if best.id not in names:
            continue  # it failed, and so does this one
        merged = _adds_nothing(post, best)
        aliases = tuple(dict.fromkeys((*rows[best.id].aliases, *_names(post, rows[best.id]))))
        rows[best.id] = msgspec.structs.replace(rows[best.id], aliases=aliases)
        note = f"id {post.id}: {best.file} is fuller" + ("" if merged else ", but has not all of this one")
        outcomes.append(Outcome(post.file, Result.MERGED if merged else Result.REPORTED, post, note))
    return sorted(outcomes, key=lambda o: o.file), rows


def _readable(path: Path) -> None:
    """Raise when there is a file with the name of a post that cannot be read: it may be that very post."""
    if path.exists():
        frontmatter.split(read_text(path), where=path)


def _illustrated(post: Imported, place: Workspace) -> Imported:
    """Return a post that shows the pictures which were fetched since it was imported."""
    original = post.original
    return replace(post, body=keeping.with_kept(post.body, place.source, post.id),
                   original=None if original is None else keeping.with_kept(original, place.source, post.id))


def _free(post: Imported, used: set[str]) -> str:
    """Return a file name that no other post has."""
    return post.slug if post.slug not in used else f"{post.slug}-{safe_name(post.id)}"


def _what(place: Workspace, post: Imported, path: Path | None) -> tuple[Result, str]:
    if path is None:
        return Result.NEW, ""
    here = frontmatter.split(read_text(path), where=path)
    if here.body.strip() == post.body.strip():
        return Result.UNCHANGED, ""
    home = original_path(place, post.id)
    source = frontmatter.split(read_text(home), where=home).meta if home.is_file() else here.meta
    own = source.get("receipt", {}).get("import", {}) if isinstance(source.get("receipt"), Mapping) else {}
    if own.get("digest") and own["digest"] == digest_of(here.body):
        return Result.UPDATED, ""
    return Result.KEPT, f"{path.name} is there already and differs from what this file gives"


def digest_of(body: str) -> str:
    """Return the digest by which an edited post is told from an untouched one."""
    return hashlib.sha256(body.strip().encode()).hexdigest()[:16]


def _names(post: Imported, row: Entry) -> tuple[str, ...]:
    given = (str(post.meta["title"]), *post.titles, post.slug)
    return tuple(name for name in given if name and name not in (row.title, row.slug))


def _row(row: Entry | None, post: Imported, slug: str) -> Entry:
    """Return the row of a post; what is there already was set by hand or by a fetch and stays."""
    state: catalogue.State = "truncated" if post.truncated else "fetched"
    meta = post.meta
    if row is None:
        return Entry(id=post.id, title=str(meta["title"]), state=state, slug=slug, source=str(meta["source"]),
                     date=str(meta["date"]), aliases=post.titles,
                     reason="only the beginning, as a feed gave it" if post.truncated else "")
    return msgspec.structs.replace(
        row, state=state if row.state in ("known", "truncated") else row.state, slug=row.slug or slug,
        source=row.source or str(meta["source"]), date=row.date or str(meta["date"]),
        reason=row.reason or ("only the beginning, as a feed gave it" if post.truncated else ""),
        aliases=tuple(dict.fromkeys((*row.aliases, *(t for t in post.titles if t != row.title)))))


def write(place: Workspace, outcomes: Iterable[Outcome], rows: Mapping[str, Entry]) -> int:
    """Write what is new or updated, originals first, the catalogue last; return how many files changed."""
    changed = 0
    originals: dict[Path, str] = {}
    posts: dict[Path, str] = {}
    for outcome in outcomes:
        post = outcome.post
        if post is None or outcome.result not in (Result.NEW, Result.UPDATED, Result.UNCHANGED):
            continue
        row = rows[post.id]
        meta = {**post.meta, "topic": row.topic, "series": row.series, "number": row.number}
        receipt = {**post.receipt, "import": {**post.receipt["import"], "digest": digest_of(post.body)}}
        home = original_path(place, post.id)
        if post.original is not None and (outcome.result is not Result.UNCHANGED or not home.is_file()):
            originals |= _original(home, meta, receipt, post)
        if outcome.result is not Result.UNCHANGED:
            extra = {} if post.original is not None else {"layers": str(Layers.UNKNOWN), "receipt": receipt}
            posts[inside(place.posts, f"{row.slug}.md")] = frontmatter.join({**meta, **extra}, post.body)
    if originals:
        digests.record(place.source, {path.name: text for path, text in originals.items()})
    changed += sum(write_atomic(path, text) for path, text in (*originals.items(), *posts.items()))
    changed += catalogue.save(place.source, rows.values())
    return changed


def _original(
    path: Path, meta: Mapping[str, object], receipt: Mapping[str, object], post: Imported
) -> dict[Path, str]:
    """Return the original to write at *path*, unless one that came from the site itself is there."""
    if path.is_file() and frontmatter.split(read_text(path), where=path).meta.get("origin") != "legacy":
        return {}
    extra = {"truncated": "only the beginning, as a feed gave it"} if post.truncated else {}
    kept = {key: value for key, value in meta.items() if key not in ("status", "topic", "series", "number")}
    return {path: frontmatter.join({**kept, **extra, "receipt": receipt}, post.original or "")}
