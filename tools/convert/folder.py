"""Convert many saved pages into a folder: which file becomes which, and what one page gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ext.edition.site.errors import EditionError
from tools.convert.api import convert
from tools.convert.receipt import Receipt
from tools.convert.records import Profile

_SUFFIXES = frozenset({".html", ".htm", ".xhtml"})


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was saved, and how it is to be read."""

    body: bytes
    profile: Profile
    url: str | None = None
    fragment: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """A page as MyST below its title, and what it had."""

    text: str
    receipt: Receipt
    truncated: bool


def post_of(page: Page) -> Post:
    """Convert one page: plain data in, plain data out, so that any process of any machine may do it."""
    done = convert(page.body, url=page.url, fragment=page.fragment, profile=page.profile)
    return Post((f"# {done.heading}\n\n" if done.heading else "") + done.markdown, done.receipt, done.truncated)


def targets(given: Iterable[Path], output: Path) -> dict[Path, Path]:
    """Return the file in *output* for every page; the pages of a folder keep their places below it.

    Raises EditionError when two pages would become one file.
    """
    pages = [(page, page.relative_to(start)) for start, page in _pages(given)]
    found: dict[Path, Path] = {}
    taken: dict[Path, Path] = {}
    for page, name in pages:
        target = output / name.with_suffix(".md")
        other = taken.setdefault(target, page)
        if other != page:
            raise EditionError(f"would become the same file as {other}: {target}", where=page,
                               remedy="convert them into two folders, or give the folder that holds both")
        found[page] = target
    return found


def _pages(given: Iterable[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield every page after the folder from which its place counts."""
    for path in given:
        if not path.is_dir():
            yield path.parent, path
            continue
        # What a browser saves beside a page lies in a folder of its own and is no page.
        below = sorted(page for page in path.rglob("*") if page.suffix.lower() in _SUFFIXES and page.is_file()
                       and not any(part.endswith(("_files", ".files"))
                                   for part in page.relative_to(path).parts[:-1]))
        if not below:
            raise EditionError("holds no saved page", where=path, remedy="give a folder with .html files")
        yield from ((path, page) for page in below)
