"""Where the pictures of a post are kept, by the addresses they came from, and how its text points at them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ext.edition.checks import markup
from ext.edition.site.files import safe_name

_STEM_BYTES = 40


def file_stem(url: str) -> str:
    """Return the name, without suffix, under which the image at *url* is kept: readable, unique, harmless.

    Only plain letters are kept: readers spell others in a link by their bytes, and look for a file of that name.
    """
    path = "" if url.startswith("data:") else unquote(urlsplit(url).path)
    stem = re.sub(r"[^a-z0-9_-]+", "-", safe_name(PurePosixPath(path).stem, fallback="image"))
    while len(stem.encode()) > _STEM_BYTES:
        stem = stem[:-1]
    return f"{stem.strip('-_') or 'image'}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def kept_file(url: str, folder: Path) -> Path | None:
    """Return the file in which the image at *url* is kept, if it is; what is no address has none."""
    try:
        stem = file_stem(url)
    except ValueError:
        return None
    return next((p for p in sorted(folder.glob(f"{stem}.*")) if p.suffix != ".tmp"), None)


def images_folder(source: Path, known: str) -> Path:
    """Return where the images of the post *known* are kept."""
    return source / "_images" / safe_name(known)


def remote(text: str) -> tuple[str, ...]:
    """Return the addresses on the network at which a text has pictures, each once."""
    found = [one.construct.name if one.construct.kind == markup.IMAGE else one.content for one in markup.read(text)
             if one.construct.kind == markup.IMAGE
             or (one.construct.kind == markup.DIRECTIVE and one.construct.name == "figure")]
    return tuple(dict.fromkeys(url for url in found if re.match(r"https?://[^/\s]", url)))


def pointed(text: str, files: Mapping[str, str]) -> str:
    """Return the text with its pictures at these addresses pointing at these files."""
    for url, path in files.items():
        for spelled in dict.fromkeys((url, url.replace("&", "&amp;"))):
            # the path is a safe name, in which nothing means anything to `re`
            text = re.sub(rf"(\]\(|\{{figure\}}[ \t]+){re.escape(spelled)}(?=[\s)])", rf"\g<1>{path}", text)
    return text


def with_kept(text: str, source: Path, known: str) -> str:
    """Return a text with every picture that is kept pointing at its file, as ``python -m tools images`` leaves it."""
    if "](http" not in text and "{figure}" not in text:
        return text
    folder = images_folder(source, known)
    if not folder.is_dir():
        return text
    found = ((url, kept_file(url, folder)) for url in remote(text))
    return pointed(text, links({url: path for url, path in found if path is not None}, source))


def links(kept: Mapping[str, Path], source: Path) -> dict[str, str]:
    """Return kept images as links relative to the folder of the posts."""
    return {url: f"../{path.relative_to(source).as_posix()}" for url, path in kept.items()}


