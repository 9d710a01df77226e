"""Find the posts of an edition by what people call them: slug, archive id, or path."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

from ext.edition.posts import catalogue
from ext.edition.site import frontmatter
from ext.edition.site.errors import EditionError
from ext.edition.site.files import read_text, safe_name
from tools.workspace import Workspace


def find(place: Workspace, name: str) -> Path:
    """Return the file of the post that *name* means; none or several are an error that names the nearest."""
    given = Path(name)
    for path in (given, place.root / given, place.source / given, place.posts / f"{name.removesuffix('.md')}.md"):
        if path.is_file() and path.resolve().is_relative_to(place.posts.resolve()):
            return path.resolve()
    posts = tuple(files(place))
    found = [path for path in posts if path.stem == name] or [path for path in posts if post_id(path) == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise EditionError(f"{name!r} names {len(found)} posts", where=place.posts,
                           remedy="give a path: " + ", ".join(map(str, found)))
    near = difflib.get_close_matches(name, [path.stem for path in posts], n=3, cutoff=0.4)
    raise EditionError(f"there is no post {name!r}", where=place.posts,
                       remedy=f"give a slug, an id or a path{'; near: ' + ', '.join(near) if near else ''}")


def files(place: Workspace) -> Iterator[Path]:
    """Yield the files of all posts in the order of their names."""
    yield from sorted(path for path in place.posts.resolve().glob("**/*.md") if not path.name.startswith("."))


def by_id(place: Workspace) -> Mapping[str, Path]:
    """Return the file of every post by its id; two posts with one id are an error that names both.

    A post whose front matter cannot be read is the one that the catalogue has under its name: it is not missing.
    """
    found: dict[str, Path] = {}
    broken: dict[str, Path] = {}
    for path in files(place):
        try:
            known = str(frontmatter.split(read_text(path), where=path).meta.get("id") or "")
        except EditionError:  # the build's to report
            broken[path.relative_to(place.posts.resolve()).with_suffix("").as_posix()] = path
            continue
        if known and known in found:
            raise EditionError(f"has the id {known!r}, as {shown(place, found[known])} has", where=path,
                               remedy="delete the one that nobody worked on, or give it an id of its own")
        if known:
            found[known] = path
    if broken:
        for row in catalogue.load(place.source).values():
            if row.slug in broken:
                found.setdefault(row.id, broken[row.slug])
    return found


def post_id(path: Path) -> str:
    """Return the id in a post's front matter; one that cannot be read is the build's to report."""
    try:
        return str(frontmatter.split(read_text(path), where=path).meta.get("id") or "")
    except EditionError:
        return ""


def docname(place: Workspace, path: Path) -> str:
    """Return the name by which Sphinx knows the post in *path*."""
    return path.relative_to(place.source.resolve()).with_suffix("").as_posix()


def shown(place: Workspace, path: Path) -> str:
    """Return a path as messages show it: from the folder of the edition."""
    return path.resolve().relative_to(place.root.resolve()).as_posix()


def original(place: Workspace, known: str) -> Path:
    """Return where the original of a post is kept: what it was annotated against."""
    return place.originals / f"{safe_name(known)}.md"


def waiting(place: Workspace, known: str) -> Path:
    """Return where an original that changed upstream waits to be merged."""
    return place.originals / f"{safe_name(known)}.new.md"
