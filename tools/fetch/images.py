"""Download the images of a post: what they are is read from their bytes; of an SVG only what draws is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ext.edition.checks import svg
from ext.edition.site.errors import EditionError
from ext.edition.site.files import safe_name, write_atomic
from tools.convert.img import data_of

_STEM_BYTES = 40


def file_stem(url: str) -> str:
    """Return the name, without suffix, under which the image at *url* is kept: readable, unique, harmless."""
    path = "" if url.startswith("data:") else unquote(urlsplit(url).path)
    stem = safe_name(PurePosixPath(path).stem, fallback="image")
    while len(stem.encode()) > _STEM_BYTES:
        stem = stem[:-1]
    return f"{stem.strip('-_') or 'image'}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def store(urls: Iterable[str], folder: Path, read: Callable[[str], bytes],
          again: Callable[[str], bytes | None] | None = None) -> tuple[dict[str, Path], dict[str, str]]:
    """Keep the images at *urls* in *folder*; return the file of each, and what is to be said of some.

    An image that is there already is asked for only by *again*, which returns None for one that has not changed
    since; without it, it stays: its name says which address it came from. One that stands in the page itself, as a
    ``data:`` address, is never asked for.
    """
    kept: dict[str, Path] = {}
    notes: dict[str, str] = {}
    for url in dict.fromkeys(urls):
        try:
            stem = file_stem(url)
        except ValueError:
            notes[url] = f"stays a link: {url}: is no address"
            continue
        if (there := next((p for p in sorted(folder.glob(f"{stem}.*")) if p.suffix != ".tmp"), None)) is not None:
            kept[url] = there
            if again is None or data_of(url) is not None:
                continue
        own = data_of(url)
        try:
            data = own if own is not None else read(url) if there is None or again is None else again(url)
            if data is None:
                continue
            picture = svg.read(data)
        except EditionError as error:
            if there is None:
                notes[url] = f"stays a link: {_shown(url)}: {error.what}"
            else:
                notes[url] = f"stays as it was: {_shown(url)}: {error.what}"
            continue
        if there is not None and (there.suffix, there.read_bytes()) == (f".{picture.suffix}", picture.data):
            continue
        if there is not None:
            notes[url] = f"changed behind its address: {_shown(url)}"
        if picture.lost:
            notes[url] = f"is kept without {', '.join(picture.lost)}: {_shown(url)}"
        kept[url] = folder / f"{stem}.{picture.suffix}"
        write_atomic(kept[url], picture.data)
    return kept, notes


def _shown(url: str) -> str:
    """Return an address as a message shows it; a picture within the page is not printed."""
    return f"{url[:url.find(',')]} in the page" if url.startswith("data:") else url


def links(kept: Mapping[str, Path], posts: Path) -> dict[str, str]:
    """Return the kept images as links relative to the folder of the posts."""
    return {url: path.relative_to(posts.parent).as_posix().join(("../", "")) for url, path in kept.items()}
