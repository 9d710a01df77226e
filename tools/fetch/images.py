"""Download the images of a post: what they are is read from their bytes; of an SVG only what draws is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ext.edition.checks import svg
from ext.edition.site.errors import EditionError
from ext.edition.site.files import write_atomic
from tools.convert.img import data_of
from tools.keeping import file_stem, kept_file


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
        if (there := kept_file(url, folder)) is not None:
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
