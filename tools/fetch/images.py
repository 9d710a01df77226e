"""Download the images of a post: what they are is read from their bytes, and nothing else is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from lxml import etree

from ext.edition.errors import EditionError
from ext.edition.files import safe_name, write_atomic

#: First bytes of the types that every browser shows.
_MAGIC: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"\xff\xd8\xff"), "jpg"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.S), "webp"),
)
_SVG_ATTRIBUTES = re.compile(r"on\w+", re.I)
_SVG_ELEMENTS = frozenset({"script", "foreignobject", "iframe", "object", "embed", "handler", "set", "animate",
                           "animatetransform", "animatemotion"})
_STEM_BYTES = 40


def image_type(data: bytes) -> str | None:
    """Return the file suffix of an image by its bytes, or None when it isn't one that is kept."""
    for magic, suffix in _MAGIC:
        if magic.match(data):
            return suffix
    return "svg" if _harmless_svg(data) else None


def _harmless_svg(data: bytes) -> bool:
    """Return whether *data* is an SVG that draws and does nothing else: no script, no link out, no entity."""
    if b"<svg" not in data[:4096] or b"<!ENTITY" in data or b"<?xml-stylesheet" in data:
        return False
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return False
    for element in root.iter():
        if not isinstance(element.tag, str):
            if element.tag is not etree.Comment:
                return False
            continue
        name = etree.QName(element).localname.lower()
        if name in _SVG_ELEMENTS or (name == "style" and re.search(r"@import|url\s*\(", element.text or "", re.I)):
            return False
        for key, value in element.attrib.items():
            attribute = etree.QName(str(key)).localname.lower()
            if _SVG_ATTRIBUTES.fullmatch(attribute):
                return False
            if attribute in ("href", "src") and not re.match(r"\s*(#|data:image/(png|jpeg|gif|webp)[;,])", str(value)):
                return False
            if re.search(r"url\s*\(\s*['\"]?\s*(?!#)\S", str(value), re.I):
                return False
    return etree.QName(root).localname == "svg"


def file_stem(url: str) -> str:
    """Return the name, without suffix, under which the image at *url* is kept: readable, unique, harmless."""
    stem = safe_name(PurePosixPath(unquote(urlsplit(url).path)).stem, fallback="image")
    while len(stem.encode()) > _STEM_BYTES:
        stem = stem[:-1]
    return f"{stem.strip('-_') or 'image'}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def store(urls: Iterable[str], folder: Path, read: Callable[[str], bytes]) -> tuple[dict[str, Path], dict[str, str]]:
    """Keep the images at *urls* in *folder*; return the file of each, and why the others could not be had.

    An image that is there already is not asked for again: its name says which address it came from.
    """
    kept: dict[str, Path] = {}
    failed: dict[str, str] = {}
    for url in dict.fromkeys(urls):
        stem = file_stem(url)
        if (there := next((p for p in sorted(folder.glob(f"{stem}.*")) if p.suffix != ".tmp"), None)) is not None:
            kept[url] = there
            continue
        try:
            data = read(url)
        except EditionError as error:
            failed[url] = error.what
            continue
        if (suffix := image_type(data)) is None:
            failed[url] = "is not a PNG, JPEG, GIF, WebP or plain SVG image"
            continue
        kept[url] = folder / f"{stem}.{suffix}"
        write_atomic(kept[url], data)
    return kept, failed


def links(kept: Mapping[str, Path], posts: Path) -> dict[str, str]:
    """Return the kept images as links relative to the folder of the posts."""
    return {url: path.relative_to(posts.parent).as_posix().join(("../", "")) for url, path in kept.items()}
